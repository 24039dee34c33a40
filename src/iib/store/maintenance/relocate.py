"""Rewrites the leading folder of every stored path, in databases of this and of the earlier program.

The work is done in a copy in the same folder; the original keeps its name until the copy is complete, and stays under
another name afterwards.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from iib._lib.path_relocation import relocate
from iib._lib.text_folding import search_body
from iib.errors import Conflict, InvalidRequest, StoreError
from iib.store.maintenance.database_swap import (
    discard_database,
    keep_previous_database,
    seal_database,
    swap_in_database,
)
from iib.store.maintenance.legacy_import import is_legacy
from iib.store.repositories.curation.custom_tags import path_key

LABEL = "before-move"
BUILDING = ".moving"
LEGACY_COLUMNS = (("image", "path"), ("extra_path", "path"), ("folders", "path"))
CURRENT_COLUMNS = (("folder", "path"), ("root", "path"))
UNIQUE = frozenset(("image", "extra_path", "folder", "root"))


@dataclass(frozen=True, slots=True)
class Relocation:
    """Numbers of rewritten rows by table, and the path of the original (None if nothing was rewritten)."""

    rows: dict[str, int]
    original: Path | None


def relocate_database(path: Path, old: str, new: str) -> Relocation:
    """Replace the leading folder `old` by `new`. The database must not be open elsewhere.

    Raises `InvalidRequest` for a file that is no database of either program, `Conflict` if a new path already exists in
    the database, and `StoreError` if it is in use or damaged. The database is unchanged then.
    """
    if not path.is_file():
        raise InvalidRequest(f"the file does not exist: {path}")
    building = path.with_name(path.name + BUILDING)
    discard_database(building)
    is_legacy_database = is_legacy(path)
    try:
        if not is_legacy_database:
            seal_database(path)
        rows = _rewrite_copy(path, building, old, new, is_legacy_database=is_legacy_database)
        if not any(rows.values()):
            discard_database(building)
            return Relocation(rows, None)
        original = keep_previous_database(path, LABEL)
        swap_in_database(building, path)
    except sqlite3.IntegrityError as error:
        discard_database(building)
        raise Conflict(f"the database already has a path below {new}; nothing was changed") from error
    except (sqlite3.DatabaseError, OSError) as error:
        discard_database(building)
        raise StoreError(f"cannot rewrite {path}: {error}") from error
    except BaseException:
        discard_database(building)
        raise
    return Relocation(rows, original)


def _rewrite_copy(path: Path, building: Path, old: str, new: str, *, is_legacy_database: bool) -> dict[str, int]:
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(building, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("BEGIN IMMEDIATE")
        if is_legacy_database:
            rows = {table: _rewrite(copy, table, column, old, new) for table, column in LEGACY_COLUMNS}
            rows["dir_cover_cache"] = _forget_covers(copy)
        else:
            rows = _rewrite_current(copy, old, new)
        copy.execute("COMMIT")
    return rows


def _rewrite(copy: sqlite3.Connection, table: str, column: str, old: str, new: str) -> int:
    if column not in _columns(copy, table):
        return 0
    changed = [
        (moved, number)
        for number, path in copy.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
        if isinstance(path, str) and (moved := relocate(path, old, new)) is not None
    ]
    if table in UNIQUE:  # checked here, because legacy databases replace on conflict
        changed_rowids = {number for _path, number in changed}
        unchanged_paths = {
            path
            for number, path in copy.execute(f"SELECT rowid, {column} FROM {table}")
            if number not in changed_rowids
        }
        if any(path in unchanged_paths for path, _number in changed):
            raise Conflict(f"the database already has a path below {new}; nothing was changed")
    # A new path may be the former path of another row: all rows give up theirs first.
    copy.executemany(f"UPDATE {table} SET {column} = '?' || rowid WHERE rowid = ?", [(row[1],) for row in changed])
    copy.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed)
    return len(changed)


def _rewrite_current(copy: sqlite3.Connection, old: str, new: str) -> dict[str, int]:
    if not {"folder", "media", "media_text"} <= {row[0] for row in copy.execute("SELECT name FROM sqlite_master")}:
        raise InvalidRequest("not a database of this program")
    before = dict(copy.execute("SELECT id, path FROM folder"))
    rows = {table: _rewrite(copy, table, column, old, new) for table, column in CURRENT_COLUMNS}
    moved = {
        number: (before[number], path)
        for number, path in copy.execute("SELECT id, path FROM folder")
        if before[number] != path
    }
    rows["media"] = _rewrite_texts(copy, moved)
    if "path_key" in _columns(copy, "pending_link"):
        rows["pending_link"] = _rewrite_pending(copy, old, new)
    _link_folders(copy, moved)
    return rows


def _rewrite_texts(copy: sqlite3.Connection, moved: dict[int, tuple[str, str]]) -> int:
    """Update the full-text index, which contains paths and must be given what it contained."""
    count = 0
    position = copy.execute("SELECT value FROM counter WHERE name = 'fulltext'").fetchone()
    for folder_id, (before, after) in moved.items():
        files = copy.execute(
            "SELECT media.id, media.name, coalesce(media_text.text, '') FROM media "
            "LEFT JOIN media_text ON media_text.media_id = media.id WHERE media.folder_id = ?",
            (folder_id,),
        ).fetchall()
        count += len(files)
        if position is not None:  # the index is being built; its build adds the rest later
            files = [file for file in files if file[0] <= position[0]]
        copy.executemany(
            "INSERT INTO media_fts(media_fts, rowid, body) VALUES('delete', ?, ?)",
            [(number, search_body(_joined(before, name), text)) for number, name, text in files],
        )
        copy.executemany(
            "INSERT INTO media_fts(rowid, body) VALUES(?, ?)",
            [(number, search_body(_joined(after, name), text)) for number, name, text in files],
        )
    return count


def _rewrite_pending(copy: sqlite3.Connection, old: str, new: str) -> int:
    count = 0
    for key, tag_id in copy.execute("SELECT path_key, tag_id FROM pending_link").fetchall():
        moved = relocate(key, path_key(old), new)
        if moved is not None:
            values = (path_key(moved), key, tag_id)
            copy.execute("UPDATE OR REPLACE pending_link SET path_key = ? WHERE path_key = ? AND tag_id = ?", values)
            count += 1
    return count


def _link_folders(copy: sqlite3.Connection, moved: dict[int, tuple[str, str]]) -> None:
    """Update parents: the topmost moved folders may have another parent now, or may have become one."""
    ids = {path: number for number, path in copy.execute("SELECT id, path FROM folder")}
    for path, number in ids.items():
        parent = ids.get(_parent(path))
        copy.execute(
            "UPDATE folder SET parent_id = ? WHERE id = ? AND parent_id IS NOT ?",
            (parent if parent != number else None, number, parent if parent != number else None),
        )
    copy.executemany("UPDATE folder SET mtime_ns = NULL WHERE id = ?", [(number,) for number in moved])


def _forget_covers(copy: sqlite3.Connection) -> int:
    """Delete a cache of paths, which the earlier program fills again."""
    return copy.execute("DELETE FROM dir_cover_cache").rowcount if _columns(copy, "dir_cover_cache") else 0


def _columns(copy: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in copy.execute(f"PRAGMA table_info({table})")}


def _separator(path: str) -> str:
    return "\\" if "\\" in path and "/" not in path else "/"


def _joined(folder: str, name: str) -> str:
    separator = _separator(folder)
    return folder + name if folder.endswith(separator) else folder + separator + name


def _parent(path: str) -> str:
    head, separator, _name = path.rpartition(_separator(path))
    return head or separator
