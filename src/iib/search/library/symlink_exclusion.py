"""Finds indexed files that symbolic links place outside the folders a visitor may access.

The index follows links, and access rules can change after a file was indexed. Therefore each view excludes these files
while access control is on.
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
    """The media outside the allowed folders at one revision. Each has a different `number`; 0 is the empty one."""

    folder_ids: tuple[int, ...] = ()
    media_ids: tuple[int, ...] = ()
    number: int = 0

    def __bool__(self) -> bool:
        """Returns True if any folder or file is excluded."""
        return bool(self.folder_ids or self.media_ids)


NOTHING = ExcludedMedia()

_Key = tuple[int, tuple[str, ...]]  # the revision of the store and the real paths of the roots


class SymlinkScanner:
    """Scans folders whose modification time has changed, and checks every known link. Safe from any thread."""

    def __init__(self, store: Store, authorizer: PathAuthorizer, scopes: Callable[[], Sequence[str]]) -> None:
        self._store = store
        self._authorizer = authorizer
        self._scopes = scopes
        self._links: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._cache: RevisionCache[_Key, ExcludedMedia] = RevisionCache()
        self._numbers = itertools.count(1)

    def find(self) -> ExcludedMedia:
        """Return the excluded media; empty without access control.

        Blocking: lists each folder on disk when it is new or changed.
        """
        if not self._authorizer.is_enabled:
            return NOTHING
        allowed = self._authorizer.allowed_paths()
        return self._cache.get(
            lambda: (self._store.revision, allowed.roots), lambda _key, previous: self._scan(allowed, previous)
        )

    def _scan(self, allowed: AllowedPaths, previous: Loaded[_Key, ExcludedMedia] | None) -> ExcludedMedia:
        with self._store.read() as unit:
            folders = {path: int(row.id) for path, row in unit.folders.folders_by_path(self._scopes()).items()}
        excluded_folders = {path for path in folders if not allowed.may_read(path)}
        included_folders = [path for path in folders if path not in excluded_folders]
        self._links = {path: self._links_of(path, self._links) for path in included_folders}
        links = [os.path.join(path, name) for path in included_folders for name in self._links[path][1]]  # noqa: PTH118
        excluded_paths = [path for path in links if not allowed.may_read(path)]
        media: Mapping[str, int] = {}
        if excluded_paths:
            with self._store.read() as unit:
                media = unit.media.ids_by_path(excluded_paths)
        excluded_ids = (tuple(sorted(folders[path] for path in excluded_folders)), tuple(sorted(media.values())))
        previous_value = previous.value if previous is not None else NOTHING
        if excluded_ids == (previous_value.folder_ids, previous_value.media_ids):
            return previous_value
        return ExcludedMedia(*excluded_ids, next(self._numbers)) if any(excluded_ids) else NOTHING

    @staticmethod
    def _links_of(path: str, cached: Mapping[str, tuple[int, tuple[str, ...]]]) -> tuple[int, tuple[str, ...]]:
        """Return (modification time, names of links) of a folder.

        The time is read first, so that later changes are seen by the next scan.
        """
        try:
            mtime_ns = os.stat(path).st_mtime_ns  # noqa: PTH116
            entry = cached.get(path)
            if entry is not None and entry[0] == mtime_ns:
                return entry
            with os.scandir(path) as entries:
                return mtime_ns, tuple(item.name for item in entries if item.is_symlink())
        except OSError:  # the folder is missing, so its files cannot be read either
            return 0, ()
