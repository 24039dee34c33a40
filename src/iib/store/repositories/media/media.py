"""Reads media rows, their paths and their metadata."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from iib.model import FolderId, MediaId, MediaKind, MediaRow, unpack_geninfo
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.tags.tags import TagRepository
from iib.store.rows import MediaDetail, StampRow
from iib.store.schema.core import folder, media, media_text

ROW_COLUMNS = (
    media.c.id,
    folder.c.path.label("folder_path"),
    media.c.name,
    media.c.kind,
    media.c.size_bytes,
    media.c.mtime_ns,
    media.c.birth_ns,
    media.c.width_px,
    media.c.height_px,
)
MEDIA_WITH_FOLDER = media.join(folder, folder.c.id == media.c.folder_id)
VISIBLE = media.c.missing_since_ns.is_(None)
KINDS = tuple(MediaKind)  # the index is the stored number
# These run with some hundred ids for every page of a search. They are texts, because building such a statement with
# SQLAlchemy would take longer than running it.
WITH_FOLDER = "FROM media JOIN folder ON folder.id = media.folder_id"
ROWS = (
    "SELECT media.id, folder.path, media.name, media.kind, media.size_bytes, media.mtime_ns, media.birth_ns, "
    f"media.width_px, media.height_px {WITH_FOLDER} WHERE media.missing_since_ns IS NULL AND media.id IN"
)
PATHS = f"SELECT media.id, folder.path, media.name {WITH_FOLDER} WHERE media.id IN"
TEXTS = (
    f"SELECT media.id, folder.path, media.name, media_text.text {WITH_FOLDER} "
    "LEFT JOIN media_text ON media_text.media_id = media.id WHERE media.id IN"
)
FROM_ID_LIST = (  # ?1 is a JSON list of ids
    "FROM json_each(?1) AS listed JOIN media ON media.id = listed.value JOIN folder ON folder.id = media.folder_id "
    "LEFT JOIN media_text ON media_text.media_id = media.id"
)
SEPARATOR = os.sep.replace("'", "''")
ContentKey = tuple[int, int, bytes]  # size, modification time, content hash


def join_path(folder_path: str, name: str) -> str:
    """Return the full path of a file in a folder.

    >>> join_path("/library", "a.png")
    '/library/a.png'
    >>> join_path("/", "a.png")
    '/a.png'
    """
    return folder_path + name if folder_path.endswith(os.sep) else folder_path + os.sep + name


def to_row(row: Iterable[Any]) -> MediaRow:
    """Build a `MediaRow` from a result row whose first columns are `ROW_COLUMNS`."""
    media_id, folder_path, name, kind, size_bytes, mtime_ns, birth_ns, width_px, height_px = tuple(row)[:9]
    return MediaRow(
        id=media_id,
        path=join_path(folder_path, name),
        name=name,
        kind=KINDS[kind],
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        birth_ns=birth_ns,
        width_px=width_px,
        height_px=height_px,
    )


class MediaRepository(Repository):
    """Reads the tables `media` and `media_text`.

    Missing files are left out unless a method says otherwise, and so are ids that do not exist.
    """

    def count(self) -> int:
        """Count the visible files. It reads two small indexes, some milliseconds for a million files."""
        total = sa.select(sa.func.count()).select_from(media)
        missing = total.where(media.c.missing_since_ns.is_not(None))
        return self._connection.execute(total).scalar_one() - self._connection.execute(missing).scalar_one()

    def missing_ids(self) -> list[MediaId]:
        """Return the ids of all missing files."""
        statement = sa.select(media.c.id).where(media.c.missing_since_ns.is_not(None))
        return [MediaId(item) for item in self._connection.execute(statement).scalars()]

    def has_any(self) -> bool:
        """Return True if there is any file, missing ones included."""
        return self._connection.execute(sa.select(media.c.id).limit(1)).first() is not None

    def highest_id(self) -> int:
        """Return the largest id, missing files included; 0 for an empty library."""
        return int(self._connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM media").scalar_one())

    def find(self, media_id: MediaId) -> MediaRow | None:
        """Return one visible file by id."""
        rows = self.list_by_ids([media_id])
        return rows[0] if rows else None

    def list_by_ids(self, ids: Sequence[MediaId]) -> list[MediaRow]:
        """Return visible files in the order of `ids`."""
        result: dict[int, MediaRow] = {}
        for chunk in chunked(ids):
            for row in self._of_ids(ROWS, chunk):
                result[row[0]] = to_row(row)
        return [result[media_id] for media_id in ids if media_id in result]

    def find_by_path(self, path: str) -> MediaRow | None:
        """Return the visible file with exactly this path."""
        return self.rows_by_path([path]).get(path)

    def rows_by_path(self, paths: Sequence[str]) -> dict[str, MediaRow]:
        """Return visible files by exact path."""
        by_folder: dict[str, list[str]] = {}
        for path in paths:
            folder_path, name = os.path.split(path)
            by_folder.setdefault(folder_path, []).append(name)
        result: dict[str, MediaRow] = {}
        for folder_path, names in by_folder.items():
            for chunk in chunked(names):
                statement = (
                    sa.select(*ROW_COLUMNS)
                    .select_from(MEDIA_WITH_FOLDER)
                    .where(folder.c.path == folder_path, media.c.name.in_(chunk), VISIBLE)
                )
                for row in map(to_row, self._connection.execute(statement)):
                    result[row.path] = row
        return result

    def stamps_by_folder(self, folder_ids: Sequence[FolderId]) -> dict[FolderId, dict[str, StampRow]]:
        """Return, per folder, the stamps of its files by name, missing files included."""
        result: dict[FolderId, dict[str, StampRow]] = {}
        columns = (
            media.c.folder_id,
            media.c.name,
            media.c.id,
            media.c.size_bytes,
            media.c.mtime_ns,
            media.c.inode,
            media.c.missing_since_ns,
            media.c.parser_version,
        )
        for chunk in chunked(folder_ids):
            for row in self._connection.execute(sa.select(*columns).where(media.c.folder_id.in_(chunk))):
                folder_id, name, media_id, size_bytes, mtime_ns, inode, missing, version = row
                result.setdefault(folder_id, {})[name] = StampRow(
                    media_id, size_bytes, mtime_ns, inode, missing is not None, version
                )
        return result

    def rows_by_content(self, contents: Sequence[ContentKey]) -> dict[ContentKey, list[tuple[MediaId, str]]]:
        """Return (id, path) of all files with exactly this size, modification time and content hash.

        Missing files are included and come first, then by id.
        """
        result: dict[ContentKey, list[tuple[MediaId, str]]] = {}
        for chunk in chunked(contents, 250):
            placeholders = ", ".join(["(?, ?, ?)"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH content(size_bytes, mtime_ns, content_hash) AS (VALUES {placeholders}) "
                "SELECT media.size_bytes, media.mtime_ns, media.content_hash, media.id, folder.path, media.name "
                "FROM content CROSS JOIN media ON media.size_bytes = content.size_bytes "
                "AND media.mtime_ns = content.mtime_ns AND media.content_hash = content.content_hash "
                "JOIN folder ON folder.id = media.folder_id ORDER BY media.missing_since_ns IS NULL, media.id",
                tuple(value for content in chunk for value in content),
            )
            for size_bytes, mtime_ns, content_hash, media_id, folder_path, name in rows:
                result.setdefault((size_bytes, mtime_ns, content_hash), []).append(
                    (MediaId(media_id), join_path(folder_path, name))
                )
        return result

    def find_detail(self, media_id: MediaId) -> MediaDetail | None:
        """Return all that is stored about one file, missing or not."""
        statement = (
            sa.select(
                *ROW_COLUMNS,
                media.c.duration_ms,
                media.c.problem,
                media.c.thumbhash,
                media.c.missing_since_ns,
                media_text.c.text,
                media_text.c.payload,
            )
            .select_from(MEDIA_WITH_FOLDER.outerjoin(media_text, media_text.c.media_id == media.c.id))
            .where(media.c.id == media_id)
        )
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        tags = TagRepository(self._connection).tags_by_media([media_id]).get(media_id, [])
        return MediaDetail(
            row=to_row(row),
            text=row.text or "",
            geninfo=unpack_geninfo(row.payload),
            duration_ms=row.duration_ms,
            problem=row.problem,
            thumbhash=row.thumbhash or None,
            is_missing=row.missing_since_ns is not None,
            tags=tuple(tags),
        )

    def texts_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, tuple[str, str]]:
        """Return (path, generation text) by id, missing files included; the text may be empty."""
        result: dict[MediaId, tuple[str, str]] = {}
        for chunk in chunked(ids):
            for media_id, folder_path, name, text in self._of_ids(TEXTS, chunk):
                result[media_id] = (join_path(folder_path, name), text or "")
        return result

    def paths_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, str]:
        """Return paths by id. A missing file has its last known path."""
        result: dict[MediaId, str] = {}
        for chunk in chunked(ids):
            for media_id, folder_path, name in self._of_ids(PATHS, chunk):
                result[media_id] = join_path(folder_path, name)
        return result

    def _of_ids(self, statement: str, ids: Sequence[MediaId]) -> Sequence[Any]:
        """Return the rows of a statement that ends with `IN`, for one chunk of ids."""
        placeholders = ", ".join("?" * len(ids))
        return self._connection.exec_driver_sql(f"{statement} ({placeholders})", tuple(ids)).all()

    def payloads_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, bytes]:
        """Return packed generation info by id, of the files that have any; missing files included."""
        result: dict[MediaId, bytes] = {}
        for chunk in chunked(ids):
            statement = sa.select(media_text.c.media_id, media_text.c.payload).where(media_text.c.media_id.in_(chunk))
            result.update({row.media_id: row.payload for row in self._connection.execute(statement) if row.payload})
        return result

    def visible_ids(self) -> list[MediaId]:
        """Return the ids of all visible files, ascending."""
        return [MediaId(item) for item in self._connection.execute(sa.select(media.c.id).where(VISIBLE)).scalars()]

    def ids_by_path(self, paths: Iterable[str]) -> dict[str, MediaId]:
        """Return ids by path, missing files included.

        Names are compared as the operating system compares them.
        """
        names_by_folder: dict[str, dict[str, list[str]]] = {}
        for path in paths:
            folder_path, name = os.path.split(path)
            names = names_by_folder.setdefault(os.path.normcase(folder_path), {})
            names.setdefault(os.path.normcase(name), []).append(path)
        folders: dict[int, str] = {}
        for folder_id, folder_path in self._connection.execute(sa.select(folder.c.id, folder.c.path)):
            if os.path.normcase(folder_path.rstrip(os.sep) or folder_path) in names_by_folder:
                folders[folder_id] = os.path.normcase(folder_path.rstrip(os.sep) or folder_path)
        result: dict[str, MediaId] = {}
        for chunk in chunked(sorted(folders)):
            statement = sa.select(media.c.id, media.c.folder_id, media.c.name).where(media.c.folder_id.in_(chunk))
            for media_id, folder_id, name in self._connection.execute(statement):
                for path in names_by_folder[folders[folder_id]].get(os.path.normcase(name), ()):
                    result[path] = MediaId(media_id)
        return result

    def thumbhashes_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, bytes]:
        """Return thumbhashes by id, of the files that have one; missing files included."""
        result: dict[MediaId, bytes] = {}
        for chunk in chunked(ids):
            statement = sa.select(media.c.id, media.c.thumbhash).where(media.c.id.in_(chunk))
            result.update({row.id: row.thumbhash for row in self._connection.execute(statement) if row.thumbhash})
        return result

    def names_by_id(self, ids: Sequence[MediaId]) -> dict[int, str]:
        """Return file names by id, missing files included."""
        result: dict[int, str] = {}
        for chunk in chunked(ids):
            statement = sa.select(media.c.id, media.c.name).where(media.c.id.in_(chunk))
            result.update({row.id: row.name for row in self._connection.execute(statement)})
        return result

    def list_problems(self, limit: int) -> tuple[int, list[tuple[MediaId, str, str]]]:
        """Return the number of visible files with a problem, and (id, path, problem) of the first `limit` by id."""
        where = sa.and_(media.c.problem.is_not(None), VISIBLE)
        total = self._connection.execute(sa.select(sa.func.count()).select_from(media).where(where)).scalar_one()
        rows = self._connection.execute(
            sa.select(media.c.id, folder.c.path, media.c.name, media.c.problem)
            .select_from(MEDIA_WITH_FOLDER)
            .where(where)
            .order_by(media.c.id)
            .limit(limit)
        )
        return total, [(MediaId(row.id), join_path(row.path, row.name), row.problem) for row in rows]

    def list_without_thumbhash(self, limit: int, after: MediaRow | None = None) -> list[MediaRow]:
        """Return visible pictures and videos that were never rendered, newest first.

        With `after`, the list continues behind that row.
        """
        statement = (
            sa.select(*ROW_COLUMNS)
            .select_from(MEDIA_WITH_FOLDER)
            .where(media.c.thumbhash.is_(None), VISIBLE, media.c.kind != int(MediaKind.AUDIO))
            .order_by(media.c.mtime_ns.desc(), media.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            is_older = sa.tuple_(media.c.mtime_ns, media.c.id) < sa.tuple_(sa.literal(after.mtime_ns), after.id)
            statement = statement.where(is_older)
        return [to_row(row) for row in self._connection.execute(statement)]
