"""Reads and writes custom tags: links, groups, and pending links of files that are not indexed yet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from iib.model import MediaId, TagId, TagKind
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.curation.change_recorder import ChangeRecorder
from iib.store.repositories.tags.tags import TagIdCache
from iib.store.rows import CustomTagRow, TagRow
from iib.store.schema.core import media, media_tag, tag
from iib.store.schema.curation import pending_link, tag_group, tag_refusal, tag_use


def path_key(path: str) -> str:
    """Return the form in which paths are compared: unchanged, but in lower case on Windows."""
    return os.path.normcase(path)


class CustomTagRepository(Repository):
    """Reads custom tags and what a person added to tags."""

    def find(self, tag_id: int) -> TagRow | None:
        """Return one tag of any kind, without its count."""
        return self._find_tag(tag.c.id == tag_id)

    def find_by_name(self, name: str) -> TagRow | None:
        """Return the custom tag with this name, without its count."""
        return self._find_tag(sa.and_(tag.c.kind == TagKind.CUSTOM, tag.c.name == name))

    def details_by_tag(self) -> dict[TagId, CustomTagRow]:
        """Return groups and last uses by tag id; tags with neither are left out."""
        joined = tag.outerjoin(tag_group, tag_group.c.tag_id == tag.c.id).outerjoin(
            tag_use, tag_use.c.tag_id == tag.c.id
        )
        statement = (
            sa.select(tag.c.id, tag_group.c.name, tag_use.c.used_ns)
            .select_from(joined)
            .where(tag.c.kind == TagKind.CUSTOM, sa.or_(tag_group.c.name.is_not(None), tag_use.c.used_ns.is_not(None)))
        )
        return {
            TagId(tag_id): CustomTagRow(group or "", used_ns or 0)
            for tag_id, group, used_ns in self._connection.execute(statement)
        }

    def tag_ids_by_media(self, ids: Sequence[MediaId]) -> dict[MediaId, list[TagId]]:
        """Return the ids of the custom tags of files, ascending; files without one are left out."""
        result: dict[MediaId, list[TagId]] = {}
        for chunk in chunked(ids):
            statement = sa.select(media_tag.c.media_id, media_tag.c.tag_id).where(media_tag.c.media_id.in_(chunk))
            for media_id, tag_id in self._connection.execute(statement.order_by(media_tag.c.tag_id)):
                result.setdefault(media_id, []).append(tag_id)
        return result

    def count_media(self, tag_id: int) -> int:
        """Count the visible files with this custom tag."""
        statement = (
            sa.select(sa.func.count())
            .select_from(media_tag.join(media, media.c.id == media_tag.c.media_id))
            .where(media_tag.c.tag_id == tag_id, media.c.missing_since_ns.is_(None))
        )
        return self._connection.execute(statement).scalar_one()

    def count_pending(self) -> int:
        """Count the imported links whose files are not indexed yet."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(pending_link)).scalar_one()

    def existing_media_ids(self, ids: Iterable[int]) -> set[int]:
        """Return those of the given ids that are media ids, missing files included."""
        result: set[int] = set()
        for chunk in chunked(sorted(set(ids))):
            result.update(self._connection.execute(sa.select(media.c.id).where(media.c.id.in_(chunk))).scalars())
        return result

    def _find_tag(self, condition: sa.ColumnElement[bool]) -> TagRow | None:
        row = self._connection.execute(sa.select(tag).where(condition)).one_or_none()
        return TagRow(TagId(row.id), row.name, row.kind, 0, row.color) if row else None


