"""Rewrites the leading folder of every stored path, in databases of ours and of the earlier program.

The work is done in a copy beside the database; the original keeps its name until the copy is complete, and stays
beside it afterwards.
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
OWN_COLUMNS = (("folder", "path"), ("root", "path"))
UNIQUE = frozenset(("image", "extra_path", "folder", "root"))


@dataclass(frozen=True, slots=True)
class Relocation:
    """Rows rewritten by table, and where the original is kept (None when nothing had to be rewritten)."""

    rows: dict[str, int]
    original: Path | None


def relocate_database(path: Path, old: str, new: str) -> Relocation:
    """Replace the leading folder `old` by `new`. Nobody else may have the database open.

    Raises `InvalidRequest` for what is no database of either kind, `Conflict` when a new path is in the database
    already, `StoreError` when it is in use or damaged; the database is as it was then.
    """
    if not path.is_file():
        raise InvalidRequest(f"this file does not exist: {path}")
    building = path.with_name(path.name + BUILDING)
    discard_database(building)
    is_old_kind = is_legacy(path)
    try:
        if not is_old_kind:
            seal_database(path)
        rows = _rewrite_copy(path, building, old, new, is_old_kind=is_old_kind)
        if not any(rows.values()):
            discard_database(building)
            return Relocation(rows, None)
        kept = keep_previous_database(path, LABEL)
        swap_in_database(building, path)
    except sqlite3.IntegrityError as error:
        discard_database(building)
        raise Conflict(f"a path below {new} is in the database already; nothing was changed") from error
    except (sqlite3.DatabaseError, OSError) as error:
        discard_database(building)
        raise StoreError(f"cannot rewrite {path}: {error}") from error
    except BaseException:
        discard_database(building)
        raise
    return Relocation(rows, kept)


def _rewrite_copy(path: Path, building: Path, old: str, new: str, *, is_old_kind: bool) -> dict[str, int]:
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(building, isolation_level=None)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("BEGIN IMMEDIATE")
        if is_old_kind:
            rows = {table: _rewrite(copy, table, column, old, new) for table, column in LEGACY_COLUMNS}
            rows["dir_cover_cache"] = _forget_covers(copy)
        else:
            rows = _rewrite_own(copy, old, new)
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
    if table in UNIQUE:  # checked here: old databases replace on conflict
        going = {number for _path, number in changed}
        staying = {path for number, path in copy.execute(f"SELECT rowid, {column} FROM {table}") if number not in going}
        if any(path in staying for path, _number in changed):
            raise Conflict(f"a path below {new} is in the database already; nothing was changed")
    # A path may be the new one of another row: all let go of theirs first.
    copy.executemany(f"UPDATE {table} SET {column} = '?' || rowid WHERE rowid = ?", [(row[1],) for row in changed])
    copy.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed)
    return len(changed)


def _rewrite_own(copy: sqlite3.Connection, old: str, new: str) -> dict[str, int]:
    if not {"folder", "media", "media_text"} <= {row[0] for row in copy.execute("SELECT name FROM sqlite_master")}:
        raise InvalidRequest("this is no database of this program")
    before = dict(copy.execute("SELECT id, path FROM folder"))
    rows = {table: _rewrite(copy, table, column, old, new) for table, column in OWN_COLUMNS}
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
    """The full-text index holds paths too, and wants to be told what it held."""
    count = 0
    building = copy.execute("SELECT value FROM counter WHERE name = 'fulltext'").fetchone()
    for folder_id, (before, after) in moved.items():
        files = copy.execute(
            "SELECT media.id, media.name, coalesce(media_text.text, '') FROM media "
            "LEFT JOIN media_text ON media_text.media_id = media.id WHERE media.folder_id = ?",
            (folder_id,),
        ).fetchall()
        count += len(files)
        if building is not None:  # what the index does not know yet is left to its builder
            files = [file for file in files if file[0] <= building[0]]
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
    """The topmost moved folders may have another parent now, or have become one."""
    known = {path: number for number, path in copy.execute("SELECT id, path FROM folder")}
    for path, number in known.items():
        parent = known.get(_parent(path))
        copy.execute(
            "UPDATE folder SET parent_id = ? WHERE id = ? AND parent_id IS NOT ?",
            (parent if parent != number else None, number, parent if parent != number else None),
        )
    copy.executemany("UPDATE folder SET mtime_ns = NULL WHERE id = ?", [(number,) for number in moved])


def _forget_covers(copy: sqlite3.Connection) -> int:
    """A cache of paths; the program fills it again."""
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
