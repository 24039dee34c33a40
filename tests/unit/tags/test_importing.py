"""Tests for importing a database of the earlier program, which the import never changes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.legacy import digest, make_legacy
from support.library import Library
from support.services import by_name, tags_of, update

from iib._lib.path_relocation import PathRelocation
from iib.api import Services
from iib.errors import InvalidRequest
from iib.store import is_legacy
from iib.tags.importing import ImportReport


def run(services: Services, source: Path, *pairs: tuple[str, str], dry_run: bool = False) -> ImportReport:
    """Import a database of the earlier program with these relocations."""
    return services.importer.run(source, PathRelocation(pairs), dry_run=dry_run)


def custom(services: Services, name: str) -> set[str]:
    """Return the names of the custom tags of a file."""
    return {tag for kind, tag in tags_of(services, by_name(services)[name]) if kind == "custom"}


@pytest.fixture
def old(tmp_path: Path, library: Library) -> Path:
    """Return a database with tags, colours, an extra path, settings and orphans; one file is not indexed yet."""
    library.add("a.png", "a cat")
    return make_legacy(
        tmp_path / "old" / "iib.db",
        {str(library.path("a.png")): ["like", "sun"], str(library.path("later.png")): ["sun"]},
        colors={"sun": "#ffcc00", "Model:sdxl": "red"},
        roots=[(str(library.root), "scanned+walk", "Pictures"), (str(tmp_path / "unplugged"), "scanned-fixed", "")],
        settings={"global": {"lang": "de"}, "tag_graph_v1_0123": {"cache": 1}, "trend_stats_v1": {}},
        raw_settings={"broken": "{"},
        orphans=2,
    )


def test_tags_links_colours_roots_and_settings_are_imported(
    services: Services, old: Path, library: Library, tmp_path: Path
):
    update(services)

    report = run(services, old)

    assert (report.images, report.tags_new, report.tags_known, report.colors, report.orphans) == (2, 1, 1, 2, 2)
    assert (report.links, report.links_new, report.links_known, report.links_pending) == (3, 2, 0, 1)
    assert (report.roots_new, report.settings_new, report.settings_skipped) == (2, 1, 3)
    assert custom(services, "a.png") == {"like", "sun"}
    with services.store.read() as unit:
        colors = {(tag.kind, tag.name): tag.color for tag in unit.tags.list_custom()}
        assert colors["custom", "sun"] == "#ffcc00"
        assert unit.preferences.values_by_name() == {"global": '{"lang": "de"}'}
        roots = {root.path: (root.types, root.alias) for root in unit.roots.list_all()}
    assert roots == {
        str(library.root): (("scanned", "walk"), "Pictures"),
        str(tmp_path / "unplugged"): (("scanned-fixed",), ""),
    }


def test_links_of_files_not_indexed_yet_are_pending_until_they_are(services: Services, old: Path, library: Library):
    run(services, old)
    library.add("later.png", "a later cat")
    with services.store.read() as unit:
        assert unit.custom_tags.count_pending() == 3

    update(services)

    assert custom(services, "later.png") == {"sun"}
    assert custom(services, "a.png") == {"like", "sun"}
    with services.store.read() as unit:
        assert unit.custom_tags.count_pending() == 0


def test_a_dry_run_reports_exactly_the_counts_of_the_import(services: Services, old: Path):
    update(services)
    planned = run(services, old, dry_run=True)
    with services.store.read() as unit:
        assert [tag.name for tag in unit.tags.list_custom()] == ["like"]
        assert (unit.roots.list_all(), unit.preferences.values_by_name(), unit.change_log.list_latest(9)) == (
            [],
            {},
            [],
        )

    done = run(services, old)

    planned.dry_run = False
    assert planned == done


def test_importing_twice_adds_nothing(services: Services, old: Path):
    update(services)
    run(services, old)

    again = run(services, old)

    assert (again.tags_new, again.links_new, again.links_known, again.links_pending) == (0, 0, 2, 1)
    assert (again.roots_new, again.roots_known, again.settings_new, again.settings_kept, again.rules_new) == (
        0,
        2,
        0,
        1,
        0,
    )


def test_existing_colours_aliases_and_settings_are_not_overwritten(services: Services, old: Path, library: Library):
    update(services)
    with services.store.write() as unit:
        unit.custom_tags.set_color(unit.custom_tags.ensure("sun"), "blue")
        unit.roots.add(str(library.root), ["scanned"])
        unit.roots.set_alias(str(library.root), "Mine")
        unit.preferences.set("global", '{"lang": "en"}')

    run(services, old)

    with services.store.read() as unit:
        assert {tag.name: tag.color for tag in unit.tags.list_custom()}["sun"] == "blue"
        assert [root.alias for root in unit.roots.list_all() if root.path == str(library.root)] == ["Mine"]
        assert unit.preferences.values_by_name()["global"] == '{"lang": "en"}'


def test_an_import_is_undone_as_one_change(services: Services, old: Path):
    update(services)
    run(services, old)

    services.curation.undo()

    assert custom(services, "a.png") == set()
    with services.store.read() as unit:
        assert unit.custom_tags.count_pending() == 0
        assert [tag.name for tag in unit.tags.list_custom()] == ["like"]


def test_folders_that_moved_are_mapped_by_whole_components(services: Services, library: Library, tmp_path: Path):
    library.add("a.png")
    library.add("sub/b.png")
    update(services)
    old = make_legacy(
        tmp_path / "iib.db", {"/gone/img/a.png": ["x"], "/gone/img/sub/b.png": ["y"], "/gone/img2/a.png": ["z"]}
    )

    unmapped = run(services, old, dry_run=True)
    report = run(services, old, ("/gone/img", str(library.root)))

    assert unmapped.unseen_folders[0] == ("/gone/img", 1)
    assert (report.links_new, report.links_pending) == (2, 1)
    assert report.unseen_folders == [("/gone/img2", 1)]
    assert (custom(services, "a.png"), custom(services, "b.png")) == ({"x"}, {"y"})


@pytest.mark.skipif(os.name == "nt", reason="these paths are foreign on other systems only")
def test_paths_of_another_system_need_a_mapping(services: Services, library: Library, tmp_path: Path):
    library.add("sub/a.png")
    update(services)
    old = make_legacy(tmp_path / "iib.db", {r"D:\Out\sub\a.png": ["x"], r"E:\other.png": ["y"]})

    report = run(services, old, ("d:/out", str(library.root)))

    assert (report.links_new, report.links_pending, report.links_unusable) == (1, 0, 1)
    assert custom(services, "a.png") == {"x"}


def test_imported_rules_follow_existing_rules_and_are_applied(services: Services, library: Library, tmp_path: Path):
    def rule(tag: str, word: str) -> dict[str, object]:
        return {"tag": tag, "filters": [{"field": "pos_prompt", "operator": "contains", "value": word}]}

    with services.store.write() as unit:
        unit.preferences.set("auto_tag_rules", '[{"tag": "own", "filters": []}]')
    rules = [rule("zebras", "zebra"), {"tag": "", "filters": []}, "no rule"]
    old = make_legacy(tmp_path / "iib.db", settings={"auto_tag_rules": rules})

    assert run(services, old).rules_new == 1
    assert run(services, old).rules_new == 0
    library.add("z.png", "a zebra")
    update(services)

    assert custom(services, "z.png") == {"zebras"}


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_the_source_is_unchanged_and_no_file_is_created_next_to_it(
    services: Services, library: Library, tmp_path: Path, mode: str
):
    old = make_legacy(tmp_path / "old" / "iib.db", {str(library.path("a.png")): ["x"]}, journal_mode=mode)
    before = digest(old)
    old.chmod(0o444)

    run(services, old)

    assert digest(old) == before
    assert [item.name for item in old.parent.iterdir()] == ["iib.db"]


def test_transactions_that_are_only_in_the_journal_are_imported(services: Services, library: Library, tmp_path: Path):
    old = make_legacy(tmp_path / "old" / "iib.db", {str(library.path("a.png")): ["x"]}, journal_mode="wal")
    with closing(sqlite3.connect(old)) as running:
        running.execute("INSERT INTO tag(name, score, type, count) VALUES('fresh', 0, 'custom', 0)")
        running.commit()
        before = {item.name: digest(item) for item in old.parent.iterdir() if not item.name.endswith("-shm")}

        run(services, old)

        after = {item.name: digest(item) for item in old.parent.iterdir() if not item.name.endswith("-shm")}
    assert before == after
    assert "iib.db-wal" in before
    with services.store.read() as unit:
        assert unit.custom_tags.find_by_name("fresh") is not None


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0" + b"\xff" * 5000])
def test_other_files_are_refused(services: Services, tmp_path: Path, content: bytes):
    path = tmp_path / "x.db"
    path.write_bytes(content)

    assert not is_legacy(path)
    with pytest.raises(InvalidRequest):
        run(services, path)
    with pytest.raises(InvalidRequest):
        run(services, tmp_path / "none.db")


def test_a_current_database_is_not_a_legacy_database(services: Services):
    assert not is_legacy(services.settings.db_path)
    with pytest.raises(InvalidRequest):
        run(services, services.settings.db_path)


def test_databases_of_older_versions_with_fewer_tables_are_imported(
    services: Services, library: Library, tmp_path: Path
):
    old = tmp_path / "iib.db"
    with closing(sqlite3.connect(old)) as database, database:
        database.executescript(
            "CREATE TABLE image (id INTEGER PRIMARY KEY, path TEXT); "
            "CREATE TABLE image_tag (image_id INTEGER, tag_id INTEGER); "
            "CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT, type TEXT); "
            "INSERT INTO tag VALUES(1, 'x', 'custom'); INSERT INTO image_tag VALUES(1, 1);"
        )
        database.execute("INSERT INTO image VALUES(1, ?)", (str(library.path("a.png")),))

    report = run(services, old)

    assert (report.tags_new, report.links_pending, report.roots_new, report.settings_new) == (1, 1, 0, 0)
