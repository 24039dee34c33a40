"""How often every model, LoRA, sampler ... occurs among any set of files.

The links of all derived tags but prompt terms are held as one compressed matrix (by media id, the tags of the file),
about six numbers a file; a count over a set is one `bincount`. Files that changed since it was read are kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib._lib.cache import Loaded, RevisionCache
from iib.model import MediaId, TagId, TagKind
from iib.search.library.snapshot import Ids
from iib.store import Store

LEFT_OUT = TagKind.PROMPT_TERM  # prompt terms: twenty a file, and better asked of the suggestions
MAX_OVERLAY = 20_000  # changed files kept beside the matrix; more are folded in by reading it again

TagIdArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class TagMatrix:
    """`tags[offsets[id] : offsets[id + 1]]` are the tags of a file; `totals` how often each tag occurs
    among them; `overlay` replaces the rows of changed files."""

    offsets: npt.NDArray[np.int64]
    tags: TagIdArray
    totals: npt.NDArray[np.int64]
    overlay: Mapping[int, TagIdArray]

    def counts(self, ids: Ids) -> npt.NDArray[np.int64]:
        """Occurrences by tag id among these files."""
        size = len(self.offsets) - 1
        wanted = np.zeros(max(size, int(ids.max(initial=0)) + 1), dtype=np.bool_)
        wanted[ids] = True
        extra = [own for item, own in self.overlay.items() if item < len(wanted) and wanted[item]]
        wanted[[item for item in self.overlay if item < len(wanted)]] = False
        base = np.flatnonzero(wanted[:size])
        if len(base) * 2 <= size:
            found = np.bincount(self._of_rows(base), minlength=len(self.totals))
        else:  # most of them: what all have, less what the others have
            found = self.totals - np.bincount(self._of_rows(np.flatnonzero(~wanted[:size])), minlength=len(self.totals))
        if not extra:
            return found
        added = np.bincount(np.concatenate(extra), minlength=len(found))
        added[: len(found)] += found
        return added

    def pairs(self, ids: Ids) -> tuple[npt.NDArray[np.int64], TagIdArray]:
        """(position in `ids`, tag) of every link of these files."""
        lengths = np.zeros(len(ids), dtype=np.int64)
        inside = ids < len(self.offsets) - 1
        lengths[inside] = self.offsets[ids[inside] + 1] - self.offsets[ids[inside]]
        changed = {place: self.overlay[item] for place, item in enumerate(ids.tolist()) if item in self.overlay}
        for place in changed:
            lengths[place] = 0
        kept = np.flatnonzero(lengths)
        places = np.repeat(kept, lengths[kept])
        tags = self._of_rows(ids[kept])
        if changed:
            places = np.concatenate([places, *(np.full(len(own), place) for place, own in changed.items())])
            tags = np.concatenate([tags, *changed.values()])
        return places, tags

    def _of_rows(self, ids: Ids) -> TagIdArray:
        """Tags of unchanged files, one file after the other."""
        starts, lengths = self.offsets[ids], self.offsets[ids + 1] - self.offsets[ids]
        total = int(lengths.sum())
        if total == 0:
            return np.empty(0, dtype=np.int32)
        ends = np.cumsum(lengths)
        places = np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
        found: TagIdArray = self.tags[places]
        return found


class FacetMatrixCache:
    """Keeps the matrix of one store up to date."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, TagMatrix] = RevisionCache()

    def matrix(self) -> TagMatrix:
        """As of the latest commit."""
        return self._cache.get(lambda: self._store.revision, self._load)

    def _load(self, _revision: int, previous: Loaded[int, TagMatrix] | None) -> TagMatrix:
        changed = self._store.changes_since(previous.revision) if previous is not None else None
        if previous is None or changed is None or len(changed) + len(previous.value.overlay) > MAX_OVERLAY:
            return self._read()
        return self._with_changes(previous.value, sorted(changed)) if changed else previous.value

    def _read(self) -> TagMatrix:
        """All at once into two plain arrays: a hundred thousand small ones would leave the memory in pieces."""
        with self._store.read() as unit:
            highest = unit.media.highest_id()
            total = unit.tag_index.count_links(LEFT_OUT)
            media_ids, tags = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
            end = 0
            for tag_ids, ids in unit.tag_index.iter_links(LEFT_OUT):
                media_ids[end : end + len(ids)] = ids
                tags[end : end + len(ids)] = tag_ids
                end += len(ids)
        media_ids, tags = media_ids[:end], tags[:end]
        offsets = np.concatenate(([0], np.cumsum(np.bincount(media_ids, minlength=highest + 1)))).astype(np.int64)
        return TagMatrix(offsets, tags[np.argsort(media_ids, kind="stable")], np.bincount(tags), {})

    def _with_changes(self, matrix: TagMatrix, ids: Sequence[int]) -> TagMatrix:
        with self._store.read() as unit:
            found = unit.tag_index.derived_ids_by_media([MediaId(item) for item in ids], LEFT_OUT)
        fresh = {item: np.asarray(found.get(MediaId(item), ()), dtype=np.int32) for item in ids}
        return TagMatrix(matrix.offsets, matrix.tags, matrix.totals, {**matrix.overlay, **fresh})


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value with the number of files that have it; `tag_id` None for values that are no tags."""

    value: str
    count: int
    tag_id: TagId | None = None


def top(values: Iterable[FacetValue], limit: int) -> list[FacetValue]:
    """The most frequent ones, ties by name."""
    return sorted(values, key=lambda item: (-item.count, item.value))[:limit]
