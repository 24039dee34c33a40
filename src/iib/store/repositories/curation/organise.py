"""Requests to organise."""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy as sa

from iib.model import OrganiseRow, OrganiseStatus
from iib.store.repositories.base import Repository
from iib.store.schema.organise import organise_run

KEPT = 100  # requests; older ones go unless they are under way
UNDER_WAY = tuple(status.value for status in OrganiseStatus if not status.is_final and status.value != "preview_ready")
COLUMNS = tuple(organise_run.c[field.name] for field in fields(OrganiseRow))


class OrganiseRepository(Repository):
    """Reads `organise_run`."""

    def find(self, job_id: str) -> OrganiseRow | None:
        """One request."""
        if not job_id.isascii():  # ours are; the database refuses what is no text
            return None
        row = self._connection.execute(sa.select(*COLUMNS).where(organise_run.c.job_id == job_id)).one_or_none()
        return _to_row(row) if row else None

    def list_with_status(self, status: OrganiseStatus) -> list[OrganiseRow]:
        """All requests in this state, oldest first."""
        statement = sa.select(*COLUMNS).where(organise_run.c.status == status.value)
        rows = self._connection.execute(statement.order_by(organise_run.c.created_at, organise_run.c.job_id))
        return [_to_row(row) for row in rows]


class OrganiseWriter(OrganiseRepository):
    """The writing half."""

    def add(self, row: OrganiseRow) -> None:
        """Store a new request; one that is known stays as it is. The oldest beyond a hundred go."""
        self._connection.execute(organise_run.insert().prefix_with("OR IGNORE").values(**_values(row)))
        latest = sa.select(organise_run.c.job_id).order_by(organise_run.c.created_at.desc()).limit(KEPT)
        self._connection.execute(
            organise_run.delete().where(
                organise_run.c.job_id.not_in(latest),
                organise_run.c.job_id != row.job_id,
                organise_run.c.status.not_in(UNDER_WAY),
            )
        )

    def save(self, row: OrganiseRow) -> None:
        """Store a known request as it stands."""
        self._connection.execute(
            organise_run.update().where(organise_run.c.job_id == row.job_id).values(**_values(row))
        )


def _values(row: OrganiseRow) -> dict[str, object]:
    return {field.name: getattr(row, field.name) for field in fields(row)} | {"status": row.status.value}


def _to_row(row: sa.Row[tuple[object, ...]]) -> OrganiseRow:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way)
    values["status"] = OrganiseStatus(values["status"])
    return OrganiseRow(**values)
