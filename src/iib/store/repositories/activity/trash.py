"""Reads and writes the rows of the files in the trash folders."""

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
    """Reads the table `trash` of deleted files."""

    def list_latest(self, limit: int, before: int | None = None) -> builtins.list[TrashRow]:
        """Return at most `limit` deleted files, newest first, without sidecars.

        With `before`, only those with a smaller id are listed.
        """
        statement = sa.select(trash).where(trash.c.is_sidecar.is_(False)).order_by(trash.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(trash.c.id < before)
        return [_to_row(row) for row in self._connection.execute(statement)]

    def get_totals(self) -> tuple[int, int]:
        """Return (number of files without sidecars, size in bytes with sidecars)."""
        count = sa.func.coalesce(sa.func.sum(sa.case((trash.c.is_sidecar.is_(False), 1), else_=0)), 0)
        size = sa.func.coalesce(sa.func.sum(trash.c.size_bytes), 0)
        row = self._connection.execute(sa.select(count, size)).one()
        return int(row[0]), int(row[1])

    def latest_id(self) -> int:
        """Return the highest id in the trash; 0 if it is empty."""
        return int(self._connection.execute(sa.select(sa.func.coalesce(sa.func.max(trash.c.id), 0))).scalar_one())

    def list_sizes(self) -> builtins.list[tuple[str, bool, int]]:
        """Return (original path, is a sidecar, size in bytes) of all files, in no certain order."""
        statement = sa.select(trash.c.original_path, trash.c.is_sidecar, trash.c.size_bytes)
        return [(row[0], row[1], row[2]) for row in self._connection.execute(statement)]

    def list_with_sidecars(self, ids: Sequence[TrashId]) -> builtins.list[TrashRow]:
        """Return these files and their sidecars by id; unknown ids are left out."""
        result: dict[int, TrashRow] = {}
        for chunk in chunked(ids):
            requested = trash.alias()
            statement = (
                sa.select(trash)
                .join(
                    requested,
                    sa.and_(requested.c.operation_id == trash.c.operation_id, requested.c.item == trash.c.item),
                )
                .where(requested.c.id.in_(chunk), sa.or_(trash.c.id == requested.c.id, trash.c.is_sidecar))
            )
            for row in self._connection.execute(statement):
                result[row.id] = _to_row(row)
        return [result[key] for key in sorted(result)]

    def list_deleted_before(self, deleted_ns: int) -> builtins.list[TrashRow]:
        """Return the files (not sidecars) deleted before this time in nanoseconds, oldest first."""
        statement = (
            sa.select(trash)
            .where(trash.c.deleted_ns < deleted_ns, trash.c.is_sidecar.is_(False))
            .order_by(trash.c.deleted_ns, trash.c.id)
        )
        return [_to_row(row) for row in self._connection.execute(statement)]

    def find(self, trash_path: str) -> TrashRow | None:
        """Return the row of a file by its path inside the trash."""
        row = self._connection.execute(sa.select(trash).where(trash.c.trash_path == trash_path)).one_or_none()
        return _to_row(row) if row else None


class TrashWriter(TrashRepository):
    """Reads and writes the table `trash` of deleted files."""

    def add(self, files: Sequence[NewTrash]) -> None:
        """Insert files that were moved into the trash. Repeating it has no effect."""
        self.remove([file.trash_path for file in files])
        if files:
            self._connection.execute(trash.insert(), [asdict(file) for file in files])

    def remove(self, trash_paths: Sequence[str]) -> None:
        """Delete the rows of files that left the trash."""
        if trash_paths:
            self._connection.exec_driver_sql(REMOVE, [(path,) for path in trash_paths])


def _to_row(row: sa.Row[tuple[object, ...]]) -> TrashRow:
    return TrashRow(**dict(row._mapping))  # noqa: SLF001  (SQLAlchemy's documented way)
