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
        counts = {
            tag_id: count
            for tag_id, count in self._connection.exec_driver_sql(
                "SELECT tag_id, count(*) FROM media_tag GROUP BY tag_id"
            )
        }
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
