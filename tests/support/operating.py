"""File operations over a store, without the rest of the program."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from iib.access.paths import PathAuthorizer, TrustedPath
from iib.files.planning.plan import ProtectedFolders
from iib.files.service import FileService
from iib.jobs.disk_lock import DiskLock
from iib.settings import FileSettings
from iib.store import Store


def file_service(
    store: Store,
    roots: Sequence[Path],
    fallback: Path,
    *,
    checkpoint: Callable[[str], None] = lambda _name: None,
    **options: object,
) -> FileService:
    """Return a file service that accepts every path and never deletes a root."""
    tops = [str(root) for root in roots]
    return FileService(
        store,
        PathAuthorizer(lambda: tops, lambda: False, windows=os.name == "nt"),
        DiskLock(),
        FileSettings(),
        protected=lambda: ProtectedFolders(roots=tops),
        trash_roots=lambda: tops,
        trash_fallback=str(fallback),
        checkpoint=checkpoint,
        **options,  # type: ignore[arg-type]
    )


def trusted(*paths: Path | str) -> list[TrustedPath]:
    """Return paths as the path authorizer resolves them."""
    return [TrustedPath(str(path), os.path.realpath(path)) for path in paths]
