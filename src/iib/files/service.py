"""Facade of `iib.files`: every file operation, its journal, undo and the trash."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from iib.access import PathAuthorizer, TrustedPath
from iib.errors import Conflict, InvalidRequest, NotFound, PathNotTrusted
from iib.files.journal.execution import ItemCallback
from iib.files.journal.progress import ProgressCallback, ProgressReporter
from iib.files.journal.runner import Checkpoint, OperationRunner, no_checkpoint
from iib.files.journal.summary import OperationSummary, load_summary
from iib.files.planning.organise import Assignment, plan_organise
from iib.files.planning.plan import Plan, PlanBuilder, ProtectedFolders
from iib.files.planning.removal import plan_delete, plan_purge, plan_restore
from iib.files.planning.results import OperationResult, PathProblem, explain
from iib.files.planning.transfer import FlattenPlan, plan_destination, plan_flatten, plan_rename, plan_transfer
from iib.files.planning.trash_folder import TrashAllocator
from iib.files.planning.undo import plan_undo
from iib.files.trash.count import TrashCount
from iib.files.trash.recovery import recover_trash
from iib.jobs import DiskLock
from iib.model import (
    NS_PER_S,
    ConflictPolicy,
    OperationId,
    OperationKind,
    OperationRow,
    OperationStatus,
    TrashId,
    TrashRow,
    is_in_trash,
)
from iib.settings import FileSettings
from iib.store import Store

DAY_S = 86_400
PURGE_BATCH = 500  # files per operation when expired files are purged


@dataclass(frozen=True, slots=True)
class TrashPage:
    """One page of the trash. `total` and `size_bytes` cover all files that the client may see; `next` starts the next
    page."""

    rows: list[TrashRow]
    total: int
    size_bytes: int
    next: TrashId | None


class FileService:
    """Every public method is one complete operation; operations run one at a time. Blocking: not for the event loop.

    `trash_roots` are the folders that may contain a trash; `trash_fallback` contains the trash for all other files.
    `on_finished` is called after each operation, with True if folders were moved. `on_progress` is called up to four
    times a second during a long operation.
    """

    def __init__(
        self,
        store: Store,
        authorizer: PathAuthorizer,
        disk_lock: DiskLock,
        settings: FileSettings,
        *,
        protected: Callable[[], ProtectedFolders],
        trash_roots: Callable[[], Sequence[str]],
        trash_fallback: str,
        on_finished: Callable[[bool], None] = lambda _has_moved_folders: None,
        clock_ns: Callable[[], int] = time.time_ns,
        checkpoint: Checkpoint = no_checkpoint,
        on_progress: ProgressCallback = lambda _report: None,
    ) -> None:
        self._store = store
        self._authorizer = authorizer
        self._disk_lock = disk_lock
        self._settings = settings
        self._protected = protected
        self._trash_roots = trash_roots
        self._trash_fallback = trash_fallback
        self._listeners = [on_finished]
        self._progress = ProgressReporter(on_progress)
        self._trash_totals = TrashCount(store, authorizer)
        self._clock_ns = clock_ns
        self._runner = OperationRunner(
            store, disk_lock, self._make_access_check, clock_ns=clock_ns, checkpoint=checkpoint
        )

    def add_listener(self, listener: Callable[[bool], None]) -> None:
        """Call `listener` after each operation, with True if folders were moved."""
        self._listeners.append(listener)

    def delete(self, paths: Sequence[TrustedPath], *, permanent: bool | None = None) -> OperationResult:
        """Move files to the trash, or delete them permanently if `permanent` or the settings say so.

        All paths are tried. Paths that no longer exist count as done.
        """
        is_permanent = self._settings.delete_permanently if permanent is None else permanent

        def make_plan(token: str) -> Plan:
            trash = None if is_permanent else self._trash_allocator(token)
            return plan_delete([path.path for path in paths], trash, protected=self._protected())

        plan, result = self._run_operation(OperationKind.DELETE, make_plan, requested=len(paths), keeps_going=True)
        if plan.already_done:
            with self._store.write() as unit:
                for path in plan.already_done:
                    unit.media_paths.mark_missing(path, self._clock_ns())
        already_done = tuple((path, "") for path in plan.already_done)
        return OperationResult(result.kind, result.operation_id, result.done + already_done, result.problems)

    def transfer(
        self,
        kind: OperationKind,
        sources: Sequence[TrustedPath],
        destination: TrustedPath,
        *,
        create: bool = False,
        keeps_going: bool = False,
        policy: ConflictPolicy = ConflictPolicy.FAIL,
    ) -> OperationResult:
        """Move or copy into a folder. Without `keeps_going`, nothing is started if one path cannot be handled."""

        def make_plan(_token: str) -> Plan:
            return plan_transfer(
                kind,
                [path.path for path in sources],
                destination.path,
                protected=self._protected(),
                create=create,
                policy=policy,
            )

        return self._run_operation(kind, make_plan, requested=len(sources), keeps_going=keeps_going)[1]

    def rename(self, path: TrustedPath, name: str) -> str:
        """Rename a file or folder and return its new path. Raises the exception of the first problem."""
        _plan, result = self._run_operation(
            OperationKind.RENAME, lambda _token: plan_rename(path.path, name, protected=self._protected())
        )
        result.raise_first()
        return result.done[0][1] if result.done else path.path

    def preview_flatten(self, folder: TrustedPath) -> FlattenPlan:
        """Return the plan that `flatten` would execute."""
        return plan_flatten(folder.path, protected=self._protected())

    def flatten(self, folder: TrustedPath) -> tuple[FlattenPlan, OperationResult]:
        """Move the media files of all sub-folders into the folder. Changes nothing if names conflict."""
        plans: list[FlattenPlan] = []

        def make_plan(_token: str) -> Plan:
            plans.append(self.preview_flatten(folder))
            return plans[0].plan

        _plan, result = self._run_operation(OperationKind.FLATTEN, make_plan, keeps_going=True)
        return plans[0], result

    def check_destination(self, path: TrustedPath) -> None:
        """Raise `InvalidRequest` if this is not a folder and cannot be created."""
        plan_destination(PlanBuilder(OperationKind.MOVE), path.path, create=True)

    def preview_organise(self, assignments: Sequence[Assignment], destination: str, *, is_copy: bool) -> Plan:
        """Return the plan that `organise` would execute now."""
        return plan_organise(
            assignments,
            destination,
            is_copy=is_copy,
            protected=self._protected(),
            is_allowed=self._current_access_check(),
        )

    def organise(
        self,
        assignments: Sequence[Assignment],
        destination: str,
        *,
        is_copy: bool,
        token: str,
        on_planned: Callable[[Plan], None],
        on_item: ItemCallback,
    ) -> None:
        """Sort files into folders as one operation; `summary(token)` returns its outcome.

        `on_planned` is called with the plan before anything is changed.
        """

        def make_plan(_token: str) -> Plan:
            plan = self.preview_organise(assignments, destination, is_copy=is_copy)
            on_planned(plan)
            return plan

        self._run_operation(OperationKind.ORGANISE, make_plan, keeps_going=True, token=token, on_item=on_item)

    def summary(self, token: str) -> OperationSummary | None:
        """Return the outcome of the operation with this token, after finishing it if it was interrupted."""
        summary = load_summary(self._store, token)
        if summary is None or summary.row.status is not OperationStatus.OPEN:
            return summary
        with self._disk_lock.operation():
            self._runner.recover()
        return load_summary(self._store, token)

    def make_folder(self, path: TrustedPath) -> None:
        """Make a folder and its missing parents; an existing folder is accepted. Raises `InvalidRequest`."""
        if is_in_trash(path.path):
            raise InvalidRequest("a folder cannot be created in the trash")
        try:
            os.makedirs(path.path, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidRequest(f"a file blocks this path: {path.path}") from error
        except (OSError, ValueError) as error:
            raise PathProblem(path.path, *explain(error)).as_error() from error

    def operations(self, limit: int, before: int | None = None) -> list[OperationRow]:
        """List the latest operations, newest first. Operations on paths that the client may not access are omitted."""
        with self._store.read() as unit:
            rows = unit.operations.list_latest(limit, before)
        if not self._authorizer.is_enabled:
            return rows
        is_allowed = self._current_access_check()
        return [row for row in rows if all(is_allowed(path) for path in (row.subject, row.destination) if path)]

    def undo(self, operation_id: OperationId | None = None) -> OperationResult:
        """Undo an operation, by default the latest possible. Raises `NotFound`, `Conflict`, `PathNotTrusted`."""

        def make_plan(token: str) -> Plan:
            with self._store.read() as unit:
                row = (
                    unit.operations.find(operation_id)
                    if operation_id is not None
                    else unit.operations.find_latest_undoable()
                )
                steps = unit.operations.list_steps(row.id) if row is not None else []
            if row is None:
                raise NotFound("there is no such operation" if operation_id is not None else "there is nothing to undo")
            if row.undone_by is not None:
                raise Conflict("this operation has already been undone")
            if row.status in (OperationStatus.FAILED, OperationStatus.OPEN) or row.kind is OperationKind.PURGE:
                raise Conflict("this operation cannot be undone")
            is_allowed = self._current_access_check()
            paths = {path for item in steps for path in (item.step.source, item.step.target) if path}
            if not all(is_in_trash(path) or is_allowed(path) for path in paths):
                raise PathNotTrusted("this operation changed files outside the folders that may be accessed")
            return plan_undo(row.id, steps, self._trash_allocator(token))

        return self._run_operation(OperationKind.UNDO, make_plan, keeps_going=True)[1]

    def stop(self, operation_id: OperationId) -> bool:
        """Ask an operation to stop before its next entry. Completed entries stay and can be undone.

        Returns False if the operation has ended or is an undo.
        """
        return self._progress.stop(operation_id)

    def trash(self, limit: int, before: int | None = None) -> TrashPage:
        """Return a page of the trash, latest deletion first. Files that the client may not access are omitted."""
        with self._store.read() as unit:
            rows = unit.trash.list_latest(limit + 1, before)
            total, size_bytes = self._trash_totals.totals(unit)
        is_allowed = self._current_access_check()
        visible = [row for row in rows[:limit] if is_allowed(row.original_path)]
        return TrashPage(visible, total, size_bytes, rows[limit - 1].id if len(rows) > limit else None)

    def has_expired(self) -> bool:
        """True if the trash contains files older than the configured retention period."""
        days = self._settings.trash_days
        with self._store.read() as unit:
            return days >= 1 and bool(unit.trash.list_deleted_before(self._clock_ns() - days * DAY_S * NS_PER_S))

    def restore(self, ids: Sequence[TrashId], *, policy: ConflictPolicy = ConflictPolicy.FAIL) -> OperationResult:
        """Restore files to their original folders, with sidecars, ids and tags. Raises `NotFound` for unknown ids."""

        def make_plan(_token: str) -> Plan:
            return plan_restore(self._load_trashed(ids), policy=policy)

        return self._run_operation(OperationKind.RESTORE, make_plan, requested=len(ids), keeps_going=True)[1]

    def purge(self, ids: Sequence[TrashId]) -> OperationResult:
        """Delete files in the trash permanently, with their rows."""
        return self._run_operation(
            OperationKind.PURGE,
            lambda _token: plan_purge(self._load_trashed(ids)),
            requested=len(ids),
            keeps_going=True,
        )[1]

    def purge_older(self, days: float) -> list[str]:
        """Purge files that were deleted more than `days` ago, and return their original paths.

        Files that the client may not access are kept.
        """
        removed: list[str] = []
        while True:
            with self._store.read() as unit:
                expired = unit.trash.list_deleted_before(self._clock_ns() - int(days * DAY_S * NS_PER_S))
            ids = [row.id for row in expired if self._is_allowed(row.original_path)][:PURGE_BATCH]
            done = self.purge(ids).done if ids else ()
            removed += [path for path, _target in done]
            if not done:
                return removed

    def purge_expired(self) -> list[str]:
        """Purge files older than the configured retention period, and return their original paths."""
        return self.purge_older(self._settings.trash_days) if self._settings.trash_days >= 1 else []

    def recover(self) -> list[OperationId]:
        """At program start: finish interrupted operations, and list the trash folders if the database is new."""
        with self._disk_lock.operation():
            finished = self._runner.recover()
            recover_trash(self._store, [*self._trash_roots(), self._trash_fallback])
        return finished

    def _run_operation(
        self,
        kind: OperationKind,
        make_plan: Callable[[str], Plan],
        *,
        requested: int = 0,
        keeps_going: bool = False,
        token: str | None = None,
        on_item: ItemCallback | None = None,
    ) -> tuple[Plan, OperationResult]:
        """Plan and execute while no other operation runs. Reports progress, unless the caller passes `on_item`."""
        token = token or uuid.uuid4().hex
        with self._disk_lock.operation(), self._progress.begin(kind, 0 if on_item else requested) as tracker:
            self._runner.recover()
            plan = make_plan(token)
            if plan.problems and not keeps_going:
                return plan, OperationResult(plan.kind, None, (), plan.problems, plan.skipped)
            result = self._runner.apply(
                plan,
                token=token,
                keeps_going=keeps_going,
                on_item=on_item or tracker.on_item,
                on_opened=partial(tracker.start, plan),
            )
        if result.operation_id is not None:
            has_moved_folders = any(step.is_folder for item in plan.items for step in item.steps)
            for listener in self._listeners:
                listener(has_moved_folders)
        return plan, result

    def _trash_allocator(self, token: str) -> TrashAllocator:
        return TrashAllocator(self._trash_roots(), self._trash_fallback, token=token, at_ns=self._clock_ns())

    def _load_trashed(self, ids: Sequence[TrashId]) -> list[TrashRow]:
        with self._store.read() as unit:
            rows = unit.trash.list_with_sidecars(ids)
        unknown = set(ids) - {row.id for row in rows}
        if unknown:
            raise NotFound(f"not in the trash: {min(unknown)}")
        is_allowed = self._current_access_check()
        if not all(is_allowed(row.original_path) for row in rows if row.original_path):
            raise PathNotTrusted("this file was deleted from a folder outside the accessible folders")
        return rows

    def _current_access_check(self) -> Callable[[str], bool]:
        """Return `_is_allowed` for many paths, with the roots read once and folders resolved once."""
        return self._authorizer.allowed_paths().may_read

    def _make_access_check(self) -> Callable[[str], bool]:
        """Return `_is_allowed` for many paths, with the roots read once and each path resolved again."""
        allowed = self._authorizer.allowed_paths()
        return lambda path: not allowed.is_enabled or allowed.is_inside(os.path.realpath(path))

    def _is_allowed(self, path: str) -> bool:
        return self._make_access_check()(path)
