"""Person-made tags: their links, groups, and what is kept for files that are not here yet."""

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
    """The form in which paths are compared: as it is, on Windows without case."""
    return os.path.normcase(path)


class CustomTagRepository(Repository):
    """Reads tags and what a person added to them."""

    def find(self, tag_id: int) -> TagRow | None:
        """One tag of any kind, its count not filled."""
        return self._one(tag.c.id == tag_id)

    def find_by_name(self, name: str) -> TagRow | None:
        """The person-made tag of this name, its count not filled."""
        return self._one(sa.and_(tag.c.kind == TagKind.CUSTOM, tag.c.name == name))

    def details_by_tag(self) -> dict[TagId, CustomTagRow]:
        """Groups and last uses by tag; tags without either are left out."""
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
        """Ids of the person-made tags of files, in the order of the tags' ids."""
        found: dict[MediaId, list[TagId]] = {}
        for chunk in chunked(ids):
            statement = sa.select(media_tag.c.media_id, media_tag.c.tag_id).where(media_tag.c.media_id.in_(chunk))
            for media_id, tag_id in self._connection.execute(statement.order_by(media_tag.c.tag_id)):
                found.setdefault(media_id, []).append(tag_id)
        return found

    def count_media(self, tag_id: int) -> int:
        """Visible files that carry this person-made tag."""
        statement = (
            sa.select(sa.func.count())
            .select_from(media_tag.join(media, media.c.id == media_tag.c.media_id))
            .where(media_tag.c.tag_id == tag_id, media.c.missing_since_ns.is_(None))
        )
        return self._connection.execute(statement).scalar_one()

    def count_pending(self) -> int:
        """Imported links whose files were not seen yet."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(pending_link)).scalar_one()

    def existing_media_ids(self, ids: Iterable[int]) -> set[int]:
        """Those of the given ids that are files of the index, missing ones too."""
        found: set[int] = set()
        for chunk in chunked(sorted(set(ids))):
            found.update(self._connection.execute(sa.select(media.c.id).where(media.c.id.in_(chunk))).scalars())
        return found

    def _one(self, condition: sa.ColumnElement[bool]) -> TagRow | None:
        row = self._connection.execute(sa.select(tag).where(condition)).one_or_none()
        return TagRow(TagId(row.id), row.name, row.kind, 0, row.color) if row else None


class CustomTagWriter(CustomTagRepository):
    """The writing half. What a person does goes through the recorder; what rules and imports do does not."""

    def __init__(self, connection: sa.Connection, recorder: ChangeRecorder, ids: TagIdCache) -> None:
        super().__init__(connection)
        self._recorder = recorder
        self._ids = ids

    def ensure(self, name: str) -> TagId:
        """The id of the person-made tag of this name, made if need be."""
        known = self.find_by_name(name)
        if known is not None:
            return known.id
        tag_id = self._recorder.next_id("tag")
        self._recorder.put("tag", [(tag_id, TagKind.CUSTOM.value, name, "")])
        return TagId(tag_id)

    def link(self, tag_id: int, ids: Sequence[int]) -> int:
        """Put the tag on files; returns how many did not carry it."""
        self._recorder.drop("tag_refusal", [(tag_id, media_id) for media_id in ids])
        return self._recorder.put("media_tag", [(tag_id, media_id) for media_id in ids])

    def unlink(self, tag_id: int, ids: Sequence[int]) -> int:
        """Take the tag off files, and keep rules from putting it on again; returns how many carried it."""
        carried = list(self._recorder.rows_by_key("media_tag", [(tag_id, media_id) for media_id in ids]))
        self._recorder.drop("media_tag", carried)
        self._recorder.put("tag_refusal", carried)
        return len(carried)

    def delete(self, tag_id: int) -> None:
        """Remove the tag and all its links."""
        self._recorder.drop("tag", [(tag_id,)])
        self._ids.clear()

    def rename(self, tag_id: int, name: str) -> None:
        """Give it another name, which nobody else may have."""
        row = self._recorder.rows_by_key("tag", [(tag_id,)])[(tag_id,)]
        self._recorder.put("tag", [(tag_id, row[1], name, row[3])])
        self._ids.clear()

    def set_color(self, tag_id: int, color: str) -> None:
        """Colour a tag of any kind."""
        row = self._recorder.rows_by_key("tag", [(tag_id,)])[(tag_id,)]
        self._recorder.put("tag", [(tag_id, row[1], row[2], color)])

    def set_group(self, tag_id: int, name: str) -> None:
        """Put the tag into a group; an empty name takes it out."""
        if name:
            self._recorder.put("tag_group", [(tag_id, name)])
        else:
            self._recorder.drop("tag_group", [(tag_id,)])

    def merge(self, tag_id: int, into: int) -> int:
        """Give every file of one tag the other one and remove the first; returns how many files got it."""
        moved = [media_id for _tag, media_id in self._recorder.keys_where("media_tag", "tag_id", tag_id)]
        added = self.link(into, moved)
        waiting = self._recorder.keys_where("pending_link", "tag_id", tag_id)
        self._recorder.put("pending_link", [(key, into) for key, _tag in waiting])
        self.delete(tag_id)
        return added

    def record_use(self, tag_id: int, at_ns: int) -> None:
        """Remember when a person last used it."""
        self._connection.execute(tag_use.insert().prefix_with("OR REPLACE").values(tag_id=tag_id, used_ns=at_ns))

    def link_by_rule(self, pairs: Sequence[tuple[TagId, MediaId]]) -> None:
        """Put tags on files unless a person took them off once."""
        if pairs:
            self._connection.exec_driver_sql(
                "INSERT OR IGNORE INTO media_tag(tag_id, media_id) SELECT ?1, ?2 "
                "WHERE NOT EXISTS (SELECT 1 FROM tag_refusal WHERE tag_id = ?1 AND media_id = ?2)",
                list(pairs),
            )
            self._recorder.touched = True

    def manually_unlinked_media_ids(self, tag_id: int) -> set[int]:
        """Files from which a person took this tag."""
        statement = sa.select(tag_refusal.c.media_id).where(tag_refusal.c.tag_id == tag_id)
        return set(self._connection.execute(statement).scalars())

    def add_pending_links(self, links: Sequence[tuple[str, TagId]]) -> int:
        """Keep links of paths that are not indexed yet; returns how many are new."""
        return self._recorder.put("pending_link", [(path_key(path), tag_id) for path, tag_id in links])

    def attach_pending_links(self, files: Sequence[tuple[str, MediaId]]) -> int:
        """Give newly indexed files the links that waited for them; returns how many there were."""
        if not files or self._connection.execute(sa.select(pending_link.c.tag_id).limit(1)).first() is None:
            return 0
        keys = {path_key(path): media_id for path, media_id in files}
        found: list[tuple[str, int]] = []
        for chunk in chunked(list(keys)):
            statement = sa.select(pending_link.c.path_key, pending_link.c.tag_id)
            rows = self._connection.execute(statement.where(pending_link.c.path_key.in_(chunk)))
            found += [(key, tag_id) for key, tag_id in rows]
        if found:
            self.link_by_rule([(TagId(tag_id), keys[key]) for key, tag_id in found])
            self._connection.exec_driver_sql("DELETE FROM pending_link WHERE path_key = ? AND tag_id = ?", found)
        return len(found)
