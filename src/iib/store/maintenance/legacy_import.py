"""Reads a database of the earlier program (tables `image`, `tag`, `image_tag`, `extra_path`, `global_setting`).

The file is never changed, and nothing is created beside it: it is opened as immutable, or copied away first when a
journal beside it shows that its last transactions are not in it yet.
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
INTERNAL = ("tag_abstraction_", "tag_graph_", "trend_stats_")  # caches among the settings
NEEDED = {"image": {"id", "path"}, "tag": {"id", "name", "type"}, "image_tag": {"image_id", "tag_id"}}
SQLITE_HEAD = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class LegacyTag:
    """A tag; `color` "" if nobody chose one."""

    kind: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class LegacyRoot:
    """An extra path as it was stored."""

    path: str
    types: tuple[str, ...]
    alias: str


@dataclass(frozen=True, slots=True)
class LegacyLibrary:
    """What a person made with the earlier program. `links` are (path, name of a custom tag); `tags` are the custom
    ones, and others that somebody coloured. `orphans`: links to images or tags that are gone."""

    images: int
    tags: tuple[LegacyTag, ...]
    links: tuple[tuple[str, str], ...]
    orphans: int
    roots: tuple[LegacyRoot, ...]
    settings: dict[str, str]
    internal_settings: int
    broken_settings: int


def is_legacy(path: Path) -> bool:
    """True for a database of the earlier program; False for ours, for anything else, and when there is none."""
    try:
        with path.open("rb") as stream:
            if stream.read(len(SQLITE_HEAD)) != SQLITE_HEAD:
                return False
        with _opened(path) as connection:
            return _has_tables(connection)
    except (OSError, sqlite3.DatabaseError):
        return False


def read_legacy(path: Path) -> LegacyLibrary:
    """Everything worth keeping. Raises `InvalidRequest` when it is no such database, or a damaged one."""
    if not path.is_file():
        raise InvalidRequest(f"this file does not exist: {path}")
    try:
        with _opened(path) as connection:
            if not _has_tables(connection):
                raise InvalidRequest(f"this is no database of the earlier program: {path}")
            return _read(connection)
    except sqlite3.DatabaseError as error:
        raise InvalidRequest(f"this database cannot be read: {path} ({error})") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    sidecars = [found for suffix in SIDECARS if (found := Path(f"{path}{suffix}")).is_file() and found.stat().st_size]
    with contextlib.ExitStack() as stack:
        source = path.resolve()
        address = f"{source.as_uri()}?mode=ro&immutable=1"
        if sidecars:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            copy = folder / "copy.db"
            shutil.copyfile(source, copy)
            for found in sidecars:
                shutil.copyfile(found, f"{copy}{found.name.removeprefix(path.name)}")
            address = copy.as_uri()
        connection = stack.enter_context(contextlib.closing(sqlite3.connect(address, uri=True)))
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield connection


def _has_tables(connection: sqlite3.Connection) -> bool:
    return all(columns <= _columns(connection, table) for table, columns in NEEDED.items())


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
        tags=tuple(LegacyTag(kind, name, chosen) for kind, name, chosen in tags),
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
    found: dict[str, str] = {}
    internal = broken = 0
    for name, text in connection.execute("SELECT name, setting_json FROM global_setting ORDER BY name"):
        if name is None or name.startswith(INTERNAL):
            internal += 1
            continue
        try:
            json.loads(text)
        except (TypeError, ValueError):
            broken += 1
        else:
            found[name] = text
    return found, internal, broken
