"""Media rows: writing. Built for tens of thousands of files in one go."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from iib._lib.text_folding import search_body
from iib.model import PARSER_VERSION, FolderId, MediaId, MediaRecord, QueryValues
from iib.store.repositories.base import chunked
from iib.store.repositories.media.fulltext import FullTextWriter
from iib.store.repositories.media.media import MediaRepository
from iib.store.repositories.tags.tags import TagWriter

INSERT = (
    "INSERT INTO media(id, folder_id, name, kind, size_bytes, mtime_ns, birth_ns, inode, content_hash, width_px, "
    "height_px, duration_ms, parser_version, problem, steps, cfg, seed, marks) "
    f"VALUES({', '.join('?' * 18)})"
)
# A picture keeps its thumbhash unless its content has changed.
UPDATE = (
    "UPDATE media SET folder_id = ?1, name = ?2, kind = ?3, birth_ns = ?6, inode = ?7, width_px = ?9, height_px = ?10, "
    "duration_ms = ?11, parser_version = ?12, problem = ?13, steps = ?14, cfg = ?15, seed = ?16, marks = ?17, "
    "missing_since_ns = NULL, "
    "thumbhash = CASE WHEN size_bytes = ?4 AND mtime_ns = ?5 AND content_hash = ?8 THEN thumbhash END, "
    "size_bytes = ?4, mtime_ns = ?5, content_hash = ?8 WHERE id = ?18"
)
MANY = 1000  # files in one batch of an index run
HASH_BYTES = 16 * 1024 * 1024  # of postings kept in memory, inside a transaction only
Item = tuple[FolderId, MediaRecord, "MediaId | None"]


class MediaWriter(MediaRepository):
    """The writing half; remembers which rows it touched."""

    def __init__(self, connection: sa.Connection, tags: TagWriter, changed: set[int]) -> None:
        super().__init__(connection)
        self._fulltext = FullTextWriter(connection)
        self._tags = tags
        self._changed = changed

    def upsert(self, batch: Sequence[Item]) -> list[MediaId]:
        """Write parsed files. With an id the row keeps it, and what a person made stays with it (edit or move);
        without one, a row of the same place is used again, or a new one is made. Returns the ids in order."""
        if len(batch) >= MANY:
            self._gather_postings()
        kept = self._resolve(batch)
        next_id = self._next_id()
        ids: list[MediaId] = []
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        for (folder_id, record, _own), known in zip(batch, kept, strict=True):
            stamp, query_values = record.stamp, record.query_values
            values = (
                folder_id, record.name, record.kind, stamp.size_bytes, stamp.mtime_ns, stamp.birth_ns,
                signed(stamp.inode), record.content_hash, record.width_px, record.height_px, record.duration_ms,
                PARSER_VERSION, record.problem, query_values.steps, query_values.cfg,
                None if query_values.seed is None else signed(query_values.seed), query_values.text_flags,
            )  # fmt: skip
            if known is None:
                ids.append(MediaId(next_id))
                inserts.append((next_id, *values))
                next_id += 1
            else:
                ids.append(known)
                updates.append((*values, known))
        old_ids = [known for known in kept if known is not None]
        self._remove_texts(old_ids)
        self._tags.unlink_derived(old_ids)
        if updates:
            # Two files may have exchanged their names: all let go of theirs first.
            self._execute("UPDATE media SET name = '/' || id WHERE id = ?", [(item,) for item in old_ids])
            self._execute(UPDATE, updates)
        if inserts:
            self._execute(INSERT, inserts)
        tag_ids = self._tags.link(ids, [record.tags for _folder, record, _own in batch])
        self._insert_texts(ids, [record for _folder, record, _own in batch], tag_ids)
        self._changed.update(ids)
        return ids

    def mark_missing(self, ids: Sequence[MediaId], at_ns: int) -> None:
        """These files were not found; everything known of them is kept."""
        if ids:
            self._execute(
                "UPDATE media SET missing_since_ns = ? WHERE id = ? AND missing_since_ns IS NULL",
                [(at_ns, media_id) for media_id in ids],
            )
            self._changed.update(ids)

    def restore(self, ids: Sequence[MediaId]) -> None:
        """These files are back."""
        if ids:
            self._execute("UPDATE media SET missing_since_ns = NULL WHERE id = ?", [(item,) for item in ids])
            self._changed.update(ids)

    def set_thumbhashes(self, hashes: Sequence[tuple[MediaId, bytes]]) -> None:
        """Store previews; empty bytes mean "cannot be drawn"."""
        if hashes:
            self._execute("UPDATE media SET thumbhash = ? WHERE id = ?", [(value, item) for item, value in hashes])

    def _resolve(self, batch: Sequence[Item]) -> list[MediaId | None]:
        """Which row each file keeps."""
        places = [(folder_id, record.name) for folder_id, record, own in batch if own is None]
        found: dict[tuple[int, str], MediaId] = {}
        for chunk in chunked(places, 250):
            marks = ", ".join(["(?, ?)"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH place(folder_id, name) AS (VALUES {marks}) SELECT media.folder_id, media.name, media.id "
                "FROM place CROSS JOIN media ON media.folder_id = place.folder_id AND media.name = place.name",
                tuple(value for place in chunk for value in place),
            )
            found.update({(row[0], row[1]): MediaId(row[2]) for row in rows})
        taken = {own for _folder, _record, own in batch}  # a row that moves away is no longer that of its place
        found = {place: row for place, row in found.items() if row not in taken}
        if not found:
            return [own for _folder, _record, own in batch]
        return [own if own is not None else found.get((folder_id, record.name)) for folder_id, record, own in batch]

    def _gather_postings(self) -> None:
        """Let the full-text index write the postings of a whole batch at once, where it would write every megabyte and
        merge the pieces later: a tenth of the time of the batch. The database remembers the setting."""
        kept = self._connection.exec_driver_sql("SELECT v FROM media_fts_config WHERE k = 'hashsize'").scalar()
        if kept != HASH_BYTES:
            self._connection.exec_driver_sql(
                "INSERT INTO media_fts(media_fts, rank) VALUES('hashsize', ?)", (HASH_BYTES,)
            )

    def _next_id(self) -> int:
        """An id that no file has or had: what people did to a purged file must never turn up at another one."""
        statement = (
            "SELECT max((SELECT coalesce(max(id), 0) FROM media), "
            "coalesce((SELECT value FROM counter WHERE name = 'media'), 0)) + 1"
        )
        return int(self._connection.exec_driver_sql(statement).scalar_one())

    def _remove_texts(self, ids: Sequence[MediaId]) -> None:
        """Take the old texts out of the full-text index, which wants to be told what they were."""
        self._fulltext.remove(
            [(media_id, search_body(path, text)) for media_id, (path, text) in self.texts_by_id(ids).items()]
        )

    def _insert_texts(self, ids: Sequence[MediaId], records: Sequence[MediaRecord], tag_ids: Sequence[bytes]) -> None:
        self._execute(
            "INSERT OR REPLACE INTO media_text(media_id, text, payload, tag_ids, prompt_start, prompt_length, "
            "negative_start, negative_length) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (media_id, record.text, record.payload, tags, *spans(record.query_values))
                for media_id, record, tags in zip(ids, records, tag_ids, strict=True)
            ],
        )
        self._fulltext.add([(media_id, record.body) for media_id, record in zip(ids, records, strict=True)])

    def _execute(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, list(rows))


def signed(value: int) -> int:
    """An inode in the 64 bits that SQLite has: file systems with larger or unsigned ones keep the low part."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def spans(query_values: QueryValues) -> tuple[int | None, int | None, int | None, int | None]:
    """Start and length of both prompts."""
    prompt, negative = query_values.prompt, query_values.negative
    return (
        prompt.start if prompt else None,
        prompt.length if prompt else None,
        negative.start if negative else None,
        negative.length if negative else None,
    )
