"""Holds the curation of the library in memory: ratings, flags, albums and custom tags."""

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
    """An album and its files, in the order that a person chose."""

    id: int
    name: str
    ids: Ids


@dataclass(frozen=True, slots=True)
class Curation:
    """The curation at one revision.

    `rated_ids` have a rating (0-5) or a flag (see `Flag`), in the columns `rating` and `flag`; `albums` are in their
    own order; `tagged_ids` and `tag_ids` are the file and the tag of every link to a custom tag.
    """

    rated_ids: Ids
    rating: npt.NDArray[np.int8]
    flag: npt.NDArray[np.int8]
    albums: tuple[Album, ...]
    tagged_ids: Ids
    tag_ids: Ids

    def ratings(self, size: int) -> npt.NDArray[np.int8]:
        """Return the ratings by media id; 0 for files without a rating."""
        return self._by_media_id(self.rating, size)

    def flag_mask(self, flag: str, size: int) -> Mask:
        """Return the mask of the files with this flag; `none` means without a flag."""
        mask: Mask = self._by_media_id(self.flag, size) == FLAG_OF_WORD[flag].value
        return mask

    def album_mask(self, pattern: Pattern | None, size: int) -> Mask:
        """Return the mask of the files in albums whose name matches (None: in any album)."""
        mask = np.zeros(size, dtype=np.bool_)
        test = compile_matcher(pattern, whole=True) if pattern is not None else None
        for album in self.albums:
            if test is None or test(album.name):
                mask[album.ids[album.ids < size]] = True
        return mask

    def album_ids(self, album_id: int) -> Ids:
        """Return the ids of the files of an album in its order; empty for an unknown album."""
        return next((album.ids for album in self.albums if album.id == album_id), np.empty(0, dtype=np.int64))

    def tagged_mask(self, size: int) -> Mask:
        """Return the mask of the files with at least one custom tag."""
        mask = np.zeros(size, dtype=np.bool_)
        mask[self.tagged_ids[self.tagged_ids < size]] = True
        return mask

    def tag_counts(self, mask: Mask) -> Ids:
        """Return the number of files per tag id, counted over the files of this mask."""
        inside = self.tagged_ids < len(mask)
        counts: Ids = np.bincount(self.tag_ids[inside][mask[self.tagged_ids[inside]]])
        return counts

    def _by_media_id(self, values: npt.NDArray[np.int8], size: int) -> npt.NDArray[np.int8]:
        column = np.zeros(size, dtype=np.int8)
        is_inside = self.rated_ids < size
        column[self.rated_ids[is_inside]] = values[is_inside]
        return column


class CurationCache:
    """Caches the curation of one store until it changes. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, Curation] = RevisionCache()

    def current(self) -> Curation:
        """Return the curation as of the latest commit."""
        return self._cache.get(lambda: self._store.curation_revision, self._read)

    def _read(self, *_args: object) -> Curation:
        with self._store.read() as unit:
            rows = unit.curation.list_ratings()
            albums = tuple(
                Album(row.id, row.name, _ids(unit.curation.ids_in_album(row.id))) for row in unit.curation.list_albums()
            )
            links = unit.tag_index.list_custom_links()
        return Curation(
            rated_ids=_ids([row.media_id for row in rows]),
            rating=np.asarray([row.rating for row in rows], dtype=np.int8),
            flag=np.asarray([row.flag for row in rows], dtype=np.int8),
            albums=albums,
            tagged_ids=_ids([item for item, _tag in links]),
            tag_ids=_ids([tag for _item, tag in links]),
        )


def _ids(values: Sequence[int]) -> Ids:
    return np.asarray(values, dtype=np.int64)
