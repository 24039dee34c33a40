"""Local days of many times at once."""

from __future__ import annotations

import time

import numpy as np

from iib.model import NS_PER_S
from iib.search.library.snapshot import Ids

HOUR_S = 3600
DAY_S = 24 * HOUR_S
MAX_TABLE = 2_000_000  # hours or days between the first and the last time


def local_days(time_ns: Ids) -> Ids:
    """Days since 1970-01-01 of the local calendar. Zone rules are asked once an hour of the data, not once a time."""
    if not len(time_ns):
        return np.empty(0, dtype=np.int64)
    seconds = time_ns // NS_PER_S
    hours = seconds // HOUR_S
    first, last = int(hours.min()), int(hours.max())
    if last - first < MAX_TABLE:  # as always: then a table of the hours spares sorting the times
        hours -= first
        offsets = np.zeros(last - first + 1, dtype=np.int64)
        occurring = np.flatnonzero(np.bincount(hours, minlength=1))
        offsets[occurring] = [_utc_offset_s((first + int(hour)) * HOUR_S) for hour in occurring]
        own = offsets[hours]
    else:
        different, inverse = np.unique(hours, return_inverse=True)
        own = np.asarray([_utc_offset_s(int(hour) * HOUR_S) for hour in different], dtype=np.int64)[inverse]
    days: Ids = (seconds + own) // DAY_S
    return days


def count_months(time_ns: Ids) -> list[tuple[str, int]]:
    """("2026-11", how many of the times) of every local month that occurs, oldest first."""
    days = local_days(time_ns)
    if not len(days):
        return []
    first = int(days.min())
    if int(days.max()) - first < MAX_TABLE:
        counts = np.bincount(days - first)
        different = np.flatnonzero(counts)
        counts, different = counts[different], different + first
    else:
        different, counts = np.unique(days, return_counts=True)
    names = different.astype("datetime64[D]").astype("datetime64[M]")
    starts = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    totals = np.add.reduceat(counts, starts)
    return [(str(name), int(total)) for name, total in zip(names[starts], totals, strict=True)]


def _utc_offset_s(seconds: int) -> int:
    try:
        return time.localtime(seconds).tm_gmtoff
    except (OSError, OverflowError, ValueError):
        return 0
