"""The folders of a request, with or without subfolders, and indexing them when they have changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from iib.jobs import Progress
from iib.model import FolderId, is_in_trash
from iib.store import Store


@dataclass(frozen=True, slots=True)
class Scope:
    """Absolute folders in order without duplicates; `recursive` includes their subfolders."""

    folders: tuple[str, ...]
    recursive: bool = True

    @staticmethod
    def of(folders: Sequence[str], *, recursive: bool = True) -> Scope:
        """A scope of sorted, distinct folders.

        >>> Scope.of(["/b", "/a", "/b"])
        Scope(folders=('/a', '/b'), recursive=True)
        """
        return Scope(tuple(sorted(dict.fromkeys(folders))), recursive)

    def folder_ids(self, store: Store) -> list[FolderId]:
        """Ids of the indexed folders of this scope."""
        with store.read() as unit:
            return unit.embeddings.ids_of_folders(self.folders, recursive=self.recursive)


@dataclass(frozen=True, slots=True)
class FolderChange:
    """The reason why the index of a scope is out of date. Times in nanoseconds; None if unknown."""

    reason: str  # folder_not_indexed | folder_missing | folder_modified_date_changed
    path: str
    stored_ns: int | None = None
    current_ns: int | None = None


class Indexer(Protocol):
    """Interface of the index: updates the rows of folders."""

    def bring_up_to_date(self, path: str, progress: Progress) -> None:
        """Index a folder and its subfolders now, even outside all roots. Raises `Cancelled`."""


def find_change(store: Store, scope: Scope) -> FolderChange | None:
    """The first folder that differs from its row, or None. Does not detect files that changed in place."""
    with store.read() as unit:
        rows = unit.folders.folders_by_path(scope.folders)
    for top in scope.folders:
        if not os.path.isdir(top):  # noqa: PTH112  (the same string as the row has)
            return FolderChange("folder_missing", top)
        if top not in rows or rows[top].mtime_ns is None:
            return FolderChange("folder_not_indexed", top)
    checked = rows if scope.recursive else {top: rows[top] for top in scope.folders}
    for path, row in sorted(checked.items()):
        if row.mtime_ns is None:
            if os.path.isdir(path) and not is_in_trash(path):  # noqa: PTH112  (an interrupted run has not read it)
                return FolderChange("folder_not_indexed", path)
            continue  # removed earlier, as its row says
        try:
            current_ns = os.stat(path).st_mtime_ns  # noqa: PTH116
        except OSError:
            return FolderChange("folder_missing", path, row.mtime_ns)
        if current_ns != row.mtime_ns:
            return FolderChange("folder_modified_date_changed", path, row.mtime_ns, current_ns)
    return None


def index_scope(
    store: Store, indexer: Indexer, scope: Scope, progress: Progress, report: Callable[[str], None] = lambda _path: None
) -> None:
    """Index new and changed folders of a scope; `report` is called with the path of each folder first.

    Raises `Cancelled`.
    """
    if find_change(store, scope) is None:
        return
    for path in scope.folders:
        report(path)
        if find_change(store, Scope((path,), scope.recursive)) is not None:
            indexer.bring_up_to_date(path, progress)
