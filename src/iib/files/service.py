"""File operations as the rest of the program calls them."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from iib.access.paths import PathGate, TrustedPath
from iib.errors import Conflict, InvalidRequest, NotFound, PathNotTrusted
from iib.files.journal.execution import Watch
from iib.files.journal.progress import Reports, Tell
from iib.files.journal.runner import Applier, Checkpoint, no_checkpoint
from iib.files.journal.summary import OperationRecord, record_of
from iib.files.planning.organise import Assignment, plan_organise
from iib.files.planning.plan import Draft, Guarded, Plan
from iib.files.planning.removal import plan_delete, plan_purge, plan_restore
from iib.files.planning.results import OperationResult, PathProblem, explain
from iib.files.planning.transfer import FlattenPlan, plan_destination, plan_flatten, plan_rename, plan_transfer
from iib.files.planning.trash_folder import NS, TrashPlaces
from iib.files.planning.undo import plan_undo
from iib.files.trash.count import TrashCount
from iib.files.trash.recovery import adopt_strays
from iib.jobs.disk_lock import DiskTurns
from iib.model.media_types import is_in_trash
from iib.model.operation import (
    ConflictPolicy,
    OperationId,
    OperationKind,
    OperationRow,
    OperationStatus,
    TrashId,
    TrashRow,
)
from iib.settings import FileSettings
from iib.store import Store

DAY_S = 86_400
PURGED_AT_ONCE = 500  # files of one operation when the trash is emptied by age


@dataclass(frozen=True, slots=True)
class TrashPage:
    """A part of the trash; `total` and `size_bytes` count all of it that may be seen. `next` is where the next page
    begins."""

    rows: list[TrashRow]
    total: int
    size_bytes: int
    next: TrashId | None


class FileService:
    """Every public method is one whole operation; they wait for one another. Blocking: keep it off the event loop.

    `trash_roots` are folders that may hold a trash, `trash_fallback` is the one for files of no root on a disk that
    takes none. `on_finished` is called after each operation, with True if folders got another place; `tell` a few times
    a second while a long one goes on.
    """

    def __init__(
        self,
        store: Store,
        gate: PathGate,
        turns: DiskTurns,
        settings: FileSettings,
        *,
        guarded: Callable[[], Guarded],
        trash_roots: Callable[[], Sequence[str]],
        trash_fallback: str,
        on_finished: Callable[[bool], None] = lambda _moved: None,
        clock_ns: Callable[[], int] = time.time_ns,
        checkpoint: Checkpoint = no_checkpoint,
        tell: Tell = lambda _report: None,
    ) -> None:
        self._store = store
        self._gate = gate
        self._turns = turns
        self._settings = settings
        self._guarded = guarded
        self._trash_roots = trash_roots
        self._trash_fallback = trash_fallback
        self._listeners = [on_finished]
        self._reports = Reports(tell)
        self._trash_count = TrashCount(store, gate)
        self._clock_ns = clock_ns
        self._applier = Applier(store, turns, self._rule, clock_ns=clock_ns, checkpoint=checkpoint)

    def listen(self, listener: Callable[[bool], None]) -> None:
        """Call this too after each operation."""
        self._listeners.append(listener)

    def delete(self, paths: Sequence[TrustedPath], *, permanent: bool | None = None) -> OperationResult:
        """Into the trash, or for good if that is asked for or configured. All paths are tried; those that are gone
        already count as done."""
        is_permanent = self._settings.delete_permanently if permanent is None else permanent

        def make(token: str) -> Plan:
            places = None if is_permanent else self._places(token)
            return plan_delete([path.path for path in paths], places, guarded=self._guarded())

        plan, result = self._operate(OperationKind.DELETE, make, asked=len(paths), keeps_going=True)
        if plan.settled:
            with self._store.write() as unit:
                for path in plan.settled:
                    unit.places.mark_gone(path, self._clock_ns())
        settled = tuple((path, "") for path in plan.settled)
        return OperationResult(result.kind, result.operation_id, result.done + settled, result.problems)

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
        """MOVE or COPY into a folder. Without `keeps_going` nothing is begun when one path cannot be handled."""

        def make(_token: str) -> Plan:
            return plan_transfer(
                kind,
                [path.path for path in sources],
                destination.path,
                guarded=self._guarded(),
                create=create,
                policy=policy,
            )

        return self._operate(kind, make, asked=len(sources), keeps_going=keeps_going)[1]

    def rename(self, path: TrustedPath, name: str) -> str:
        """Give a file or folder another name; returns the new path. Raises what the first problem stands for."""
        _plan, result = self._operate(
            OperationKind.RENAME, lambda _token: plan_rename(path.path, name, guarded=self._guarded())
        )
        result.raise_first()
        return result.done[0][1] if result.done else path.path

    def preview_flatten(self, folder: TrustedPath) -> FlattenPlan:
        """What `flatten` would do."""
        return plan_flatten(folder.path, guarded=self._guarded())

    def flatten(self, folder: TrustedPath) -> tuple[FlattenPlan, OperationResult]:
        """Move the media files of all sub-folders up. Nothing happens when there are conflicts."""
        found: list[FlattenPlan] = []

        def make(_token: str) -> Plan:
            found.append(self.preview_flatten(folder))
            return found[0].plan

        _plan, result = self._operate(OperationKind.FLATTEN, make, keeps_going=True)
        return found[0], result

    def check_destination(self, path: TrustedPath) -> None:
        """Raises `InvalidRequest` if this is no folder and none can be made there."""
        plan_destination(Draft(OperationKind.MOVE), path.path, create=True)

    def preview_organise(self, assignments: Sequence[Assignment], destination: str, *, is_copy: bool) -> Plan:
        """What `organise` would do now."""
        return plan_organise(
            assignments, destination, is_copy=is_copy, guarded=self._guarded(), is_allowed=self._allowed_now()
        )

    def organise(
        self,
        assignments: Sequence[Assignment],
        destination: str,
        *,
        is_copy: bool,
        token: str,
        planned: Callable[[Plan], None],
        watch: Watch,
    ) -> None:
        """Sort files into folders as one operation; what became of it is asked by `record(token)`.

        `planned` gets the plan before anything is touched.
        """

        def make(_token: str) -> Plan:
            plan = self.preview_organise(assignments, destination, is_copy=is_copy)
            planned(plan)
            return plan

        self._operate(OperationKind.ORGANISE, make, keeps_going=True, token=token, watch=watch)

    def record(self, token: str) -> OperationRecord | None:
        """What the journal knows of an operation under this token; one that was cut off is finished first."""
        found = record_of(self._store, token)
        if found is None or found.row.status is not OperationStatus.OPEN:
            return found
        with self._turns.operation():
            self._applier.recover()
        return record_of(self._store, token)

    def make_folder(self, path: TrustedPath) -> None:
        """Make a folder and what is missing above it; an existing one is fine. Raises `InvalidRequest`."""
        if is_in_trash(path.path):
            raise InvalidRequest("the trash makes its folders itself")
        try:
            os.makedirs(path.path, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise InvalidRequest(f"a file is in the way of {path.path}") from error
        except (OSError, ValueError) as error:
            raise PathProblem(path.path, *explain(error)).as_error() from error

    def operations(self, limit: int, before: int | None = None) -> list[OperationRow]:
        """The latest ones, newest first; without those about files of places that are not trusted."""
        with self._store.read() as unit:
            rows = unit.operations.list(limit, before)
        if not self._gate.is_enabled:
            return rows
        is_allowed = self._allowed_now()
        return [row for row in rows if all(is_allowed(path) for path in (row.subject, row.destination) if path)]

    def undo(self, operation_id: OperationId | None = None) -> OperationResult:
        """Take an operation back, or the latest one that can be. Raises `NotFound`, `Conflict`, `PathNotTrusted`."""

        def make(token: str) -> Plan:
            with self._store.read() as unit:
                row = (
                    unit.operations.get(operation_id) if operation_id is not None else unit.operations.latest_undoable()
                )
                steps = unit.operations.steps(row.id) if row is not None else []
            if row is None:
                raise NotFound("there is no such operation" if operation_id is not None else "there is nothing to undo")
            if row.undone_by is not None:
                raise Conflict("this operation was undone already")
            if row.status in (OperationStatus.FAILED, OperationStatus.OPEN) or row.kind is OperationKind.PURGE:
                raise Conflict("there is nothing in this operation that could be undone")
            is_allowed = self._allowed_now()
            paths = {path for item in steps for path in (item.step.source, item.step.target) if path}
            if not all(is_in_trash(path) or is_allowed(path) for path in paths):
                raise PathNotTrusted("this operation is about files outside the folders that may be accessed")
            return plan_undo(row.id, steps, self._places(token))

        return self._operate(OperationKind.UNDO, make, keeps_going=True)[1]

    def stop(self, operation_id: OperationId) -> bool:
        """Ask an operation to end before its next entry; what was done stays and can be undone. False if it does not
        go on any more, or is an undo."""
        return self._reports.stop(operation_id)

    def trash(self, limit: int, before: int | None = None) -> TrashPage:
        """The latest deleted first. Files of places that are not trusted are left out."""
        with self._store.read() as unit:
            rows = unit.trash.list(limit + 1, before)
            total, size_bytes = self._trash_count.totals(unit)
        is_allowed = self._allowed_now()
        shown = [row for row in rows[:limit] if is_allowed(row.original_path)]
        return TrashPage(shown, total, size_bytes, rows[limit - 1].id if len(rows) > limit else None)

    def has_expired(self) -> bool:
        """True if something lay in the trash for longer than the settings keep it."""
        days = self._settings.trash_days
        with self._store.read() as unit:
            return days >= 1 and bool(unit.trash.deleted_before(self._clock_ns() - days * DAY_S * NS))

    def restore(self, ids: Sequence[TrashId], *, policy: ConflictPolicy = ConflictPolicy.FAIL) -> OperationResult:
        """Put files back where they were, with their sidecars, ids and tags. Unknown ids: `NotFound`."""

        def make(_token: str) -> Plan:
            return plan_restore(self._trashed(ids), policy=policy)

        return self._operate(OperationKind.RESTORE, make, asked=len(ids), keeps_going=True)[1]

    def purge(self, ids: Sequence[TrashId]) -> OperationResult:
        """Remove files of the trash for good, and what is known of them."""
        return self._operate(
            OperationKind.PURGE, lambda _token: plan_purge(self._trashed(ids)), asked=len(ids), keeps_going=True
        )[1]

    def purge_older(self, days: float) -> list[str]:
        """Remove what was deleted longer ago; returns where it came from. Places that are not trusted are left."""
        removed: list[str] = []
        while True:
            with self._store.read() as unit:
                old = unit.trash.deleted_before(self._clock_ns() - int(days * DAY_S * NS))
            ids = [row.id for row in old if self._is_allowed(row.original_path)][:PURGED_AT_ONCE]
            done = self.purge(ids).done if ids else ()
            removed += [path for path, _target in done]
            if not done:
                return removed

    def purge_expired(self) -> list[str]:
        """Remove what lay in the trash for longer than the settings keep it."""
        return self.purge_older(self._settings.trash_days) if self._settings.trash_days >= 1 else []

    def recover(self) -> list[OperationId]:
        """At the start: finish what a crash cut off, and find the trash again if the database is a new one."""
        with self._turns.operation():
            finished = self._applier.recover()
            adopt_strays(self._store, [*self._trash_roots(), self._trash_fallback])
        return finished

    def _operate(
        self,
        kind: OperationKind,
        make: Callable[[str], Plan],
        *,
        asked: int = 0,
        keeps_going: bool = False,
        token: str | None = None,
        watch: Watch | None = None,
    ) -> tuple[Plan, OperationResult]:
        """Plan and apply without anybody in between. Reported, unless the caller watches it."""
        token = token or uuid.uuid4().hex
        with self._turns.operation(), self._reports.begin(kind, 0 if watch else asked) as report:
            self._applier.recover()
            plan = make(token)
            if plan.problems and not keeps_going:
                return plan, OperationResult(plan.kind, None, (), plan.problems, plan.skipped)
            result = self._applier.apply(
                plan,
                token=token,
                keeps_going=keeps_going,
                watch=watch or report.watch,
                opened=partial(report.run, plan),
            )
        if result.operation_id is not None:
            has_moved_folders = any(step.is_folder for item in plan.items for step in item.steps)
            for listener in self._listeners:
                listener(has_moved_folders)
        return plan, result

    def _places(self, token: str) -> TrashPlaces:
        return TrashPlaces(self._trash_roots(), self._trash_fallback, token=token, at_ns=self._clock_ns())

    def _trashed(self, ids: Sequence[TrashId]) -> list[TrashRow]:
        with self._store.read() as unit:
            rows = unit.trash.with_sidecars(ids)
        unknown = set(ids) - {row.id for row in rows}
        if unknown:
            raise NotFound(f"not in the trash: {min(unknown)}")
        is_allowed = self._allowed_now()
        if not all(is_allowed(row.original_path) for row in rows if row.original_path):
            raise PathNotTrusted("this was deleted from outside the folders that may be accessed")
        return rows

    def _allowed_now(self) -> Callable[[str], bool]:
        """As `_is_allowed`, with the roots as they are at this moment: for many paths."""
        return self._gate.trust().may_read

    def _rule(self) -> Callable[[str], bool]:
        """As `_is_allowed`, with the roots as they are at this moment and each path resolved anew."""
        trust = self._gate.trust()
        return lambda path: not trust.is_enabled or trust.is_inside(os.path.realpath(path))

    def _is_allowed(self, path: str) -> bool:
        return self._rule()(path)
