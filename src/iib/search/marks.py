"""Selecting and sorting by what people gave files: ratings, flags, albums."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from iib.errors import InvalidRequest
from iib.search.order import Ids
from iib.store import Store

FLAGS = {"pick": 1, "none": 0, "reject": -1}
UNREJECTED = "unrejected"

Small = npt.NDArray[np.int8]


class MarkSets:
    """Ratings and flags by media id, read again when people changed any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: tuple[int, Small, Small] | None = None

    def select(self, ids: Ids, rating_min: int, flag: str, album: int | None) -> Ids:
        """Those of `ids`, in their order, with at least this rating, this flag ("": any) and in this album."""
        ratings, flags = self._columns()
        if rating_min:
            ids = ids[_at(ratings, ids) >= rating_min]
        if flag == UNREJECTED:
            ids = ids[_at(flags, ids) >= 0]
        elif flag:
            if flag not in FLAGS:
                raise InvalidRequest(f"unknown flag {flag!r}; known are {', '.join((*FLAGS, UNREJECTED))}")
            ids = ids[_at(flags, ids) == FLAGS[flag]]
        if album is not None:
            ids = ids[np.isin(ids, self._album(album))]
        return ids

    def by_rating(self, ids: Ids) -> Ids:
        """Best first, equal ones in the order they came in."""
        ratings, _flags = self._columns()
        return ids[np.argsort(-_at(ratings, ids), kind="stable")]

    def by_place(self, ids: Ids, album: int) -> Ids:
        """In the album's own order; what is not in it is left out."""
        order = self._album(album)
        return order[np.isin(order, ids)]

    def _columns(self) -> tuple[Small, Small]:
        marks = self._store.marks  # before reading: what comes later is read again next time
        with self._lock:
            if self._kept is not None and self._kept[0] == marks:
                return self._kept[1], self._kept[2]
        with self._store.read() as unit:
            rows = unit.curation.marks()
        size = (rows[-1].media_id + 1) if rows else 1
        ratings, flags = np.zeros(size, dtype=np.int8), np.zeros(size, dtype=np.int8)
        ids = [row.media_id for row in rows]
        ratings[ids] = [row.rating for row in rows]
        flags[ids] = [row.flag for row in rows]
        with self._lock:
            if self._kept is None or self._kept[0] <= marks:
                self._kept = (marks, ratings, flags)
        return ratings, flags

    def _album(self, album: int) -> Ids:
        with self._store.read() as unit:
            return np.asarray(unit.curation.album_items(album), dtype=np.int64)


def _at(column: Small, ids: Ids) -> Small:
    """Values by id; ids beyond the column have none."""
    found = np.zeros(len(ids), dtype=np.int8)
    is_known = ids < len(column)
    found[is_known] = column[ids[is_known]]
    return found
