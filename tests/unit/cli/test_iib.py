"""Tests for the `iib` command on real files."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from support.library import Library
from support.process import run_iib


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / "library")
    made.add("a.png", "a red cat")
    made.add("b.png", "a blue dog")
    return made


def test_index_then_search(tmp_path: Path, library: Library) -> None:
    home = tmp_path / "home"
    indexed = run_iib("index", str(library.root), home=home)
    assert indexed.returncode == 0, indexed.stderr
    assert "completed: 2 added" in indexed.stdout

    assert run_iib("search", "RED", home=home).stdout.splitlines() == [str(library.path("a.png"))]
    assert run_iib("search", "^b", "--regex", home=home).stdout.splitlines() == [str(library.path("b.png"))]
    as_json = run_iib("search", "", "--json", "--limit", "1", home=home).stdout.splitlines()
    assert [json.loads(line)["name"] for line in as_json] == ["b.png"]


def test_a_missing_folder_is_reported_and_not_fatal(tmp_path: Path) -> None:
    ended = run_iib("index", str(tmp_path / "absent"), home=tmp_path / "home")

    assert ended.returncode == 0
    assert str(tmp_path / "absent") in ended.stderr


def test_a_bad_pattern_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    ended = run_iib("search", "(", "--regex", home=tmp_path / "home")

    assert ended.returncode == 1
    assert ended.stderr.startswith("iib: bad regular expression")
    assert "Traceback" not in ended.stderr


def test_settings_are_listed_with_masked_secrets(tmp_path: Path) -> None:
    ended = run_iib("settings", home=tmp_path / "home", IIB_SECRET_KEY="s3cret")  # noqa: S106

    assert ended.returncode == 0
    assert "s3cret" not in ended.stdout
    assert "********" in ended.stdout


@pytest.mark.parametrize("command", ["settings", "doctor", "index", "serve"])
def test_a_wrong_setting_is_one_line_and_exit_code_1(tmp_path: Path, command: str) -> None:
    ended = run_iib(command, home=tmp_path / "home", IIB_ACCESS_CONTROL="perhaps")

    assert ended.returncode == 1
    assert "IIB_ACCESS_CONTROL" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_doctor_checks_the_database_and_makes_no_backup(tmp_path: Path, library: Library) -> None:
    home = tmp_path / "home"
    run_iib("index", str(library.root), home=home)

    for _ in range(2):
        told = run_iib("doctor", home=home).stdout
        assert "ok      database" in told
        assert "2 files, 0 with problems" in told
    assert not (home / "iib_db_backup").exists()


def test_the_doctor_finds_and_repairs_wrong_derived_data(tmp_path: Path, library: Library) -> None:
    home = tmp_path / "home"
    run_iib("index", str(library.root), home=home)
    database = sqlite3.connect(home / "iib.db")
    with database:
        database.execute("UPDATE media_fts_data SET block = x'00' WHERE id > 10")
        database.execute("DELETE FROM tag_posting WHERE tag_id = (SELECT min(tag_id) FROM tag_posting)")
        database.execute("UPDATE tag_facts SET carried = carried + 1")
    database.close()

    found, repaired, after = (run_iib("doctor", *extra, home=home) for extra in ([], ["--repair"], []))

    assert found.returncode == 1
    for name in ("full-text index", "tag sets", "tag counts"):
        assert f"PROBLEM {name}" in found.stdout
        assert f"ok      {name}" in repaired.stdout
        assert f"ok      {name}" in after.stdout


def test_the_doctor_finds_a_broken_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "iib.db").write_bytes(b"this is no database, " * 100)

    ended = run_iib("doctor", home=home)

    assert ended.returncode == 1
    assert "PROBLEM database" in ended.stdout
