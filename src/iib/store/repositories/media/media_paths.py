"""Where files are: rows that follow what a file operation did to the disk. Ids, and what hangs on them, stay."""

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

# Asked once for each file of an operation.
FIND = "SELECT media.id FROM media JOIN folder ON folder.id = media.folder_id WHERE folder.path = ? AND media.name = ?"
AT_PLACE = "SELECT id FROM media WHERE folder_id = ? AND name = ? AND id <> ?"
MOVE = "UPDATE media SET folder_id = ?, name = ?, missing_since_ns = ?, kind = coalesce(?, kind) WHERE id = ?"


@dataclass(frozen=True, slots=True)
class FileMove:
    """A file that got the place `target`. `sources` are spellings of the place it had; the row is visible from then on
    unless a moment of disappearance is given."""

    sources: tuple[str, ...]
    target: str
    missing_since_ns: int | None = None


class MediaPathWriter(Repository):
    """Moves and removes rows. Everything here may be done twice: the second time finds nothing to do."""

    def __init__(
        self, connection: sa.Connection, folders: FolderWriter, tags: TagWriter, roots: RootWriter, changed: set[int]
    ) -> None:
        super().__init__(connection)
        self._folders = folders
        self._tags = tags
        self._roots = roots
        self._changed = changed
        self._media = MediaRepository(connection)
        self._fulltext = FullTextWriter(connection)

    def move_files(self, moves: Sequence[FileMove]) -> None:
        """Give the rows of these files, where there are any, their new places, as if one after the other. A row that
        holds such a place already gives way and is kept as missing."""
        for wave in _independent(moves):
            self._move_at_once(wave)

    def _move_at_once(self, moves: Sequence[FileMove]) -> None:
        known = [(media_id, source, move) for move in moves for media_id, source in self._find_first(move.sources)]
        folders = self._folders.ensure_all(list({os.path.dirname(move.target) for _id, _source, move in known}))
        values: list[tuple[object, ...]] = []
        for media_id, _source, move in known:
            place, name = os.path.split(move.target)
            self._free_place(folders[place], name, media_id)
            kind = kind_of(name)
            values.append((folders[place], name, move.missing_since_ns, None if kind is None else int(kind), media_id))
        if values:
            self._rewrite_texts({media_id: (source, move.target) for media_id, source, move in known})
            self._connection.exec_driver_sql(MOVE, values)
            self._changed.update(media_id for media_id, _source, _move in known)

    def move_folder(self, source: str, target: str) -> None:
        """Give every row at and below `source` its place below `target`: files, folders, registered folders and the
        places that trashed files came from. One transaction, linear in the number of files."""
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
        self._changed.update(ids)

    def move_roots(self, source: str, target: str) -> None:
        """Registered folders at and below `source` are registered below `target` from now on."""
        for row in self._connection.execute(sa.select(root).where(below(root.c.path, source))).all():
            path = target + row.path[len(source) :]
            self._connection.execute(root.delete().where(root.c.path == row.path))
            self._roots.add(path, row.types.split("+"))
            if row.alias:
                self._roots.set_alias(path, row.alias)

    def remove_files(self, paths: Sequence[str]) -> None:
        """Forget files for good, with their tags."""
        ids = [found for path in dict.fromkeys(paths) for found, _path in self._find_first((path,))]
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
        self._changed.update(ids)

    def mark_missing(self, path: str, at_ns: int) -> None:
        """The file, or the files of the folder, at this path are no longer there; what is known of them is kept."""
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
        self._changed.update(ids)

    def remove_folder_if_empty(self, path: str) -> None:
        """Drop the row of this folder if no file, not even a missing one, needs it."""
        known = self._folders.find(path)
        if known is not None:
            self._folders.remove_empty([known.id])

    def _find(self, path: str) -> MediaId | None:
        return next((media_id for media_id, _path in self._find_first((path,))), None)

    def _find_first(self, paths: Sequence[str]) -> list[tuple[MediaId, str]]:
        """The row at the first of these paths that has one, with that path; else nothing."""
        for path in paths:
            found = self._one(FIND, os.path.split(path))
            if found is not None:
                return [(MediaId(found), path)]
        return []

    def _one(self, statement: str, parameters: tuple[object, ...]) -> int | None:
        """The number that a statement finds. Asked for each file, and so without what an answer of SQLAlchemy costs."""
        cursor = self._connection.connection.cursor()
        try:
            row = cursor.execute(statement, parameters).fetchone()
        finally:
            cursor.close()
        return None if row is None else int(row[0])

    def _free_place(self, folder_id: FolderId, name: str, coming: MediaId) -> None:
        """Another row of this place belongs to a file that is gone: the new one took its place on the disk. It keeps
        its tags under a name that no file can have, so that the file is still known should it turn up elsewhere."""
        other = self._one(AT_PLACE, (folder_id, name, coming))
        if other is None:
            return
        path = self._folder_path(folder_id)
        parked = f"{name}/{other}"
        self._rewrite_texts({MediaId(other): (os.path.join(path, name), os.path.join(path, parked))})
        self._connection.execute(
            media.update()
            .where(media.c.id == other)
            .values(name=parked, missing_since_ns=sa.func.coalesce(media.c.missing_since_ns, media.c.mtime_ns))
        )
        self._changed.add(other)

    def _folder_path(self, folder_id: FolderId) -> str:
        return str(self._connection.execute(sa.select(folder.c.path).where(folder.c.id == folder_id)).scalar_one())

    def _move_folder_row(self, folder_id: FolderId, path: str) -> None:
        known = self._folders.find(path)
        if known is None or known.id == folder_id:
            parent = self._folders.find(os.path.dirname(path))
            parent_id = parent.id if parent is not None and parent.id != folder_id else None
            self._connection.execute(
                folder.update().where(folder.c.id == folder_id).values(path=path, parent_id=parent_id)
            )
            return
        for row in self._connection.execute(
            sa.select(media.c.id, media.c.name).where(media.c.folder_id == folder_id)
        ).all():
            self._free_place(known.id, row.name, MediaId(row.id))
            self._connection.execute(media.update().where(media.c.id == row.id).values(folder_id=known.id))
        self._connection.execute(folder.update().where(folder.c.parent_id == folder_id).values(parent_id=known.id))
        self._connection.execute(folder.delete().where(folder.c.id == folder_id))

    def _bodies(self, ids: Sequence[MediaId]) -> list[tuple[int, str]]:
        return [(media_id, search_body(path, text)) for media_id, (path, text) in self._media.texts_by_id(ids).items()]

    def _rewrite_texts(self, places: Mapping[MediaId, tuple[str, str]]) -> None:
        """The full text holds the path too. `places`: which beginning of a path becomes which. Call this while the rows
        still have their old place."""
        for chunk in chunked(list(places)):
            texts = self._media.texts_by_id(chunk)
            self._fulltext.remove([(item, search_body(path, text)) for item, (path, text) in texts.items()])
            moved = {
                item: (places[item][1] + path[len(places[item][0]) :], text) for item, (path, text) in texts.items()
            }
            bodies = {item: search_body(path, text) for item, (path, text) in moved.items()}
            self._fulltext.add(list(bodies.items()))
            bit = int(TextFlag.FOLDING_CHANGES_TEXT)
            marks = [
                (bit, 0 if only_changes_case(f"{path}\n{text}", bodies[item]) else bit, item)
                for item, (path, text) in moved.items()
            ]
            self._connection.exec_driver_sql("UPDATE media SET marks = (marks & ~?) | ? WHERE id = ?", marks)


def _independent(moves: Sequence[FileMove]) -> Iterator[list[FileMove]]:
    """Runs of moves none of which touches a place of another one."""
    wave: list[FileMove] = []
    touched: set[str] = set()
    for move in moves:
        places = {*move.sources, move.target}
        if touched & places:
            yield wave
            wave, touched = [], set()
        wave.append(move)
        touched |= places
    if wave:
        yield wave
