"""Reads tags for search: by folded name or prefix, and all tag links in bulk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from iib._lib.text_folding import fold
from iib.model import MediaId, TagId, TagKind
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.tags import postings
from iib.store.repositories.tags.tags import TagRepository
from iib.store.rows import TagRow
from iib.store.schema.core import media_tag, tag, tag_facts

LISTS_PER_BLOCK = 500  # each has up to 8,192 members
HIGHEST = chr(0x10FFFF)  # sorts after every other character


class TagIndexRepository(Repository):
    """Reads tags and their links for queries, facets and suggestions."""

    def list_labels(self, ids: Sequence[int]) -> list[tuple[TagId, str, str]]:
        """Return (id, kind, name) of these tags in no certain order; unknown ids are left out."""
        result: list[tuple[TagId, str, str]] = []
        for chunk in chunked(ids):
            statement = sa.select(tag.c.id, tag.c.kind, tag.c.name).where(tag.c.id.in_(chunk))
            result += [(TagId(row[0]), row[1], row[2]) for row in self._connection.execute(statement)]
        return result

    def list_folded_names(
        self, kinds: Sequence[str] | None = None, equal_to: str | None = None
    ) -> list[tuple[TagId, str, str]]:
        """Return (id, kind, folded name) of the tags of these kinds (None: all), hidden tags included.

        `equal_to` limits the result to tags with exactly this folded name.
        """
        statement = sa.select(tag.c.id, tag.c.kind, tag_facts.c.folded).select_from(
            tag.join(tag_facts, tag_facts.c.tag_id == tag.c.id)
        )
        if kinds is not None:
            statement = statement.where(tag.c.kind.in_(kinds))
        if equal_to is not None:
            statement = statement.where(tag_facts.c.folded == equal_to)
        derived = [(TagId(row[0]), row[1], row[2]) for row in self._connection.execute(statement)]
        custom = [(row.id, row.kind, fold(row.name)) for row in self._custom_tags(kinds)]
        return derived + [row for row in custom if equal_to in (None, row[2])]

    def list_starting_with(self, needle: str, kinds: Sequence[str] | None, limit: int) -> list[TagRow]:
        """Return tags whose folded name starts with the needle, at most `limit` derived tags per condition.

        Tags of all kinds except prompt terms also match in the middle of their name; there are too many prompt terms to
        scan. Custom tags have no count.
        """
        result: dict[int, TagRow] = {row.id: row for row in self._custom_tags(kinds) if needle in fold(row.name)}
        starts = sa.and_(tag_facts.c.folded >= needle, tag_facts.c.folded < needle + HIGHEST) if needle else sa.true()
        inside = sa.and_(tag.c.kind != TagKind.PROMPT_TERM, sa.func.instr(tag_facts.c.folded, needle) > 0)
        for condition in (starts, inside) if needle else (tag.c.kind != TagKind.PROMPT_TERM,):
            statement = (
                sa.select(tag, tag_facts.c.carried)
                .select_from(tag.join(tag_facts, tag_facts.c.tag_id == tag.c.id))
                .where(condition, tag_facts.c.carried > 0)
                .order_by(tag_facts.c.carried.desc(), tag.c.id)
                .limit(limit)
            )
            if kinds is not None:
                statement = statement.where(tag.c.kind.in_(kinds))
            for row in self._connection.execute(statement):
                result[row.id] = TagRow(TagId(row.id), row.name, row.kind, row.carried, row.color)
        return list(result.values())

    def _custom_tags(self, kinds: Sequence[str] | None) -> list[TagRow]:
        """Return all custom tags unless `kinds` excludes them. They are few enough to be compared in Python."""
        if kinds is not None and TagKind.CUSTOM not in kinds:
            return []
        rows = self._connection.execute(sa.select(tag).where(tag.c.kind == TagKind.CUSTOM))
        return [TagRow(TagId(row.id), row.name, row.kind, 0, row.color) for row in rows]

    def list_custom_links(self) -> list[tuple[int, int]]:
        """Return (media id, tag id) of every link of a custom tag."""
        rows = self._connection.execute(sa.select(media_tag.c.media_id, media_tag.c.tag_id))
        return [(row[0], row[1]) for row in rows]

    def count_links(self, excluded_kind: str) -> int:
        """Count the links of all derived tags except those of one kind."""
        statement = (
            "SELECT coalesce(sum(tag_posting.size), 0) FROM tag CROSS JOIN tag_posting ON tag_posting.tag_id = tag.id "
            "WHERE tag.kind <> ?"
        )
        return int(self._connection.exec_driver_sql(statement, (excluded_kind,)).scalar_one())

    def iter_links(self, excluded_kind: str) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Yield (tag ids, media ids) of the links of all derived tags except those of one kind.

        Each pair of parallel arrays holds some thousands of links, in no certain order.
        """
        statement = (
            "SELECT tag_posting.tag_id, zone, ids FROM tag CROSS JOIN tag_posting ON tag_posting.tag_id = tag.id "
            "WHERE tag.kind <> ?"
        )
        for block in self._iter_blocks(statement, (excluded_kind,), LISTS_PER_BLOCK):
            tag_ids, zones, blobs = zip(*block, strict=True)
            indexes, ids = postings.decode_all(zones, blobs)
            yield np.asarray(tag_ids, dtype=np.int64)[indexes], ids

    def counts_by_tag(self, tag_ids: Sequence[int], mask: postings.ZonedMask) -> dict[int, int]:
        """Count the selected media of each of these derived tags. Tags with none are left out."""
        counts: Counter[int] = Counter()
        requested, full, partial = (json.dumps(list(ids)) for ids in (tag_ids, mask.full_zones, mask.partial_zones))
        sizes = "SELECT tag_id, sum(size) FROM tag_posting WHERE {} GROUP BY tag_id"
        lists = "SELECT tag_id, zone, ids FROM tag_posting WHERE {}"
        where = "tag_id IN (SELECT value FROM json_each(?)) AND zone IN (SELECT value FROM json_each(?))"
        for tag_id, size in self._connection.exec_driver_sql(sizes.format(where), (requested, full)):
            counts[tag_id] += size
        for tag_id, zone, blob in self._connection.exec_driver_sql(lists.format(where), (requested, partial)):
            counts[tag_id] += mask.count_common(zone, blob)
        return {tag_id: count for tag_id, count in counts.items() if count}

    def derived_ids_by_media(self, ids: Sequence[MediaId], excluded_kind: str) -> dict[MediaId, list[int]]:
        """Return the ids of the derived tags of these media, without those of one kind."""
        derived_ids = TagRepository(self._connection).derived_ids_by_media(ids)
        tag_ids = sorted({tag_id for derived in derived_ids.values() for tag_id in derived})
        excluded: set[int] = set()
        for part in chunked(tag_ids):
            statement = sa.select(tag.c.id).where(tag.c.kind == excluded_kind, tag.c.id.in_(part))
            excluded.update(self._connection.execute(statement).scalars())
        return {
            media_id: [item for item in derived if item not in excluded] for media_id, derived in derived_ids.items()
        }
