"""File operations wired to the library they work on."""

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
    """Roots are never deleted, and those the program was started with never moved; nor is its database."""

    def protected() -> ProtectedFolders:
        given = [*roots.cli, *roots.webui.values()]
        if settings.access.allowed_paths:
            given += roots.trusted()
        every = [*given, *(entry.path for entry in roots.all())]
        return ProtectedFolders(
            roots=[*every, *map(os.path.realpath, every)],
            immovable=[*given, *map(os.path.realpath, given), str(settings.db_path)],
            windows=is_windows(),
        )

    def finished(has_moved_folders: bool) -> None:
        index.announce()
        if has_moved_folders:
            index.watch_start()

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
