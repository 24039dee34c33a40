"""Tests for relocating a database after its library was moved to another folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.legacy import digest, make_legacy
from support.library import Library
from support.process import CHECKOUT
from support.services import by_name, make_services, tags_of, update, visible

from iib.errors import Conflict, InvalidRequest, StoreError
from iib.search.service import TextQuery
from iib.store.maintenance.relocate import relocate_database


def column(database: Path, query: str) -> list[str]:
    """Return the first column of the result of a query."""
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute(query)]


def test_paths_are_rewritten_by_whole_components(tmp_path: Path):
    old = make_legacy(
        tmp_path / "db" / "iib.db",
        {"/data/img/a.png": ["x"], "/data/img/s/b.png": ["x"], "/data/img2/c.png": ["x"]},
        roots=[("/data/img", "scanned", "A"), ("/data/img2", "walk", "")],
    )
    before = digest(old)

    relocation = relocate_database(old, "/data/img/", "/new")

    assert column(old, "SELECT path FROM image ORDER BY path") == ["/data/img2/c.png", "/new/a.png", "/new/s/b.png"]
    assert column(old, "SELECT path FROM extra_path ORDER BY path") == ["/data/img2", "/new"]
    assert column(old, "SELECT path FROM folders ORDER BY id") == ["/new", "/new/s", "/data/img2"]
    assert column(old, "SELECT count(*) FROM image_tag") == [3]
    assert relocation.rows == {"image": 2, "extra_path": 1, "folders": 2, "dir_cover_cache": 0}
    assert relocation.original is not None
    assert digest(relocation.original) == before
    assert sorted(item.name for item in old.parent.iterdir()) == ["iib.before-move.db", "iib.db"]


def test_an_existing_target_path_is_a_conflict_and_changes_nothing(tmp_path: Path):
    old = make_legacy(tmp_path / "iib.db", {"/a/x.png": ["x"], "/b/x.png": ["y"]})
    before = digest(old)

    with pytest.raises(Conflict):
        relocate_database(old, "/a", "/b")

    assert digest(old) == before
    assert [item.name for item in tmp_path.iterdir()] == ["iib.db"]


def test_folders_may_exchange_their_names_step_by_step(tmp_path: Path):
    old = make_legacy(tmp_path / "iib.db", {"/a/x.png": ["x"], "/a/a/x.png": ["y"]})

    relocate_database(old, "/a/a", "/b")
    relocate_database(old, "/a", "/a/a")

    assert column(old, "SELECT path FROM image ORDER BY path") == ["/a/a/x.png", "/b/x.png"]


def test_nothing_to_rewrite_changes_nothing(tmp_path: Path):
    old = make_legacy(tmp_path / "iib.db", {"/a/x.png": ["x"]})
    before = digest(old)

    assert relocate_database(old, "/nowhere", "/b").original is None
    assert digest(old) == before
    assert [item.name for item in tmp_path.iterdir()] == ["iib.db"]


def test_other_files_are_refused(tmp_path: Path):
    (tmp_path / "text.db").write_text("no database", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE x(y)")

    with pytest.raises(InvalidRequest):
        relocate_database(tmp_path / "none.db", "/a", "/b")
    with pytest.raises(StoreError):
        relocate_database(tmp_path / "text.db", "/a", "/b")
    with pytest.raises(InvalidRequest):
        relocate_database(tmp_path / "other.db", "/a", "/b")


def test_a_current_database_is_relocated_without_loss(tmp_path: Path, library: Library):
    library.add("a.png", "a cat")
    library.add("sub/b.png", "a dog")
    services = make_services(tmp_path / "home", [library.root])
    update(services)
    rows = by_name(services)
    like = services.tags.add("like").id
    services.tags.change_links([rows["a.png"].id, rows["b.png"].id], [like], [])
    services.curation.rate([rows["b.png"].id], 5)
    database = services.settings.db_path
    services.close()
    moved = tmp_path / "moved"
    shutil.move(library.root, moved)

    relocation = relocate_database(database, str(library.root), str(moved))
    services = make_services(tmp_path / "home", [moved])

    assert relocation.rows["media"] == 2
    assert {row.id: row.path for row in visible(services)} == {
        rows["a.png"].id: str(moved / "a.png"),
        rows["b.png"].id: str(moved / "sub" / "b.png"),
    }
    rows_below = services.search.by_text(TextQuery(text=str(moved / "sub"))).rows
    assert [row.name for row in rows_below] == ["b.png"]
    assert services.search.by_text(TextQuery(text=str(library.root) + os.sep)).rows == []
    assert "0 added" not in update(services).message
    assert {row.name: row.id for row in visible(services)} == {name: row.id for name, row in rows.items()}
    assert ("custom", "like") in tags_of(services, by_name(services)["a.png"])
    with services.store.read() as unit:
        assert unit.is_intact()
        [rating] = unit.curation.list_ratings([rows["b.png"].id])
        tree = unit.folders.list_children(str(moved), [])
    assert rating.rating == 5
    assert [node.name for node in tree] == ["sub"]
    services.close()


def test_pending_links_are_relocated(tmp_path: Path, library: Library):
    services = make_services(tmp_path / "home")
    with services.store.write() as unit:
        unit.custom_tags.add_pending_links([("/gone/img/a.png", unit.custom_tags.ensure("x"))])
    database = services.settings.db_path
    services.close()

    relocate_database(database, "/gone/img", str(library.root))
    library.add("a.png")
    services = make_services(tmp_path / "home", [library.root])
    update(services)

    assert ("custom", "x") in tags_of(services, by_name(services)["a.png"])
    services.close()


def test_a_database_in_use_is_refused_and_unchanged(tmp_path: Path, library: Library):
    library.add("a.png")
    services = make_services(tmp_path / "home", [library.root])
    update(services)

    with pytest.raises(StoreError, match="in use"):
        relocate_database(services.settings.db_path, str(library.root), "/new")

    assert [row.path for row in visible(services)] == [str(library.path("a.png"))]
    services.close()


def test_the_command_works_next_to_the_given_database_from_any_folder(tmp_path: Path):
    old = make_legacy(tmp_path / "db" / "my.db", {"/a/x.png": ["x"]})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [
        sys.executable,
        str(CHECKOUT / "migrate.py"),
        "--db_path",
        str(old),
        "--old_dir",
        "/a",
        "--new_dir",
        "/b",
    ]

    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=True)

    assert "my.before-move.db" in done.stdout
    assert column(old, "SELECT path FROM image") == ["/b/x.png"]
    assert list(elsewhere.iterdir()) == []
