"""Indexed files that links lead out of the folders that may be accessed.

The index follows links, and what may be accessed can change after a file was indexed. So a view asks here what it has
to leave out while access control is on.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from iib._lib.cache import Loaded, RevisionCache
from iib.access import AllowedPaths, PathAuthorizer
from iib.store import Store


@dataclass(frozen=True, slots=True)
class ExcludedMedia:
    """What lies outside at one revision. No two have one `number`; 0 is the empty one."""

    folder_ids: tuple[int, ...] = ()
    media_ids: tuple[int, ...] = ()
    number: int = 0

    def __bool__(self) -> bool:
        """True if there is anything."""
        return bool(self.folder_ids or self.media_ids)


NOTHING = ExcludedMedia()

_Key = tuple[int, tuple[str, ...]]  # the revision of the store and the real paths of the roots


class SymlinkScanner:
    """Looks at folders whose date has changed since the last look, and at every known link. Safe from any thread."""

    def __init__(self, store: Store, authorizer: PathAuthorizer, scopes: Callable[[], Sequence[str]]) -> None:
        self._store = store
        self._authorizer = authorizer
        self._scopes = scopes
        self._links: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._cache: RevisionCache[_Key, ExcludedMedia] = RevisionCache()
        self._numbers = itertools.count(1)

    def find(self) -> ExcludedMedia:
        """Empty without access control. Blocking: lists folders on the disk the first time it sees them."""
        if not self._authorizer.is_enabled:
            return NOTHING
        allowed = self._authorizer.allowed_paths()
        return self._cache.get(
            lambda: (self._store.revision, allowed.roots), lambda _key, previous: self._look(allowed, previous)
        )

    def _look(self, allowed: AllowedPaths, previous: Loaded[_Key, ExcludedMedia] | None) -> ExcludedMedia:
        with self._store.read() as unit:
            folders = {path: int(row.id) for path, row in unit.folders.folders_by_path(self._scopes()).items()}
        outside = {path for path in folders if not allowed.may_read(path)}
        inside = [path for path in folders if path not in outside]
        self._links = {path: self._links_of(path, self._links) for path in inside}
        links = [os.path.join(path, name) for path in inside for name in self._links[path][1]]  # noqa: PTH118
        astray = [path for path in links if not allowed.may_read(path)]
        media: Mapping[str, int] = {}
        if astray:
            with self._store.read() as unit:
                media = unit.media.ids_by_path(astray)
        found = (tuple(sorted(folders[path] for path in outside)), tuple(sorted(media.values())))
        before = previous.value if previous is not None else NOTHING
        if found == (before.folder_ids, before.media_ids):
            return before
        return ExcludedMedia(*found, next(self._numbers)) if any(found) else NOTHING

    @staticmethod
    def _links_of(path: str, known: Mapping[str, tuple[int, tuple[str, ...]]]) -> tuple[int, tuple[str, ...]]:
        """(date, names of links) of a folder; the date is read first, so that what comes meanwhile is seen later."""
        try:
            mtime_ns = os.stat(path).st_mtime_ns  # noqa: PTH116
            before = known.get(path)
            if before is not None and before[0] == mtime_ns:
                return before
            with os.scandir(path) as entries:
                return mtime_ns, tuple(entry.name for entry in entries if entry.is_symlink())
        except OSError:  # it is away: what it holds cannot be read either
            return 0, ()
