"""Terms that sets of files answer: each becomes a mask over media ids, without reading a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from iib.model import MEDIA_KIND_OF_WORD, NS_PER_S, TextFlag
from iib.query import (
    Everything,
    Facet,
    FacetTerm,
    FlagTerm,
    FolderTerm,
    HasTerm,
    Interval,
    KindTerm,
    Leaf,
    NumberTerm,
    Pattern,
    Quantity,
    SimilarTerm,
)
from iib.search.engine.similarity import SimilarityScorer, similar_mask
from iib.search.engine.tag_matcher import TagMatcher
from iib.search.library.curation import Curation
from iib.search.library.metadata_columns import MetadataColumnCache, MetadataColumns
from iib.search.library.snapshot import Mask, MediaColumns, Snapshot
from iib.search.library.view import View

MS = 1_000
MARK_OF = {"prompt": TextFlag.PROMPT, "negative": TextFlag.NEGATIVE, "text": TextFlag.TEXT}
Values = npt.NDArray[Any]


class QueryInputs:
    """Facts and personal sets of one query. Each is read when it is first needed, and stays the same until the end:
    facts of a million files take seconds to load."""

    def __init__(self, facts: MetadataColumnCache, capacity: int, personal: Callable[[], Curation]) -> None:
        self._library = facts
        self._capacity = capacity
        self._load_personal = personal

    @cached_property
    def facts(self) -> MetadataColumns:
        """Numbers of the files."""
        return self._library.columns(self._capacity)

    @cached_property
    def facts_at_hand(self) -> MetadataColumns | None:
        """The same; None while they are not loaded."""
        return self.facts if self._library.is_loaded else None

    @cached_property
    def personal(self) -> Curation:
        """Ratings, flags, albums and person-made tags."""
        return self._load_personal()


@dataclass(frozen=True, slots=True)
class SetTerms:
    """Computes the masks of the terms of one query. Masks are as long as `view.rank`."""

    view: View
    loaded: QueryInputs
    names: TagMatcher
    similarity: SimilarityScorer
    folder_mask: Callable[[Sequence[str], Snapshot], Mask]
    extension_mask: Callable[[MetadataColumns, Pattern, int], Mask]

    def mask(self, term: Leaf) -> Mask | None:
        """Files that match a term; None stands for every file. Raises what `SimilarityScorer.scores` raises."""
        size, snapshot, loaded = len(self.view.rank), self.view.snapshot, self.loaded
        if isinstance(term, Everything):
            return None
        if isinstance(term, NumberTerm):
            return number_mask(term, snapshot.columns, loaded, size)
        if isinstance(term, KindTerm):
            is_kind: Mask = snapshot.columns.kind[:size] == int(MEDIA_KIND_OF_WORD[term.kind])
            return is_kind
        if isinstance(term, FolderTerm):
            return self.folder_mask([term.path], snapshot)[snapshot.columns.folder_id[:size]]
        if isinstance(term, SimilarTerm):
            return similar_mask(self.similarity, term, size)
        if isinstance(term, FlagTerm):
            return loaded.personal.flag_mask(term.flag, size)
        if isinstance(term, FacetTerm) and term.facet is Facet.ALBUM:
            return loaded.personal.album_mask(term.pattern, size)
        if isinstance(term, FacetTerm) and term.facet is Facet.EXT:
            return self.extension_mask(loaded.facts, term.pattern, size)
        if isinstance(term, FacetTerm):
            return self.names.mask(term, size, snapshot.revision)
        assert isinstance(term, HasTerm)  # noqa: S101  (the last kind of term that is no text)
        return self._has(term.property_name)

    def _has(self, thing: str) -> Mask:
        size, loaded, columns = len(self.view.rank), self.loaded, self.view.columns
        if thing in MARK_OF:
            marked: Mask = (loaded.facts.text_flags[:size] & int(MARK_OF[thing])) != 0
            return marked
        simple: dict[str, Callable[[], Mask]] = {
            "steps": lambda: loaded.facts.steps[:size] >= 0,
            "cfg": lambda: ~np.isnan(loaded.facts.cfg[:size]),
            "seed": lambda: loaded.facts.has_seed[:size] & True,
            "problem": lambda: loaded.facts.has_problem[:size] & True,
            "rating": lambda: loaded.personal.ratings(size) > 0,
            "tag": lambda: loaded.personal.tagged_mask(size),
            "album": lambda: loaded.personal.album_mask(None, size),
            "size": lambda: (columns.width_px[:size] > 0) & (columns.height_px[:size] > 0),
        }
        if thing in simple:
            return simple[thing]()
        return self.names.any_mask(Facet(thing), size, self.view.snapshot.revision)


def number_mask(term: NumberTerm, columns: MediaColumns, loaded: QueryInputs, size: int) -> Mask:
    """Files (by id below `size`) that have the number and whose number lies in the interval."""
    interval, quantity = term.interval, term.quantity
    width, height = columns.width_px[:size], columns.height_px[:size]
    if quantity is Quantity.STEPS:
        return _inside(loaded.facts.steps[:size], interval) & (loaded.facts.steps[:size] >= 0)
    if quantity is Quantity.CFG:
        return _inside(loaded.facts.cfg[:size], interval)  # comparisons with NaN are false
    if quantity is Quantity.SEED:
        return _inside(loaded.facts.seed[:size], interval) & loaded.facts.has_seed[:size]
    if quantity is Quantity.WIDTH:
        return _inside(width, interval) & (width > 0)
    if quantity is Quantity.HEIGHT:
        return _inside(height, interval) & (height > 0)
    if quantity in (Quantity.PIXELS, Quantity.RATIO):
        is_known = (width > 0) & (height > 0)
        wide = width.astype(np.float64)
        value = wide * height if quantity is Quantity.PIXELS else wide / np.maximum(height, 1)
        return _inside(value, interval) & is_known
    if quantity is Quantity.BYTES:
        return _inside(columns.size_bytes[:size], interval)
    if quantity is Quantity.DATE:
        return _inside(columns.mtime_ns[:size], _scaled(interval, NS_PER_S))
    if quantity is Quantity.DURATION:
        known: Mask = loaded.facts.duration_ms[:size] >= 0
        return _inside(loaded.facts.duration_ms[:size], _scaled(interval, MS)) & known
    if quantity is Quantity.RATING:
        return _inside(loaded.personal.ratings(size), interval)
    return _inside(np.arange(size, dtype=np.int64), interval)


def _inside(values: Values, interval: Interval) -> Mask:
    """Ends are compared in Python's exact integers where the column holds integers."""
    found = np.ones(len(values), dtype=np.bool_)
    if np.isnan(values).any() if values.dtype.kind == "f" else False:
        found &= ~np.isnan(values)
    for end, is_open, is_low in ((interval.low, interval.low_open, True), (interval.high, interval.high_open, False)):
        if end is None:
            continue
        bound = _bound(values, end)
        if bound is None:  # beyond what the column can hold
            if (end > 0) == is_low:
                found[:] = False
            continue
        if is_low:
            found &= values > bound if is_open else values >= bound
        else:
            found &= values < bound if is_open else values <= bound
    return found


def _bound(values: Values, end: float) -> Any:
    """The end in the column's own type where that is exact, else as a float; None if it does not fit the type."""
    if values.dtype.kind == "f" or end != int(end):
        return float(end)
    limits = np.iinfo(values.dtype)
    return values.dtype.type(int(end)) if limits.min <= end <= limits.max else None


def _scaled(interval: Interval, factor: int) -> Interval:
    """The interval in the unit of the column; whole seconds stay exact."""

    def scale(value: float | None) -> float | None:
        if value is None:
            return None
        return int(value) * factor if value == int(value) else value * factor

    return Interval(scale(interval.low), scale(interval.high), interval.low_open, interval.high_open)
