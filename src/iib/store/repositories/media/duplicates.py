"""Reads and writes hashes of pictures and files, and the results of searches for duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from iib.model import MediaId, MediaKind, MediaRow, PictureHash
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.media.media import MEDIA_WITH_FOLDER, ROW_COLUMNS, VISIBLE, to_row
from iib.store.repositories.media.media_writer import signed
from iib.store.rows import DuplicateRunRow, SameSizeRow
from iib.store.schema.core import media
from iib.store.schema.duplicates import duplicate_run, file_digest, picture_hash

KEPT_RUNS = 20  # older results are deleted
IS_VALID = sa.and_(
    picture_hash.c.media_id == media.c.id,
    picture_hash.c.mtime_ns == media.c.mtime_ns,
    picture_hash.c.content_hash == media.c.content_hash,
)


class DuplicateRepository(Repository):
    """Reads hashes and results. A hash is used only while the file has the content it was made from."""

    def iter_unhashed(self, ids: Sequence[MediaId]) -> Iterator[list[MediaRow]]:
        """Yield blocks of those visible files that have no current picture hash, by id within a block.

        Audio is left out, and so are files that could not be hashed.
        """
        for chunk in chunked(ids):
            statement = (
                sa.select(*ROW_COLUMNS)
                .select_from(MEDIA_WITH_FOLDER.outerjoin(picture_hash, IS_VALID))
                .where(media.c.id.in_(chunk), VISIBLE, media.c.kind != int(MediaKind.AUDIO))
                .where(picture_hash.c.media_id.is_(None))
                .order_by(media.c.id)
            )
            rows = [to_row(row) for row in self._connection.execute(statement)]
            if rows:
                yield rows

    def iter_picture_hashes(self) -> Iterator[list[tuple[int, int, int, bytes]]]:
        """Yield blocks of (media id, hash as a signed number, certain bits, colours) of visible files, by id.

        Files that cannot be rendered are left out.
        """
        yield from self._iter_blocks(
            "SELECT media.id, picture_hash.bits, picture_hash.certain, picture_hash.colours FROM media "
            "JOIN picture_hash ON picture_hash.media_id = media.id AND picture_hash.mtime_ns = media.mtime_ns "
            "AND picture_hash.content_hash = media.content_hash "
            "WHERE media.missing_since_ns IS NULL AND picture_hash.bits IS NOT NULL ORDER BY media.id"
        )

    def picture_hashes_by_media(self, ids: Sequence[MediaId]) -> dict[MediaId, PictureHash]:
        """Return the current picture hashes of these files; files without one are left out."""
        result: dict[MediaId, PictureHash] = {}
        for chunk in chunked(ids):
            statement = (
                sa.select(media.c.id, picture_hash.c.bits, picture_hash.c.certain, picture_hash.c.colours)
                .select_from(media.join(picture_hash, IS_VALID))
                .where(media.c.id.in_(chunk), picture_hash.c.bits.is_not(None))
            )
            for media_id, bits, certain, colours in self._connection.execute(statement):
                result[media_id] = PictureHash(bits % (1 << 64), certain, colours)
        return result

    def digests_by_media(self, ids: Sequence[MediaId]) -> dict[MediaId, bytes]:
        """Return current hashes of the whole content by media id; files never read whole are left out."""
        result: dict[MediaId, bytes] = {}
        is_valid = sa.and_(
            file_digest.c.media_id == media.c.id,
            file_digest.c.mtime_ns == media.c.mtime_ns,
            file_digest.c.content_hash == media.c.content_hash,
        )
        for chunk in chunked(ids):
            statement = sa.select(media.c.id, file_digest.c.digest).select_from(media.join(file_digest, is_valid))
            result.update(
                {row.id: row.digest for row in self._connection.execute(statement.where(media.c.id.in_(chunk)))}
            )
        return result

    def iter_same_size(self) -> Iterator[list[SameSizeRow]]:
        """Yield blocks of visible files that share size, head and tail with another one.

        Equal files are adjacent. `digest` is None for files that were not read whole as they are now.
        """
        rows = self._iter_blocks(
            "WITH shared AS MATERIALIZED (SELECT size_bytes, content_hash FROM media WHERE missing_since_ns IS NULL "
            "AND size_bytes > 0 AND length(content_hash) > 0 GROUP BY size_bytes, content_hash HAVING count(*) > 1) "
            "SELECT media.id, media.size_bytes, media.content_hash, file_digest.digest FROM media "
            "JOIN shared ON shared.size_bytes = media.size_bytes AND shared.content_hash = media.content_hash "
            "LEFT JOIN file_digest ON file_digest.media_id = media.id AND file_digest.mtime_ns = media.mtime_ns "
            "AND file_digest.content_hash = media.content_hash "
            "WHERE media.missing_since_ns IS NULL ORDER BY media.size_bytes, media.content_hash, media.id"
        )
        for block in rows:
            yield [SameSizeRow(MediaId(row[0]), row[1], row[2], row[3]) for row in block]

    def find_run(self, job_id: str) -> DuplicateRunRow | None:
        """Return the result of one job."""
        return self._find_run(sa.select(duplicate_run).where(duplicate_run.c.job_id == job_id))

    def find_latest_run(self) -> DuplicateRunRow | None:
        """Return the result of the latest job."""
        newest = (duplicate_run.c.created_at.desc(), duplicate_run.c.job_id)
        return self._find_run(sa.select(duplicate_run).order_by(*newest).limit(1))

    def _find_run(self, statement: sa.Select[Any]) -> DuplicateRunRow | None:
        row = self._connection.execute(statement).one_or_none()
        return DuplicateRunRow(*row) if row is not None else None


class DuplicateWriter(DuplicateRepository):
    """Reads and writes hashes and results."""

    def set_picture_hashes(self, hashes: Sequence[tuple[MediaRow, PictureHash | None]]) -> None:
        """Store picture hashes; None means that the file cannot be rendered.

        A file that changed since its row was read is skipped.
        """
        if hashes:
            self._connection.exec_driver_sql(
                "INSERT OR REPLACE INTO picture_hash(media_id, mtime_ns, content_hash, bits, certain, colours) "
                "SELECT id, mtime_ns, content_hash, ?, ?, ? FROM media WHERE id = ? AND mtime_ns = ?",
                [
                    (
                        None if value is None else signed(value.bits),
                        0 if value is None else value.certain,
                        b"" if value is None else value.colours,
                        row.id,
                        row.mtime_ns,
                    )
                    for row, value in hashes
                ],
            )

    def set_digests(self, digests: Sequence[tuple[MediaRow, bytes]]) -> None:
        """Store hashes of the whole content; a file that changed since its row was read is skipped."""
        if digests:
            self._connection.exec_driver_sql(
                "INSERT OR REPLACE INTO file_digest(media_id, mtime_ns, content_hash, digest) "
                "SELECT id, mtime_ns, content_hash, ? FROM media WHERE id = ? AND mtime_ns = ?",
                [(digest, row.id, row.mtime_ns) for row, digest in digests],
            )

    def save_run(self, row: DuplicateRunRow) -> None:
        """Store a result, and delete all but the newest twenty."""
        self._connection.execute(
            duplicate_run.insert()
            .prefix_with("OR REPLACE")
            .values(job_id=row.job_id, created_at=row.created_at, params=row.params, groups=row.groups)
        )
        newest = (duplicate_run.c.created_at.desc(), duplicate_run.c.job_id)
        latest = sa.select(duplicate_run.c.job_id).order_by(*newest).limit(KEPT_RUNS)
        self._connection.execute(duplicate_run.delete().where(duplicate_run.c.job_id.not_in(latest)))