class CustomTagWriter(CustomTagRepository):
    """Reads and writes custom tags.

    Changes by a person go through the change recorder; those by rules and imports do not.
    """

    def __init__(self, connection: sa.Connection, recorder: ChangeRecorder, ids: TagIdCache) -> None:
        super().__init__(connection)
        self._recorder = recorder
        self._ids = ids

    def ensure(self, name: str) -> TagId:
        """Return the id of the custom tag with this name and create the tag if needed."""
        existing = self.find_by_name(name)
        if existing is not None:
            return existing.id
        tag_id = self._recorder.next_id("tag")
        self._recorder.put("tag", [(tag_id, TagKind.CUSTOM.value, name, "")])
        return TagId(tag_id)

    def link(self, tag_id: int, ids: Sequence[int]) -> int:
        """Add the tag to files and return how many did not have it."""
        self._recorder.drop("tag_refusal", [(tag_id, media_id) for media_id in ids])
        return self._recorder.put("media_tag", [(tag_id, media_id) for media_id in ids])

    def unlink(self, tag_id: int, ids: Sequence[int]) -> int:
        """Remove the tag from files and return how many had it.

        Rules will not add it to these files again.
        """
        linked = list(self._recorder.rows_by_key("media_tag", [(tag_id, media_id) for media_id in ids]))
        self._recorder.drop("media_tag", linked)
        self._recorder.put("tag_refusal", linked)
        return len(linked)

    def delete(self, tag_id: int) -> None:
        """Delete the tag and all its links."""
        self._recorder.drop("tag", [(tag_id,)])
        self._ids.clear()

    def rename(self, tag_id: int, name: str) -> None:
        """Rename the tag. The new name must not be in use."""
        row = self._recorder.rows_by_key("tag", [(tag_id,)])[(tag_id,)]
        self._recorder.put("tag", [(tag_id, row[1], name, row[3])])
        self._ids.clear()

    def set_color(self, tag_id: int, color: str) -> None:
        """Set the colour of a tag of any kind."""
        row = self._recorder.rows_by_key("tag", [(tag_id,)])[(tag_id,)]
        self._recorder.put("tag", [(tag_id, row[1], row[2], color)])

    def set_group(self, tag_id: int, name: str) -> None:
        """Move the tag into a group; an empty name removes it from its group."""
        if name:
            self._recorder.put("tag_group", [(tag_id, name)])
        else:
            self._recorder.drop("tag_group", [(tag_id,)])

    def merge(self, tag_id: int, into: int) -> int:
        """Add the tag `into` to all files of another tag, which is deleted.

        Returns the number of files that did not have `into` before.
        """
        ids = [media_id for _tag, media_id in self._recorder.rows_where("media_tag", "tag_id", tag_id)]
        added = self.link(into, ids)
        pending = self._recorder.rows_where("pending_link", "tag_id", tag_id)
        self._recorder.put("pending_link", [(key, into) for key, _tag in pending])
        self.delete(tag_id)
        return added

    def record_use(self, tag_id: int, at_ns: int) -> None:
        """Store when a person last used the tag, in nanoseconds since the epoch."""
        self._connection.execute(tag_use.insert().prefix_with("OR REPLACE").values(tag_id=tag_id, used_ns=at_ns))

    def link_by_rule(self, pairs: Sequence[tuple[TagId, MediaId]]) -> None:
        """Add tags to files, except to those from which a person removed them."""
        if pairs:
            self._connection.exec_driver_sql(
                "INSERT OR IGNORE INTO media_tag(tag_id, media_id) SELECT ?1, ?2 "
                "WHERE NOT EXISTS (SELECT 1 FROM tag_refusal WHERE tag_id = ?1 AND media_id = ?2)",
                list(pairs),
            )
            self._recorder.has_search_changes = True

    def manually_unlinked_media_ids(self, tag_id: int) -> set[int]:
        """Return the ids of the files from which a person removed this tag."""
        statement = sa.select(tag_refusal.c.media_id).where(tag_refusal.c.tag_id == tag_id)
        return set(self._connection.execute(statement).scalars())

    def add_pending_links(self, links: Sequence[tuple[str, TagId]]) -> int:
        """Store (path, tag id) of files that are not indexed yet; returns how many links are new."""
        return self._recorder.put("pending_link", [(path_key(path), tag_id) for path, tag_id in links])

    def attach_pending_links(self, files: Sequence[tuple[str, MediaId]]) -> int:
        """Link newly indexed (path, media id) files as pending links say; returns their number."""
        if not files or self._connection.execute(sa.select(pending_link.c.tag_id).limit(1)).first() is None:
            return 0
        ids_by_key = {path_key(path): media_id for path, media_id in files}
        pending: list[tuple[str, int]] = []
        for chunk in chunked(list(ids_by_key)):
            statement = sa.select(pending_link.c.path_key, pending_link.c.tag_id)
            rows = self._connection.execute(statement.where(pending_link.c.path_key.in_(chunk)))
            pending += [(key, tag_id) for key, tag_id in rows]
        if pending:
            self.link_by_rule([(TagId(tag_id), ids_by_key[key]) for key, tag_id in pending])
            self._connection.exec_driver_sql("DELETE FROM pending_link WHERE path_key = ? AND tag_id = ?", pending)
        return len(pending)
