"""Caches the files of each tag, and combines them into masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from iib._lib.cache import LruCache, RevisionCache
from iib.model import TagId
from iib.search.library.snapshot import Ids, Mask
from iib.search.library.view import View
from iib.store import Store

MAX_CACHED_IDS = 8_000_000  # ids held in memory over all cached tags: 32 MB
MAX_CACHED_TAGS = 100_000  # the array of a rare tag costs about 120 bytes whatever its length

_Ids = npt.NDArray[np.int32]


class TagSets:
    """Caches the files of each tag until files or links to custom tags change. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[tuple[int, int], LruCache[int, _Ids]] = RevisionCache()

    def mask(
        self, and_tags: Iterable[int], or_tags: Iterable[int], not_tags: Iterable[int], combine: str, view: View
    ) -> Mask:
        """Return the mask of the files with all of `and_tags`, any of `or_tags` and none of `not_tags`.

        `combine` joins the first two conditions: "union" or "intersect". Without both, all files match.
        """
        size = len(view.rank)
        all_of = self._all_of(sorted(set(and_tags)), size, view.snapshot.revision)
        any_of = self._any_of(sorted(set(or_tags)), size, view.snapshot.revision)
        if all_of is not None and any_of is not None:
            mask = all_of | any_of if combine == "union" else all_of & any_of
        elif all_of is not None:
            mask = all_of
        elif any_of is not None:
            mask = any_of
        else:
            mask = np.ones(size, dtype=np.bool_)
        for tag_id in set(not_tags):
            mask[self.media_ids(tag_id, size, view.snapshot.revision)] = False
        return mask

    def _all_of(self, tags: Sequence[int], size: int, revision: int) -> Mask | None:
        mask: Mask | None = None
        for tag_id in tags:
            tag_mask = np.zeros(size, dtype=np.bool_)
            tag_mask[self.media_ids(tag_id, size, revision)] = True
            mask = tag_mask if mask is None else mask & tag_mask
        return mask

    def _any_of(self, tags: Sequence[int], size: int, revision: int) -> Mask | None:
        if not tags:
            return None
        mask = np.zeros(size, dtype=np.bool_)
        for tag_id in tags:
            mask[self.media_ids(tag_id, size, revision)] = True
        return mask

    def media_ids(self, tag_id: int, size: int, revision: int) -> _Ids | Ids:
        """Return the ids below `size` of the files with a tag, ascending; at least as new as the view's `revision`."""
        sets = self._cache.get(lambda: (revision, self._store.curation_revision), _empty_cache)
        ids = sets.get_or_load(tag_id, lambda: self._read(tag_id))
        return ids[ids < size]

    def _read(self, tag_id: int) -> _Ids:
        with self._store.read() as unit:
            return np.asarray(unit.tags.ids_of_media(TagId(tag_id)), dtype=np.int32)


def _empty_cache(*_args: object) -> LruCache[int, _Ids]:
    return LruCache(MAX_CACHED_TAGS, max_size=MAX_CACHED_IDS, size_of=len)
