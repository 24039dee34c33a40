"""Computes local days and months of many times at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from iib.model import NS_PER_S
from iib.search.library.snapshot import Ids, MediaColumns

HOUR_S = 3600
DAY_S = 24 * HOUR_S
MAX_TABLE = 2_000_000  # hours or days between the first and the last time; more would cost too much memory


@dataclass(frozen=True, slots=True)
class DayBucket:
    """A run of consecutive results of one local day (`key` "2026-11-23"), or all results (`key` "")."""

    key: str
    start: int
    count: int


def local_days(time_ns: Ids) -> Ids:
    """Return the days since 1970-01-01 of the local calendar. Zone rules are read once per hour that occurs."""
    if not len(time_ns):
        return np.empty(0, dtype=np.int64)
    seconds = time_ns // NS_PER_S
    hours = seconds // HOUR_S
    first, last = int(hours.min()), int(hours.max())
    if last - first < MAX_TABLE:  # nearly always: a table of hours avoids sorting the times
        hours -= first
        offsets = np.zeros(last - first + 1, dtype=np.int64)
        occurring = np.flatnonzero(np.bincount(hours, minlength=1))
        offsets[occurring] = [_utc_offset_s((first + int(hour)) * HOUR_S) for hour in occurring]
        utc_offsets_s = offsets[hours]
    else:
        distinct, inverse = np.unique(hours, return_inverse=True)
        utc_offsets_s = np.asarray([_utc_offset_s(int(hour) * HOUR_S) for hour in distinct], dtype=np.int64)[inverse]
    days: Ids = (seconds + utc_offsets_s) // DAY_S
    return days


def count_months(time_ns: Ids) -> list[tuple[str, int]]:
    """Return (month, number of times) for every local month that occurs, oldest first; "2026-11" is a month."""
    days = local_days(time_ns)
    if not len(days):
        return []
    first = int(days.min())
    if int(days.max()) - first < MAX_TABLE:
        counts = np.bincount(days - first)
        distinct = np.flatnonzero(counts)
        counts, distinct = counts[distinct], distinct + first
    else:
        distinct, counts = np.unique(days, return_counts=True)
    names = distinct.astype("datetime64[D]").astype("datetime64[M]")
    starts = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    totals = np.add.reduceat(counts, starts)
    return [(str(name), int(total)) for name, total in zip(names[starts], totals, strict=True)]


def day_buckets(ids: Ids, columns: MediaColumns) -> tuple[DayBucket, ...]:
    """Return the runs of consecutive ids of the same local day, in the order of the ids."""
    if not len(ids):
        return ()
    days = local_days(columns.mtime_ns[ids])
    starts = np.concatenate(([0], np.flatnonzero(np.diff(days)) + 1))
    ends = np.concatenate((starts[1:], [len(ids)]))
    return tuple(
        DayBucket(str(np.datetime64(int(days[start]), "D")), int(start), int(end - start))
        for start, end in zip(starts, ends, strict=True)
    )


def _utc_offset_s(seconds: int) -> int:
    try:
        return time.localtime(seconds).tm_gmtoff
    except (OSError, OverflowError, ValueError):
        return 0
