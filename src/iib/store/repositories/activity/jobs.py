"""Background jobs."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from iib.model import JobId, JobRow, JobStatus
from iib.store.repositories.base import Repository
from iib.store.schema.core import job

KEPT = 200


class JobRepository(Repository):
    """Reads `job`."""

    def find(self, job_id: JobId) -> JobRow | None:
        """One job."""
        if not job_id.isascii():  # ours are; the database refuses what is no text
            return None
        row = self._connection.execute(sa.select(job).where(job.c.id == job_id)).one_or_none()
        return _to_row(row) if row else None

    def list_latest(self, limit: int) -> list[JobRow]:
        """The latest jobs, newest first."""
        statement = sa.select(job).order_by(job.c.created_at.desc(), job.c.id).limit(limit)
        return [_to_row(row) for row in self._connection.execute(statement)]


class JobWriter(JobRepository):
    """The writing half."""

    def save(self, row: JobRow) -> None:
        """Store a job as it stands; the oldest ones beyond a few hundred go."""
        values = asdict(row) | {"status": row.status.value}
        known = self._connection.execute(job.update().where(job.c.id == row.id).values(**values)).rowcount
        if not known:
            self._connection.execute(job.insert().values(**values))
            kept = sa.select(job.c.id).order_by(job.c.created_at.desc()).limit(KEPT)
            self._connection.execute(job.delete().where(job.c.id.not_in(kept)))


def _to_row(row: sa.Row[tuple[object, ...]]) -> JobRow:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way)
    values["status"] = JobStatus(values["status"])
    return JobRow(**values)
