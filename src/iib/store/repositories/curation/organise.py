"""Reads and writes requests to organise media into topic folders."""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy as sa

from iib.model import OrganiseRow, OrganiseStatus
from iib.store.repositories.base import Repository
from iib.store.schema.organise import organise_run

KEPT_REQUESTS = 100  # older requests are deleted unless they are in progress
IN_PROGRESS = tuple(
    status.value for status in OrganiseStatus if not status.is_final and status.value != "preview_ready"
)
COLUMNS = tuple(organise_run.c[field.name] for field in fields(OrganiseRow))


class OrganiseRepository(Repository):
    """Reads the table `organise_run` of requests to organise."""

    def find(self, job_id: str) -> OrganiseRow | None:
        """Return the request of one job."""
        if not job_id.isascii():  # job ids are ASCII; SQLite refuses lone surrogates
            return None
        row = self._connection.execute(sa.select(*COLUMNS).where(organise_run.c.job_id == job_id)).one_or_none()
        return _to_row(row) if row else None

    def list_with_status(self, status: OrganiseStatus) -> list[OrganiseRow]:
        """Return all requests with this status, oldest first."""
        statement = sa.select(*COLUMNS).where(organise_run.c.status == status.value)
        rows = self._connection.execute(statement.order_by(organise_run.c.created_at, organise_run.c.job_id))
        return [_to_row(row) for row in rows]


class OrganiseWriter(OrganiseRepository):
    """Reads and writes the table `organise_run` of requests to organise."""

    def add(self, row: OrganiseRow) -> None:
        """Insert a request unless it exists.

        Requests beyond the newest hundred are deleted unless they are in progress.
        """
        self._connection.execute(organise_run.insert().prefix_with("OR IGNORE").values(**_values(row)))
        latest = sa.select(organise_run.c.job_id).order_by(organise_run.c.created_at.desc()).limit(KEPT_REQUESTS)
        self._connection.execute(
            organise_run.delete().where(
                organise_run.c.job_id.not_in(latest),
                organise_run.c.job_id != row.job_id,
                organise_run.c.status.not_in(IN_PROGRESS),
            )
        )

    def save(self, row: OrganiseRow) -> None:
        """Update the row of an existing request."""
        self._connection.execute(
            organise_run.update().where(organise_run.c.job_id == row.job_id).values(**_values(row))
        )


def _values(row: OrganiseRow) -> dict[str, object]:
    return {field.name: getattr(row, field.name) for field in fields(row)} | {"status": row.status.value}


def _to_row(row: sa.Row[tuple[object, ...]]) -> OrganiseRow:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way)
    values["status"] = OrganiseStatus(values["status"])
    return OrganiseRow(**values)
