"""Asking the full-text index which files may hold a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
import structlog

from iib.errors import StoreDamaged
from iib.query.required import Need
from iib.search.order import Ids
from iib.search.sample import Plan, Samples
from iib.store import FullTextRepository, Store, any_of, has_piece

log = structlog.get_logger(__name__)

CHECKED_FILES = 100
MAX_ANY = 200  # trigrams in one question
COMMON_SHORT = 0.3  # share of files above which it is not worth while to ask for one or two characters
Ranges: TypeAlias = Sequence[tuple[int, int]]  # of ids, ends included, ascending


class TextFinder:
    """Proposes files. One and the same for all queries of a store."""

    def __init__(self, store: Store, on_damage: Callable[[], object] = lambda: None) -> None:
        self._store = store
        self._samples = Samples(store)
        self._is_damaged = False
        self._on_damage = on_damage

    def plan(self, need: Need, library_size: int) -> Plan | None:
        """How to ask for texts of three characters and more; None when nearly all files would be proposed."""
        return self._samples.current(library_size).plan(need)

    def share(self, needle: str, library_size: int) -> float:
        """Of the files, how many hold this folded text: an estimate."""
        return self._samples.current(library_size).share(needle)

    def propose(self, plan: Plan, ranges: Ranges) -> Ids:
        """Ids within the ranges, ascending, of all files that may hold what the plan asks for."""
        return self._proposed(ranges, lambda index, first, last: index.candidates(plan.expression, first, last))

    def propose_short(self, needle: str, ranges: Ranges) -> Ids:
        """The same for one or two characters, which begin a trigram wherever they stand: exactly the files that hold
        them, while the index is whole."""

        def ask(index: FullTextRepository, first: int, last: int) -> list[int]:
            pieces = list(map(has_piece, index.pieces_beginning(needle)))
            chunks = [pieces[start : start + MAX_ANY] for start in range(0, len(pieces), MAX_ANY)]
            found = [index.candidates(any_of(chunk), first, last) for chunk in chunks]
            return found[0] if len(found) == 1 else sorted(set(chain.from_iterable(found)))

        return self._proposed(ranges, ask)

    @property
    def is_whole(self) -> bool:
        """False while the index is being built, or known to be damaged: then it proposes more than it should."""
        with self._store.read() as unit:
            return not self._is_damaged and unit.fulltext.built_to() is None

    def _proposed(self, ranges: Ranges, ask: Callable[[FullTextRepository, int, int], list[int]]) -> Ids:
        """What the index proposes, and the files that it does not know yet. One that is damaged proposes all."""
        built_to: int | None = -1
        found: list[Ids] = []
        try:
            with self._store.read() as unit:
                found = [np.asarray(ask(unit.fulltext, first, last), dtype=np.int64) for first, last in ranges]
                built_to = unit.fulltext.built_to()
        except StoreDamaged:
            self._report_damage()
            found = []
        if built_to is None:
            self._is_damaged = False
            return np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        unknown = [np.arange(max(first, built_to + 1), last + 1) for first, last in ranges]
        return np.unique(np.concatenate([*found, *unknown])) if ranges else np.empty(0, dtype=np.int64)

    def check(self) -> None:
        """Look a sample of the library up; what is not found means damage."""
        try:
            with self._store.read() as unit:
                is_lost = unit.fulltext.lost(CHECKED_FILES) > 0
        except StoreDamaged:
            is_lost = True
        if is_lost:
            self._report_damage()

    def _report_damage(self) -> None:
        if not self._is_damaged:
            log.error("the full-text index is damaged and will be built again")
            self._is_damaged = True
            self._on_damage()
