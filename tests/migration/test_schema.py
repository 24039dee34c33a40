"""Tests that the migrations create the schema that the code declares."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from iib.store import Store
from iib.store.schema.core import CREATE_FTS, CREATE_TRIGRAMS, metadata
from iib.store.sqlite import MIGRATIONS, is_outdated, migrate, newest_revision, open_engine

INTERNAL = ("alembic_version", "media_fts", "media_pieces", "sqlite_")


def shape(path: Path) -> dict[str, object]:
    """Return tables, columns, keys and indexes as SQLite describes them, without the names of constraints."""
    database = sqlite3.connect(path)
    tables_by_name: dict[str, object] = {}
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for table in tables:
        if table.startswith(INTERNAL):
            continue
        indexes = {}
        for _number, name, is_unique, origin, is_partial in database.execute(f"PRAGMA index_list('{table}')"):
            columns = tuple(row[2] for row in database.execute(f"PRAGMA index_info('{name}')"))
            texts = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchall()
            where = (texts[0][0] or "").partition("WHERE ")[2] if texts else ""
            indexes[name if origin == "c" else columns] = (columns, is_unique, origin, is_partial, where)
        [(sql,)] = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchall()
        tables_by_name[table] = (
            database.execute(f"PRAGMA table_info('{table}')").fetchall(),
            sorted(row[2:] for row in database.execute(f"PRAGMA foreign_key_list('{table}')")),
            indexes,
            "WITHOUT ROWID" in sql,
        )
    database.close()
    return tables_by_name


def test_the_migrated_schema_equals_the_declared_one(tmp_path: Path):
    Store.open(tmp_path / "migrated.db").close()
    fresh = sa.create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    metadata.create_all(fresh)
    fresh.dispose()

    migrated, declared = shape(tmp_path / "migrated.db"), shape(tmp_path / "fresh.db")

    assert migrated == declared
    assert set(migrated) == set(metadata.tables)


def test_the_migrated_full_text_table_equals_the_declared_one(tmp_path: Path):
    Store.open(tmp_path / "iib.db").close()

    database = sqlite3.connect(tmp_path / "iib.db")
    names = ("media_fts", "media_pieces")
    declared = [
        database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0] for name in names
    ]
    database.close()

    assert declared == [CREATE_FTS, CREATE_TRIGRAMS]


def test_migrating_twice_changes_nothing(tmp_path: Path):
    engine = open_engine(tmp_path / "iib.db")
    assert is_outdated(engine)

    migrate(engine)
    migrate(engine)

    assert not is_outdated(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tag").scalar_one() == 1
    engine.dispose()


def test_an_outdated_database_is_backed_up_before_it_is_migrated(tmp_path: Path):
    database = sqlite3.connect(tmp_path / "iib.db")
    database.execute("CREATE TABLE older(x)")
    database.commit()
    database.close()

    Store.open(tmp_path / "iib.db", backup_dir=tmp_path / "backup").close()

    [copy] = (tmp_path / "backup").iterdir()
    saved = sqlite3.connect(copy)
    assert saved.execute("SELECT name FROM sqlite_master").fetchall() == [("older",)]
    saved.close()


def test_the_newest_revision_is_found_without_alembic():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))

    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()
