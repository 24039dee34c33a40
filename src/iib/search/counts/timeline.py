"""Use over time, and what is used together."""

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
    """Files a period; same length as `Timeline.periods`."""

    value: str
    total: int
    counts: tuple[int, ...]
    tag_id: TagId | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Periods ("2026-11") ascending without gaps, all files, and the most frequent values."""

    periods: tuple[str, ...]
    total: tuple[int, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class TagPair:
    """How many files carry both."""

    first: str
    second: str
    count: int


@dataclass(frozen=True, slots=True)
class TimelineCounter:
    """Counts of any set of files."""

    summary: FacetCounter

    def timeline(self, ids: Ids, view: View, by: str, per: str, limit: int) -> Timeline:
        """Files by a facet ("" for none, "rating" or one of `TAG_FACETS`) and period. Raises `InvalidRequest`."""
        if per not in PERIODS:
            raise InvalidRequest(f"per must be one of {', '.join(PERIODS)}")
        if by not in ("", "rating", *TAG_FACETS):
            raise InvalidRequest(f"by must be one of rating, {', '.join(TAG_FACETS)}")
        if not len(ids):
            return Timeline((), (), ())
        place, names = self._periods(view.columns.mtime_ns[ids], per)
        total = np.bincount(place, minlength=len(names))
        series: list[Series] = []
        if by == "rating":
            ratings = self.summary.ratings(ids, view)
            series = [_series(str(stars), place[ratings == stars], len(names)) for stars in range(RATINGS)]
        elif by:
            series = self._by_tag(ids, view, place, len(names), by, limit)
        kept = tuple(item for item in series if item.total)
        return Timeline(tuple(names), tuple(total.tolist()), kept)

    def used_together(self, ids: Ids, first: str, second: str, limit: int) -> list[TagPair]:
        """Pairs of values of two facets, the most frequent first. Raises `InvalidRequest`."""
        for name in (first, second):
            if name not in TAG_FACETS or name == "custom":
                raise InvalidRequest(f"unknown facet {name!r}; known are {', '.join(TAG_FACETS)}")
        places, tags = self.summary.tag_pairs(ids)
        names = {name: self.summary.labels(np.unique(tags), TAG_FACETS[name]) for name in (first, second)}
        sides = [_of_tags(places, tags, list(names[name])) for name in (first, second)]
        counts = _pair_counts(sides[0], sides[1])
        pairs = [
            TagPair(names[first][one], names[second][two], count) for (one, two), count in counts.items() if one != two
        ]
        if first == second:
            pairs = [pair for pair in pairs if pair.first < pair.second]
        return sorted(pairs, key=lambda pair: (-pair.count, pair.first, pair.second))[:limit]

    @staticmethod
    def _periods(mtime_ns: Ids, per: str) -> tuple[npt.NDArray[np.int64], list[str]]:
        marks = local_days(mtime_ns).astype("datetime64[D]").astype(f"datetime64[{PERIODS[per]}]").astype(np.int64)
        first, last = int(marks.min()), int(marks.max())
        if last - first >= MAX_PERIODS:  # a file with a date of another century must not make a million periods
            first = last - MAX_PERIODS + 1
            marks = np.maximum(marks, first)
        names = np.arange(first, last + 1).astype(f"datetime64[{PERIODS[per]}]").astype(str).tolist()
        return marks - first, names

    def _by_tag(
        self, ids: Ids, view: View, place: npt.NDArray[np.int64], periods: int, by: str, limit: int
    ) -> list[Series]:
        found: list[Series] = []
        for value in self.summary.facets(ids, view, [by], limit)[by]:
            assert value.tag_id is not None  # noqa: S101  (values of tag facets are tags)
            carriers = self.summary.carriers(value.tag_id, view)
            found.append(_series(value.value, place[carriers[ids]], periods, value.tag_id))
        return found


def _series(value: str, places: npt.NDArray[np.int64], periods: int, tag_id: TagId | None = None) -> Series:
    counts = np.bincount(places, minlength=periods)
    return Series(value, int(counts.sum()), tuple(counts.tolist()), tag_id)


def _of_tags(
    places: npt.NDArray[np.int64], tags: npt.NDArray[np.int32], wanted: Sequence[int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    chosen = np.isin(tags, np.asarray(wanted, dtype=np.int32))
    return places[chosen], tags[chosen]


def _pair_counts(
    left: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
    right: tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]],
) -> dict[tuple[int, int], int]:
    """Counts of (tag of left, tag of right) over files: a join by place."""
    order = np.argsort(right[0], kind="stable")
    right_places, right_tags = right[0][order], right[1][order]
    starts = np.searchsorted(right_places, left[0], side="left")
    lengths = np.searchsorted(right_places, left[0], side="right") - starts
    total = int(lengths.sum())
    if total == 0:
        return {}
    ends = np.cumsum(lengths)
    index = np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
    ones = np.repeat(left[1].astype(np.int64), lengths)
    keys, counts = np.unique((ones << 32) | right_tags[index].astype(np.int64), return_counts=True)
    return {(int(key >> 32), int(key & 0xFFFFFFFF)): int(count) for key, count in zip(keys, counts, strict=True)}
