"""Builds the file service: protected folders, trash roots, and the index updates after an operation."""

from __future__ import annotations

import os
from dataclasses import asdict

from iib.access import PathAuthorizer, Roots
from iib.files import Checkpoint, FileService, OperationProgress, ProtectedFolders, no_checkpoint
from iib.index import IndexService
from iib.jobs import DiskLock, EventBus
from iib.settings import Settings, is_windows
from iib.store import Store


def build_file_service(
    settings: Settings,
    store: Store,
    roots: Roots,
    authorizer: PathAuthorizer,
    disk_lock: DiskLock,
    index: IndexService,
    *,
    bus: EventBus,
    checkpoint: Checkpoint = no_checkpoint,
) -> FileService:
    """Build the file service.

    Roots are never deleted. Roots from the command line, the WebUI or `IIB_ACCESS_CONTROL_ALLOWED_PATHS` and the
    database are never moved either.
    """

    def protected() -> ProtectedFolders:
        configured = [*roots.cli, *roots.webui.values()]
        if settings.access.allowed_paths:
            configured += roots.trusted()
        all_roots = [*configured, *(entry.path for entry in roots.all())]
        return ProtectedFolders(
            roots=[*all_roots, *map(os.path.realpath, all_roots)],
            immovable=[*configured, *map(os.path.realpath, configured), str(settings.db_path)],
            windows=is_windows(),
        )

    def finished(has_moved_folders: bool) -> None:
        index.publish_changes()
        if has_moved_folders:
            index.start_watching()

    def publish(progress: OperationProgress) -> None:
        bus.publish("operation", {**asdict(progress), "kind": progress.kind.value})

    return FileService(
        store,
        authorizer,
        disk_lock,
        settings.files,
        protected=protected,
        trash_roots=lambda: tuple(dict.fromkeys((*roots.indexed(), *roots.trusted()))),
        trash_fallback=str(settings.db_path.parent),
        on_finished=finished,
        checkpoint=checkpoint,
        on_progress=publish,
    )
