"""Filters and sorts results by curation: ratings, flags, albums."""

from __future__ import annotations

import numpy as np

from iib.errors import InvalidRequest
from iib.model import Flag
from iib.search.library.curation import Curation
from iib.search.library.snapshot import Ids

UNREJECTED = "unrejected"
FLAG_FILTERS = ("", Flag.NONE.word, Flag.PICK.word, Flag.REJECT.word, UNREJECTED)


def filter_by_curation(
    ids: Ids, size: int, curation: Curation, *, rating_min: int, flag: str, album: int | None
) -> Ids:
    """Return the ids (all below `size`) with at least this rating, this flag ("": any) and in this album.

    The order stays the same. Raises `InvalidRequest` for an unknown flag.
    """
    if flag not in FLAG_FILTERS:
        raise InvalidRequest(f"unknown flag {flag!r}; valid flags are {', '.join(FLAG_FILTERS[1:])}")
    if rating_min:
        ids = ids[curation.ratings(size)[ids] >= rating_min]
    if flag == UNREJECTED:
        ids = ids[~curation.flag_mask(Flag.REJECT.word, size)[ids]]
    elif flag:
        ids = ids[curation.flag_mask(flag, size)[ids]]
    if album is not None:
        ids = ids[np.isin(ids, curation.album_ids(album))]
    return ids


def sort_by_rating(ids: Ids, size: int, curation: Curation) -> Ids:
    """Sorts ids by rating, highest first; equal ones keep their order."""
    return ids[np.argsort(-curation.ratings(size)[ids], kind="stable")]


def sort_by_album(ids: Ids, curation: Curation, album: int) -> Ids:
    """Return the ids that are in the album, in the order of the album."""
    album_ids = curation.album_ids(album)
    return album_ids[np.isin(album_ids, ids)]
