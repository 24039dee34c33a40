"""Reading the values of number-like fields. Each reader gives the interval that one written value stands for.

A value like `2026-11` or `2mp` is coarse: it stands for a range, and comparisons mean its edges
(`date:>2026-11` begins in December, `date:>=2026-11` on the first of November).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from iib.query.ast import Interval

Reader = Callable[[str], "Interval | None"]
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
BYTE_UNITS = {"b": 1, "": 1, "k": 2**10, "kb": 2**10, "m": 2**20, "mb": 2**20, "g": 2**30, "gb": 2**30}
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([a-z]*)")
DIMENSIONS = re.compile(r"(\d+)\s*[x×*]\s*(\d+)")
RATIO = re.compile(r"(\d+(?:\.\d+)?)[:/x](\d+(?:\.\d+)?)")
SPAN_UNITS = {"s": 1.0, "": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
CALENDAR = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2}):(\d{2}))?)?)?")
AGO = re.compile(r"(\d+)(d|w|m|y|h)")
AGO_DAYS = {"d": 1.0, "w": 7.0, "m": 30.0, "y": 365.0, "h": 1 / 24}
RATIO_TOLERANCE = 0.01
SQUARE = (0.99, 1.01)
MEGAPIXEL = 1_000_000
MAX_EXACT = 2**63


def read_number(text: str) -> Interval | None:
    """`30`, `7.5`, `-1`. Whole numbers stay exact whatever their size (seeds have 64 bits)."""
    if not NUMBER.fullmatch(text):
        return None
    try:
        value: float = int(text)
    except ValueError:
        value = float(text)
    return Interval(value, value) if abs(value) < MAX_EXACT * 2 else None


def read_bytes(text: str) -> Interval | None:
    """`5mb`, `120kb`, `3000`."""
    found = AMOUNT.fullmatch(text.lower())
    if not found or found.group(2) not in BYTE_UNITS:
        return None
    value = float(found.group(1)) * BYTE_UNITS[found.group(2)]
    return Interval(value, value)


def read_megapixels(text: str) -> Interval | None:
    """`2mp`: within half of the last digit written, as people mean it."""
    found = AMOUNT.fullmatch(text.lower())
    if not found or found.group(2) not in ("mp", "mpx"):
        return None
    digits = len(found.group(1).partition(".")[2])
    half = 0.5 * 10**-digits
    value = float(found.group(1))
    return Interval((value - half) * MEGAPIXEL, (value + half) * MEGAPIXEL, high_open=True)


def read_dimensions(text: str) -> tuple[int, int] | None:
    """`832x1216`."""
    found = DIMENSIONS.fullmatch(text.lower())
    return (int(found.group(1)), int(found.group(2))) if found else None


def read_ratio(text: str) -> Interval | None:
    """`16:9`, `2/3`, `1.5`: within one per cent, since pictures are rounded to whole pixels."""
    found = RATIO.fullmatch(text.lower())
    if found:
        width, height = float(found.group(1)), float(found.group(2))
        value = width / height if height else 0.0
    elif NUMBER.fullmatch(text):
        value = float(text)
    else:
        return None
    return Interval(value * (1 - RATIO_TOLERANCE), value * (1 + RATIO_TOLERANCE)) if value > 0 else None


def read_shape(text: str) -> Interval | None:
    """`portrait`, `landscape`, `square` as a range of ratios."""
    low, high = SQUARE
    shapes = {
        "portrait": Interval(None, low, high_open=True),
        "landscape": Interval(high, None, low_open=True),
        "square": Interval(low, high),
    }
    return shapes.get(text.lower())


def read_duration(text: str) -> Interval | None:
    """`10s`, `2min`, `1h`, in seconds. A whole number of seconds stands for that second."""
    found = AMOUNT.fullmatch(text.lower())
    if not found or found.group(2) not in SPAN_UNITS:
        return None
    value = float(found.group(1)) * SPAN_UNITS[found.group(2)]
    return Interval(value, value + 1, high_open=True)


def date_reader(now: datetime) -> Reader:
    """Reads `2026`, `2026-11`, `2026-11-23`, `2026-11-23T18:05`, `today`, `yesterday`, `7d` (the last seven days),
    `2w`, `3m`, `1y`, in local time. `now` is a local time without zone."""

    def read(text: str) -> Interval | None:
        word = text.lower()
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if word == "today":
            return _span(today, today + timedelta(days=1))
        if word == "yesterday":
            return _span(today - timedelta(days=1), today)
        ago = AGO.fullmatch(word)
        if ago:
            try:
                start = now - timedelta(days=int(ago.group(1)) * AGO_DAYS[ago.group(2)])
            except OverflowError:
                return Interval(None, None)
            return Interval(_seconds(start), None)
        found = CALENDAR.fullmatch(text)
        if not found:
            return None
        try:
            return _calendar(*found.groups())
        except (ValueError, OverflowError):
            return None

    return read


def _calendar(year: str, month: str | None, day: str | None, hour: str | None, minute: str | None) -> Interval:
    start = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0))
    if hour is not None:
        return _span(start, start + timedelta(minutes=1))
    if day is not None:
        return _span(start, start + timedelta(days=1))
    if month is not None:
        return _span(start, start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1))
    return _span(start, start.replace(year=start.year + 1))


def _span(start: datetime, end: datetime) -> Interval:
    return Interval(_seconds(start), _seconds(end), high_open=True)


def _seconds(local: datetime) -> float:
    """Seconds since the epoch of a local time; daylight saving is the system's to know."""
    try:
        return time.mktime(local.timetuple())
    except (OverflowError, ValueError):
        return (local - datetime(1970, 1, 1)).total_seconds()
