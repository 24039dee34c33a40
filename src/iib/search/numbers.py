"""Number terms as masks over columns."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from iib.model.constants import NS_PER_S
from iib.query.ast import Interval, NumberTerm, Quantity
from iib.search.facts import FactColumns
from iib.search.order import Columns, Mask
from iib.search.personal import Personal

MS = 1_000
Values = npt.NDArray[Any]


class Source(Protocol):
    """Where the numbers are. Each part is read when it is asked for: facts of a million files take seconds to load."""

    @property
    def facts(self) -> FactColumns:
        """Numbers of the files."""
        ...

    @property
    def personal(self) -> Personal:
        """What people said."""
        ...


def number_mask(term: NumberTerm, columns: Columns, source: Source, size: int) -> Mask:
    """Files (by id below `size`) that have the number and whose number lies in the interval."""
    interval, quantity = term.interval, term.quantity
    width, height = columns.width_px[:size], columns.height_px[:size]
    if quantity is Quantity.STEPS:
        return _inside(source.facts.steps[:size], interval) & (source.facts.steps[:size] >= 0)
    if quantity is Quantity.CFG:
        return _inside(source.facts.cfg[:size], interval)  # comparisons with NaN are false
    if quantity is Quantity.SEED:
        return _inside(source.facts.seed[:size], interval) & source.facts.has_seed[:size]
    if quantity is Quantity.WIDTH:
        return _inside(width, interval) & (width > 0)
    if quantity is Quantity.HEIGHT:
        return _inside(height, interval) & (height > 0)
    if quantity in (Quantity.PIXELS, Quantity.RATIO):
        is_known = (width > 0) & (height > 0)
        wide = width.astype(np.float64)
        value = wide * height if quantity is Quantity.PIXELS else wide / np.maximum(height, 1)
        return _inside(value, interval) & is_known
    if quantity is Quantity.BYTES:
        return _inside(columns.size_bytes[:size], interval)
    if quantity is Quantity.DATE:
        return _inside(columns.mtime_ns[:size], _scaled(interval, NS_PER_S))
    if quantity is Quantity.DURATION:
        known: Mask = source.facts.duration_ms[:size] >= 0
        return _inside(source.facts.duration_ms[:size], _scaled(interval, MS)) & known
    if quantity is Quantity.RATING:
        return _inside(source.personal.ratings(size), interval)
    return _inside(np.arange(size, dtype=np.int64), interval)


def _inside(values: Values, interval: Interval) -> Mask:
    """Ends are compared in Python's exact integers where the column holds integers."""
    found = np.ones(len(values), dtype=np.bool_)
    if np.isnan(values).any() if values.dtype.kind == "f" else False:
        found &= ~np.isnan(values)
    for end, is_open, is_low in ((interval.low, interval.low_open, True), (interval.high, interval.high_open, False)):
        if end is None:
            continue
        bound = _bound(values, end)
        if bound is None:  # beyond what the column can hold
            if (end > 0) == is_low:
                found[:] = False
            continue
        if is_low:
            found &= values > bound if is_open else values >= bound
        else:
            found &= values < bound if is_open else values <= bound
    return found


def _bound(values: Values, end: float) -> Any:
    """The end in the column's own type where that is exact, else as a float; None if it does not fit the type."""
    if values.dtype.kind == "f" or end != int(end):
        return float(end)
    limits = np.iinfo(values.dtype)
    return values.dtype.type(int(end)) if limits.min <= end <= limits.max else None


def _scaled(interval: Interval, factor: int) -> Interval:
    """The interval in the unit of the column; whole seconds stay exact."""

    def scale(value: float | None) -> float | None:
        if value is None:
            return None
        return int(value) * factor if value == int(value) else value * factor

    return Interval(scale(interval.low), scale(interval.high), interval.low_open, interval.high_open)
