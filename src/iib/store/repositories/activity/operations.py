"""Reads and writes the journal of file operations."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from iib.model import (
    JournalStep,
    OperationId,
    OperationKind,
    OperationRow,
    OperationStatus,
    Step,
    StepKind,
    StepRole,
    StepState,
)
from iib.store.repositories.base import Repository
from iib.store.schema.core import operation, operation_step

SET_STATE = (
    "UPDATE operation_step SET state = ?, error = ?, size_bytes = ?, mtime_ns = ? "
    "WHERE operation_id = ? AND position = ?"
)
KEPT_OPERATIONS = 1000  # closed operations; older ones are deleted and can no longer be undone


@dataclass(frozen=True, slots=True)
class NewOperation:
    """A planned operation, as the journal stores it before the disk changes.

    `items` are lists of steps that succeed or fail together; `total` is the number of items that a person named.
    """

    token: str
    kind: OperationKind
    items: Sequence[Sequence[Step]]
    keeps_going: bool
    subject: str
    destination: str
    total: int
    created_ns: int
    undo_of: OperationId | None = None


class OperationRepository(Repository):
    """Reads the tables `operation` and `operation_step`."""

    def find(self, operation_id: OperationId) -> OperationRow | None:
        """Return one operation by id."""
        row = self._connection.execute(sa.select(operation).where(operation.c.id == operation_id)).one_or_none()
        return _to_operation(row) if row else None

    def find_by_token(self, token: str) -> OperationRow | None:
        """Return the first operation that was opened under this token."""
        statement = sa.select(operation).where(operation.c.token == token).order_by(operation.c.id).limit(1)
        row = self._connection.execute(statement).one_or_none()
        return _to_operation(row) if row else None

    def list_latest(self, limit: int, before: int | None = None) -> builtins.list[OperationRow]:
        """Return at most `limit` operations, newest first; with `before` only those with a smaller id."""
        statement = sa.select(operation).order_by(operation.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(operation.c.id < before)
        return [_to_operation(row) for row in self._connection.execute(statement)]

    def find_latest_undoable(self) -> OperationRow | None:
        """Return the newest operation that can be undone.

        It changed something, was not undone, and is neither an undo nor a purge.
        """
        kinds = (OperationKind.UNDO.value, OperationKind.PURGE.value)
        finals = (OperationStatus.DONE.value, OperationStatus.PARTLY.value)
        statement = (
            sa.select(operation)
            .where(operation.c.kind.not_in(kinds), operation.c.status.in_(finals), operation.c.undone_by.is_(None))
            .order_by(operation.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return _to_operation(row) if row else None

    def list_unfinished(self) -> builtins.list[OperationRow]:
        """Return the operations that a crash interrupted, oldest first."""
        where = operation.c.status == sa.literal_column("'open'")  # spelled as in the partial index
        return [
            _to_operation(row)
            for row in self._connection.execute(sa.select(operation).where(where).order_by(operation.c.id))
        ]

    def list_steps(self, operation_id: OperationId) -> builtins.list[JournalStep]:
        """Return all steps of an operation in the order of their execution."""
        statement = sa.select(operation_step).where(operation_step.c.operation_id == operation_id)
        return [
            JournalStep(
                position=row.position,
                item=row.item,
                step=Step(
                    kind=StepKind(row.kind),
                    source=row.source,
                    target=row.target,
                    role=StepRole(row.role),
                    is_folder=row.is_folder,
                    size_bytes=row.size_bytes,
                    mtime_ns=row.mtime_ns,
                ),
                state=StepState(row.state),
                error=row.error,
            )
            for row in self._connection.execute(statement.order_by(operation_step.c.position))
        ]


class OperationWriter(OperationRepository):
    """Reads and writes the tables `operation` and `operation_step`."""

    def open(self, new: NewOperation) -> OperationId:
        """Insert an operation with all its steps, and delete closed operations beyond the newest thousand."""
        result = self._connection.execute(
            operation.insert().values(
                token=new.token,
                kind=new.kind.value,
                status=OperationStatus.OPEN.value,
                keeps_going=new.keeps_going,
                subject=new.subject,
                destination=new.destination,
                total=new.total,
                failed=0,
                created_ns=new.created_ns,
                undo_of=new.undo_of,
            )
        )
        operation_id = OperationId(int(result.inserted_primary_key[0]))  # type: ignore[index]
        self.add_steps(operation_id, 0, [(item, step) for item, steps in enumerate(new.items) for step in steps])
        self._connection.execute(
            operation.delete().where(operation.c.id <= operation_id - KEPT_OPERATIONS, operation.c.status != "open")
        )
        return operation_id

    def add_steps(
        self, operation_id: OperationId, start: int, steps: Sequence[tuple[int, Step]]
    ) -> builtins.list[JournalStep]:
        """Insert (item, step) pairs from position `start` on, and return them as journal steps."""
        added = [JournalStep(start + offset, item, step) for offset, (item, step) in enumerate(steps)]
        if added:
            self._connection.execute(operation_step.insert(), [_values(operation_id, row) for row in added])
        return added

    def set_states(self, operation_id: OperationId, rows: Sequence[JournalStep]) -> None:
        """Store states, errors, sizes and times of executed steps."""
        values = [
            (row.state.value, row.error, row.step.size_bytes, row.step.mtime_ns, operation_id, row.position)
            for row in rows
        ]
        if values:
            self._connection.exec_driver_sql(SET_STATE, values)

    def close(self, operation_id: OperationId, status: OperationStatus, failed: int, finished_ns: int) -> None:
        """Store the final status of an operation. `finished_ns` is in nanoseconds since the epoch.

        Unless it failed, an undo also marks the operation that it reverted as undone.
        """
        self._connection.execute(
            operation.update()
            .where(operation.c.id == operation_id)
            .values(status=status.value, failed=failed, finished_ns=finished_ns)
        )
        undo_of = self._connection.execute(
            sa.select(operation.c.undo_of).where(operation.c.id == operation_id)
        ).scalar_one_or_none()
        if undo_of is not None and status is not OperationStatus.FAILED:
            self._connection.execute(operation.update().where(operation.c.id == undo_of).values(undone_by=operation_id))


def _values(operation_id: OperationId, row: JournalStep) -> dict[str, object]:
    step = row.step
    return {
        "operation_id": operation_id,
        "position": row.position,
        "item": row.item,
        "kind": step.kind.value,
        "role": step.role.value,
        "is_folder": step.is_folder,
        "source": step.source,
        "target": step.target,
        "size_bytes": step.size_bytes,
        "mtime_ns": step.mtime_ns,
        "state": row.state.value,
        "error": row.error,
    }


def _to_operation(row: sa.Row[tuple[object, ...]]) -> OperationRow:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way)
    values["kind"] = OperationKind(values["kind"])
    values["status"] = OperationStatus(values["status"])
    return OperationRow(**values)
