"""The library piece by piece, the newest files first, so that a page of hits is found without asking for all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from iib.search.filters import View, zone_ranges
from iib.search.text import Ranges

GROWTH = 4  # measured: with 2 the questions cost more than what is looked at less


@dataclass(frozen=True, slots=True)
class Window:
    """Ranges of ids. With this window and those before it, all files at positions below `bound` are known."""

    ranges: Ranges
    bound: int


def whole(view: View) -> Window:
    """All of it."""
    return Window(((0, len(view.rank) - 1),), len(view.ids))


def newest_first(view: View, start: int) -> Iterator[Window]:
    """Windows of the files from position `start` on, each `GROWTH` times as large as the one before.

    Files lie in the database by their ids, and ids seldom follow the times: a zone of ids is asked for when its newest
    file may be the next one, so that what is found is in exact order up to the first file of the next zone.
    """
    open_zones = np.flatnonzero(view.zone_last >= start)
    zones = open_zones[np.argsort(view.zone_first[open_zones], kind="stable")]
    begin, width = 0, 1
    while begin < len(zones):
        group = np.sort(zones[begin : begin + width])
        begin += width
        width *= GROWTH
        bound = int(view.zone_first[zones[begin]]) if begin < len(zones) else len(view.ids)
        yield Window(zone_ranges(group, len(view.rank)), bound)
