"""Tags and their links."""

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

POS_LIMIT = 4096
ALL_DERIVED = (
    "SELECT tag.id, tag.kind, tag.name, tag.color, tag_facts.carried "
    "FROM tag_facts JOIN tag ON tag.id = tag_facts.tag_id WHERE tag_facts.carried > 0 AND substr(tag.kind, 1, 1) <> ?"
)

# As text: asked for several tags at once while somebody types.
POSTINGS = "SELECT zone, ids FROM tag_posting WHERE tag_id = ?"
LINKS = "SELECT media_id FROM media_tag WHERE tag_id = ?"


class TagRepository(Repository):
    """Reads `tag` and `media_tag`."""

    def list_all(self, limit_pos: int = POS_LIMIT) -> list[TagRow]:
        """All tags that somebody carries, and every custom one. Of the prompt terms only the most used, if there are
        more tags than `limit_pos` in all."""
        gone = self._absent()
        derived: list[tuple[int, str, str, str, int]] = []
        for block in self._blocks(ALL_DERIVED, (HIDDEN,)):
            derived += [(*row[:4], row[4] - gone.get(row[0], 0)) for row in block] if gone else block
        prompt_term = TagKind.PROMPT_TERM.value
        terms = [row for row in derived if row[1] == prompt_term and row[4] > 0]
        others = [row for row in derived if row[1] != prompt_term and row[4] > 0]
        custom = self.list_custom()
        if len(terms) + len(others) + len(custom) > limit_pos:
            terms = heapq.nlargest(limit_pos, terms, key=lambda row: (row[4], -row[0]))
        rows = [TagRow(TagId(row[0]), row[2], row[1], row[4], row[3]) for row in (*others, *terms)]
        return custom + rows

    def list_derived(self) -> list[TagRow]:
        """Tags that came from files, with the number of those, missing ones too."""
        rows: list[TagRow] = []
        for block in self._blocks(ALL_DERIVED, (HIDDEN,)):
            rows += [TagRow(TagId(row[0]), row[2], row[1], row[4], row[3]) for row in block]
        return rows

    def list_custom(self) -> list[TagRow]:
        """Person-made tags with their counts. Links are counted in their index, then those of missing files taken off:
        joining every link with its file costs a hundred times as much."""
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
        """Tags of files (counts are not filled), person-made ones first."""
        links: dict[MediaId, list[int]] = {}
        for chunk in chunked(ids):
            custom = sa.select(media_tag.c.media_id, media_tag.c.tag_id).where(media_tag.c.media_id.in_(chunk))
            for media_id, tag_id in self._connection.execute(custom.order_by(media_tag.c.tag_id)):
                links.setdefault(media_id, []).append(tag_id)
        for media_id, derived in self.derived_ids_by_media(ids).items():
            links.setdefault(media_id, []).extend(derived)
        wanted = sorted({tag_id for found in links.values() for tag_id in found})
        known: dict[int, TagRow] = {}
        for part in chunked(wanted):
            for row in self._connection.execute(sa.select(tag).where(tag.c.id.in_(part))):
                if not row.kind.startswith(HIDDEN):
                    known[row.id] = TagRow(TagId(row.id), row.name, row.kind, 0, row.color)
        return {media_id: [known[item] for item in found if item in known] for media_id, found in links.items()}

    def ids_of_media(self, tag_id: TagId) -> npt.NDArray[np.int64]:
        """Ids of the files that carry a tag, missing ones too, ascending."""
        sets = [row for block in self._blocks(POSTINGS, (tag_id,)) for row in block]
        _places, derived = postings.decode_all([row[0] for row in sets], [row[1] for row in sets])
        made = [row[0] for block in self._blocks(LINKS, (tag_id,)) for row in block]
        return np.sort(np.concatenate([derived, np.asarray(made, dtype=np.int64)]))

    def derived_ids_by_media(self, ids: Sequence[MediaId]) -> dict[MediaId, list[int]]:
        """Ids of the tags that came from these files."""
        found: dict[MediaId, list[int]] = {}
        for chunk in chunked(ids):
            statement = sa.select(media_text.c.media_id, media_text.c.tag_ids).where(media_text.c.media_id.in_(chunk))
            found.update({row[0]: postings.unpack_ids(row[1]) for row in self._connection.execute(statement)})
        return found

    def _absent(self) -> Counter[int]:
        """Derived links of missing files by tag: the stored counts hold them too."""
        missing = self._connection.execute(sa.select(media.c.id).where(media.c.missing_since_ns.is_not(None)))
        counts: Counter[int] = Counter()
        for tags in self.derived_ids_by_media([MediaId(item) for item in missing.scalars()]).values():
            counts.update(tags)
        return counts


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

    def link(self, ids: Sequence[MediaId], tags: Sequence[Sequence[tuple[str, str]]]) -> list[bytes]:
        """Tie files to derived tags, several at once (same length, same order; a file has each tag once). Returns each
        file's packed ids."""
        tag_ids = np.asarray(self._ids_of(tags), dtype=postings.TAG_ID)
        sizes = [len(keys) for keys in tags]
        media_ids = np.repeat(np.asarray(ids, dtype=np.int64), sizes)
        zones, lows = postings.zone_of(media_ids)
        for zone in sorted({postings.zone_of(media_id)[0] for media_id in ids}):
            here = zones == zone
            self._link_zone(zone, tag_ids[here], lows[here])
        packed = tag_ids.tobytes()
        ends = [end * tag_ids.itemsize for end in accumulate(sizes)]
        return [packed[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _link_zone(self, zone: int, tag_ids: npt.NDArray[np.uint32], lows: npt.NDArray[np.int64]) -> None:
        """Add pairs of a tag and a number inside the zone."""
        sets = postings.grouped(tag_ids, lows)
        old = self._postings(zone, list(sets))
        grown = {tag_id: postings.add(old.get(tag_id), numbers) for tag_id, numbers in sets.items()}
        self._store(zone, grown)
        self._count({tag_id: size - postings.size_of(old.get(tag_id)) for tag_id, (_set, size) in grown.items()})

    def unlink_derived(self, ids: Sequence[MediaId]) -> None:
        """Loosen the tags that came from the files; what a person gave stays."""
        gone: dict[int, dict[int, list[int]]] = {}
        for media_id, tag_ids in self.derived_ids_by_media(ids).items():
            zone, low = postings.zone_of(media_id)
            for tag_id in tag_ids:
                gone.setdefault(zone, {}).setdefault(tag_id, []).append(low)
        carried: Counter[int] = Counter()
        for zone, by_tag in gone.items():
            old = self._postings(zone, sorted(by_tag))
            sets = {tag_id: postings.remove(blob, by_tag[tag_id]) for tag_id, blob in old.items()}
            carried.update({tag_id: size - postings.size_of(old[tag_id]) for tag_id, (_set, size) in sets.items()})
            self._store(zone, sets)
        self._count(carried)

    def _count(self, changes: Mapping[int, int]) -> None:
        rows = [(change, tag_id) for tag_id, change in changes.items() if change]
        if rows:
            self._connection.exec_driver_sql(
                "UPDATE tag_facts SET carried = carried + ? WHERE tag_id = ?", sorted(rows)
            )

    def _postings(self, zone: int, tag_ids: Sequence[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for chunk in chunked(tag_ids):
            marks = ", ".join("?" * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"SELECT tag_id, ids FROM tag_posting WHERE zone = ? AND tag_id IN ({marks})", (zone, *chunk)
            )
            found.update({row[0]: row[1] for row in rows})
        return found

    def _store(self, zone: int, sets: dict[int, tuple[bytes, int]]) -> None:
        filled = sorted((tag_id, zone, size, blob) for tag_id, (blob, size) in sets.items() if size)
        empty = [(tag_id, zone) for tag_id, (_blob, size) in sets.items() if not size]
        if filled:
            statement = "INSERT OR REPLACE INTO tag_posting(tag_id, zone, size, ids) VALUES(?, ?, ?, ?)"
            self._connection.exec_driver_sql(statement, filled)
        if empty:
            self._connection.exec_driver_sql("DELETE FROM tag_posting WHERE tag_id = ? AND zone = ?", empty)

    def drop_unused(self) -> int:
        """Remove derived tags that no file carries and nobody coloured; returns how many."""
        self._connection.exec_driver_sql(
            "INSERT INTO counter(name, value) SELECT 'tag', coalesce(max(id), 0) FROM tag WHERE true "
            "ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)"
        )
        removed = self._connection.exec_driver_sql(
            "DELETE FROM tag WHERE kind <> 'custom' AND color = '' "
            "AND NOT EXISTS (SELECT 1 FROM tag_posting WHERE tag_posting.tag_id = tag.id)"
        ).rowcount
        self._ids.forget()
        return removed

    def _ids_of(self, tags: Sequence[Sequence[tuple[str, str]]]) -> list[int]:
        """Ids of the tags of all files in a row, made if need be."""
        keys = list(chain.from_iterable(tags))
        known = self._ids.known
        found = list(map(known.get, keys))
        if None in found:
            self._ensure({key for key, tag_id in zip(keys, found, strict=True) if tag_id is None})
        return [known[key] if tag_id is None else tag_id for key, tag_id in zip(keys, found, strict=True)]

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
            # Saved searches name tags by id: the id of a removed one is never given to another.
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
            known.update({(kind, name): tag_id for tag_id, kind, name in rows_to_add})
