"""Number and size of the files in the trash that a client may see."""

from __future__ import annotations

from iib._lib.cache import LruCache
from iib.access import AllowedPaths, PathAuthorizer
from iib.store import ReadUnit, Store


class TrashCount:
    """Totals of the trash. While access control is on, each file is checked; the result is cached until a change."""

    def __init__(self, store: Store, authorizer: PathAuthorizer) -> None:
        self._store = store
        self._authorizer = authorizer
        self._cache: LruCache[object, tuple[int, int]] = LruCache(1)

    def totals(self, unit: ReadUnit) -> tuple[int, int]:
        """Return (number of files without sidecars, bytes including sidecars)."""
        totals = unit.trash.get_totals()
        if not self._authorizer.is_enabled:
            return totals
        allowed = self._authorizer.allowed_paths()
        key = (self._store.revision, unit.trash.latest_id(), totals, allowed.roots)
        return self._cache.get_or_load(key, lambda: self._count(unit, allowed))

    @staticmethod
    def _count(unit: ReadUnit, allowed: AllowedPaths) -> tuple[int, int]:
        """Count the files that the client may read: one path check per file."""
        readable = [(is_sidecar, size) for path, is_sidecar, size in unit.trash.list_sizes() if allowed.may_read(path)]
        return sum(not is_sidecar for is_sidecar, _size in readable), sum(size for _is_sidecar, size in readable)
