"""Replaces a database by a finished one.

A crash at any point leaves one of the two databases complete.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import sqlite3
from pathlib import Path

from iib.errors import StoreError
from iib.store.maintenance.legacy_import import SIDECARS

MAX_NUMBER = 1_000  # of names for previous databases


def keep_previous_database(path: Path, label: str) -> Path:
    """Give this database a second name (`iib.LABEL.db`), its journals included, and return that path.

    The first name stays. Repeated after a crash, it finds the existing copy. It is a hard link if the file system
    supports that, else a copy.
    """
    target = _name_for(path, label)
    if not target.exists():
        partial = target.with_name(target.name + ".part")
        partial.unlink(missing_ok=True)
        try:
            os.link(path, partial)
        except OSError:
            shutil.copy2(path, partial)
            _flush(partial)
        partial.replace(target)
    for suffix in SIDECARS:
        journal = Path(f"{path}{suffix}")
        if journal.is_file():
            copy = Path(f"{target}{suffix}.part")
            shutil.copy2(journal, copy)
            _flush(copy)
            copy.replace(f"{target}{suffix}")
    return target


def swap_in_database(finished: Path, path: Path) -> None:
    """Rename the finished database (closed, without journals) to the path of the old one."""
    _flush(finished)
    for suffix in (*SIDECARS, "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)  # SQLite would apply the old journals to the new database
    finished.replace(path)
    _flush_folder(path.parent)


def seal_database(path: Path) -> None:
    """Checkpoint the journals of a database that is not open elsewhere into its file.

    Raises `StoreError` if it is in use.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the database is in use; stop the server first: {path} ({error})") from error
    if mode != "delete":
        raise StoreError(f"the database is in use; stop the server first: {path}")


def discard_database(path: Path) -> None:
    """Delete an unfinished database with its journals."""
    for suffix in ("", *SIDECARS, "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _name_for(path: Path, label: str) -> Path:
    for number in range(1, MAX_NUMBER):
        suffix = label if number == 1 else f"{label}-{number}"
        candidate = path.with_name(f"{path.stem}.{suffix}{path.suffix}")
        if not candidate.exists():
            return candidate
        if os.path.samefile(candidate, path) or filecmp.cmp(candidate, path, shallow=False):  # noqa: PTH121
            return candidate
    raise StoreError(f"there are too many old databases next to {path}")


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a rename durable, on systems where folders can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
