"""Lists and changes the registered folders (roots) of the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iib.errors import NotFound
from iib.store import RootRow, Store


class RegisteredFolders:
    """Each call is one transaction. Does not check paths and types: the caller does."""

    def __init__(self, store: Store, on_change: Callable[[], None]) -> None:
        """`on_change` is called after folders were registered or removed, and restarts the watcher."""
        self._store = store
        self._on_change = on_change

    def list(self) -> list[RootRow]:
        """All registered folders in order of paths, whether or not they exist now."""
        with self._store.read() as unit:
            return unit.roots.list_all()

    def add(self, path: str, types: Sequence[str]) -> None:
        """Register a folder, or give a registered one further types."""
        with self._store.write() as write:
            write.roots.add(path, types)
        self._on_change()

    def remove_types(self, paths: Sequence[str], types: Sequence[str]) -> None:
        """Remove types from folders (the spellings of one path); a folder without types is no longer registered."""
        with self._store.write() as write:
            for path in dict.fromkeys(paths):
                write.roots.remove_types(path, types)
        self._on_change()

    def set_alias(self, path: str, alias: str) -> RootRow:
        """Set the display name of a folder; an empty alias removes it. Raises `NotFound`."""
        with self._store.write() as write:
            if write.roots.find(path) is None:
                raise NotFound(f"this folder is not registered: {path}")
            write.roots.set_alias(path, alias)
            row = write.roots.find(path)
        assert row is not None  # noqa: S101  (looked up above in the same transaction)
        return row
