"""Lets media, folder and root rows follow file operations on the disk.

Rows keep their ids, and therefore all their curation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from iib._lib.text_folding import only_changes_case, search_body
from iib.model import FolderId, MediaId, TextFlag, kind_of
from iib.store.repositories.base import Repository, below, chunked
from iib.store.repositories.media.folders import FolderWriter
from iib.store.repositories.media.fulltext import FullTextWriter
from iib.store.repositories.media.media import MediaRepository
from iib.store.repositories.media.roots import RootWriter
from iib.store.repositories.tags.tags import TagWriter
from iib.store.schema.core import folder, media, root, trash

# These run once for each file of an operation.
FIND_ID = (
    "SELECT media.id FROM media JOIN folder ON folder.id = media.folder_id WHERE folder.path = ? AND media.name = ?"
)
FIND_OTHER = "SELECT id FROM media WHERE folder_id = ? AND name = ? AND id <> ?"
MOVE_ROW = "UPDATE media SET folder_id = ?, name = ?, missing_since_ns = ?, kind = coalesce(?, kind) WHERE id = ?"


@dataclass(frozen=True, slots=True)
class FileMove:
    """A file that moved to `target`; `sources` are spellings of its former path.

    The row is visible afterwards unless `missing_since_ns`, a time in nanoseconds, is given.
    """

    sources: tuple[str, ...]
    target: str
    missing_since_ns: int | None = None


class MediaPathWriter(Repository):
    """Moves and removes rows.

    Every method may be repeated: the second call finds nothing to do. That is what recovery after a crash relies on.
    """

    def __init__(
        self,
        connection: sa.Connection,
        folders: FolderWriter,
        tags: TagWriter,
        roots: RootWriter,
        changed_ids: set[int],
    ) -> None:
        super().__init__(connection)
        self._folders = folders
        self._tags = tags
        self._roots = roots
        self._changed_ids = changed_ids
        self._media = MediaRepository(connection)
        self._fulltext = FullTextWriter(connection)

    def move_files(self, moves: Sequence[FileMove]) -> None:
        """Give the rows of these files their new paths, with the result of moving one after the other.

        Files without a row are skipped. A row that already has a target path is kept as missing under another name.
        """
        for group in _independent_groups(moves):
            self._move_group(group)

    def _move_group(self, moves: Sequence[FileMove]) -> None:
        rows = [(media_id, source, move) for move in moves for media_id, source in self._find_first(move.sources)]
        folders = self._folders.ensure_all(list({os.path.dirname(move.target) for _id, _source, move in rows}))
        values: list[tuple[object, ...]] = []
        for media_id, _source, move in rows:
            folder_path, name = os.path.split(move.target)
            self._free_path(folders[folder_path], name, media_id)
            kind = kind_of(name)
            values.append(
                (folders[folder_path], name, move.missing_since_ns, None if kind is None else int(kind), media_id)
            )
        if values:
            self._rewrite_texts({media_id: (source, move.target) for media_id, source, move in rows})
            self._connection.exec_driver_sql(MOVE_ROW, values)
            self._changed_ids.update(media_id for media_id, _source, _move in rows)

    def move_folder(self, source: str, target: str) -> None:
        """Move all rows at and below `source` to below `target`.

        Files, folders, roots and both paths of trashed files follow. It is one transaction, linear in the
        number of files.
        """
        rows = self._connection.execute(
            sa.select(folder.c.id, folder.c.path).where(below(folder.c.path, source)).order_by(folder.c.path)
        ).all()
        ids: list[MediaId] = []
        for chunk in chunked([row.id for row in rows]):
            ids += self._connection.execute(sa.select(media.c.id).where(media.c.folder_id.in_(chunk))).scalars()
        self._rewrite_texts(dict.fromkeys(ids, (source, target)))
        for row in rows:
            self._move_folder_row(FolderId(row.id), target + row.path[len(source) :])
        self.move_roots(source, target)
        for column in (trash.c.original_path, trash.c.trash_path):
            moved = sa.literal(target) + sa.func.substr(column, len(source) + 1)
            self._connection.execute(trash.update().where(below(column, source)).values({column: moved}))
        self._changed_ids.update(ids)

    def move_roots(self, source: str, target: str) -> None:
        """Register the roots at and below `source` below `target` instead, with their types and aliases."""
        for row in self._connection.execute(sa.select(root).where(below(root.c.path, source))).all():
            path = target + row.path[len(source) :]
            self._connection.execute(root.delete().where(root.c.path == row.path))
            self._roots.add(path, row.types.split("+"))
            if row.alias:
                self._roots.set_alias(path, row.alias)

    def remove_files(self, paths: Sequence[str]) -> None:
        """Delete the rows of these files for good, with their tags. Their ids are never used again."""
        ids = [media_id for path in dict.fromkeys(paths) for media_id, _path in self._find_first((path,))]
        if not ids:
            return
        self._fulltext.remove(self._bodies(ids))
        self._tags.unlink_derived(ids)
        self._connection.exec_driver_sql(
            "INSERT INTO counter(name, value) VALUES('media', ?) "
            "ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)",
            (max(ids),),
        )
        for chunk in chunked(ids):
            self._connection.execute(media.delete().where(media.c.id.in_(chunk)))
        self._changed_ids.update(ids)

    def mark_missing(self, path: str, at_ns: int) -> None:
        """Mark the file at this path, or all files of the folder at it, as missing since `at_ns`."""
        media_id = self._find(path)
        ids = [] if media_id is None else [media_id]
        folder_ids = self._folders.ids_below([path])
        for chunk in chunked(folder_ids):
            visible = sa.and_(media.c.folder_id.in_(chunk), media.c.missing_since_ns.is_(None))
            ids += self._connection.execute(sa.select(media.c.id).where(visible)).scalars()
        for part in chunked(ids):
            where = sa.and_(media.c.id.in_(part), media.c.missing_since_ns.is_(None))
            self._connection.execute(media.update().where(where).values(missing_since_ns=at_ns))
        self._folders.remove_empty(folder_ids)
        self._changed_ids.update(ids)

    def remove_folder_if_empty(self, path: str) -> None:
        """Delete the row of this folder if no file, not even a missing one, refers to it."""
        row = self._folders.find(path)
        if row is not None:
            self._folders.remove_empty([row.id])

    def _find(self, path: str) -> MediaId | None:
        return next((media_id for media_id, _path in self._find_first((path,))), None)

    def _find_first(self, paths: Sequence[str]) -> list[tuple[MediaId, str]]:
        """Return the first of these paths that has a row, as one (id, path) pair; else an empty list."""
        for path in paths:
            media_id = self._first_number(FIND_ID, os.path.split(path))
            if media_id is not None:
                return [(MediaId(media_id), path)]
        return []

    def _first_number(self, statement: str, parameters: tuple[object, ...]) -> int | None:
        """Return the single number that a statement selects, or None.

        It runs once per file, and therefore without the cost of a SQLAlchemy result.
        """
        cursor = self._connection.connection.cursor()
        try:
            row = cursor.execute(statement, parameters).fetchone()
        finally:
            cursor.close()
        return None if row is None else int(row[0])

    def _free_path(self, folder_id: FolderId, name: str, arriving_id: MediaId) -> None:
        """Rename another row of this path, whose file was replaced on disk, and mark it as missing.

        It keeps its tags under a name that no file can have, so that the file is recognised if it appears elsewhere.
        """
        other = self._first_number(FIND_OTHER, (folder_id, name, arriving_id))
        if other is None:
            return
        path = self._folder_path(folder_id)
        free_name = f"{name}/{other}"
        self._rewrite_texts({MediaId(other): (os.path.join(path, name), os.path.join(path, free_name))})
        self._connection.execute(
            media.update()
            .where(media.c.id == other)
            .values(name=free_name, missing_since_ns=sa.func.coalesce(media.c.missing_since_ns, media.c.mtime_ns))
        )
        self._changed_ids.add(other)

    def _folder_path(self, folder_id: FolderId) -> str:
        return str(self._connection.execute(sa.select(folder.c.path).where(folder.c.id == folder_id)).scalar_one())

    def _move_folder_row(self, folder_id: FolderId, path: str) -> None:
        existing = self._folders.find(path)
        if existing is None or existing.id == folder_id:
            parent = self._folders.find(os.path.dirname(path))
            parent_id = parent.id if parent is not None and parent.id != folder_id else None
            self._connection.execute(
                folder.update().where(folder.c.id == folder_id).values(path=path, parent_id=parent_id)
            )
            return
        for row in self._connection.execute(
            sa.select(media.c.id, media.c.name).where(media.c.folder_id == folder_id)
        ).all():
            self._free_path(existing.id, row.name, MediaId(row.id))
            self._connection.execute(media.update().where(media.c.id == row.id).values(folder_id=existing.id))
        self._connection.execute(folder.update().where(folder.c.parent_id == folder_id).values(parent_id=existing.id))
        self._connection.execute(folder.delete().where(folder.c.id == folder_id))

    def _bodies(self, ids: Sequence[MediaId]) -> list[tuple[int, str]]:
        return [(media_id, search_body(path, text)) for media_id, (path, text) in self._media.texts_by_id(ids).items()]

    def _rewrite_texts(self, prefixes: Mapping[MediaId, tuple[str, str]]) -> None:
        """Update the full-text index, which contains paths too.

        `prefixes` states per media id which beginning of the path is replaced by which. The rows must still have their
        old paths.
        """
        for chunk in chunked(list(prefixes)):
            texts = self._media.texts_by_id(chunk)
            self._fulltext.remove([(item, search_body(path, text)) for item, (path, text) in texts.items()])
            moved = {
                item: (prefixes[item][1] + path[len(prefixes[item][0]) :], text) for item, (path, text) in texts.items()
            }
            bodies = {item: search_body(path, text) for item, (path, text) in moved.items()}
            self._fulltext.add(list(bodies.items()))
            bit = int(TextFlag.FOLDING_CHANGES_TEXT)
            flags = [
                (bit, 0 if only_changes_case(f"{path}\n{text}", bodies[item]) else bit, item)
                for item, (path, text) in moved.items()
            ]
            self._connection.exec_driver_sql("UPDATE media SET marks = (marks & ~?) | ? WHERE id = ?", flags)


def _independent_groups(moves: Sequence[FileMove]) -> Iterator[list[FileMove]]:
    """Split moves into consecutive groups without a path that two moves of a group share."""
    group: list[FileMove] = []
    touched: set[str] = set()
    for move in moves:
        paths = {*move.sources, move.target}
        if touched & paths:
            yield group
            group, touched = [], set()
        group.append(move)
        touched |= paths
    if group:
        yield group
