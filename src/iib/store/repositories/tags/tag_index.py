"""Tags as queries see them: by folded name, by beginning, and all their links at once."""

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

SETS_AT_ONCE = 500  # each has up to 8,192 members
HIGHEST = chr(0x10FFFF)  # stands behind every other character


class TagIndexRepository(Repository):
    """Reads tags and their links for queries, facets and suggestions."""

    def list_labels(self, ids: Sequence[int]) -> list[tuple[TagId, str, str]]:
        """(id, kind, name) of these tags."""
        found: list[tuple[TagId, str, str]] = []
        for chunk in chunked(ids):
            statement = sa.select(tag.c.id, tag.c.kind, tag.c.name).where(tag.c.id.in_(chunk))
            found += [(TagId(row[0]), row[1], row[2]) for row in self._connection.execute(statement)]
        return found

    def list_folded_names(
        self, kinds: Sequence[str] | None = None, exactly: str | None = None
    ) -> list[tuple[TagId, str, str]]:
        """(id, kind, folded name) of the tags of these kinds (None: all), hidden ones too; `exactly` limits them to
        one folded name."""
        statement = sa.select(tag.c.id, tag.c.kind, tag_facts.c.folded).select_from(
            tag.join(tag_facts, tag_facts.c.tag_id == tag.c.id)
        )
        if kinds is not None:
            statement = statement.where(tag.c.kind.in_(kinds))
        if exactly is not None:
            statement = statement.where(tag_facts.c.folded == exactly)
        found = [(TagId(row[0]), row[1], row[2]) for row in self._connection.execute(statement)]
        made = [(row.id, row.kind, fold(row.name)) for row in self._made(kinds)]
        return found + [row for row in made if exactly in (None, row[2])]

    def list_starting_with(self, needle: str, kinds: Sequence[str] | None, limit: int) -> list[TagRow]:
        """Tags whose folded name begins with the needle, the most carried first, and those of smaller kinds that
        contain it; person-made ones uncounted. Of prompt terms only the beginnings: there are too many to look into."""
        found: dict[int, TagRow] = {row.id: row for row in self._made(kinds) if needle in fold(row.name)}
        ends = sa.and_(tag_facts.c.folded >= needle, tag_facts.c.folded < needle + HIGHEST) if needle else sa.true()
        inside = sa.and_(tag.c.kind != TagKind.PROMPT_TERM, sa.func.instr(tag_facts.c.folded, needle) > 0)
        for condition in (ends, inside) if needle else (tag.c.kind != TagKind.PROMPT_TERM,):
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
                found[row.id] = TagRow(TagId(row.id), row.name, row.kind, row.carried, row.color)
        return list(found.values())

    def _made(self, kinds: Sequence[str] | None) -> list[TagRow]:
        """Person-made tags if they are asked for: few, so they are compared one by one."""
        if kinds is not None and TagKind.CUSTOM not in kinds:
            return []
        rows = self._connection.execute(sa.select(tag).where(tag.c.kind == TagKind.CUSTOM))
        return [TagRow(TagId(row.id), row.name, row.kind, 0, row.color) for row in rows]

    def list_custom_links(self) -> list[tuple[int, int]]:
        """(file, tag) of every person-made link."""
        rows = self._connection.execute(sa.select(media_tag.c.media_id, media_tag.c.tag_id))
        return [(row[0], row[1]) for row in rows]

    def count_links(self, left_out: str) -> int:
        """How many derived links there are but those of one kind."""
        statement = (
            "SELECT coalesce(sum(tag_posting.size), 0) FROM tag CROSS JOIN tag_posting ON tag_posting.tag_id = tag.id "
            "WHERE tag.kind <> ?"
        )
        return int(self._connection.exec_driver_sql(statement, (left_out,)).scalar_one())

    def iter_links(self, left_out: str) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """(tags, files) of every derived link but those of one kind, some thousands at a time."""
        statement = (
            "SELECT tag_posting.tag_id, zone, ids FROM tag CROSS JOIN tag_posting ON tag_posting.tag_id = tag.id "
            "WHERE tag.kind <> ?"
        )
        for block in self._blocks(statement, (left_out,), SETS_AT_ONCE):
            tag_ids, zones, blobs = zip(*block, strict=True)
            places, ids = postings.decode_all(zones, blobs)
            yield np.asarray(tag_ids, dtype=np.int64)[places], ids

    def counts_by_tag(self, tag_ids: Sequence[int], zones: postings.ZonedMask) -> dict[int, int]:
        """How many of the wanted files carry each of these derived tags; tags of none are left out."""
        counts: Counter[int] = Counter()
        wanted, whole, parts = (json.dumps(list(listed)) for listed in (tag_ids, zones.whole, zones.parts))
        sizes = "SELECT tag_id, sum(size) FROM tag_posting WHERE {} GROUP BY tag_id"
        sets = "SELECT tag_id, zone, ids FROM tag_posting WHERE {}"
        where = "tag_id IN (SELECT value FROM json_each(?)) AND zone IN (SELECT value FROM json_each(?))"
        for tag_id, size in self._connection.exec_driver_sql(sizes.format(where), (wanted, whole)):
            counts[tag_id] += size
        for tag_id, zone, blob in self._connection.exec_driver_sql(sets.format(where), (wanted, parts)):
            counts[tag_id] += zones.common(zone, blob)
        return {tag_id: count for tag_id, count in counts.items() if count}

    def derived_ids_by_media(self, ids: Sequence[MediaId], left_out: str) -> dict[MediaId, list[int]]:
        """Derived tags of these files but those of one kind."""
        found = TagRepository(self._connection).derived_ids_by_media(ids)
        wanted = sorted({tag_id for derived in found.values() for tag_id in derived})
        dropped: set[int] = set()
        for part in chunked(wanted):
            statement = sa.select(tag.c.id).where(tag.c.kind == left_out, tag.c.id.in_(part))
            dropped.update(self._connection.execute(statement).scalars())
        return {media_id: [item for item in derived if item not in dropped] for media_id, derived in found.items()}
