"""Caches the order of all visible files by name, so that only the first sort by name is slow."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from iib._lib.cache import Loaded, RevisionCache
from iib._lib.text_folding import fold
from iib.model import MediaId
from iib.search.library.snapshot import Ids, Snapshot
from iib.store import ReadUnit, Store

DIGITS = re.compile(r"[0-9]+")
MERGE_LIMIT = 500  # changed files; above it, all files are sorted again
BLOCK = 20_000
ALL_SHARE = 8  # if fewer than one file in eight is requested, only the requested files are sorted


def natural_key(name: str) -> str:
    """Return the sort key of a name: digits count as numbers and precede letters.

    >>> natural_key("img2") < natural_key("IMG10"), natural_key("IMG2") == natural_key("img02")
    (True, True)
    """
    return DIGITS.sub(_number, fold(name))


def _number(digits: re.Match[str]) -> str:
    # No folded name contains NUL; a longer number is larger. Runs too long for one character sort by their digits.
    value = digits[0].lstrip("0")
    return f"\0{chr(min(len(value), 0xD7FF))}{value}"


@dataclass(frozen=True, slots=True)
class _Ranked:
    order: Ids
    ranks: Ids  # by media id


class NameOrder:
    """Sorts files of one store by name and then id. Safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[int, _Ranked] = RevisionCache()

    def sort(self, ids: Ids, snapshot: Snapshot) -> Ids:
        """Return these files, all visible in the snapshot, by name and then id."""
        loaded = self._cache.loaded
        is_fresh = loaded is not None and loaded.revision >= snapshot.revision
        if not is_fresh and len(ids) * ALL_SHARE < len(snapshot.ids):
            with self._store.read() as unit:
                return _by_name(unit, ids)
        ranked = self._cache.get(
            lambda: self._newest_revision(snapshot.revision), lambda _revision, previous: self._rank(snapshot, previous)
        )
        if (int(ids.max()) if len(ids) else 0) < len(ranked.ranks):
            ranks = ranked.ranks[ids]
            if (ranks >= 0).all():
                return ids[np.argsort(ranks, kind="stable")]
        with self._store.read() as unit:  # some files have been removed since
            return _by_name(unit, ids)

    def _newest_revision(self, revision: int) -> int:
        """Return this revision or that of the cached order, whichever is newer: it serves older snapshots too."""
        loaded = self._cache.loaded
        return revision if loaded is None else max(revision, loaded.revision)

    def _rank(self, snapshot: Snapshot, previous: Loaded[int, _Ranked] | None) -> _Ranked:
        with self._store.read() as unit:
            unit.media.names_by_id([MediaId(0)])  # fixes the read view before the changes are read
            changed = None if previous is None else self._store.changes_since(previous.revision)
            if previous is None or changed is None or len(changed) > MERGE_LIMIT:
                order = _by_name(unit, snapshot.ids)
            else:
                order = _merged(unit, previous.value.order, changed, snapshot)
        ranks = np.full(int(order.max()) + 1 if len(order) else 0, -1, dtype=np.int64)
        ranks[order] = np.arange(len(order))
        return _Ranked(order, ranks)


def _by_name(unit: ReadUnit, ids: Ids) -> Ids:
    ids = np.sort(ids)
    keys: list[str] = []
    for start in range(0, len(ids), BLOCK):  # the names of a million files are never in memory at once
        block = ids[start : start + BLOCK].tolist()
        names = unit.media.names_by_id([MediaId(item) for item in block])
        keys.extend(natural_key(names.get(item, "")) for item in block)
    return ids[np.fromiter(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64, count=len(keys))]


def _merged(unit: ReadUnit, order: Ids, changed: set[int], snapshot: Snapshot) -> Ids:
    """Return the old order without the changed files, plus the visible ones of them at their new positions."""
    touched = np.fromiter(changed, dtype=np.int64, count=len(changed))
    remaining = order[~np.isin(order, touched)]
    added = [MediaId(item) for item in np.intersect1d(touched, snapshot.ids).tolist()]
    names = unit.media.names_by_id(added)
    keys = sorted((natural_key(names.get(item, "")), int(item)) for item in added)

    def key_at(position: int) -> tuple[str, int]:
        media_id = MediaId(int(remaining[position]))
        return natural_key(unit.media.names_by_id([media_id]).get(media_id, "")), media_id

    positions = [bisect_left(range(len(remaining)), key, key=key_at) for key in keys]
    return np.insert(remaining, positions, [media_id for _key, media_id in keys])
