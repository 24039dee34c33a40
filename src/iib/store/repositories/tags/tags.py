"""Reads and writes tags and their links to media."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from iib._lib.text_folding import fold
from iib.model import HIDDEN, MediaId, TagId, TagKind
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.tags import postings
from iib.store.rows import TagRow
from iib.store.schema.core import media, media_tag, media_text, tag

PROMPT_TERM_LIMIT = 4096
ALL_DERIVED = (
    "SELECT tag.id, tag.kind, tag.name, tag.color, tag_facts.carried "
    "FROM tag_facts JOIN tag ON tag.id = tag_facts.tag_id WHERE tag_facts.carried > 0 AND substr(tag.kind, 1, 1) <> ?"
)

# As text: these run for several tags at once while a person types.
POSTINGS = "SELECT zone, ids FROM tag_posting WHERE tag_id = ?"
LINKS = "SELECT media_id FROM media_tag WHERE tag_id = ?"


class TagRepository(Repository):
    """Reads `tag`, `media_tag` and the posting lists of derived tags."""

    def list_all(self, prompt_term_limit: int = PROMPT_TERM_LIMIT) -> list[TagRow]:
        """Return all custom tags and all derived tags of visible media, with their counts.

        If there are more than `prompt_term_limit` tags in all, only that number of prompt terms, the most used ones, is
        included.
        """
        missing = self._missing_link_counts()
        derived: list[tuple[int, str, str, str, int]] = []
        for block in self._iter_blocks(ALL_DERIVED, (HIDDEN,)):
            derived += [(*row[:4], row[4] - missing.get(row[0], 0)) for row in block] if missing else block
        prompt_term = TagKind.PROMPT_TERM.value
        terms = [row for row in derived if row[1] == prompt_term and row[4] > 0]
        others = [row for row in derived if row[1] != prompt_term and row[4] > 0]
        custom = self.list_custom()
        if len(terms) + len(others) + len(custom) > prompt_term_limit:
            terms = heapq.nlargest(prompt_term_limit, terms, key=lambda row: (row[4], -row[0]))
        rows = [TagRow(TagId(row[0]), row[2], row[1], row[4], row[3]) for row in (*others, *terms)]
        return custom + rows

    def list_derived(self) -> list[TagRow]:
        """Return all visible kinds of derived tags with their numbers of media, missing media included."""
        rows: list[TagRow] = []
        for block in self._iter_blocks(ALL_DERIVED, (HIDDEN,)):
            rows += [TagRow(TagId(row[0]), row[2], row[1], row[4], row[3]) for row in block]
        return rows

    def list_custom(self) -> list[TagRow]:
        """Return the custom tags with their numbers of visible media, by id.

        Links are counted in their index and those of missing media subtracted: joining every link with its media row
        costs a hundred times as much.
        """
        links = sa.select(media_tag.c.tag_id, sa.func.count().label("size")).group_by(media_tag.c.tag_id).subquery()
        absent = (
            sa.select(media_tag.c.tag_id, sa.func.count().label("size"))
            .select_from(media.join(media_tag, media_tag.c.media_id == media.c.id))
            .where(media.c.missing_since_ns.is_not(None))
            .group_by(media_tag.c.tag_id)
            .subquery()
        )
        count = sa.func.coalesce(links.c.size, 0) - sa.func.coalesce(absent.c.size, 0)
        statement = (
            sa.select(tag.c.id, tag.c.name, tag.c.kind, tag.c.color, count)
            .select_from(
                tag.outerjoin(links, links.c.tag_id == tag.c.id).outerjoin(absent, absent.c.tag_id == tag.c.id)
            )
            .where(tag.c.kind == TagKind.CUSTOM)
            .order_by(tag.c.id)
        )
        return [
            TagRow(TagId(tag_id), name, kind, size, color)
            for tag_id, name, kind, color, size in self._connection.execute(statement)
        ]

    def tags_by_media(self, ids: Sequence[MediaId]) -> dict[MediaId, list[TagRow]]:
        """Return the tags of these media, custom tags first. Counts are not filled."""
        links: dict[MediaId, list[int]] = {}
        for chunk in chunked(ids):
            custom = sa.select(media_tag.c.media_id, media_tag.c.tag_id).where(media_tag.c.media_id.in_(chunk))
            for media_id, tag_id in self._connection.execute(custom.order_by(media_tag.c.tag_id)):
                links.setdefault(media_id, []).append(tag_id)
        for media_id, derived in self.derived_ids_by_media(ids).items():
            links.setdefault(media_id, []).extend(derived)
        tag_ids = sorted({tag_id for linked in links.values() for tag_id in linked})
        tags: dict[int, TagRow] = {}
        for part in chunked(tag_ids):
            for row in self._connection.execute(sa.select(tag).where(tag.c.id.in_(part))):
                if not row.kind.startswith(HIDDEN):
                    tags[row.id] = TagRow(TagId(row.id), row.name, row.kind, 0, row.color)
        return {media_id: [tags[item] for item in linked if item in tags] for media_id, linked in links.items()}

    def ids_of_media(self, tag_id: TagId) -> npt.NDArray[np.int64]:
        """Return the ids of the media with a tag, missing media included, ascending."""
        rows = [row for block in self._iter_blocks(POSTINGS, (tag_id,)) for row in block]
        _indexes, derived = postings.decode_all([row[0] for row in rows], [row[1] for row in rows])
        custom = [row[0] for block in self._iter_blocks(LINKS, (tag_id,)) for row in block]
        return np.sort(np.concatenate([derived, np.asarray(custom, dtype=np.int64)]))

    def derived_ids_by_media(self, ids: Sequence[MediaId]) -> dict[MediaId, list[int]]:
        """Return the ids of the derived tags of these media, hidden tags included."""
        result: dict[MediaId, list[int]] = {}
        for chunk in chunked(ids):
            statement = sa.select(media_text.c.media_id, media_text.c.tag_ids).where(media_text.c.media_id.in_(chunk))
            result.update({row[0]: postings.unpack_ids(row[1]) for row in self._connection.execute(statement)})
        return result

    def _missing_link_counts(self) -> Counter[int]:
        """Count the derived links of missing media by tag: the stored counts include them."""
        missing = self._connection.execute(sa.select(media.c.id).where(media.c.missing_since_ns.is_not(None)))
        counts: Counter[int] = Counter()
        for tags in self.derived_ids_by_media([MediaId(item) for item in missing.scalars()]).values():
            counts.update(tags)
        return counts


class TagIdCache:
    """Cache of tag ids by (kind, name), shared by all writers of one store."""

    def __init__(self, limit: int = 300_000) -> None:
        self.ids: dict[tuple[str, str], int] = {}
        self._limit = limit

    def trim(self) -> None:
        """Empty the cache if it has outgrown its limit; called before each transaction."""
        if len(self.ids) > self._limit:
            self.ids.clear()

    def clear(self) -> None:
        """Empty the cache; called after tags were removed and after a rollback."""
        self.ids.clear()


class TagWriter(TagRepository):
    """Reads and writes tags, and the posting lists of derived tags."""

    def __init__(self, connection: sa.Connection, ids: TagIdCache) -> None:
        super().__init__(connection)
        self._ids = ids

    def ensure(self, kind: str, name: str) -> TagId:
        """Return the id of this tag and create the tag if it does not exist."""
        self._ensure({(kind, name)})
        return TagId(self._ids.ids[kind, name])

    def link(self, ids: Sequence[MediaId], tags: Sequence[Sequence[tuple[str, str]]]) -> list[bytes]:
        """Link media to derived tags and return the packed tag ids of each.

        `ids` and `tags` have the same length and order; each media file names a tag at most once. Tags that do not
        exist are created.
        """
        tag_ids = np.asarray(self._ids_of(tags), dtype=postings.TAG_ID_TYPE)
        sizes = [len(keys) for keys in tags]
        media_ids = np.repeat(np.asarray(ids, dtype=np.int64), sizes)
        zones, offsets = postings.split_id(media_ids)
        for zone in sorted({postings.split_id(media_id)[0] for media_id in ids}):
            in_zone = zones == zone
            self._link_zone(zone, tag_ids[in_zone], offsets[in_zone])
        packed = tag_ids.tobytes()
        ends = [end * tag_ids.itemsize for end in accumulate(sizes)]
        return [packed[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _link_zone(self, zone: int, tag_ids: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]) -> None:
        """Add pairs of a tag id and an offset inside the zone to the posting lists."""
        added = postings.offsets_by_tag(tag_ids, offsets)
        old = self._postings(zone, list(added))
        updated = {tag_id: postings.add(old.get(tag_id), members) for tag_id, members in added.items()}
        self._store(zone, updated)
        self._change_counts(
            {tag_id: size - postings.count_members(old.get(tag_id)) for tag_id, (_list, size) in updated.items()}
        )

    def unlink_derived(self, ids: Sequence[MediaId]) -> None:
        """Remove the derived tags of these media. Custom tags stay."""
        removed: dict[int, dict[int, list[int]]] = {}
        for media_id, tag_ids in self.derived_ids_by_media(ids).items():
            zone, offset = postings.split_id(media_id)
            for tag_id in tag_ids:
                removed.setdefault(zone, {}).setdefault(tag_id, []).append(offset)
        changes: Counter[int] = Counter()
        for zone, by_tag in removed.items():
            old = self._postings(zone, sorted(by_tag))
            updated = {tag_id: postings.remove(blob, by_tag[tag_id]) for tag_id, blob in old.items()}
            changes.update(
                {tag_id: size - postings.count_members(old[tag_id]) for tag_id, (_list, size) in updated.items()}
            )
            self._store(zone, updated)
        self._change_counts(changes)

    def _change_counts(self, changes: Mapping[int, int]) -> None:
        rows = [(change, tag_id) for tag_id, change in changes.items() if change]
        if rows:
            self._connection.exec_driver_sql(
                "UPDATE tag_facts SET carried = carried + ? WHERE tag_id = ?", sorted(rows)
            )

    def _postings(self, zone: int, tag_ids: Sequence[int]) -> dict[int, bytes]:
        result: dict[int, bytes] = {}
        for chunk in chunked(tag_ids):
            placeholders = ", ".join("?" * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"SELECT tag_id, ids FROM tag_posting WHERE zone = ? AND tag_id IN ({placeholders})", (zone, *chunk)
            )
            result.update({row[0]: row[1] for row in rows})
        return result

    def _store(self, zone: int, updated: dict[int, tuple[bytes, int]]) -> None:
        filled = sorted((tag_id, zone, size, blob) for tag_id, (blob, size) in updated.items() if size)
        empty = [(tag_id, zone) for tag_id, (_blob, size) in updated.items() if not size]
        if filled:
            statement = "INSERT OR REPLACE INTO tag_posting(tag_id, zone, size, ids) VALUES(?, ?, ?, ?)"
            self._connection.exec_driver_sql(statement, filled)
        if empty:
            self._connection.exec_driver_sql("DELETE FROM tag_posting WHERE tag_id = ? AND zone = ?", empty)

    def drop_unused(self) -> int:
        """Remove derived tags without media and without a colour. Returns the number of removed tags."""
        self._connection.exec_driver_sql(
            "INSERT INTO counter(name, value) SELECT 'tag', coalesce(max(id), 0) FROM tag WHERE true "
            "ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)"
        )
        removed = self._connection.exec_driver_sql(
            "DELETE FROM tag WHERE kind <> 'custom' AND color = '' "
            "AND NOT EXISTS (SELECT 1 FROM tag_posting WHERE tag_posting.tag_id = tag.id)"
        ).rowcount
        self._ids.clear()
        return removed

    def _ids_of(self, tags: Sequence[Sequence[tuple[str, str]]]) -> list[int]:
        """Return the ids of all these tags in one flat list, and create tags that do not exist."""
        keys = list(chain.from_iterable(tags))
        cached = self._ids.ids
        tag_ids = list(map(cached.get, keys))
        if None in tag_ids:
            self._ensure({key for key, tag_id in zip(keys, tag_ids, strict=True) if tag_id is None})
        return [cached[key] if tag_id is None else tag_id for key, tag_id in zip(keys, tag_ids, strict=True)]

    def _ensure(self, keys: set[tuple[str, str]]) -> None:
        cached = self._ids.ids
        unknown = [key for key in keys if key not in cached]
        for chunk in chunked(unknown, 250):
            placeholders = ", ".join(["(?, ?)"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH requested(kind, name) AS (VALUES {placeholders}) SELECT tag.kind, tag.name, tag.id "
                "FROM requested CROSS JOIN tag ON tag.kind = requested.kind AND tag.name = requested.name",
                tuple(value for key in chunk for value in key),
            )
            cached.update({(row[0], row[1]): row[2] for row in rows})
        missing = sorted(key for key in unknown if key not in cached)
        if missing:
            # Saved searches name tags by id: the id of a removed tag is never used again.
            start = self._connection.exec_driver_sql(
                "SELECT max((SELECT coalesce(max(id), 0) FROM tag), "
                "coalesce((SELECT value FROM counter WHERE name = 'tag'), 0)) + 1"
            ).scalar_one()
            rows_to_add = [(start + offset, kind, name) for offset, (kind, name) in enumerate(missing)]
            self._connection.exec_driver_sql("INSERT INTO tag(id, kind, name) VALUES(?, ?, ?)", rows_to_add)
            custom = TagKind.CUSTOM.value
            facts = [(tag_id, fold(name)) for tag_id, kind, name in rows_to_add if kind != custom]
            if facts:
                self._connection.exec_driver_sql("INSERT INTO tag_facts(tag_id, folded) VALUES(?, ?)", facts)
            cached.update({(kind, name): tag_id for tag_id, kind, name in rows_to_add})
