"""Counts files over time, and pairs of tags that occur together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib.errors import InvalidRequest
from iib.model import MAX_RATING, TagId
from iib.search.counts.facet_counts import TAG_FACETS, FacetCounter
from iib.search.library.local_dates import local_days
from iib.search.library.snapshot import Ids
from iib.search.library.view import View

PERIODS = {"day": "D", "month": "M", "year": "Y"}
RATINGS = MAX_RATING + 1
MAX_PERIODS = 4_000


@dataclass(frozen=True, slots=True)
class Series:
    """A value and its number of files per period; `counts` has the length of `Timeline.periods`."""

    value: str
    total: int
    counts: tuple[int, ...]
    tag_id: TagId | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Consecutive periods ("2026-11") ascending, the number of all files in each, and the most frequent values."""

    periods: tuple[str, ...]
    total: tuple[int, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class TagPair:
    """Two values and the number of files with both."""

    first: str
    second: str
    count: int


@dataclass(frozen=True, slots=True)
class TimelineCounter:
    """Counts any set of files over time and by pairs of tags."""

    facet_counter: FacetCounter

    def timeline(self, ids: Ids, view: View, by: str, per: str, limit: int) -> Timeline:
        """Return the files per facet value and period.

        `by` is "" for no facet, "rating" or one of `TAG_FACETS`; `per` is one of `PERIODS`. Raises `InvalidRequest`.
        """
        if per not in PERIODS:
            raise InvalidRequest(f"per must be one of {', '.join(PERIODS)}")
        if by not in ("", "rating", *TAG_FACETS):
            raise InvalidRequest(f"by must be one of rating, {', '.join(TAG_FACETS)}")
        if not len(ids):
            return Timeline((), (), ())
        period_index, names = self._periods(view.columns.mtime_ns[ids], per)
        total = np.bincount(period_index, minlength=len(names))
        series: list[Series] = []
        if by == "rating":
            ratings = self.facet_counter.ratings(ids, view)
            series = [_series(str(stars), period_index[ratings == stars], len(names)) for stars in range(RATINGS)]
        elif by:
            series = self._by_tag(ids, view, period_index, len(names), by, limit)
        non_empty = tuple(item for item in series if item.total)
        return Timeline(tuple(names), tuple(total.tolist()), non_empty)

    def used_together(self, ids: Ids, first: str, second: str, limit: int) -> list[TagPair]:
        """Return pairs of values of two facets, the most frequent first. Raises `InvalidRequest`."""
        for name in (first, second):
            if name not in TAG_FACETS or name == "custom":
                raise InvalidRequest(f"unknown facet {name!r}; valid facets are {', '.join(TAG_FACETS)}")
        indices, tags = self.facet_counter.tag_pairs(ids)
        names = {name: self.facet_counter.labels(np.unique(tags), TAG_FACETS[name]) for name in (first, second)}
        sides = [_select_tags(indices, tags, list(names[name])) for name in (first, second)]
        counts = _pair_counts(sides[0], sides[1])
        pairs = [
            TagPair(names[first][first_id], names[second][second_id], count)
            for (first_id, second_id), count in counts.items()
            if first_id != second_id
        ]
        if first == second:
            pairs = [pair for pair in pairs if pair.first < pair.second]
        return sorted(pairs, key=lambda pair: (-pair.count, pair.first, pair.second))[:limit]

    @staticmethod
    def _periods(mtime_ns: Ids, per: str) -> tuple[npt.NDArray[np.int64], list[str]]:
        period_numbers = (
            local_days(mtime_ns).astype("datetime64[D]").astype(f"datetime64[{PERIODS[per]}]").astype(np.int64)
        )
        first, last = int(period_numbers.min()), int(period_numbers.max())
        if last - first >= MAX_PERIODS:  # a file with a date of another century must not create a million periods
            first = last - MAX_PERIODS + 1
            period_numbers = np.maximum(period_numbers, first)
        names = np.arange(first, last + 1).astype(f"datetime64[{PERIODS[per]}]").astype(str).tolist()
        return period_numbers - first, names

    def _by_tag(
        self, ids: Ids, view: View, period_index: npt.NDArray[np.int64], periods: int, by: str, limit: int
    ) -> list[Series]:
        series: list[Series] = []
        for value in self.facet_counter.facets(ids, view, [by], limit)[by]:
            assert value.tag_id is not None  # noqa: S101  (values of tag facets are tags)
            carriers = self.facet_counter.carriers(value.tag_id, view)
            series.append(_series(value.value, period_index[carriers[ids]], periods, value.tag_id))
        return series


def _series(value: str, indices: npt.NDArray[np.int64], periods: int, tag_id: TagId | None = None) -> Series:
    counts = np.bincount(indices, minlength=periods)
    return Series(value, int(counts.sum()), tuple(counts.tolist()), tag_id)


def _select_tags(
    indices: npt.NDArray[np.int64], tags: npt.NDArray[np.int32], tag_ids: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    chosen = np.isin(tags, np.asarray(tag_ids, dtype=np.int32))
    return indices[chosen], tags[chosen]


def _pair_counts(
    left: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
    right: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
) -> dict[tuple[int, int], int]:
    """Return the number of files per (left tag id, right tag id): a join by file position."""
    order = np.argsort(right[0], kind="stable")
    right_places, right_tags = right[0][order], right[1][order]
    starts = np.searchsorted(right_places, left[0], side="left")
    lengths = np.searchsorted(right_places, left[0], side="right") - starts
    total = int(lengths.sum())
    if total == 0:
        return {}
    ends = np.cumsum(lengths)
    index = np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
    left_tags = np.repeat(left[1].astype(np.int64), lengths)
    keys, counts = np.unique((left_tags << 32) | right_tags[index].astype(np.int64), return_counts=True)
    return {(int(key >> 32), int(key & 0xFFFFFFFF)): int(count) for key, count in zip(keys, counts, strict=True)}
