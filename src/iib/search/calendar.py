"""Local days of many times at once."""

from __future__ import annotations

import time

import numpy as np

from iib.search.order import Ids

NS = 1_000_000_000
HOUR_S = 3600
DAY_S = 24 * HOUR_S


def local_days(time_ns: Ids) -> Ids:
    """Days since 1970-01-01 of the local calendar. Zone rules are asked once an hour of the data, not once a time."""
    seconds = time_ns // NS
    hours, inverse = np.unique(seconds // HOUR_S, return_inverse=True)
    offsets = np.asarray([_utc_offset_s(int(hour) * HOUR_S) for hour in hours], dtype=np.int64)
    days: Ids = (seconds + offsets[inverse]) // DAY_S
    return days


def _utc_offset_s(seconds: int) -> int:
    try:
        return time.localtime(seconds).tm_gmtoff
    except (OSError, OverflowError, ValueError):
        return 0
