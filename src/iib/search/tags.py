"""Which files carry which tags."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from iib.model.media import TagId
from iib.search.filters import View
from iib.search.order import Ids, Mask
from iib.store import Store

KEPT_IDS = 8_000_000  # ids held in memory over all remembered tags: 32 MB


class TagSets:
    """Files by tag, remembered until files or person-made links change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._revision = -1
        self._marks = -1
        self._kept: OrderedDict[int, npt.NDArray[np.int32]] = OrderedDict()

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

    def ids(self, tag_id: int, size: int, revision: int) -> npt.NDArray[np.int32] | Ids:
        """Ids below `size` of the files that carry a tag, ascending."""
        marks = self._store.marks  # before reading: what comes later is read again next time
        with self._lock:
            if self._revision < revision or self._marks < marks:
                self._kept.clear()
                self._revision, self._marks = max(self._revision, revision), max(self._marks, marks)
            known = self._kept.get(tag_id) if (self._revision, self._marks) == (revision, marks) else None
            if known is not None:
                self._kept.move_to_end(tag_id)
        if known is None:
            with self._store.read() as unit:
                known = np.asarray(unit.tags.media_ids(TagId(tag_id)), dtype=np.int32)
            with self._lock:
                if (self._revision, self._marks) != (revision, marks):  # read for an older view: it may lack links
                    return known[known < size]
                self._kept[tag_id] = known
                while len(self._kept) > 1 and sum(map(len, self._kept.values())) > KEPT_IDS:
                    self._kept.popitem(last=False)
        return known[known < size]
