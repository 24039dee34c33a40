"""Which files carry which tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from iib._lib.cache import LruCache, RevisionCache
from iib.model import TagId
from iib.search.library.snapshot import Ids, Mask
from iib.search.library.view import View
from iib.store import Store

KEPT_IDS = 8_000_000  # ids held in memory over all remembered tags: 32 MB
KEPT_TAGS = 100_000  # tags: of rare ones the array itself is the cost, about 120 bytes

_Ids = npt.NDArray[np.int32]


class TagSets:
    """Files by tag, remembered until files or person-made links change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[tuple[int, int], LruCache[int, _Ids]] = RevisionCache()

    def mask(
        self, and_tags: Iterable[int], or_tags: Iterable[int], not_tags: Iterable[int], combine: str, view: View
    ) -> Mask:
        """True by media id. No "and" and no "or" tags: everything, minus the "not" tags."""
        size = len(view.rank)
        all_of = self._all_of(sorted(set(and_tags)), size, view.snapshot.revision)
        any_of = self._any_of(sorted(set(or_tags)), size, view.snapshot.revision)
        if all_of is not None and any_of is not None:
            wanted = all_of | any_of if combine == "union" else all_of & any_of
        elif all_of is not None:
            wanted = all_of
        elif any_of is not None:
            wanted = any_of
        else:
            wanted = np.ones(size, dtype=np.bool_)
        for tag_id in set(not_tags):
            wanted[self.ids(tag_id, size, view.snapshot.revision)] = False
        return wanted

    def _all_of(self, tags: Sequence[int], size: int, revision: int) -> Mask | None:
        wanted: Mask | None = None
        for tag_id in tags:
            own = np.zeros(size, dtype=np.bool_)
            own[self.ids(tag_id, size, revision)] = True
            wanted = own if wanted is None else wanted & own
        return wanted

    def _any_of(self, tags: Sequence[int], size: int, revision: int) -> Mask | None:
        if not tags:
            return None
        wanted = np.zeros(size, dtype=np.bool_)
        for tag_id in tags:
            wanted[self.ids(tag_id, size, revision)] = True
        return wanted

    def ids(self, tag_id: int, size: int, revision: int) -> _Ids | Ids:
        """Ids below `size` of the files that carry a tag, ascending; at least as new as the view's `revision`."""
        sets = self._cache.get(lambda: (revision, self._store.curation_revision), _no_sets)
        ids = sets.get_or_load(tag_id, lambda: self._read(tag_id))
        return ids[ids < size]

    def _read(self, tag_id: int) -> _Ids:
        with self._store.read() as unit:
            return np.asarray(unit.tags.ids_of_media(TagId(tag_id)), dtype=np.int32)


def _no_sets(*_args: object) -> LruCache[int, _Ids]:
    return LruCache(KEPT_TAGS, max_size=KEPT_IDS, size_of=len)
