"""Selecting and sorting by what people gave files: ratings, flags, albums."""

from __future__ import annotations

import numpy as np

from iib.errors import InvalidRequest
from iib.model import Flag
from iib.search.library.curation import Curation
from iib.search.library.snapshot import Ids

UNREJECTED = "unrejected"
FLAG_FILTERS = ("", Flag.NONE.word, Flag.PICK.word, Flag.REJECT.word, UNREJECTED)


def select(ids: Ids, size: int, people: Curation, *, rating_min: int, flag: str, album: int | None) -> Ids:
    """Those of `ids` (all below `size`), in their order, with at least this rating, this flag ("": any) and in this
    album. Raises `InvalidRequest` for an unknown flag."""
    if flag not in FLAG_FILTERS:
        raise InvalidRequest(f"unknown flag {flag!r}; known are {', '.join(FLAG_FILTERS[1:])}")
    if rating_min:
        ids = ids[people.ratings(size)[ids] >= rating_min]
    if flag == UNREJECTED:
        ids = ids[~people.flag_mask(Flag.REJECT.word, size)[ids]]
    elif flag:
        ids = ids[people.flag_mask(flag, size)[ids]]
    if album is not None:
        ids = ids[np.isin(ids, people.items(album))]
    return ids


def by_rating(ids: Ids, size: int, people: Curation) -> Ids:
    """Best first, equal ones in the order they came in."""
    return ids[np.argsort(-people.ratings(size)[ids], kind="stable")]


def by_album_order(ids: Ids, people: Curation, album: int) -> Ids:
    """In the album's own order; what is not in it is left out."""
    order = people.items(album)
    return order[np.isin(order, ids)]
