"""Reads and writes background jobs."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from iib.model import JobId, JobRow, JobStatus
from iib.store.repositories.base import Repository
from iib.store.schema.core import job

KEPT_JOBS = 200  # older jobs are deleted


class JobRepository(Repository):
    """Reads the table `job` of background jobs."""

    def find(self, job_id: JobId) -> JobRow | None:
        """Return the job with this id."""
        if not job_id.isascii():  # job ids are ASCII; SQLite refuses lone surrogates
            return None
        row = self._connection.execute(sa.select(job).where(job.c.id == job_id)).one_or_none()
        return _to_row(row) if row else None

    def list_latest(self, limit: int) -> list[JobRow]:
        """Return at most `limit` jobs, newest first."""
        statement = sa.select(job).order_by(job.c.created_at.desc(), job.c.id).limit(limit)
        return [_to_row(row) for row in self._connection.execute(statement)]


class JobWriter(JobRepository):
    """Reads and writes the table `job` of background jobs."""

    def save(self, row: JobRow) -> None:
        """Insert or update a job. An insert deletes all but the newest 200 jobs."""
        values = asdict(row) | {"status": row.status.value}
        updated = self._connection.execute(job.update().where(job.c.id == row.id).values(**values)).rowcount
        if not updated:
            self._connection.execute(job.insert().values(**values))
            latest = sa.select(job.c.id).order_by(job.c.created_at.desc()).limit(KEPT_JOBS)
            self._connection.execute(job.delete().where(job.c.id.not_in(latest)))


def _to_row(row: sa.Row[tuple[object, ...]]) -> JobRow:
    values = dict(row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way)
    values["status"] = JobStatus(values["status"])
    return JobRow(**values)
