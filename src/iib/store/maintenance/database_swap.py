"""Putting a finished database in the place of another one, so that a crash at any point leaves one of the two whole."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import sqlite3
from pathlib import Path

from iib.errors import StoreError
from iib.store.maintenance.legacy_import import SIDECARS

TRIES = 1_000


def keep_previous_database(path: Path, label: str) -> Path:
    """A second name of this database (`iib.LABEL.db`), with the journals that belong to it; the first name stays.

    Calling it again after a crash finds the copy that is there. A hard link where the file system has them.
    """
    kept = _name_for(path, label)
    if not kept.exists():
        partial = kept.with_name(kept.name + ".part")
        partial.unlink(missing_ok=True)
        try:
            os.link(path, partial)
        except OSError:
            shutil.copy2(path, partial)
            _flush(partial)
        partial.replace(kept)
    for suffix in SIDECARS:
        journal = Path(f"{path}{suffix}")
        if journal.is_file():
            copy = Path(f"{kept}{suffix}.part")
            shutil.copy2(journal, copy)
            _flush(copy)
            copy.replace(f"{kept}{suffix}")
    return kept


def swap_in_database(finished: Path, path: Path) -> None:
    """Give the finished database (closed, without journals) the name of the old one."""
    _flush(finished)
    for suffix in (*SIDECARS, "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)  # of the old one; they would be taken for the new one's
    finished.replace(path)
    _flush_folder(path.parent)


def seal_database(path: Path) -> None:
    """Fold the journals of a database nobody else has open into its file, and close it. Raises `StoreError`."""
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=1.0)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the database is in use; stop the server first: {path} ({error})") from error
    if mode != "delete":
        raise StoreError(f"the database is in use; stop the server first: {path}")


def discard_database(path: Path) -> None:
    """Remove a database that was never finished."""
    for suffix in ("", *SIDECARS, "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _name_for(path: Path, label: str) -> Path:
    for number in range(1, TRIES):
        mark = label if number == 1 else f"{label}-{number}"
        candidate = path.with_name(f"{path.stem}.{mark}{path.suffix}")
        if not candidate.exists():
            return candidate
        if os.path.samefile(candidate, path) or filecmp.cmp(candidate, path, shallow=False):  # noqa: PTH121
            return candidate
    raise StoreError(f"too many old databases beside {path}")


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a renaming last; only where folders can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
