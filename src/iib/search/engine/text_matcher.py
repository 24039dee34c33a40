"""Deciding files on their real text, after the sets have proposed them: whole blocks at a time.

Plain substrings are looked for by the database itself, which costs a tenth of handing the texts over; files whose text
folding reshapes (see `model.TextFlag`), wildcards and regular expressions are decided here.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from iib._lib.linear_regex import LinearPattern
from iib._lib.text_folding import fold
from iib.errors import BudgetExceeded
from iib.model import MediaId, TextFlag
from iib.query import Target
from iib.search.engine.compiler import ResolvedNode, ResolvedTerm
from iib.search.engine.set_terms import QueryInputs
from iib.search.fulltext.two_workers import TwoWorkers
from iib.search.library.snapshot import Ids, Mask
from iib.search.library.view import View
from iib.search.limits import SearchLimits
from iib.store import ReadUnit, Store, TextBody

MIN_LEFT_S = 0.001
SEPARATOR = os.sep.encode()
BEGINNING = re.compile(r"\^|\\[AbB]")  # in patterns that know where a text begins
TOO_SLOW = "this regular expression takes too long; make it simpler"


class Verifier:
    """Decides the files of a view for one query, until its deadline."""

    def __init__(
        self, store: Store, halves: TwoWorkers, view: View, loaded: QueryInputs, deadline: float, limits: SearchLimits
    ) -> None:
        self._store = store
        self._halves = halves
        self._view = view
        self._loaded = loaded
        self._deadline = deadline
        self._limits = limits

    def blocks(self, node: ResolvedNode, positions: Ids) -> Iterator[tuple[Ids, Mask]]:
        """(positions, matches among them) block by block in the order of the view; stops at the deadline.

        Raises `BudgetExceeded` when a single file takes longer than that.
        """
        begin, size = 0, self._limits.first_block
        while begin < len(positions):
            if begin and time.monotonic() > self._deadline:  # never without having come further
                return
            block = positions[begin : begin + size]
            yield block, self._decided(node, self._view.ids[block])
            begin, size = begin + size, min(self._limits.max_block, 2 * size)

    def _decided(self, node: ResolvedNode, ids: Ids) -> Mask:
        """One block. Two threads share a large one."""

        def decide(some: Ids) -> Mask:
            with self._store.read() as unit:
                return node.decide(some, _TextReader(unit, self._loaded, self._deadline))

        by_id = np.argsort(ids)  # as they lie in the database: neighbours share its pages
        is_match = np.empty(len(ids), dtype=np.bool_)
        if len(ids) > self._limits.first_block:
            middle = len(ids) // 2
            is_match[by_id] = np.concatenate(self._halves.run(decide, ids[by_id[:middle]], ids[by_id[middle:]]))
        else:
            is_match[by_id] = decide(ids[by_id])
        return is_match


class _TextReader:
    """Decides text terms inside one consistent view of the database."""

    def __init__(self, unit: ReadUnit, loaded: QueryInputs, deadline: float) -> None:
        self._unit = unit
        self._loaded = loaded
        self._deadline = deadline

    def matching(self, term: ResolvedTerm, ids: Ids) -> Mask:
        """The files, by their place in `ids`, whose text matches the term."""
        found = np.zeros(len(ids), dtype=np.bool_)
        rest = np.arange(len(ids))
        if term.is_substring and _is_simple(term.needle):
            odd = (
                TextFlag.FOLDING_CHANGES_TEXT | TextFlag.PROMPT_NOT_VERBATIM
                if term.target in (Target.PROMPT, Target.NEGATIVE)
                else TextFlag.FOLDING_CHANGES_TEXT
            )
            held, unsure = self._holding(ids, term.needle, term.target, odd)
            found = np.isin(ids, held)
            rest = np.flatnonzero(np.isin(ids, unsure)) if len(unsure) else rest[:0]
        elif term.is_regex and term.target not in (Target.PROMPT, Target.NEGATIVE) and term.regex.linear is not None:
            return np.isin(ids, self._found(term.regex.linear, term, ids))
        if len(rest):
            test = self._test(term)
            asked = [MediaId(item) for item in ids[rest].tolist()]
            bodies = self._unit.media.bodies_by_id(asked)
            found[rest] = [item in bodies and test(item, bodies[item]) for item in asked]
        return found

    def _holding(self, ids: Ids, needle: str, target: Target, odd: TextFlag) -> tuple[Sequence[int], Sequence[int]]:
        """(files that hold the needle, files to be looked at). The text alone is read if no path can hold it: a row of
        one table instead of three."""
        if target is Target.ANY:
            plain, others = self._apart(ids, needle)
            if len(plain):
                return self._unit.fulltext.ids_with_text_containing(plain.tolist(), needle), others.tolist()
        return self._unit.fulltext.ids_containing(ids.tolist(), needle, target.value, int(odd))

    def _apart(self, ids: Ids, needle: str) -> tuple[Ids, Ids]:
        """(files of which only the text can hold the needle, the others). All are others while that is not known."""
        facts = self._loaded.facts_at_hand
        if facts is None or facts.may_be_in_path(needle):
            return ids[:0], ids
        is_odd = (facts.marks[ids] & int(TextFlag.FOLDING_CHANGES_TEXT)) != 0
        return ids[~is_odd], ids[is_odd]

    def _found(self, pattern: LinearPattern, term: ResolvedTerm, ids: Ids) -> list[int]:
        """Files in which the pattern occurs: in the text, the path or the bare name, as the target says. The name is
        the end of the path, so it is not searched for itself unless the pattern asks where a text begins."""
        search, target = pattern.found_in_encoded, term.target
        in_text, in_path = target in (Target.ANY, Target.TEXT), target in (Target.ANY, Target.PATH)
        in_name = target is Target.NAME or (target is Target.ANY and BEGINNING.search(term.pattern.value) is not None)
        needle = term.rarest_literal if _is_simple(term.rarest_literal) else ""
        held: list[int] = []
        if in_text and needle:
            plain, ids = self._apart(ids, needle)
            texts = self._unit.fulltext.iter_encoded_texts(plain.tolist(), needle)
            held += [media_id for media_id, text in texts if search(text)]
        return held + [
            media_id
            for media_id, path, text in self._unit.fulltext.iter_encoded(
                ids.tolist(), needle, int(TextFlag.FOLDING_CHANGES_TEXT)
            )
            if (in_text and search(text))
            or (in_path and search(path))
            or (in_name and search(path[path.rfind(SEPARATOR) + 1 :]))
        ]

    def _test(self, term: ResolvedTerm) -> Callable[[MediaId, TextBody], bool]:
        targets = (Target.PATH, Target.TEXT) if term.target is Target.ANY else (term.target,)
        if not term.is_regex:
            folded = term.folded_matcher
            return lambda item, body: any(folded(fold(self._raw(item, body, target))) for target in targets)
        pattern = term.regex
        raw_targets = (Target.NAME, *targets) if term.target is Target.ANY else targets
        if pattern.linear is not None:
            return lambda item, body: any(pattern.found_in(self._raw(item, body, target)) for target in raw_targets)

        def search(item: MediaId, body: TextBody) -> bool:
            left_s = max(MIN_LEFT_S, self._deadline - time.monotonic())
            try:
                return any(pattern.found_in(self._raw(item, body, target), left_s) for target in raw_targets)
            except TimeoutError as error:
                raise BudgetExceeded(TOO_SLOW) from error

        return search

    def _raw(self, item: MediaId, body: TextBody, target: Target) -> str:
        if target is Target.TEXT:
            return body.text
        if target is Target.PATH:
            return body.path
        if target is Target.NAME:
            return os.path.basename(body.path)  # noqa: PTH119
        own = body.prompt if target is Target.PROMPT else body.negative
        if own is not None:
            return own
        return self._unit.media.get_prompts(item)[0 if target is Target.PROMPT else 1]


def _is_simple(needle: str) -> bool:
    """True if the database finds this folded needle in texts that folding merely lowers: it lowers ASCII only, so no
    other letter of the needle may have a capital."""
    return "\0" not in needle and (needle.isascii() or all(char.isascii() or char.upper() == char for char in needle))
