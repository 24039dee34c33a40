"""Computes the masks of terms about sets of files: masks over media ids, without reading a text."""

from __future__ import annotations

from collections.abc import Callable
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

MS_PER_S = 1_000
TEXT_FLAG_OF_PROPERTY = {"prompt": TextFlag.PROMPT, "negative": TextFlag.NEGATIVE, "text": TextFlag.TEXT}
Values = npt.NDArray[Any]


class QueryInputs:
    """Metadata columns and curation of one query, read on first use and unchanged until the end of the query.

    They are not read in advance, because the columns of a million files take seconds to load.
    """

    def __init__(self, metadata_columns: MetadataColumnCache, capacity: int, curation: Callable[[], Curation]) -> None:
        self._metadata_column_cache = metadata_columns
        self._capacity = capacity
        self._load_curation = curation

    @cached_property
    def metadata_columns(self) -> MetadataColumns:
        """The numeric metadata of all files."""
        return self._metadata_column_cache.columns(self._capacity)

    @cached_property
    def cached_metadata_columns(self) -> MetadataColumns | None:
        """The numeric metadata of all files; None while it is not loaded."""
        return self.metadata_columns if self._metadata_column_cache.is_loaded else None

    @cached_property
    def curation(self) -> Curation:
        """Ratings, flags, albums and custom tags."""
        return self._load_curation()


@dataclass(frozen=True, slots=True)
class SetTerms:
    """Computes the masks of the terms of one query. Masks are as long as `view.rank`."""

    view: View
    inputs: QueryInputs
    tag_matcher: TagMatcher
    similarity: SimilarityScorer
    written_folder_mask: Callable[[str, Snapshot], Mask]
    extension_mask: Callable[[MetadataColumns, Pattern, int], Mask]

    def mask(self, term: Leaf) -> Mask | None:
        """Return the files that match a term; None is every file. Raises what `SimilarityScorer.scores` raises."""
        size, snapshot, inputs = len(self.view.rank), self.view.snapshot, self.inputs
        if isinstance(term, Everything):
            return None
        if isinstance(term, NumberTerm):
            return number_mask(term, snapshot.columns, inputs, size)
        if isinstance(term, KindTerm):
            is_kind: Mask = snapshot.columns.kind[:size] == int(MEDIA_KIND_OF_WORD[term.kind])
            return is_kind
        if isinstance(term, FolderTerm):
            return self.written_folder_mask(term.path, snapshot)[snapshot.columns.folder_id[:size]]
        if isinstance(term, SimilarTerm):
            return similar_mask(self.similarity, term, size)
        if isinstance(term, FlagTerm):
            return inputs.curation.flag_mask(term.flag, size)
        if isinstance(term, FacetTerm) and term.facet is Facet.ALBUM:
            return inputs.curation.album_mask(term.pattern, size)
        if isinstance(term, FacetTerm) and term.facet is Facet.EXT:
            return self.extension_mask(inputs.metadata_columns, term.pattern, size)
        if isinstance(term, FacetTerm):
            return self.tag_matcher.mask(term, size, snapshot.revision)
        assert isinstance(term, HasTerm)  # noqa: S101  (the last kind of term besides text terms)
        return self._has_property(term.property_name)

    def _has_property(self, name: str) -> Mask:
        size, inputs, columns = len(self.view.rank), self.inputs, self.view.columns
        if name in TEXT_FLAG_OF_PROPERTY:
            is_flagged: Mask = (inputs.metadata_columns.text_flags[:size] & int(TEXT_FLAG_OF_PROPERTY[name])) != 0
            return is_flagged
        simple: dict[str, Callable[[], Mask]] = {
            "steps": lambda: inputs.metadata_columns.steps[:size] >= 0,
            "cfg": lambda: ~np.isnan(inputs.metadata_columns.cfg[:size]),
            "seed": lambda: inputs.metadata_columns.has_seed[:size] & True,
            "problem": lambda: inputs.metadata_columns.has_problem[:size] & True,
            "rating": lambda: inputs.curation.ratings(size) > 0,
            "tag": lambda: inputs.curation.tagged_mask(size),
            "album": lambda: inputs.curation.album_mask(None, size),
            "size": lambda: (columns.width_px[:size] > 0) & (columns.height_px[:size] > 0),
        }
        if name in simple:
            return simple[name]()
        return self.tag_matcher.any_mask(Facet(name), size, self.view.snapshot.revision)


