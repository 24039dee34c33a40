"""Tests for killed index runs: at most the current batch is lost, and the next run ends in the same state."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from support.library import Library
from support.services import make_services, update, wait_for

from iib.api import Services
from iib.index.row_writer import WRITE_BATCH

FILES = 6_000
CODE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from support.services import make_services, update
services = make_services(Path(sys.argv[1]), [sys.argv[2]])
update(services)
services.close()
"""


def start_index(home: Path, root: Path) -> subprocess.Popen[bytes]:
    """Start a real process that updates an index."""
    return subprocess.Popen([sys.executable, "-c", CODE, str(home), str(root), *sys.path])


def rows_in(database: Path) -> int:
    if not database.exists():
        return 0
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT count(*) FROM media").fetchone()[0]
    except sqlite3.OperationalError:  # not yet migrated
        return 0
    finally:
        connection.close()


def state(services: Services) -> dict[str, tuple[object, ...]]:
    """All comparable data of each file, by path; ids may differ."""
    with services.store.read() as unit:
        ids = [row[0] for block in unit.media_search.iter_snapshot_columns() for row in block]
        texts, tags = unit.media.texts_by_id(ids), unit.tags.tags_by_media(ids)
        counts = {(tag.kind, tag.name): tag.count for tag in unit.tags.list_all(10**6)}
        found: dict[str, tuple[object, ...]] = {
            row.path: (
                row.size_bytes,
                row.mtime_ns,
                row.width_px,
                row.height_px,
                texts[row.id][1],
                frozenset((tag.kind, tag.name) for tag in tags[row.id]),
            )
            for row in unit.media.list_by_ids(ids)
        }
    found["counts"] = (frozenset(counts.items()),)
    return found


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_after_a_killed_run_the_next_run_ends_like_an_uninterrupted_one(library: Library, tmp_path: Path):
    for folder in range(6):
        library.fill(FILES // 6, f"folder{folder}", f"a cat in room {folder}")
    home = tmp_path / "killed"
    process = start_index(home, library.root)
    wait_for(lambda: rows_in(home / "iib.db") >= WRITE_BATCH or process.poll() is not None, every_s=0.002)

    process.send_signal(signal.SIGKILL)
    process.wait(30)
    kept = rows_in(home / "iib.db")
    assert 0 < kept < FILES

    killed = make_services(home, [library.root])
    row = update(killed)
    alone = make_services(tmp_path / "alone", [library.root])
    update(alone)
    try:
        assert row.message == f"{FILES - kept} added"
        assert state(killed) == state(alone)
        with killed.store.read() as unit:
            assert unit.is_intact()
        assert update(killed).message == "nothing changed"
    finally:
        killed.close()
        alone.close()


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_workers_end_with_the_process_that_started_them(library: Library, tmp_path: Path):
    library.fill(3000)
    process = start_index(tmp_path / "home", library.root)
    wait_for(lambda: workers_of(process.pid) or process.poll() is not None, every_s=0.002)
    workers = workers_of(process.pid)

    process.send_signal(signal.SIGKILL)
    process.wait(30)

    wait_for(lambda: not any(is_alive(pid) for pid in workers), timeout_s=20)


def workers_of(parent: int) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
