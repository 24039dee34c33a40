"""Tests for starting with the database of the earlier program, which is upgraded in place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.legacy import digest, make_legacy
from support.library import Library
from support.services import by_name, make_services, tags_of, wait_for

from iib.bootstrap.upgrade import upgrade_in_place
from iib.errors import StoreError
from iib.store import Store, discard_database, is_legacy, keep_previous_database, swap_in_database


@pytest.fixture
def old(tmp_path: Path, library: Library) -> Path:
    """Return a database of the earlier program under the path of the current one."""
    library.add("a.png", "a cat")
    return make_legacy(
        tmp_path / "home" / "iib.db",
        {str(library.path("a.png")): ["like", "sun"]},
        roots=[(str(library.root), "scanned", "Pictures")],
    )


def test_the_program_imports_the_database_and_indexes_its_files(
    old: Path, library: Library, capsys: pytest.CaptureFixture[str]
):
    before = digest(old)

    services = make_services(old.parent)
    services.start()
    row = wait_for(lambda: by_name(services).get("a.png"))
    tags = {name for kind, name in tags_of(services, row) if kind == "custom"}
    services.close()

    previous = old.with_name("iib.before-upgrade.db")
    assert tags == {"like", "sun"}
    assert digest(previous) == before
    assert is_legacy(previous)
    assert not is_legacy(old)
    assert str(previous) in capsys.readouterr().err


def test_a_second_start_imports_nothing(old: Path, capsys: pytest.CaptureFixture[str]):
    make_services(old.parent).close()
    capsys.readouterr()

    make_services(old.parent).close()

    assert capsys.readouterr().err == ""
    assert sorted(item.name for item in old.parent.glob("iib*.db*")) == ["iib.before-upgrade.db", "iib.db"]


def test_a_crash_before_the_replacement_keeps_the_old_database_and_the_next_start_imports_again(old: Path):
    before = digest(old)
    keep_previous_database(old, "before-upgrade")
    half = old.with_name("iib.db.importing")
    half.write_bytes(b"half a database")

    assert is_legacy(old)
    report = upgrade_in_place(old)

    assert report is not None
    assert report.links_pending == 2
    assert digest(old.with_name("iib.before-upgrade.db")) == before
    assert sorted(item.name for item in old.parent.iterdir()) == ["iib.before-upgrade.db", "iib.db"]


def test_a_crash_after_the_replacement_needs_no_second_import(old: Path):
    upgrade_in_place(old)

    assert upgrade_in_place(old) is None


def test_the_last_transactions_in_a_journal_are_imported(old: Path, tmp_path: Path):
    database = sqlite3.connect(old)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("INSERT INTO tag(name, score, type, count) VALUES('fresh', 0, 'custom', 0)")
    database.commit()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("iib.db", "iib.db-wal"):
        (crashed / name).write_bytes((old.parent / name).read_bytes())
    database.close()

    upgrade_in_place(crashed / "iib.db")

    store = Store.open(crashed / "iib.db", backup_max=0)
    with store.read() as unit:
        assert unit.custom_tags.find_by_name("fresh") is not None
        assert unit.is_intact()
    store.close()
    assert (crashed / "iib.before-upgrade.db-wal").is_file()
    with closing(sqlite3.connect(crashed / "iib.before-upgrade.db")) as previous:
        assert previous.execute("SELECT count(*) FROM tag WHERE name = 'fresh'").fetchone() == (1,)


def test_a_failed_import_changes_nothing(old: Path):
    with closing(sqlite3.connect(old)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tag'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with old.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)
    before = digest(old)

    with pytest.raises(StoreError):
        upgrade_in_place(old)

    assert digest(old) == before
    assert not old.with_name("iib.db.importing").exists()


def test_an_earlier_copy_of_a_database_is_never_overwritten(old: Path):
    other = old.with_name("iib.before-upgrade.db")
    make_legacy(other, {"/x/y.png": ["other"]})
    before = digest(other)

    upgrade_in_place(old)

    assert digest(other) == before
    assert is_legacy(old.with_name("iib.before-upgrade-2.db"))


def test_an_upgrade_cannot_be_undone(old: Path):
    services = make_services(old.parent)

    assert services.curation.changes(10) == []
    services.close()


def test_swapping_in_removes_journals_of_the_old_database(tmp_path: Path):
    finished, path = tmp_path / "new", tmp_path / "iib.db"
    finished.write_bytes(b"new")
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").write_bytes(b"old")

    swap_in_database(finished, path)

    assert [item.name for item in tmp_path.iterdir()] == ["iib.db"]
    assert path.read_bytes() == b"new"
    discard_database(path)
    assert list(tmp_path.iterdir()) == []
