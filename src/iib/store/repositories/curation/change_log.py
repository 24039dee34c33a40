"""The log of what people changed."""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.repositories.curation.change_recorder import ChangeRecorder, pack_steps, unpack_steps
from iib.store.repositories.tags.tags import TagIdCache
from iib.store.rows import ChangeRow
from iib.store.schema.curation import change

KEPT = 500  # changes that can be turned back
KEPT_BYTES = 64 * 1024 * 1024  # of their steps in all; the newest one is kept whatever its size


class ChangeLogRepository(Repository):
    """Reads `change`."""

    def list_latest(self, limit: int) -> list[ChangeRow]:
        """The latest changes, newest first."""
        columns = [column for column in change.columns if column.name != "steps"]
        rows = self._connection.execute(sa.select(*columns).order_by(change.c.id.desc()).limit(limit))
        return [ChangeRow(*row) for row in rows]

    def find(self, change_id: int) -> ChangeRow | None:
        """One of them."""
        columns = [column for column in change.columns if column.name != "steps"]
        row = self._connection.execute(sa.select(*columns).where(change.c.id == change_id)).one_or_none()
        return ChangeRow(*row) if row else None

    def find_latest_id(self, *, is_undone: bool) -> int | None:
        """The one to undo next: the newest that stands; or to redo next: the one that was undone last."""
        order = change.c.id.asc() if is_undone else change.c.id.desc()
        statement = sa.select(change.c.id).where(change.c.is_undone.is_(is_undone)).order_by(order).limit(1)
        return self._connection.execute(statement).scalar_one_or_none()


class ChangeLogWriter(ChangeLogRepository):
    """The writing half."""

    def __init__(self, connection: sa.Connection, recorder: ChangeRecorder, ids: TagIdCache) -> None:
        super().__init__(connection)
        self._recorder = recorder
        self._ids = ids

    def record(self, kind: str, label: str, at_ns: int) -> int | None:
        """Log what the recorder saw in this transaction; returns the change's id, None if nothing is different.

        A new change ends what was undone before it: that cannot be redone any more.
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
        """Undo a change that stands, redo one that was undone. Returns (rows turned back, rows that others changed
        since and that were left alone). Raises `Conflict`."""
        row = self._connection.execute(sa.select(change).where(change.c.id == change_id)).one()
        done, left = self._recorder.revert(unpack_steps(row.steps))
        self._ids.clear()
        self._connection.execute(
            change.update()
            .where(change.c.id == change_id)
            .values(is_undone=not row.is_undone, steps=pack_steps(self._recorder.take_steps()))
        )
        return done, left

    def _trim(self) -> None:
        sizes = self._connection.execute(
            sa.select(change.c.id, sa.func.length(change.c.steps)).order_by(change.c.id.desc())
        ).all()
        total = 0
        for index, (change_id, size) in enumerate(sizes):
            total += size
            if index and (index >= KEPT or total > KEPT_BYTES):
                self._connection.execute(change.delete().where(change.c.id <= change_id))
                return
