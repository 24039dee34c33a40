"""Reads the values of numeric fields: each reader returns the interval of one written value, or None if it is invalid.

A value like `2026-11` or `2mp` is a range, and comparisons refer to its ends (`date:>2026-11` begins in December,
`date:>=2026-11` on the first of November).
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
    """Reads a number. Whole numbers stay exact (seeds have 64 bits).

    >>> read_number("18446744073709551615").low
    18446744073709551615
    """
    if not NUMBER.fullmatch(text):
        return None
    try:
        value: float = int(text)
    except ValueError:
        value = float(text)
    return Interval(value, value) if abs(value) < MAX_EXACT * 2 else None


def read_bytes(text: str) -> Interval | None:
    """Reads a size in bytes, with or without a binary unit.

    >>> read_bytes("120kb").low, read_bytes("3000").low
    (122880.0, 3000.0)
    """
    match = AMOUNT.fullmatch(text.lower())
    if not match or match.group(2) not in BYTE_UNITS:
        return None
    value = float(match.group(1)) * BYTE_UNITS[match.group(2)]
    return Interval(value, value)


def read_megapixels(text: str) -> Interval | None:
    """Reads megapixels as an interval of pixels: plus and minus half of the last written digit.

    >>> read_megapixels("2mp")
    Interval(low=1500000.0, high=2500000.0, low_open=False, high_open=True)
    """
    match = AMOUNT.fullmatch(text.lower())
    if not match or match.group(2) not in ("mp", "mpx"):
        return None
    digits = len(match.group(1).partition(".")[2])
    half = 0.5 * 10**-digits
    value = float(match.group(1))
    return Interval((value - half) * MEGAPIXEL, (value + half) * MEGAPIXEL, high_open=True)


def read_dimensions(text: str) -> tuple[int, int] | None:
    """Reads a width and a height in pixels.

    >>> read_dimensions("832x1216")
    (832, 1216)
    """
    match = DIMENSIONS.fullmatch(text.lower())
    return (int(match.group(1)), int(match.group(2))) if match else None


def read_ratio(text: str) -> Interval | None:
    """Reads a ratio of width to height (`16:9`, `2/3`, `1.5`), plus and minus 1 %: pictures have whole pixels."""
    match = RATIO.fullmatch(text.lower())
    if match:
        width, height = float(match.group(1)), float(match.group(2))
        value = width / height if height else 0.0
    elif NUMBER.fullmatch(text):
        value = float(text)
    else:
        return None
    return Interval(value * (1 - RATIO_TOLERANCE), value * (1 + RATIO_TOLERANCE)) if value > 0 else None


def read_shape(text: str) -> Interval | None:
    """Reads `portrait`, `landscape` or `square` as an interval of ratios."""
    low, high = SQUARE
    shapes = {
        "portrait": Interval(None, low, high_open=True),
        "landscape": Interval(high, None, low_open=True),
        "square": Interval(low, high),
    }
    return shapes.get(text.lower())


def read_duration(text: str) -> Interval | None:
    """Reads a duration (`10s`, `2min`, `1h`) as an interval of one second.

    >>> read_duration("2min")
    Interval(low=120.0, high=121.0, low_open=False, high_open=True)
    """
    match = AMOUNT.fullmatch(text.lower())
    if not match or match.group(2) not in SPAN_UNITS:
        return None
    value = float(match.group(1)) * SPAN_UNITS[match.group(2)]
    return Interval(value, value + 1, high_open=True)


def date_reader(now: datetime) -> Reader:
    """Return a reader of dates, whose intervals are seconds since the epoch.

    It reads `2026`, `2026-11`, `2026-11-23`, `2026-11-23T18:05`, `today`, `yesterday`, `7d` (the last seven days),
    `2w`, `3m`, `1y` in local time. `now` is a local time without zone.
    """

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
        match = CALENDAR.fullmatch(text)
        if not match:
            return None
        try:
            return _calendar(*match.groups())
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
    """Return the seconds since the epoch of a local time, with the daylight saving rules of the system."""
    try:
        return time.mktime(local.timetuple())
    except (OverflowError, ValueError):
        return (local - datetime(1970, 1, 1)).total_seconds()