def number_mask(term: NumberTerm, columns: MediaColumns, inputs: QueryInputs, size: int) -> Mask:
    """Return the mask of the files (ids below `size`) whose number is inside the interval."""
    interval, quantity = term.interval, term.quantity
    width, height = columns.width_px[:size], columns.height_px[:size]
    if quantity is Quantity.STEPS:
        return _in_interval(inputs.metadata_columns.steps[:size], interval) & (
            inputs.metadata_columns.steps[:size] >= 0
        )
    if quantity is Quantity.CFG:
        return _in_interval(inputs.metadata_columns.cfg[:size], interval)  # comparisons with NaN are false
    if quantity is Quantity.SEED:
        return _in_interval(inputs.metadata_columns.seed[:size], interval) & inputs.metadata_columns.has_seed[:size]
    if quantity is Quantity.WIDTH:
        return _in_interval(width, interval) & (width > 0)
    if quantity is Quantity.HEIGHT:
        return _in_interval(height, interval) & (height > 0)
    if quantity in (Quantity.PIXELS, Quantity.RATIO):
        is_known = (width > 0) & (height > 0)
        wide = width.astype(np.float64)
        value = wide * height if quantity is Quantity.PIXELS else wide / np.maximum(height, 1)
        return _in_interval(value, interval) & is_known
    if quantity is Quantity.BYTES:
        return _in_interval(columns.size_bytes[:size], interval)
    if quantity is Quantity.DATE:
        return _in_interval(columns.mtime_ns[:size], _scale(interval, NS_PER_S))
    if quantity is Quantity.DURATION:
        is_present: Mask = inputs.metadata_columns.duration_ms[:size] >= 0
        return _in_interval(inputs.metadata_columns.duration_ms[:size], _scale(interval, MS_PER_S)) & is_present
    if quantity is Quantity.RATING:
        return _in_interval(inputs.curation.ratings(size), interval)
    return _in_interval(np.arange(size, dtype=np.int64), interval)


def _in_interval(values: Values, interval: Interval) -> Mask:
    """Return the mask of the values inside the interval.

    Integer columns are compared with exact integers.
    """
    is_inside = np.ones(len(values), dtype=np.bool_)
    if np.isnan(values).any() if values.dtype.kind == "f" else False:
        is_inside &= ~np.isnan(values)
    for end, is_open, is_low in ((interval.low, interval.low_open, True), (interval.high, interval.high_open, False)):
        if end is None:
            continue
        bound = _bound(values, end)
        if bound is None:  # outside the range of the column type
            if (end > 0) == is_low:
                is_inside[:] = False
            continue
        if is_low:
            is_inside &= values > bound if is_open else values >= bound
        else:
            is_inside &= values < bound if is_open else values <= bound
    return is_inside


def _bound(values: Values, end: float) -> Any:
    """Return the end in the type of the column if that is exact, else as a float; None if the type cannot hold it."""
    if values.dtype.kind == "f" or end != int(end):
        return float(end)
    limits = np.iinfo(values.dtype)
    return values.dtype.type(int(end)) if limits.min <= end <= limits.max else None


def _scale(interval: Interval, factor: int) -> Interval:
    """Return the interval in the unit of the column; whole seconds stay exact."""

    def scale(value: float | None) -> float | None:
        if value is None:
            return None
        return int(value) * factor if value == int(value) else value * factor

    return Interval(scale(interval.low), scale(interval.high), interval.low_open, interval.high_open)
