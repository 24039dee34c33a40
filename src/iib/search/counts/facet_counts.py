"""Facets of a query: its files counted by model, LoRA, tool, size, month and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib.errors import InvalidRequest
from iib.model import MAX_RATING, MediaKind, TagId, TagKind
from iib.query import Facet
from iib.search.counts.facet_matrix import FacetMatrixCache, FacetValue, top
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
    """Counts; holds what it counts from."""

    store: Store
    index: FacetMatrixCache
    facts: MetadataColumnCache
    sets: TagSets
    curation_cache: CurationCache

    def facets(self, ids: Ids, view: View, names: Sequence[str], limit: int) -> dict[str, list[FacetValue]]:
        """The `limit` most frequent values of each facet. Raises `InvalidRequest` for an unknown one."""
        unknown = [name for name in names if name not in FACETS]
        if unknown:
            raise InvalidRequest(f"unknown facet {unknown[0]!r}; known are {', '.join(FACETS)}")
        found: dict[str, list[FacetValue]] = {}
        by_tag = [name for name in names if name in TAG_FACETS]
        if by_tag:
            counts = self.counts(ids, len(view.rank))
            for name in by_tag:
                found[name] = top(self._tags(TAG_FACETS[name], counts), limit)
        for name in names:
            if name in COLUMN_FACETS:
                found[name] = self._column(name, ids, view, limit)
        return {name: found[name] for name in names}

    def carriers(self, tag_id: TagId, view: View) -> Mask:
        """Files (by id) that carry a tag."""
        found = np.zeros(len(view.rank), dtype=np.bool_)
        found[self.sets.ids(tag_id, len(view.rank), view.snapshot.revision)] = True
        return found

    def ratings(self, ids: Ids, view: View) -> npt.NDArray[np.int8]:
        """The rating (0-5) of each of these files, 0 where there is none."""
        return self.curation_cache.current().ratings(len(view.rank))[ids]

    def tag_pairs(self, ids: Ids) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
        """(position in `ids`, tag) of every link of these files, as `TagMatrix.pairs` gives it."""
        return self.index.matrix().pairs(ids)

    def labels(self, tags: Sequence[int] | npt.NDArray[np.int32], kinds: Sequence[str]) -> dict[int, str]:
        """The name of each of these tags that is of one of the kinds, by tag id."""
        with self.store.read() as unit:
            rows = unit.tag_index.list_labels([int(item) for item in tags])
        return {tag_id: name for tag_id, kind, name in rows if kind in kinds}

    def counts(self, ids: Ids, size: int) -> Ids:
        """Files by tag id, derived and person-made."""
        derived = self.index.matrix().counts(ids)
        wanted = np.zeros(size, dtype=np.bool_)
        wanted[ids] = True
        made = self.curation_cache.current().tag_counts(wanted)
        if len(made) > len(derived):
            derived, made = made, derived
        total = derived.copy()
        total[: len(made)] += made
        return total

    def _tags(self, kinds: Sequence[str], counts: npt.NDArray[np.int64]) -> list[FacetValue]:
        with self.store.read() as unit:
            rows = unit.tag_index.list_labels(np.flatnonzero(counts).tolist())
        return [FacetValue(name, int(counts[tag_id]), TagId(tag_id)) for tag_id, kind, name in rows if kind in kinds]

    def _column(self, name: str, ids: Ids, view: View, limit: int) -> list[FacetValue]:
        columns = view.columns
        if name == "kind":
            counts = np.bincount(columns.kind[ids], minlength=len(MediaKind))
            return [FacetValue(kind.word, int(counts[kind])) for kind in MediaKind if counts[kind]]
        if name == "ext":
            own = self.facts.columns(len(view.rank)).extension[ids]
            counts = np.bincount(own)
            extensions = self.facts.extensions
            return top((FacetValue(extensions[code], int(counts[code])) for code in np.flatnonzero(counts)), limit)
        if name == "rating":
            counts = np.bincount(self.ratings(ids, view), minlength=RATINGS)
            return [FacetValue(str(stars), int(counts[stars])) for stars in range(RATINGS) if counts[stars]]
        if name == "folder":
            return self._folders(ids, columns, limit)
        if name == "month":
            return months(columns.mtime_ns[ids])
        return shapes(ids, columns) if name == "shape" else sizes(ids, columns)

    def _folders(self, ids: Ids, columns: MediaColumns, limit: int) -> list[FacetValue]:
        counts = np.bincount(columns.folder_id[ids])
        best = np.argsort(-counts, kind="stable")[:limit]
        with self.store.read() as unit:
            paths = unit.folders.paths_by_id([int(item) for item in best if counts[item]])
        return [FacetValue(path, int(counts[folder_id])) for folder_id, path in paths.items()]


def shapes(ids: Ids, columns: MediaColumns) -> list[FacetValue]:
    """Portrait, landscape, square, or unknown."""
    width, height = columns.width_px[ids].astype(np.float64), columns.height_px[ids]
    ratio = np.where((width > 0) & (height > 0), width / np.maximum(height, 1), np.nan)
    counts = {
        "portrait": int((ratio < SQUARE_LOW).sum()),
        "landscape": int((ratio > SQUARE_HIGH).sum()),
        "square": int(((ratio >= SQUARE_LOW) & (ratio <= SQUARE_HIGH)).sum()),
        UNKNOWN: int(np.isnan(ratio).sum()),
    }
    return [FacetValue(name, count) for name, count in counts.items() if count]


def sizes(ids: Ids, columns: MediaColumns) -> list[FacetValue]:
    """Classes of megapixels."""
    pixels = columns.width_px[ids].astype(np.float64) * columns.height_px[ids] / 1e6
    places = np.searchsorted([bound for bound, _name in SIZE_CLASSES], pixels, side="right")
    counts = np.bincount(np.where(pixels > 0, places, len(SIZE_CLASSES)), minlength=len(SIZE_CLASSES) + 1)
    names = [*(name for _bound, name in SIZE_CLASSES), UNKNOWN]
    return [FacetValue(name, int(count)) for name, count in zip(names, counts, strict=True) if count]


def months(mtime_ns: Ids) -> list[FacetValue]:
    """Local months, newest first."""
    return [FacetValue(name, count) for name, count in reversed(count_months(mtime_ns))]
