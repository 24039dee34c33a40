"""The files a request is about: folders, with or without what lies below, and bringing their index up to date."""

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
    """Absolute folders in order, without repeats."""

    folders: tuple[str, ...]
    recursive: bool = True

    @staticmethod
    def of(folders: Sequence[str], *, recursive: bool = True) -> Scope:
        """Sorted: the order in which a client names folders means nothing."""
        return Scope(tuple(sorted(dict.fromkeys(folders))), recursive)

    def folder_ids(self, store: Store) -> list[FolderId]:
        """Known folders of this scope."""
        with store.read() as unit:
            return unit.embeddings.ids_of_folders(self.folders, recursive=self.recursive)


@dataclass(frozen=True, slots=True)
class FolderChange:
    """Why what is known of a scope is out of date. Times in nanoseconds, None where there is none."""

    reason: str  # folder_not_indexed | folder_missing | folder_modified_date_changed
    path: str
    stored_ns: int | None = None
    current_ns: int | None = None


class Indexer(Protocol):
    """Brings folders into the index."""

    def bring_up_to_date(self, path: str, progress: Progress) -> None:
        """Look at a folder and everything below now, also where no root holds it. Raises `Cancelled`."""


def find_change(store: Store, scope: Scope) -> FolderChange | None:
    """The first folder that is not as the index knows it, or None. Files changed in place do not show here."""
    with store.read() as unit:
        known = unit.folders.folders_by_path(scope.folders)
    for top in scope.folders:
        if not os.path.isdir(top):  # noqa: PTH112  (the same string as the row has)
            return FolderChange("folder_missing", top)
        if top not in known or known[top].mtime_ns is None:
            return FolderChange("folder_not_indexed", top)
    wanted = known if scope.recursive else {top: known[top] for top in scope.folders}
    for path, row in sorted(wanted.items()):
        if row.mtime_ns is None:
            if os.path.isdir(path) and not is_in_trash(path):  # noqa: PTH112  (a run was cut off before it came here)
                return FolderChange("folder_not_indexed", path)
            continue  # gone before, and known as such
        try:
            current_ns = os.stat(path).st_mtime_ns  # noqa: PTH116
        except OSError:
            return FolderChange("folder_missing", path, row.mtime_ns)
        if current_ns != row.mtime_ns:
            return FolderChange("folder_modified_date_changed", path, row.mtime_ns, current_ns)
    return None


def index_scope(
    store: Store, indexer: Indexer, scope: Scope, progress: Progress, tell: Callable[[str], None] = lambda _path: None
) -> None:
    """Index the folders of a scope that are not indexed or have changed; `tell` hears the path of each before.

    Raises `Cancelled`.
    """
    if find_change(store, scope) is None:
        return
    for path in scope.folders:
        tell(path)
        if find_change(store, Scope((path,), scope.recursive)) is not None:
            indexer.bring_up_to_date(path, progress)
