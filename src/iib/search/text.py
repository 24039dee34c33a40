"""Finding texts: the trigram index proposes, the real text decides, newest first and exactly in order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import structlog

from iib.errors import StoreDamaged
from iib.model.media import MediaId
from iib.search.filters import ZONE_BITS, View
from iib.search.matchers import Matcher
from iib.search.order import Ids
from iib.store import TRIGRAM, FullTextRepository, Store, trigrams

log = structlog.get_logger(__name__)

MAX_PIECES = 4  # more trigrams seldom narrow further, and each costs a walk over its postings
SAMPLE_FILES = 400
CHECKED_FILES = 100
SAMPLE_MAX_AGE_S = 600.0
FEW = 4_000  # so many candidates are cheaper to sort than to ask for zone by zone
SCAN_LIMIT = 3_000  # files looked at newest first before the index is asked, when the needle is common
COMMON_SHORT = 0.05  # the same for one or two characters, whose postings are many lists
MAX_ANY = 200  # trigrams in one question
COMMON = 0.4  # share of files above which a trigram tells nothing
FIRST_BLOCK = 256
MAX_BLOCK = 2_048


@dataclass(frozen=True, slots=True)
class Hits:
    """Positions in the view, ascending. `examined` is the position up to which everything was decided.

    `is_complete` is False when the time ran out before the page was full or the end reached.
    """

    positions: list[int]
    examined: int
    is_complete: bool


class TrigramStatistics:
    """How frequent trigrams, pairs and single characters are, from a sample of the library."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._shares: dict[str, float] = {}
        self._taken_at = float("-inf")
        self._library_size = 0

    def shares(self, library_size: int) -> dict[str, float]:
        """Share of files (0-1) by piece; one that the sample lacks is rare."""
        with self._lock:
            age_s = time.monotonic() - self._taken_at
            has_grown = library_size > 2 * self._library_size
            if has_grown or (age_s > SAMPLE_MAX_AGE_S and library_size != self._library_size):
                self._take(library_size)
            return self._shares

    def _take(self, library_size: int) -> None:
        with self._store.read() as unit:
            bodies = unit.fulltext.sample_bodies(SAMPLE_FILES)
        counts: Counter[str] = Counter()
        for body in bodies:
            counts.update(trigrams(body))
            counts.update(set(body))
            counts.update(set(map("".join, pairwise(body))))
        total = max(1, len(bodies))
        self._shares = {piece: count / total for piece, count in counts.items()}
        self._taken_at = time.monotonic()
        self._library_size = library_size


