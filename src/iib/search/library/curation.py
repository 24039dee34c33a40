"""What people said about files (ratings, flags, albums, own tags), by media id. Small beside the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib._lib.cache import RevisionCache
from iib.model import FLAG_OF_WORD
from iib.query import Pattern, compile_matcher
from iib.search.library.snapshot import Ids, Mask
from iib.store import Store


@dataclass(frozen=True, slots=True)
class Album:
    """An album with its files in its own order."""

    id: int
    name: str
    ids: Ids


@dataclass(frozen=True, slots=True)
class Curation:
    """`marked`: ids with a rating (0-5) or flag (see `Flag`); `albums` in their own order; `tagged` and `tags`:
    file and tag of every person-made link."""

    marked: Ids
    rating: npt.NDArray[np.int8]
    flag: npt.NDArray[np.int8]
    albums: tuple[Album, ...]
    tagged: Ids
    tags: Ids

    def ratings(self, size: int) -> npt.NDArray[np.int8]:
        """By id, 0 where nobody rated."""
        return self._spread(self.rating, size)

    def flag_mask(self, flag: str, size: int) -> Mask:
        """Files flagged so; `none` means not flagged."""
        found: Mask = self._spread(self.flag, size) == FLAG_OF_WORD[flag].value
        return found

    def album_mask(self, pattern: Pattern | None, size: int) -> Mask:
        """Files in an album whose name matches (None: in any album)."""
        found = np.zeros(size, dtype=np.bool_)
        test = compile_matcher(pattern, whole=True) if pattern is not None else None
        for album in self.albums:
            if test is None or test(album.name):
                found[album.ids[album.ids < size]] = True
        return found

    def items(self, album_id: int) -> Ids:
        """Files of an album in its order; none of an unknown one."""
        return next((album.ids for album in self.albums if album.id == album_id), np.empty(0, dtype=np.int64))

    def tagged_mask(self, size: int) -> Mask:
        """Files that carry a person-made tag."""
        found = np.zeros(size, dtype=np.bool_)
        found[self.tagged[self.tagged < size]] = True
        return found

    def tag_counts(self, wanted: Mask) -> Ids:
        """Links by tag id, of the files of this mask."""
        inside = self.tagged < len(wanted)
        found: Ids = np.bincount(self.tags[inside][wanted[self.tagged[inside]]])
        return found

    def _spread(self, values: npt.NDArray[np.int8], size: int) -> npt.NDArray[np.int8]:
        found = np.zeros(size, dtype=np.int8)
        is_inside = self.marked < size
        found[self.marked[is_inside]] = values[is_inside]
        return found


class CurationCache:
    """What people said, read again when they said more."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, Curation] = RevisionCache()

    def current(self) -> Curation:
        """As of the latest commit."""
        return self._cache.get(lambda: self._store.curation_revision, self._read)

    def _read(self, *_args: object) -> Curation:
        with self._store.read() as unit:
            rows = unit.curation.list_ratings()
            albums = tuple(
                Album(row.id, row.name, _ids(unit.curation.ids_in_album(row.id))) for row in unit.curation.list_albums()
            )
            links = unit.tag_index.list_custom_links()
        return Curation(
            marked=_ids([row.media_id for row in rows]),
            rating=np.asarray([row.rating for row in rows], dtype=np.int8),
            flag=np.asarray([row.flag for row in rows], dtype=np.int8),
            albums=albums,
            tagged=_ids([item for item, _tag in links]),
            tags=_ids([tag for _item, tag in links]),
        )


def _ids(values: Sequence[int]) -> Ids:
    return np.asarray(values, dtype=np.int64)
