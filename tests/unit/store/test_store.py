"""Tests for units of work, backups, the change log and query plans."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.raw_sql import query_plan, recorded_statements
from support.records import give, numbered, put, record
from support.services import wait_for

from iib.errors import StoreError
from iib.store import Store
from iib.store.sqlite import back_up
from iib.store.store import MAX_CHANGED_IDS


def count(store: Store) -> int:
    with store.read() as unit:
        return unit.media.count()


def names_in(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in database.execute("SELECT name FROM media ORDER BY id")]
    finally:
        database.close()


def write_and_fail(store: Store) -> None:
    with store.write() as unit:
        folder_id = unit.folders.ensure("/library")
        unit.media.upsert([(folder_id, record(tags=[("pos", "ghost")]), None)])
        raise ZeroDivisionError


def test_a_new_store_has_the_like_tag_and_is_intact(store: Store):
    with store.read() as unit:
        assert [(tag.kind, tag.name) for tag in unit.tags.list_custom()] == [("custom", "like")]
        assert unit.is_intact()


@pytest.mark.parametrize("folder", ["with space", "100%", "what?", "a#b", "[x]", "snow☃"])
def test_a_store_opens_and_is_backed_up_in_a_folder_of_any_name(tmp_path: Path, folder: str):
    home = tmp_path / folder
    opened = Store.open(home / "iib.db")
    put(opened, [record()])
    opened.close()

    again = Store.open(home / "iib.db", backup_dir=home / "backup", backup_max=2)
    again.close()

    assert (home / "iib.db").is_file()
    [copy] = (home / "backup").iterdir()
    assert names_in(copy) == ["a.png"]


def test_foreign_keys_are_enforced(store: Store):
    with pytest.raises(StoreError), store.write() as unit:
        unit.media.upsert([(99, record(), None)])


def test_a_failed_transaction_leaves_nothing(store: Store):
    with pytest.raises(ZeroDivisionError):
        write_and_fail(store)

    assert count(store) == 0
    assert store.revision == 0
    with store.read() as unit:
        assert unit.folders.find("/library") is None


def test_tags_of_a_failed_transaction_are_created_again(store: Store):
    with pytest.raises(ZeroDivisionError):
        write_and_fail(store)

    [media_id] = put(store, [record(tags=[("pos", "ghost")])])

    with store.read() as unit:
        assert [(tag.kind, tag.name) for tag in unit.tags.tags_by_media([media_id])[media_id]] == [("pos", "ghost")]


def test_a_nested_write_transaction_is_refused(store: Store):
    with pytest.raises(StoreError, match="already open"), store.write(), store.write():
        pass
    put(store, [record()])
    assert count(store) == 1


def test_a_read_unit_sees_one_state_from_its_first_statement_on(store: Store):
    put(store, [record("a.png")])

    with store.read() as unit:
        assert unit.media.count() == 1
        put(store, [record("b.png")])
        assert unit.media.count() == 1

    assert count(store) == 2


def test_readers_continue_while_one_thread_writes(store: Store):
    put(store, [record("a.png")])
    counts: list[int] = []

    with store.write() as unit:
        folder_id = unit.folders.ensure("/library")
        unit.media.upsert([(folder_id, record("b.png"), None)])
        readers = [threading.Thread(target=lambda: counts.append(count(store))) for _ in range(8)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(10)

    assert counts == [1] * 8
    assert count(store) == 2


def test_write_transactions_run_one_after_the_other(store: Store):
    def write(number: int) -> None:
        for turn in range(10):
            put(store, [record(f"{number}-{turn}.png")])

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)

    assert count(store) == 40
    assert store.revision == 40


def test_two_stores_are_independent(tmp_path: Path):
    first, second = Store.open(tmp_path / "a.db"), Store.open(tmp_path / "b.db")
    try:
        put(first, [record("a.png", tags=[("pos", "one")])])
        put(second, [record("b.png", tags=[("pos", "two")])])

        with first.read() as one, second.read() as two:
            assert one.media.find_by_path("/library/b.png") is None
            assert two.media.find_by_path("/library/b.png") is not None
            assert {tag.name for tag in one.tags.list_all()} == {"like", "one"}
            assert {tag.name for tag in two.tags.list_all()} == {"like", "two"}
    finally:
        first.close()
        second.close()


def test_two_programs_may_open_one_new_database_at_the_same_time(tmp_path: Path):
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(Store.open, [tmp_path / "iib.db"] * 4))

    assert [one.revision for one in opened] == [0] * 4
    for one in opened:
        one.close()


def test_a_file_that_is_not_a_database_is_refused_with_its_path(tmp_path: Path):
    (tmp_path / "iib.db").write_bytes(b"this is a text, not a database" * 100)

    with pytest.raises(StoreError, match=r"iib\.db"):
        Store.open(tmp_path / "iib.db")


def test_a_database_of_a_newer_program_is_refused_and_unchanged(tmp_path: Path):
    Store.open(tmp_path / "iib.db").close()
    database = sqlite3.connect(tmp_path / "iib.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()

    with pytest.raises(StoreError, match="newer version"):
        Store.open(tmp_path / "iib.db")

    database = sqlite3.connect(tmp_path / "iib.db")
    assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    database.close()


def test_a_new_database_is_not_backed_up(tmp_path: Path):
    Store.open(tmp_path / "iib.db", backup_dir=tmp_path / "backup").close()

    assert not (tmp_path / "backup").exists()


def test_a_backup_is_made_at_the_start_and_can_be_opened(tmp_path: Path):
    opened = Store.open(tmp_path / "iib.db")
    [media_id] = put(opened, [record("a.png", "some text")])
    with opened.write() as unit:
        give(unit, "mine", [media_id])
    opened.close()

    Store.open(tmp_path / "iib.db", backup_dir=tmp_path / "backup").close()

    [copy] = (tmp_path / "backup").iterdir()
    restored = Store.open(copy)
    with restored.read() as unit:
        assert unit.media.texts_by_id([media_id]) == {media_id: ("/library/a.png", "some text")}
        assert {tag.name for tag in unit.tags.tags_by_media([media_id])[media_id]} == {"mine"}
    restored.close()


def test_a_backup_contains_transactions_of_the_write_ahead_log(tmp_path: Path):
    running = Store.open(tmp_path / "iib.db")
    put(running, [record("a.png")])

    backup = back_up(tmp_path / "iib.db", tmp_path / "backup", 3)
    running.close()

    assert backup is not None
    assert names_in(backup) == ["a.png"]


def test_only_the_newest_backups_are_kept(tmp_path: Path):
    Store.open(tmp_path / "iib.db").close()
    backup_dir = tmp_path / "backup"
    backup_dir.mkdir()
    for day in range(10, 20):
        (backup_dir / f"iib.db_2020-01-{day} 10-00-00").write_bytes(b"old")
    (backup_dir / "iib.db_2020-01-01 10-00-00.part").write_bytes(b"half")
    (backup_dir / "other.db_2020-01-01 10-00-00").write_bytes(b"of another database")

    backup = back_up(tmp_path / "iib.db", backup_dir, 3)

    kept = sorted(item.name for item in backup_dir.glob("iib.db_*") if item.suffix != ".part")
    assert kept == ["iib.db_2020-01-18 10-00-00", "iib.db_2020-01-19 10-00-00", backup.name if backup else ""]
    assert (backup_dir / "other.db_2020-01-01 10-00-00").exists()


def test_a_backup_that_cannot_be_written_does_not_stop_the_start(tmp_path: Path):
    Store.open(tmp_path / "iib.db").close()
    (tmp_path / "backup").write_bytes(b"a file where the folder should be")

    opened = Store.open(tmp_path / "iib.db", backup_dir=tmp_path / "backup")
    put(opened, [record()])
    opened.close()


def test_changed_ids_are_returned_for_any_remembered_revision(store: Store):
    [first] = put(store, [record("a.png")])
    [second] = put(store, [record("b.png")])
    with store.write() as unit:
        unit.media.mark_missing([first], 5)

    assert store.revision == 3
    assert store.changes_since(0) == {first, second}
    assert store.changes_since(1) == {first, second}
    assert store.changes_since(2) == {first}
    assert store.changes_since(3) == set()


def test_a_commit_without_media_changes_keeps_the_revision(store: Store):
    with store.write() as unit:
        unit.preferences.set("theme", '"dark"')

    assert store.revision == 0


def test_the_number_of_remembered_changed_ids_is_limited(store: Store):
    for _ in range(3):
        with store.write() as unit:
            unit.changed_ids.update(range(MAX_CHANGED_IDS // 2))

    assert store.changes_since(0) is None
    assert store.changes_since(1) == set(range(MAX_CHANGED_IDS // 2))  # two of three commits fill the log exactly
    assert store.changes_since(store.revision - 1) == set(range(MAX_CHANGED_IDS // 2))


def test_a_commit_larger_than_the_limit_is_not_remembered(store: Store):
    with store.write() as unit:
        unit.changed_ids.update(range(MAX_CHANGED_IDS + 1))

    assert store.changes_since(0) is None
    assert store.changes_since(1) == set()


def test_listeners_are_called_until_they_unsubscribe(store: Store):
    revisions: list[int] = []
    unsubscribe = store.on_commit(revisions.append)

    put(store, [record("a.png")])
    unsubscribe()
    put(store, [record("b.png")])

    assert revisions == [1]


def test_a_listener_may_write(store: Store):
    def listen(revision: int) -> None:
        with store.write() as unit:
            unit.preferences.set("seen", str(revision))

    store.on_commit(listen)
    put(store, [record()])

    with store.read() as unit:
        assert unit.preferences.values_by_name() == {"seen": "1"}


FREQUENT_STATEMENTS = {
    "a folder's stamps": "SELECT name, id FROM media WHERE folder_id IN (1, 2)",
    "files by folder and name": "SELECT id FROM media WHERE folder_id = 1 AND name = 'a'",
    "files by content": "SELECT id FROM media WHERE size_bytes = 1 AND mtime_ns = 2 AND content_hash = x'00'",
    "missing files": "SELECT count(*) FROM media WHERE missing_since_ns IS NOT NULL",
    "files with a problem": "SELECT count(*) FROM media WHERE problem IS NOT NULL AND missing_since_ns IS NULL",
    "files without a thumbhash": (
        "SELECT id FROM media WHERE thumbhash IS NULL AND missing_since_ns IS NULL ORDER BY mtime_ns DESC LIMIT 24"
    ),
    "custom tags of a file": "SELECT tag_id FROM media_tag WHERE media_id = 1",
    "files of a custom tag": "SELECT media_id FROM media_tag WHERE tag_id = 1",
    "files of a derived tag": "SELECT zone, ids FROM tag_posting WHERE tag_id = 1 ORDER BY zone",
    "folders below a folder": "SELECT id FROM folder WHERE path = '/a' OR (path >= '/a/' AND path < '/a0')",
    "children of a folder": "SELECT id FROM folder WHERE parent_id = 1",
}


@pytest.mark.parametrize("name", FREQUENT_STATEMENTS)
def test_frequent_statements_never_scan_a_whole_table(store: Store, name: str):
    put(store, numbered(50))
    with store.read() as unit:
        steps = query_plan(unit, FREQUENT_STATEMENTS[name])

    bare_scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step]
    assert bare_scans == [], steps


def test_counting_and_moves_use_indexes_only(store: Store):
    put(store, numbered(50))

    with recorded_statements() as statements, store.read() as unit:
        unit.media.count()
        unit.media.rows_by_content([(100, 1, b"x"), (100, 2, b"y")])
        unit.folders.list_children("/library", [])

    assert len(statements) >= 3
    with store.read() as unit:
        for statement, parameters in statements:
            if not statement.startswith(("SELECT", "WITH")):
                continue
            steps = query_plan(unit, statement, parameters)
            assert not [step for step in steps if step.startswith("SCAN media") and "INDEX" not in step], steps


def test_a_store_closes_while_its_backup_runs(tmp_path: Path):
    opened = Store.open(tmp_path / "iib.db")
    put(opened, numbered(3000))
    opened.close()

    Store.open(tmp_path / "iib.db", backup_dir=tmp_path / "backup").close()

    copies = wait_for(lambda: list((tmp_path / "backup").iterdir()), timeout_s=1)
    assert len(names_in(copies[0])) == 3000
