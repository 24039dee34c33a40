"""Opens SQLite databases: pragmas, migration and backup."""

from __future__ import annotations

import contextlib
import glob
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from iib.errors import StoreError

BUSY_TIMEOUT_MS = 15_000
ATTEMPTS, PAUSE_S = 100, 0.05  # to change the mode of a database that another program is opening
WRITE_CACHE_KIB = 65_536  # for the pages that a large transaction changes
MAPPED_BYTES = 128 * 1024 * 1024  # shared by all connections
READ_CACHE_KIB = 2_048  # per connection; readers use the mapped file
CHECKPOINT_PAGES = 32_768  # 32 MiB: pages that change in every batch are copied back once for many batches
WRITE_OPTION = "iib_write"
MIGRATIONS = Path(__file__).parent / "migrations"
REVISION_TABLE = "alembic_version"


def open_engine(path: Path) -> sa.Engine:
    """Return an engine with pooled connections in write-ahead mode. Raises `StoreError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),  # not as text: a folder may be named "100%?"
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        pool_size=16,
        max_overflow=64,
    )

    @sa.event.listens_for(engine, "connect")
    def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # `_begin` opens transactions
        cursor = connection.cursor()
        _use_write_ahead(cursor)
        for pragma in (
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"cache_size=-{READ_CACHE_KIB}",
            "temp_store=MEMORY",
            f"mmap_size={MAPPED_BYTES}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        is_write = connection.get_execution_options().get(WRITE_OPTION, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")

    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise StoreError(f"cannot open the database {path}: {error.orig}") from error
    return engine


def _use_write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch to write-ahead mode, which the file then keeps.

    SQLite does not wait for other connections while it changes the mode, so two programs that open a new database at
    the same time would fail; therefore it is tried again for a few seconds.
    """
    for attempt in range(ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(PAUSE_S)
        else:
            return


@contextlib.contextmanager
def large_cache(connection: sa.Connection) -> Iterator[None]:
    """Enlarge the page cache for one write transaction, and free it at the end.

    Every connection may write once, so a cache that stays large would add up.
    """
    raw = connection.connection.cursor()
    raw.execute(f"PRAGMA cache_size=-{WRITE_CACHE_KIB}")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA cache_size=-{READ_CACHE_KIB}")
        raw.execute("PRAGMA shrink_memory")
        raw.close()


@contextlib.contextmanager
def durable_commits(connection: sa.Connection) -> Iterator[None]:
    """Let commits inside the block wait for the disk.

    Enter it before the transaction begins, because SQLite does not allow the change inside one.
    """
    raw = connection.connection.cursor()
    raw.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        raw.execute("PRAGMA synchronous=NORMAL")
        raw.close()


def migrate(engine: sa.Engine) -> None:
    """Upgrade the schema to the newest revision. Raises `StoreError` for a database of a newer program."""
    if not is_outdated(engine):
        return
    from alembic import command  # takes a tenth of a second, and is rarely needed
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    # The write lock is taken first: of two programs that start together, one migrates and the other has nothing to do.
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, connection.begin():
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(f"this database was made by a newer version of this program ({error})") from error


def is_outdated(engine: sa.Engine) -> bool:
    """Return True unless the schema has the newest revision."""
    with engine.connect() as connection:
        is_new = not sa.inspect(connection).has_table(REVISION_TABLE)
        current = None if is_new else connection.exec_driver_sql(f"SELECT version_num FROM {REVISION_TABLE}").scalar()
    return current != newest_revision()


def newest_revision() -> str:
    """Return the number of the last migration, which is part of its file name."""
    return max(path.stem for path in MIGRATIONS.glob("versions/r[0-9]*.py"))[1:5]


def back_up(path: Path, backup_dir: Path, keep: int) -> Path | None:
    """Copy the database into `backup_dir` and delete the oldest copies beyond `keep`.

    The copy is made online and renamed when it is complete. Returns its path, or None if there is nothing to copy.
    Raises `StoreError`.
    """
    if keep < 1 or not path.is_file() or path.stat().st_size == 0:
        return None
    target = backup_dir / f"{path.name}_{datetime.now():%Y-%m-%d %H-%M-%S}"  # noqa: DTZ005  (local, for people)
    partial = target.with_name(target.name + ".part")
    try:
        backup_dir.mkdir(parents=True, exist_ok=True)
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
        partial.replace(target)
    except (sqlite3.DatabaseError, OSError) as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StoreError(f"cannot back up the database {path}: {error}") from error
    copies = sorted(item for item in backup_dir.glob(f"{glob.escape(path.name)}_*") if not item.name.endswith(".part"))
    for oldest in copies[:-keep]:
        oldest.unlink(missing_ok=True)
    return target
