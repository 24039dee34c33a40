"""Tags and their links."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from iib.model.media import MediaId, TagId
from iib.store.repositories.base import Repository, chunked
from iib.store.rows import TagRow
from iib.store.tables import media, media_tag, tag

POS_LIMIT = 4096


class TagRepository(Repository):
    """Reads `tag` and `media_tag`."""

    def list_all(self, limit_pos: int = POS_LIMIT) -> list[TagRow]:
        """All tags that somebody carries, and every custom one. Of the prompt terms only the most used, if there are
        more tags than `limit_pos` in all."""
        counts: dict[int, int] = dict(
            self._connection.exec_driver_sql("SELECT tag_id, count(*) FROM media_tag GROUP BY tag_id").fetchall()
        )
        absent = self._connection.execute(
            sa.select(media_tag.c.tag_id, sa.func.count())
            .select_from(media_tag.join(media, media.c.id == media_tag.c.media_id))
            .where(media.c.missing_since_ns.is_not(None))
            .group_by(media_tag.c.tag_id)
        )
        for tag_id, count in absent:
            counts[tag_id] -= count
        rows = [
            TagRow(TagId(row.id), row.name, row.kind, counts.get(row.id, 0), row.color)
            for row in self._connection.execute(sa.select(tag))
            if row.kind == "custom" or counts.get(row.id, 0) > 0
        ]
        if len(rows) > limit_pos:
            terms = sorted((row for row in rows if row.kind == "pos"), key=lambda row: (-row.count, row.id))
            rows = [row for row in rows if row.kind != "pos"] + terms[:limit_pos]
        return rows

    def custom(self) -> list[TagRow]:
        """Person-made tags with their counts."""
        statement = (
            sa.select(tag.c.id, tag.c.name, tag.c.kind, tag.c.color, sa.func.count(media.c.id))
            .select_from(
                tag.outerjoin(media_tag, media_tag.c.tag_id == tag.c.id).outerjoin(
                    media, sa.and_(media.c.id == media_tag.c.media_id, media.c.missing_since_ns.is_(None))
                )
            )
            .where(tag.c.kind == "custom")
            .group_by(tag.c.id)
            .order_by(tag.c.id)
        )
        return [
            TagRow(TagId(tag_id), name, kind, count, color)
            for tag_id, name, kind, color, count in self._connection.execute(statement)
        ]

    def of_media(self, ids: Sequence[MediaId]) -> dict[MediaId, list[TagRow]]:
        """Tags of files (counts are not filled), person-made ones first."""
        found: dict[MediaId, list[TagRow]] = {}
        for chunk in chunked(ids):
            statement = (
                sa.select(media_tag.c.media_id, tag.c.id, tag.c.name, tag.c.kind, tag.c.color)
                .select_from(media_tag.join(tag, tag.c.id == media_tag.c.tag_id))
                .where(media_tag.c.media_id.in_(chunk))
                .order_by(tag.c.kind != "custom", tag.c.id)
            )
            for media_id, tag_id, name, kind, color in self._connection.execute(statement):
                found.setdefault(media_id, []).append(TagRow(TagId(tag_id), name, kind, 0, color))
        return found

    def media_ids(self, tag_id: TagId) -> list[int]:
        """Ids of the files that carry a tag, ascending."""
        rows = self._connection.exec_driver_sql("SELECT media_id FROM media_tag WHERE tag_id = ?", (int(tag_id),))
        return [row[0] for row in rows]


class TagIds:
    """Ids of derived tags by (kind, name), shared by all writers of one store; forgotten when it grows too large."""

    def __init__(self, limit: int = 300_000) -> None:
        self.known: dict[tuple[str, str], int] = {}
        self._limit = limit

    def trim(self) -> None:
        """Before a transaction."""
        if len(self.known) > self._limit:
            self.known.clear()

    def forget(self) -> None:
        """After tags were removed, or a transaction was undone."""
        self.known.clear()


class TagWriter(TagRepository):
    """The writing half."""

    def __init__(self, connection: sa.Connection, ids: TagIds) -> None:
        super().__init__(connection)
        self._ids = ids

    def ensure(self, kind: str, name: str) -> TagId:
        """The id of this tag, made if need be."""
        self._ensure({(kind, name)})
        return TagId(self._ids.known[kind, name])

    def link(self, ids: Sequence[MediaId], tags: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Tie files to derived tags, several at once (same length, same order)."""
        self._ensure({key for keys in tags for key in keys})
        known = self._ids.known
        links = [(known[key], media_id) for media_id, keys in zip(ids, tags, strict=True) for key in keys]
        if links:
            links.sort()
            self._connection.exec_driver_sql(
                "INSERT OR IGNORE INTO media_tag(tag_id, media_id) VALUES(?, ?)",
                links,
            )

    def unlink_derived(self, ids: Sequence[MediaId]) -> None:
        """Loosen the tags that came from the files; what a person gave stays."""
        for chunk in chunked(ids):
            custom = sa.select(tag.c.id).where(tag.c.kind == "custom")
            self._connection.execute(
                media_tag.delete().where(media_tag.c.media_id.in_(chunk), media_tag.c.tag_id.not_in(custom))
            )

    def drop_unused(self) -> int:
        """Remove derived tags that no file carries and nobody coloured; returns how many."""
        removed = self._connection.exec_driver_sql(
            "DELETE FROM tag WHERE kind <> 'custom' AND color = '' "
            "AND NOT EXISTS (SELECT 1 FROM media_tag WHERE media_tag.tag_id = tag.id)"
        ).rowcount
        self._ids.forget()
        return removed

    def _ensure(self, keys: set[tuple[str, str]]) -> None:
        known = self._ids.known
        unknown = [key for key in keys if key not in known]
        for chunk in chunked(unknown, 250):
            marks = ", ".join(["(?, ?)"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH wanted(kind, name) AS (VALUES {marks}) SELECT tag.kind, tag.name, tag.id "
                "FROM wanted CROSS JOIN tag ON tag.kind = wanted.kind AND tag.name = wanted.name",
                tuple(value for key in chunk for value in key),
            )
            known.update({(row[0], row[1]): row[2] for row in rows})
        missing = sorted(key for key in unknown if key not in known)
        if missing:
            start = self._connection.exec_driver_sql("SELECT coalesce(max(id), 0) + 1 FROM tag").scalar_one()
            rows_to_add = [(start + offset, kind, name) for offset, (kind, name) in enumerate(missing)]
            self._connection.exec_driver_sql("INSERT INTO tag(id, kind, name) VALUES(?, ?, ?)", rows_to_add)
            known.update({(kind, name): tag_id for tag_id, kind, name in rows_to_add})
