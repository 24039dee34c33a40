"""Reads and writes the log of the changes that people made, and reverts them."""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.repositories.curation.change_recorder import ChangeRecorder, pack_steps, unpack_steps
from iib.store.repositories.tags.tags import TagIdCache
from iib.store.rows import ChangeRow
from iib.store.schema.curation import change

KEPT_CHANGES = 500  # changes that can be reverted; older ones are deleted
KEPT_BYTES = 64 * 1024 * 1024  # packed steps in total; the newest change is always kept


class ChangeLogRepository(Repository):
    """Reads the table `change` with the change log."""

    def list_latest(self, limit: int) -> list[ChangeRow]:
        """Return at most `limit` changes, newest first."""
        columns = [column for column in change.columns if column.name != "steps"]
        rows = self._connection.execute(sa.select(*columns).order_by(change.c.id.desc()).limit(limit))
        return [ChangeRow(*row) for row in rows]

    def find(self, change_id: int) -> ChangeRow | None:
        """Return the change with this id."""
        columns = [column for column in change.columns if column.name != "steps"]
        row = self._connection.execute(sa.select(*columns).where(change.c.id == change_id)).one_or_none()
        return ChangeRow(*row) if row else None

    def find_latest_id(self, *, is_undone: bool) -> int | None:
        """Return the id of the next change to undo or, with `is_undone`, to redo.

        That is the newest change not undone, or the oldest undone one.
        """
        order = change.c.id.asc() if is_undone else change.c.id.desc()
        statement = sa.select(change.c.id).where(change.c.is_undone.is_(is_undone)).order_by(order).limit(1)
        return self._connection.execute(statement).scalar_one_or_none()


class ChangeLogWriter(ChangeLogRepository):
    """Reads and writes the table `change` with the change log."""

    def __init__(self, connection: sa.Connection, recorder: ChangeRecorder, ids: TagIdCache) -> None:
        super().__init__(connection)
        self._recorder = recorder
        self._ids = ids

    def record(self, kind: str, label: str, at_ns: int) -> int | None:
        """Log the changes of this transaction and return the id of the entry; None if no row differs.

        Changes that were undone are deleted: they can no longer be redone.
        """
        steps = self._recorder.take_steps()
        size = sum(map(len, steps.values()))
        if not size:
            return None
        self._connection.execute(change.delete().where(change.c.is_undone.is_(True)))
        statement = change.insert().values(
            at_ns=at_ns, kind=kind, label=label, size=size, is_undone=False, steps=pack_steps(steps)
        )
        change_id = int(self._connection.execute(statement).inserted_primary_key[0])  # type: ignore[index]
        self._trim()
        return change_id

    def revert(self, change_id: int) -> tuple[int, int]:
        """Undo a change, or redo one that was undone.

        Returns (number of reverted rows, number of rows skipped because they changed since). Raises `Conflict` if a
        name is in use again.
        """
        row = self._connection.execute(sa.select(change).where(change.c.id == change_id)).one()
        reverted, skipped = self._recorder.revert(unpack_steps(row.steps))
        self._ids.clear()
        self._connection.execute(
            change.update()
            .where(change.c.id == change_id)
            .values(is_undone=not row.is_undone, steps=pack_steps(self._recorder.take_steps()))
        )
        return reverted, skipped

    def _trim(self) -> None:
        sizes = self._connection.execute(
            sa.select(change.c.id, sa.func.length(change.c.steps)).order_by(change.c.id.desc())
        ).all()
        total = 0
        for index, (change_id, size) in enumerate(sizes):
            total += size
            if index and (index >= KEPT_CHANGES or total > KEPT_BYTES):
                self._connection.execute(change.delete().where(change.c.id <= change_id))
                return
