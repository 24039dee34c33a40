"""Reads and writes finished clusterings, topic titles and keyword groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.schema.core import cluster_run, tag_grouping, topic_title

KEPT_RUNS = 60  # older clusterings are deleted
KEPT_GROUPINGS = 200  # older groups are deleted


@dataclass(frozen=True, slots=True)
class ClusterRunRow:
    """One clustering, finished or running.

    `progress` and `summary` are JSON texts, `members` are packed media ids; `summary` is "" and `members` None while it
    runs.
    """

    job_id: str
    cache_key: str
    created_at: float
    updated_at: float
    progress: str
    summary: str
    members: bytes | None


class TopicRepository(Repository):
    """Reads clusterings, topic titles and keyword groups."""

    def find_title(self, key: str) -> str | None:
        """Return a cached title as JSON text."""
        return self._connection.execute(
            sa.select(topic_title.c.value).where(topic_title.c.key == key)
        ).scalar_one_or_none()

    def list_titles(self, model: str, lang: str, limit: int) -> list[str]:
        """Return the latest cached titles of one title model and language as JSON texts, newest first."""
        statement = (
            sa.select(topic_title.c.value)
            .where(topic_title.c.model == model, topic_title.c.lang == lang)
            .order_by(topic_title.c.created_at.desc(), topic_title.c.key)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def find_grouping(self, key: str) -> str | None:
        """Return cached keyword groups as JSON text."""
        return self._connection.execute(
            sa.select(tag_grouping.c.value).where(tag_grouping.c.key == key)
        ).scalar_one_or_none()

    def find_run(self, job_id: str) -> ClusterRunRow | None:
        """Return the clustering of one job."""
        row = self._connection.execute(sa.select(*_RUN_COLUMNS).where(cluster_run.c.job_id == job_id)).one_or_none()
        return ClusterRunRow(*row) if row else None

    def find_cached_run(self, cache_key: str) -> ClusterRunRow | None:
        """Return the latest finished clustering with this cache key."""
        statement = (
            sa.select(*_RUN_COLUMNS)
            .where(cluster_run.c.cache_key == cache_key, cluster_run.c.members.is_not(None))
            .order_by(cluster_run.c.updated_at.desc(), cluster_run.c.job_id)
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return ClusterRunRow(*row) if row else None

    def iter_finished_runs(self) -> Iterator[ClusterRunRow]:
        """Yield all finished clusterings, newest first."""
        statement = (
            sa.select(*_RUN_COLUMNS)
            .where(cluster_run.c.members.is_not(None))
            .order_by(cluster_run.c.updated_at.desc(), cluster_run.c.job_id)
        )
        for row in self._connection.execute(statement):
            yield ClusterRunRow(*row)


class TopicWriter(TopicRepository):
    """Reads and writes clusterings, topic titles and keyword groups."""

    def save_title(self, key: str, value: str, *, model: str, lang: str, now: float) -> None:
        """Store a title (JSON text) under its cache key."""
        self._connection.execute(
            topic_title.insert()
            .prefix_with("OR REPLACE")
            .values(key=key, value=value, model=model, lang=lang, created_at=now)
        )

    def save_grouping(self, key: str, value: str, now: float) -> None:
        """Store keyword groups (JSON text) under their cache key, and delete all but the newest 200."""
        self._connection.execute(
            tag_grouping.insert().prefix_with("OR REPLACE").values(key=key, value=value, created_at=now)
        )
        newest = (tag_grouping.c.created_at.desc(), tag_grouping.c.key)
        latest = sa.select(tag_grouping.c.key).order_by(*newest).limit(KEPT_GROUPINGS)
        self._connection.execute(tag_grouping.delete().where(tag_grouping.c.key.not_in(latest)))

    def save_run(self, row: ClusterRunRow) -> None:
        """Insert or replace a clustering, and delete all but the newest 60."""
        values: Mapping[str, object] = {name: getattr(row, name) for name in ClusterRunRow.__slots__}
        self._connection.execute(cluster_run.insert().prefix_with("OR REPLACE").values(**values))
        latest = sa.select(cluster_run.c.job_id).order_by(cluster_run.c.created_at.desc()).limit(KEPT_RUNS)
        self._connection.execute(cluster_run.delete().where(cluster_run.c.job_id.not_in(latest)))


_RUN_COLUMNS = (
    cluster_run.c.job_id,
    cluster_run.c.cache_key,
    cluster_run.c.created_at,
    cluster_run.c.updated_at,
    cluster_run.c.progress,
    cluster_run.c.summary,
    cluster_run.c.members,
)
