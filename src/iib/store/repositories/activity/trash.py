"""What lies in the trash folders."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from iib.model import OperationId, TrashId, TrashRow
from iib.store.repositories.base import Repository, chunked
from iib.store.schema.core import trash

REMOVE = "DELETE FROM trash WHERE trash_path = ?"


@dataclass(frozen=True, slots=True)
class NewTrash:
    """A file that was moved into the trash. A sidecar shares `operation_id` and `item` with its media file."""

    operation_id: OperationId
    item: int
    is_sidecar: bool
    original_path: str
    trash_path: str
    size_bytes: int
    deleted_ns: int


class TrashRepository(Repository):
    """Reads `trash`."""

    def list_latest(self, limit: int, before: int | None = None) -> builtins.list[TrashRow]:
        """The latest deleted files (with an id below `before`), newest first; sidecars are not listed by themselves."""
        statement = sa.select(trash).where(trash.c.is_sidecar.is_(False)).order_by(trash.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(trash.c.id < before)
        return [_to_row(row) for row in self._connection.execute(statement)]

    def get_totals(self) -> tuple[int, int]:
        """(files without sidecars, bytes with sidecars)."""
        count = sa.func.coalesce(sa.func.sum(sa.case((trash.c.is_sidecar.is_(False), 1), else_=0)), 0)
        size = sa.func.coalesce(sa.func.sum(trash.c.size_bytes), 0)
        row = self._connection.execute(sa.select(count, size)).one()
        return int(row[0]), int(row[1])

    def latest_id(self) -> int:
        """Of the file that was deleted last; 0 when the trash is empty."""
        return int(self._connection.execute(sa.select(sa.func.coalesce(sa.func.max(trash.c.id), 0))).scalar_one())

    def list_sizes(self) -> builtins.list[tuple[str, bool, int]]:
        """(where it was, is it a sidecar, bytes) of every file."""
        statement = sa.select(trash.c.original_path, trash.c.is_sidecar, trash.c.size_bytes)
        return [(row[0], row[1], row[2]) for row in self._connection.execute(statement)]

    def list_with_sidecars(self, ids: Sequence[TrashId]) -> builtins.list[TrashRow]:
        """These files and what follows them, by id; unknown ids are left out."""
        found: dict[int, TrashRow] = {}
        for chunk in chunked(ids):
            own = trash.alias()
            statement = (
                sa.select(trash)
                .join(own, sa.and_(own.c.operation_id == trash.c.operation_id, own.c.item == trash.c.item))
                .where(own.c.id.in_(chunk), sa.or_(trash.c.id == own.c.id, trash.c.is_sidecar))
            )
            for row in self._connection.execute(statement):
                found[row.id] = _to_row(row)
        return [found[key] for key in sorted(found)]

    def list_deleted_before(self, deleted_ns: int) -> builtins.list[TrashRow]:
        """Files (not sidecars) that were deleted before this moment, oldest first."""
        statement = (
            sa.select(trash)
            .where(trash.c.deleted_ns < deleted_ns, trash.c.is_sidecar.is_(False))
            .order_by(trash.c.deleted_ns, trash.c.id)
        )
        return [_to_row(row) for row in self._connection.execute(statement)]

    def find(self, trash_path: str) -> TrashRow | None:
        """The row of a file in the trash."""
        row = self._connection.execute(sa.select(trash).where(trash.c.trash_path == trash_path)).one_or_none()
        return _to_row(row) if row else None


class TrashWriter(TrashRepository):
    """The writing half."""

    def add(self, files: Sequence[NewTrash]) -> None:
        """Note files that were moved into the trash; noting one twice is the same."""
        self.remove([file.trash_path for file in files])
        if files:
            self._connection.execute(trash.insert(), [asdict(file) for file in files])

    def remove(self, trash_paths: Sequence[str]) -> None:
        """These files have left the trash."""
        if trash_paths:
            self._connection.exec_driver_sql(REMOVE, [(path,) for path in trash_paths])


def _to_row(row: sa.Row[tuple[object, ...]]) -> TrashRow:
    return TrashRow(**dict(row._mapping))  # noqa: SLF001  (SQLAlchemy's documented way)
