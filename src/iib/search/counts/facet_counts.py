"""Counts the facets of a result: its files by model, LoRA, tool, size, month and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib.errors import InvalidRequest
from iib.model import MAX_RATING, MediaKind, TagId, TagKind
from iib.query import Facet
from iib.search.counts.facet_matrix import FacetMatrixCache, FacetValue, top_values
from iib.search.engine.tag_matcher import TAG_KINDS_BY_FACET
from iib.search.library.curation import CurationCache
from iib.search.library.local_dates import count_months
from iib.search.library.metadata_columns import MetadataColumnCache
from iib.search.library.snapshot import Ids, Mask, MediaColumns
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import View
from iib.store import Store

TAG_FACETS: dict[str, tuple[TagKind, ...]] = {
    **{facet.value: kinds for facet, kinds in TAG_KINDS_BY_FACET.items()},
    "tool": TAG_KINDS_BY_FACET[Facet.TOOL][:1],
    "custom": (TagKind.CUSTOM,),
}
COLUMN_FACETS = ("kind", "ext", "shape", "size", "month", "rating", "folder")
FACETS = (*TAG_FACETS, *COLUMN_FACETS)
SIZE_CLASSES = ((0.6, "< 0.6 MP"), (1.5, "1 MP"), (3.0, "2 MP"), (8.0, "4 MP"), (float("inf"), "> 8 MP"))
SQUARE_LOW, SQUARE_HIGH = 0.99, 1.01
UNKNOWN = "unknown"
RATINGS = MAX_RATING + 1


@dataclass(frozen=True, slots=True)
class FacetCounter:
    """Counts the values of facets within any set of files. Safe from any thread."""

    store: Store
    facet_matrix: FacetMatrixCache
    metadata_columns: MetadataColumnCache
    tag_sets: TagSets
    curation_cache: CurationCache

    def facets(self, ids: Ids, view: View, names: Sequence[str], limit: int) -> dict[str, list[FacetValue]]:
        """Return the `limit` most frequent values per facet. Raises `InvalidRequest` for an unknown facet."""
        unknown = [name for name in names if name not in FACETS]
        if unknown:
            raise InvalidRequest(f"unknown facet {unknown[0]!r}; valid facets are {', '.join(FACETS)}")
        values: dict[str, list[FacetValue]] = {}
        by_tag = [name for name in names if name in TAG_FACETS]
        if by_tag:
            counts = self.counts(ids, len(view.rank))
            for name in by_tag:
                values[name] = top_values(self._tag_values(TAG_FACETS[name], counts), limit)
        for name in names:
            if name in COLUMN_FACETS:
                values[name] = self._column_values(name, ids, view, limit)
        return {name: values[name] for name in names}

    def carriers(self, tag_id: TagId, view: View) -> Mask:
        """Return the mask over media ids of the files with a tag."""
        mask = np.zeros(len(view.rank), dtype=np.bool_)
        mask[self.tag_sets.media_ids(tag_id, len(view.rank), view.snapshot.revision)] = True
        return mask

    def ratings(self, ids: Ids, view: View) -> npt.NDArray[np.int8]:
        """Return the rating (0-5) of each of these files; 0 without a rating."""
        return self.curation_cache.current().ratings(len(view.rank))[ids]

    def tag_pairs(self, ids: Ids) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """Return (position in `ids`, tag id) for every link of these files (see `TagMatrix.pairs`)."""
        return self.facet_matrix.matrix().pairs(ids)

    def labels(self, tags: Sequence[int] | npt.NDArray[np.int32], kinds: Sequence[str]) -> dict[int, str]:
        """Return the names, by tag id, of those tags that have one of these kinds."""
        with self.store.read() as unit:
            rows = unit.tag_index.list_labels([int(item) for item in tags])
        return {tag_id: name for tag_id, kind, name in rows if kind in kinds}

    def counts(self, ids: Ids, size: int) -> Ids:
        """Return the number of files per tag id, for derived and custom tags."""
        derived = self.facet_matrix.matrix().counts(ids)
        is_counted = np.zeros(size, dtype=np.bool_)
        is_counted[ids] = True
        custom = self.curation_cache.current().tag_counts(is_counted)
        longer, shorter = (custom, derived) if len(custom) > len(derived) else (derived, custom)
        total = longer.copy()
        total[: len(shorter)] += shorter
        return total

    def _tag_values(self, kinds: Sequence[str], counts: npt.NDArray[np.int64]) -> list[FacetValue]:
        with self.store.read() as unit:
            rows = unit.tag_index.list_labels(np.flatnonzero(counts).tolist())
        return [FacetValue(name, int(counts[tag_id]), TagId(tag_id)) for tag_id, kind, name in rows if kind in kinds]

    def _column_values(self, name: str, ids: Ids, view: View, limit: int) -> list[FacetValue]:
        columns = view.columns
        if name == "kind":
            counts = np.bincount(columns.kind[ids], minlength=len(MediaKind))
            return [FacetValue(kind.word, int(counts[kind])) for kind in MediaKind if counts[kind]]
        if name == "ext":
            codes = self.metadata_columns.columns(len(view.rank)).extension[ids]
            counts = np.bincount(codes)
            extensions = self.metadata_columns.extensions
            return top_values(
                (FacetValue(extensions[code], int(counts[code])) for code in np.flatnonzero(counts)), limit
            )
        if name == "rating":
            counts = np.bincount(self.ratings(ids, view), minlength=RATINGS)
            return [FacetValue(str(stars), int(counts[stars])) for stars in range(RATINGS) if counts[stars]]
        if name == "folder":
            return self._folder_values(ids, columns, limit)
        if name == "month":
            return month_values(columns.mtime_ns[ids])
        return shape_values(ids, columns) if name == "shape" else size_values(ids, columns)

    def _folder_values(self, ids: Ids, columns: MediaColumns, limit: int) -> list[FacetValue]:
        counts = np.bincount(columns.folder_id[ids])
        most_frequent = np.argsort(-counts, kind="stable")[:limit]
        with self.store.read() as unit:
            paths = unit.folders.paths_by_id([int(item) for item in most_frequent if counts[item]])
        return [FacetValue(path, int(counts[folder_id])) for folder_id, path in paths.items()]


def shape_values(ids: Ids, columns: MediaColumns) -> list[FacetValue]:
    """Counts portrait, landscape, square and unknown pictures."""
    width, height = columns.width_px[ids].astype(np.float64), columns.height_px[ids]
    ratio = np.where((width > 0) & (height > 0), width / np.maximum(height, 1), np.nan)
    counts = {
        "portrait": int((ratio < SQUARE_LOW).sum()),
        "landscape": int((ratio > SQUARE_HIGH).sum()),
        "square": int(((ratio >= SQUARE_LOW) & (ratio <= SQUARE_HIGH)).sum()),
        UNKNOWN: int(np.isnan(ratio).sum()),
    }
    return [FacetValue(name, count) for name, count in counts.items() if count]


def size_values(ids: Ids, columns: MediaColumns) -> list[FacetValue]:
    """Counts the files per size class in megapixels."""
    pixels = columns.width_px[ids].astype(np.float64) * columns.height_px[ids] / 1e6
    places = np.searchsorted([bound for bound, _name in SIZE_CLASSES], pixels, side="right")
    counts = np.bincount(np.where(pixels > 0, places, len(SIZE_CLASSES)), minlength=len(SIZE_CLASSES) + 1)
    names = [*(name for _bound, name in SIZE_CLASSES), UNKNOWN]
    return [FacetValue(name, int(count)) for name, count in zip(names, counts, strict=True) if count]


def month_values(mtime_ns: Ids) -> list[FacetValue]:
    """Counts the files per local month, newest first."""
    return [FacetValue(name, count) for name, count in reversed(count_months(mtime_ns))]
