"""Creates databases in the format of the earlier program."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

SCHEMA = """
CREATE TABLE image (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT UNIQUE ON CONFLICT REPLACE, exif TEXT, size INTEGER,
  date TEXT);
CREATE TABLE tag (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, score INTEGER, type TEXT, count INTEGER,
  color TEXT DEFAULT '', UNIQUE(name, type) ON CONFLICT REPLACE);
CREATE TABLE image_tag (image_id INTEGER, tag_id INTEGER, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (image_id) REFERENCES image(id), FOREIGN KEY (tag_id) REFERENCES tag(id), PRIMARY KEY (image_id, tag_id));
CREATE TABLE folders (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT, modified_date TEXT);
CREATE TABLE extra_path (path TEXT PRIMARY KEY, type TEXT, alias TEXT DEFAULT '');
CREATE TABLE dir_cover_cache (folder_path TEXT PRIMARY KEY, modified_time TEXT, media_files TEXT);
CREATE TABLE global_setting (setting_json TEXT, name TEXT PRIMARY KEY, created_time TIMESTAMP, modified_time TIMESTAMP);
CREATE TABLE image_embedding (image_id INTEGER PRIMARY KEY, model TEXT, dim INTEGER, text_hash TEXT, vec BLOB,
  updated_at TEXT);
INSERT INTO tag(name, score, type, count) VALUES('like', 0, 'custom', 0);
"""


def make_legacy(
    database_path: Path,
    links: Mapping[str, Sequence[str]] | None = None,
    *,
    colors: Mapping[str, str] | None = None,
    roots: Iterable[tuple[str, str, str]] = (),
    settings: Mapping[str, object] | None = None,
    raw_settings: Mapping[str, str] | None = None,
    orphans: int = 0,
    journal_mode: str = "delete",
) -> Path:
    """Create a database and return its path.

    `links` are custom tags by image path, `roots` are (path, types, alias), `colors` are by tag name or "kind:name".
    """
    database_path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database_path)) as database, database:
        database.execute(f"PRAGMA journal_mode={journal_mode}")
        database.executescript(SCHEMA)
        for path, names in (links or {}).items():
            image = database.execute(
                "INSERT INTO image(path, exif, size, date) VALUES(?, 'a cat', 1, '2024-01-01 00:00:00')", (path,)
            ).lastrowid
            database.execute("INSERT INTO folders(path, modified_date) VALUES(?, '2024')", (path.rpartition("/")[0],))
            for name in names:
                database.execute(
                    "INSERT OR IGNORE INTO image_tag(image_id, tag_id) VALUES(?, ?)", (image, tag(database, name))
                )
        for name, color in (colors or {}).items():
            kind, _, bare = name.rpartition(":")
            number = tag(database, bare, kind or "custom")
            database.execute("UPDATE tag SET color = ? WHERE id = ?", (color, number))
        for number in range(orphans):
            database.execute("INSERT INTO image_tag(image_id, tag_id) VALUES(?, 1)", (900_000 + number,))
        database.executemany("INSERT INTO extra_path(path, type, alias) VALUES(?, ?, ?)", list(roots))
        texts = {name: json.dumps(value) for name, value in (settings or {}).items()} | dict(raw_settings or {})
        database.executemany("INSERT INTO global_setting(name, setting_json) VALUES(?, ?)", list(texts.items()))
    return database_path


def tag(database: sqlite3.Connection, name: str, kind: str = "custom") -> int:
    """Return the id of a tag and create the tag if needed."""
    existing = database.execute("SELECT id FROM tag WHERE name = ? AND type = ?", (name, kind)).fetchone()
    if existing:
        return int(existing[0])
    tag_id = database.execute("INSERT INTO tag(name, score, type, count) VALUES(?, 0, ?, 0)", (name, kind)).lastrowid
    assert tag_id is not None
    return tag_id


def digest(path: Path) -> str:
    """Return a hash of the bytes of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
