"""File operations wired to the library they work on."""

from __future__ import annotations

import os
from dataclasses import asdict

from iib.access.paths import PathGate
from iib.access.roots import Roots
from iib.files.journal.progress import OperationReport
from iib.files.journal.runner import Checkpoint, no_checkpoint
from iib.files.planning.plan import Guarded
from iib.files.service import FileService
from iib.index.service import IndexService
from iib.jobs.disk_lock import DiskTurns
from iib.jobs.events import EventBus
from iib.settings import Settings, is_windows
from iib.store import Store


def build_file_service(
    settings: Settings,
    store: Store,
    roots: Roots,
    gate: PathGate,
    turns: DiskTurns,
    index: IndexService,
    *,
    bus: EventBus,
    checkpoint: Checkpoint = no_checkpoint,
) -> FileService:
    """Roots are never deleted, and those the program was started with never moved; nor is its database."""

    def guarded() -> Guarded:
        given = [*roots.cli, *roots.webui.values()]
        if settings.access.allowed_paths:
            given += roots.trusted()
        every = [*given, *(entry.path for entry in roots.all())]
        return Guarded(
            roots=[*every, *map(os.path.realpath, every)],
            fixed=[*given, *map(os.path.realpath, given), str(settings.db_path)],
            windows=is_windows(),
        )

    def finished(has_moved_folders: bool) -> None:
        index.announce()
        if has_moved_folders:
            index.watch_start()

    def tell(report: OperationReport) -> None:
        bus.publish("operation", {**asdict(report), "kind": report.kind.value})

    return FileService(
        store,
        gate,
        turns,
        settings.files,
        guarded=guarded,
        trash_roots=lambda: tuple(dict.fromkeys((*roots.indexed(), *roots.trusted()))),
        trash_fallback=str(settings.db_path.parent),
        on_finished=finished,
        checkpoint=checkpoint,
        tell=tell,
    )
