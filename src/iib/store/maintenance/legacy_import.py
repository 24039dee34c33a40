"""Reads a database of the earlier program.

Its tables are `image`, `tag`, `image_tag`, `extra_path` and `global_setting`. The file is never changed and nothing is
created in its folder: it is opened as immutable, or copied first if it has a journal with its last transactions.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iib.errors import InvalidRequest

SIDECARS = ("-wal", "-journal")
INTERNAL_PREFIXES = ("tag_abstraction_", "tag_graph_", "trend_stats_")  # settings that are caches
REQUIRED_COLUMNS = {"image": {"id", "path"}, "tag": {"id", "name", "type"}, "image_tag": {"image_id", "tag_id"}}
SQLITE_HEAD = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class LegacyTag:
    """One tag of the earlier program; `color` is "" if none was chosen."""

    kind: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class LegacyRoot:
    """One extra path as the earlier program stored it."""

    path: str
    types: tuple[str, ...]
    alias: str


@dataclass(frozen=True, slots=True)
class LegacyLibrary:
    """All that a person made with the earlier program.

    `links` are (path, name of a custom tag); `tags` are the custom tags and other tags with a colour; `orphans` is the
    number of links to images or tags that no longer exist.
    """

    images: int
    tags: tuple[LegacyTag, ...]
    links: tuple[tuple[str, str], ...]
    orphans: int
    roots: tuple[LegacyRoot, ...]
    settings: dict[str, str]
    internal_settings: int
    broken_settings: int


def is_legacy(path: Path) -> bool:
    """Return True for a database of the earlier program.

    Returns False for one of this program, for any other file, and if the file does not exist.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(len(SQLITE_HEAD)) != SQLITE_HEAD:
                return False
        with _opened(path) as connection:
            return _has_tables(connection)
    except (OSError, sqlite3.DatabaseError):
        return False


def read_legacy(path: Path) -> LegacyLibrary:
    """Read everything worth importing. Raises `InvalidRequest` for any other file and for a damaged database."""
    if not path.is_file():
        raise InvalidRequest(f"the file does not exist: {path}")
    try:
        with _opened(path) as connection:
            if not _has_tables(connection):
                raise InvalidRequest(f"not a database of the earlier program: {path}")
            return _read(connection)
    except sqlite3.DatabaseError as error:
        raise InvalidRequest(f"the database cannot be read: {path} ({error})") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    journals = [file for suffix in SIDECARS if (file := Path(f"{path}{suffix}")).is_file() and file.stat().st_size]
    with contextlib.ExitStack() as stack:
        source = path.resolve()
        address = f"{source.as_uri()}?mode=ro&immutable=1"
        if journals:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            copy = folder / "copy.db"
            shutil.copyfile(source, copy)
            for file in journals:
                shutil.copyfile(file, f"{copy}{file.name.removeprefix(path.name)}")
            address = copy.as_uri()
        connection = stack.enter_context(contextlib.closing(sqlite3.connect(address, uri=True)))
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield connection


def _has_tables(connection: sqlite3.Connection) -> bool:
    return all(columns <= _columns(connection, table) for table, columns in REQUIRED_COLUMNS.items())


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def _read(connection: sqlite3.Connection) -> LegacyLibrary:
    color = "coalesce(color, '')" if "color" in _columns(connection, "tag") else "''"
    tags = connection.execute(
        f"SELECT type, name, {color} FROM tag WHERE name <> '' AND (type = 'custom' OR {color} <> '') ORDER BY id"
    ).fetchall()
    links = connection.execute(
        "SELECT DISTINCT image.path, tag.name FROM image_tag JOIN image ON image.id = image_tag.image_id "
        "JOIN tag ON tag.id = image_tag.tag_id WHERE tag.type = 'custom' AND tag.name <> '' AND image.path <> '' "
        "ORDER BY image_tag.image_id, image_tag.tag_id"
    ).fetchall()
    (orphans,) = connection.execute(
        "SELECT count(*) FROM image_tag LEFT JOIN image ON image.id = image_tag.image_id "
        "LEFT JOIN tag ON tag.id = image_tag.tag_id WHERE tag.id IS NULL OR (tag.type = 'custom' AND image.id IS NULL)"
    ).fetchone()
    (images,) = connection.execute("SELECT count(*) FROM image").fetchone()
    settings, internal, broken = _settings(connection)
    return LegacyLibrary(
        images=images,
        tags=tuple(LegacyTag(kind, name, color) for kind, name, color in tags),
        links=tuple((path, name) for path, name in links),
        orphans=orphans,
        roots=_roots(connection),
        settings=settings,
        internal_settings=internal,
        broken_settings=broken,
    )


def _roots(connection: sqlite3.Connection) -> tuple[LegacyRoot, ...]:
    columns = _columns(connection, "extra_path")
    if "path" not in columns:
        return ()
    kind = "coalesce(type, '')" if "type" in columns else "'scanned'"
    alias = "coalesce(alias, '')" if "alias" in columns else "''"
    rows = connection.execute(f"SELECT path, {kind}, {alias} FROM extra_path WHERE path <> '' ORDER BY path")
    return tuple(LegacyRoot(path, tuple(part for part in kinds.split("+") if part), name) for path, kinds, name in rows)


def _settings(connection: sqlite3.Connection) -> tuple[dict[str, str], int, int]:
    if not {"name", "setting_json"} <= _columns(connection, "global_setting"):
        return {}, 0, 0
    settings: dict[str, str] = {}
    internal = broken = 0
    for name, text in connection.execute("SELECT name, setting_json FROM global_setting ORDER BY name"):
        if name is None or name.startswith(INTERNAL_PREFIXES):
            internal += 1
            continue
        try:
            json.loads(text)
        except (TypeError, ValueError):
            broken += 1
        else:
            settings[name] = text
    return settings, internal, broken
