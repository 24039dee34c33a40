"""Finished clusterings, titles of topics and groups of keywords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.schema.core import cluster_run, tag_grouping, topic_title

KEPT_RUNS = 60
KEPT_GROUPINGS = 200


@dataclass(frozen=True, slots=True)
class ClusterRunRow:
    """A clustering. `progress` and `summary` are JSON texts, `members` packed ids; "" and None while it runs."""

    job_id: str
    cache_key: str
    created_at: float
    updated_at: float
    progress: str
    summary: str
    members: bytes | None


class TopicRepository(Repository):
    """Reads them."""

    def find_title(self, key: str) -> str | None:
        """A cached title as JSON text."""
        return self._connection.execute(
            sa.select(topic_title.c.value).where(topic_title.c.key == key)
        ).scalar_one_or_none()

    def list_titles(self, model: str, lang: str, limit: int) -> list[str]:
        """The latest cached titles of one title model and language, as JSON texts."""
        statement = (
            sa.select(topic_title.c.value)
            .where(topic_title.c.model == model, topic_title.c.lang == lang)
            .order_by(topic_title.c.created_at.desc(), topic_title.c.key)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def find_grouping(self, key: str) -> str | None:
        """Groups of keywords as JSON text."""
        return self._connection.execute(
            sa.select(tag_grouping.c.value).where(tag_grouping.c.key == key)
        ).scalar_one_or_none()

    def find_run(self, job_id: str) -> ClusterRunRow | None:
        """One clustering."""
        row = self._connection.execute(sa.select(*_RUN_COLUMNS).where(cluster_run.c.job_id == job_id)).one_or_none()
        return ClusterRunRow(*row) if row else None

    def find_cached_run(self, cache_key: str) -> ClusterRunRow | None:
        """The latest finished clustering of this key."""
        statement = (
            sa.select(*_RUN_COLUMNS)
            .where(cluster_run.c.cache_key == cache_key, cluster_run.c.members.is_not(None))
            .order_by(cluster_run.c.updated_at.desc(), cluster_run.c.job_id)
            .limit(1)
        )
        row = self._connection.execute(statement).one_or_none()
        return ClusterRunRow(*row) if row else None

    def iter_finished_runs(self) -> Iterator[ClusterRunRow]:
        """All finished clusterings, newest first."""
        statement = (
            sa.select(*_RUN_COLUMNS)
            .where(cluster_run.c.members.is_not(None))
            .order_by(cluster_run.c.updated_at.desc(), cluster_run.c.job_id)
        )
        for row in self._connection.execute(statement):
            yield ClusterRunRow(*row)


class TopicWriter(TopicRepository):
    """The writing half."""

    def save_title(self, key: str, value: str, *, model: str, lang: str, now: float) -> None:
        """Remember a title (JSON text)."""
        self._connection.execute(
            topic_title.insert()
            .prefix_with("OR REPLACE")
            .values(key=key, value=value, model=model, lang=lang, created_at=now)
        )

    def save_grouping(self, key: str, value: str, now: float) -> None:
        """Remember groups of keywords (JSON text); the oldest beyond a few hundred go."""
        self._connection.execute(
            tag_grouping.insert().prefix_with("OR REPLACE").values(key=key, value=value, created_at=now)
        )
        newest = (tag_grouping.c.created_at.desc(), tag_grouping.c.key)
        kept = sa.select(tag_grouping.c.key).order_by(*newest).limit(KEPT_GROUPINGS)
        self._connection.execute(tag_grouping.delete().where(tag_grouping.c.key.not_in(kept)))

    def save_run(self, row: ClusterRunRow) -> None:
        """Store a clustering as it stands; the oldest beyond a few dozen go."""
        values: Mapping[str, object] = {name: getattr(row, name) for name in ClusterRunRow.__slots__}
        self._connection.execute(cluster_run.insert().prefix_with("OR REPLACE").values(**values))
        kept = sa.select(cluster_run.c.job_id).order_by(cluster_run.c.created_at.desc()).limit(KEPT_RUNS)
        self._connection.execute(cluster_run.delete().where(cluster_run.c.job_id.not_in(kept)))


_RUN_COLUMNS = (
    cluster_run.c.job_id,
    cluster_run.c.cache_key,
    cluster_run.c.created_at,
    cluster_run.c.updated_at,
    cluster_run.c.progress,
    cluster_run.c.summary,
    cluster_run.c.members,
)