class TextFinder:
    """Answers "which files of this view match", from a position on."""

    def __init__(self, store: Store, on_damage: Callable[[], object] = lambda: None) -> None:
        self._store = store
        self._statistics = TrigramStatistics(store)
        self._is_damaged = False
        self._on_damage = on_damage

    def find(self, view: View, matcher: Matcher, needle: str | None, start: int, limit: int, deadline: float) -> Hits:
        """Up to `limit` matches from position `start`. `needle` (folded) must occur in every match; None: unknown."""
        pieces = trigrams(needle) if needle else []
        if not pieces:
            return self._scan(view, matcher, start, len(view.ids), limit, deadline)
        shares = self._statistics.shares(len(view.snapshot.order))
        rarest = sorted(pieces, key=lambda piece: shares.get(piece, 0.0))[:MAX_PIECES]
        share = shares.get(rarest[0], 0.0)
        hits: list[int] = []
        if share * SCAN_LIMIT > 2 * limit:
            stop = min(len(view.ids), start + SCAN_LIMIT)
            first = self._scan(view, matcher, start, stop, limit, deadline)
            if len(first.positions) >= limit or not first.is_complete or stop == len(view.ids):
                return first
            hits, start = first.positions, stop
        rest = self._by_index(view, matcher, rarest, start, limit - len(hits), deadline)
        return Hits(hits + rest.positions, rest.examined, rest.is_complete)

    def candidates(self, view: View, needle: str) -> Ids:
        """Positions of all files that may hold this folded needle, ascending: of three characters or fewer, that do."""
        if len(needle) < TRIGRAM:
            return np.sort(self._short(view, needle))
        shares = self._statistics.shares(len(view.snapshot.order))
        rarest = sorted(trigrams(needle), key=lambda piece: shares.get(piece, 0.0))[:MAX_PIECES]
        return np.sort(self._positions(view, rarest, 0, len(view.rank) - 1, 0))

    def is_common(self, needle: str, view: View) -> bool:
        """True if so many files hold every piece of the needle that reading them in order beats asking the index."""
        shares = self._statistics.shares(len(view.snapshot.order))
        if len(needle) < TRIGRAM:
            return shares.get(needle, 0.0) > COMMON_SHORT
        return min(shares.get(piece, 0.0) for piece in trigrams(needle)) > COMMON

    @property
    def is_whole(self) -> bool:
        """False while the index is being built, or known to be damaged: then it proposes more than it should."""
        with self._store.read() as unit:
            return not self._is_damaged and unit.fulltext.built_to() is None

    def _scan(self, view: View, matcher: Matcher, start: int, stop: int, limit: int, deadline: float) -> Hits:
        """Look at every file in order."""
        hits: list[int] = []
        position, block = start, FIRST_BLOCK
        while position < stop:
            end = min(stop, position + block)
            for hit in self._decide(view, matcher, range(position, end)):
                hits.append(hit)
                if len(hits) >= limit:
                    return Hits(hits, hit + 1, is_complete=True)
            position, block = end, min(MAX_BLOCK, block * 2)
            if time.monotonic() > deadline and position < stop:
                return Hits(hits, position, is_complete=False)
        return Hits(hits, stop, is_complete=True)

    def _by_index(
        self, view: View, matcher: Matcher, pieces: Sequence[str], start: int, limit: int, deadline: float
    ) -> Hits:
        """Ask the index zone by zone, the zones with the newest files first."""
        hits: list[int] = []
        pending = np.empty(0, dtype=np.int64)
        for zones, bound in self._zone_groups(view, start, pieces):
            found = [self._positions(view, pieces, first, last, start) for first, last in zones]
            pending = np.sort(np.concatenate([pending, *found]))
            cut = int(np.searchsorted(pending, bound))
            decided, pending = pending[:cut].tolist(), pending[cut:]
            for begin in range(0, len(decided), FIRST_BLOCK):
                for hit in self._decide(view, matcher, decided[begin : begin + FIRST_BLOCK]):
                    hits.append(hit)
                    if len(hits) >= limit:
                        return Hits(hits, hit + 1, is_complete=True)
                if time.monotonic() > deadline and begin + FIRST_BLOCK < len(decided):
                    return Hits(hits, decided[begin + FIRST_BLOCK - 1] + 1, is_complete=False)
            if time.monotonic() > deadline and start < bound < len(view.ids):  # never without having come further
                return Hits(hits, bound, is_complete=False)
        return Hits(hits, len(view.ids), is_complete=True)

    def _zone_groups(
        self, view: View, start: int, pieces: Sequence[str]
    ) -> Iterator[tuple[list[tuple[int, int]], int]]:
        """Groups of id ranges to ask, each with the position below which everything is then known."""
        open_zones = np.flatnonzero(view.zone_last >= start)
        zones = open_zones[np.argsort(view.zone_first[open_zones], kind="stable")]
        share = min(self._statistics.shares(len(view.snapshot.order)).get(piece, 0.0) for piece in pieces)
        if share * len(view.snapshot.order) < FEW:
            yield [(0, len(view.rank) - 1)], len(view.ids)
            return
        begin, width = 0, 1
        while begin < len(zones):
            group = np.sort(zones[begin : begin + width])
            begin += width
            width *= 2
            bound = int(view.zone_first[zones[begin]]) if begin < len(zones) else len(view.ids)
            yield _ranges(group), bound

    def _positions(self, view: View, pieces: Sequence[str], first_id: int, last_id: int, start: int) -> Ids:
        def ask(index: FullTextRepository) -> list[int]:
            return index.candidates(pieces, first_id, last_id)

        positions = self._proposed(view, first_id, last_id, ask)
        return positions[positions >= start]

    def _short(self, view: View, needle: str) -> Ids:
        """One or two characters begin a trigram wherever they stand."""
        last_id = len(view.rank) - 1

        def ask(index: FullTextRepository) -> list[int]:
            pieces = index.pieces_beginning(needle)
            chunks = [pieces[start : start + MAX_ANY] for start in range(0, len(pieces), MAX_ANY)]
            found = [index.candidates(chunk, 0, last_id, any_of_them=True) for chunk in chunks]
            return found[0] if len(found) == 1 else sorted(set(chain.from_iterable(found)))

        return self._proposed(view, 0, last_id, ask)

    def _proposed(self, view: View, first_id: int, last_id: int, ask: Callable[[FullTextRepository], list[int]]) -> Ids:
        """Positions of the files in a range of ids that the index proposes, and of those it does not know yet. One that
        is damaged proposes all."""
        last_id = min(last_id, len(view.rank) - 1)
        try:
            with self._store.read() as unit:
                ids = np.asarray(ask(unit.fulltext), dtype=np.int64)
                built_to = unit.fulltext.built_to()
        except StoreDamaged:
            self._report_damage()
            ids, built_to = np.empty(0, dtype=np.int64), -1
        if built_to is None:
            self._is_damaged = False
        else:
            ids = np.union1d(ids, np.arange(max(first_id, built_to + 1), last_id + 1))
        positions = view.rank[ids[ids <= last_id]].astype(np.int64)
        return positions[positions >= 0]

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

    def _decide(self, view: View, matcher: Matcher, positions: Sequence[int]) -> Iterator[int]:
        if not len(positions):
            return
        ids = [MediaId(item) for item in view.ids[list(positions)].tolist()]
        with self._store.read() as unit:
            texts = unit.media.texts(ids)
        for position, media_id in zip(positions, ids, strict=True):
            found = texts.get(media_id)
            if found is not None and matcher.matches(*found):
                yield position


def _ranges(zones: Ids) -> list[tuple[int, int]]:
    """Id ranges of ascending zones; neighbours are joined."""
    ranges: list[tuple[int, int]] = []
    for zone in zones.tolist():
        first, last = zone << ZONE_BITS, ((zone + 1) << ZONE_BITS) - 1
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return ranges
