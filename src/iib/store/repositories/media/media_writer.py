"""Writes media rows in batches of up to tens of thousands of files."""

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
LARGE_BATCH = 1000  # files: batches of an index run are at least as large
POSTING_BUFFER_BYTES = 16 * 1024 * 1024  # of postings kept in memory, inside a transaction only
Item = tuple[FolderId, MediaRecord, "MediaId | None"]


class MediaWriter(MediaRepository):
    """Reads and writes `media` and `media_text`, and collects the ids of changed rows."""

    def __init__(self, connection: sa.Connection, tags: TagWriter, changed_ids: set[int]) -> None:
        super().__init__(connection)
        self._fulltext = FullTextWriter(connection)
        self._tags = tags
        self._changed_ids = changed_ids

    def upsert(self, batch: Sequence[Item]) -> list[MediaId]:
        """Write parsed files and return their ids in the same order.

        With an id (an edited or moved file) that row is updated and keeps its curation. Without one, the row of the
        same folder and name is updated, or a new row is inserted.
        """
        if len(batch) >= LARGE_BATCH:
            self._buffer_postings()
        existing = self._resolve(batch)
        next_id = self._next_id()
        ids: list[MediaId] = []
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        for (folder_id, record, _given_id), existing_id in zip(batch, existing, strict=True):
            stamp, facts = record.stamp, record.query_values
            values = (
                folder_id, record.name, record.kind, stamp.size_bytes, stamp.mtime_ns, stamp.birth_ns,
                signed(stamp.inode), record.content_hash, record.width_px, record.height_px, record.duration_ms,
                PARSER_VERSION, record.problem, facts.steps, facts.cfg,
                None if facts.seed is None else signed(facts.seed), facts.text_flags,
            )  # fmt: skip
            if existing_id is None:
                ids.append(MediaId(next_id))
                inserts.append((next_id, *values))
                next_id += 1
            else:
                ids.append(existing_id)
                updates.append((*values, existing_id))
        old_ids = [media_id for media_id in existing if media_id is not None]
        self._remove_texts(old_ids)
        self._tags.unlink_derived(old_ids)
        if updates:
            # Two files may have exchanged names: all rows give up theirs first.
            self._execute("UPDATE media SET name = '/' || id WHERE id = ?", [(item,) for item in old_ids])
            self._execute(UPDATE, updates)
        if inserts:
            self._execute(INSERT, inserts)
        tag_ids = self._tags.link(ids, [record.tags for _folder, record, _given_id in batch])
        self._insert_texts(ids, [record for _folder, record, _given_id in batch], tag_ids)
        self._changed_ids.update(ids)
        return ids

    def mark_missing(self, ids: Sequence[MediaId], at_ns: int) -> None:
        """Mark visible files as missing since `at_ns`. Their rows and curation stay."""
        if ids:
            self._execute(
                "UPDATE media SET missing_since_ns = ? WHERE id = ? AND missing_since_ns IS NULL",
                [(at_ns, media_id) for media_id in ids],
            )
            self._changed_ids.update(ids)

    def restore(self, ids: Sequence[MediaId]) -> None:
        """Make missing files visible again."""
        if ids:
            self._execute("UPDATE media SET missing_since_ns = NULL WHERE id = ?", [(item,) for item in ids])
            self._changed_ids.update(ids)

    def set_thumbhashes(self, hashes: Sequence[tuple[MediaId, bytes]]) -> None:
        """Store thumbhashes; empty bytes mean that the file cannot be rendered."""
        if hashes:
            self._execute("UPDATE media SET thumbhash = ? WHERE id = ?", [(value, item) for item, value in hashes])

    def _resolve(self, batch: Sequence[Item]) -> list[MediaId | None]:
        """Return, per file of the batch, the id of the row to update; None means a new row."""
        keys = [(folder_id, record.name) for folder_id, record, given_id in batch if given_id is None]
        rows_by_key: dict[tuple[int, str], MediaId] = {}
        for chunk in chunked(keys, 250):
            placeholders = ", ".join(["(?, ?)"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH path(folder_id, name) AS (VALUES {placeholders}) SELECT media.folder_id, media.name, media.id "
                "FROM path CROSS JOIN media ON media.folder_id = path.folder_id AND media.name = path.name",
                tuple(value for key in chunk for value in key),
            )
            rows_by_key.update({(row[0], row[1]): MediaId(row[2]) for row in rows})
        taken = {
            given_id for _folder, _record, given_id in batch
        }  # the row of a moved file no longer has its former path
        rows_by_key = {key: row for key, row in rows_by_key.items() if row not in taken}
        if not rows_by_key:
            return [given_id for _folder, _record, given_id in batch]
        return [
            given_id if given_id is not None else rows_by_key.get((folder_id, record.name))
            for folder_id, record, given_id in batch
        ]

    def _buffer_postings(self) -> None:
        """Let the full-text index write the postings of a whole batch at once.

        By default it writes after every megabyte and merges the segments later, which is a tenth of the time of a
        batch. The database remembers the setting.
        """
        current = self._connection.exec_driver_sql("SELECT v FROM media_fts_config WHERE k = 'hashsize'").scalar()
        if current != POSTING_BUFFER_BYTES:
            self._connection.exec_driver_sql(
                "INSERT INTO media_fts(media_fts, rank) VALUES('hashsize', ?)", (POSTING_BUFFER_BYTES,)
            )

    def _next_id(self) -> int:
        """Return an id that no file has or ever had.

        The curation of a purged file must never appear on another file.
        """
        statement = (
            "SELECT max((SELECT coalesce(max(id), 0) FROM media), "
            "coalesce((SELECT value FROM counter WHERE name = 'media'), 0)) + 1"
        )
        return int(self._connection.exec_driver_sql(statement).scalar_one())

    def _remove_texts(self, ids: Sequence[MediaId]) -> None:
        """Remove the old texts from the full-text index, which must be given what it contained."""
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
    """Wrap an unsigned 64-bit value, such as an inode or a seed, into the signed range of SQLite.

    Larger values keep their low 64 bits.

    >>> signed(2**64 - 1)
    -1
    """
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def spans(facts: QueryValues) -> tuple[int | None, int | None, int | None, int | None]:
    """Return start and length of the prompt, then of the negative prompt; None where the text lacks it."""
    prompt, negative = facts.prompt, facts.negative
    return (
        prompt.start if prompt else None,
        prompt.length if prompt else None,
        negative.start if negative else None,
        negative.length if negative else None,
    )
