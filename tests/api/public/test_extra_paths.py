"""Tests for registered folders (`/db/extra_paths`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hosted import Hosted, access, answer_of, hosted, names
from support.library import Library


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Hosted]:
    """A program without any root."""
    with hosted(tmp_path / "home") as opened:
        yield opened


def listed(api: Hosted) -> list[dict[str, object]]:
    found: list[dict[str, object]] = answer_of(api.get("/db/extra_paths"))
    return found


def add(api: Hosted, path: Path | str, *types: str) -> None:
    assert answer_of(api.post("/db/extra_paths", {"path": str(path), "types": list(types)})) is None


def test_a_registered_folder_is_listed_and_indexed(api: Hosted, library: Library) -> None:
    library.add("a.png")
    add(api, library.root, "scanned")

    assert listed(api) == [{"path": str(library.root), "types": ["scanned"], "alias": ""}]
    answer_of(api.post("/db/update_image_data", {}))
    assert names(api.search()) == ["a.png"]


def test_types_are_added_to_a_known_folder(api: Hosted, library: Library) -> None:
    add(api, library.root, "scanned")
    add(api, f"{library.root}/", "walk", "scanned")

    assert listed(api) == [{"path": str(library.root), "types": ["scanned", "walk"], "alias": ""}]


def test_the_old_word_scan_means_scanned(api: Hosted, library: Library) -> None:
    add(api, library.root, "scan")

    assert listed(api)[0]["types"] == ["scanned"]


@pytest.mark.parametrize("types", [["x"], ["scanned", "x"], [], ["cli_access_only"], [""]])
def test_unknown_types_are_a_400(api: Hosted, library: Library, types: list[str]) -> None:
    assert api.post("/db/extra_paths", {"path": str(library.root), "types": types}).status_code == 400
    assert listed(api) == []


def test_only_existing_folders_can_be_registered(api: Hosted, library: Library) -> None:
    file = library.add("a.png")

    for path in (file, library.root / "absent", "", "\0"):
        assert api.post("/db/extra_paths", {"path": str(path), "types": ["scanned"]}).status_code == 400


def test_a_folder_to_walk_is_browsed_and_not_indexed(api: Hosted, library: Library) -> None:
    library.add("a.png")
    add(api, library.root, "walk")
    answer_of(api.post("/db/update_image_data", {}))

    assert names(api.search()) == []
    assert [entry["is_under_scanned_path"] for entry in api.files(library.root)] == [True]
    add(api, library.root, "scanned-fixed")
    answer_of(api.post("/db/update_image_data", {}))
    assert names(api.search()) == ["a.png"]


def test_a_folder_that_is_away_stays_registered(api: Hosted, library: Library) -> None:
    add(api, library.root, "scanned")
    answer_of(api.post("/db/alias_extra_path", {"path": str(library.root), "alias": "Disk"}))
    library.root.rename(library.root.with_name("away"))

    for _ in range(2):
        assert listed(api) == [{"path": str(library.root), "types": ["scanned"], "alias": "Disk"}]


def test_types_are_removed_and_the_entry_goes_with_its_last_one(api: Hosted, library: Library) -> None:
    add(api, library.root, "scanned", "walk")

    assert answer_of(api.delete("/db/extra_paths", {"path": str(library.root), "types": ["walk"]})) is None
    assert listed(api)[0]["types"] == ["scanned"]
    answer_of(api.delete("/db/extra_paths", {"path": str(library.root), "types": ["scanned"]}))
    assert listed(api) == []


def test_removing_works_with_query_parameters_too(api: Hosted, library: Library) -> None:
    add(api, library.root, "scanned", "walk", "scanned-fixed")

    answer_of(api.delete("/db/extra_paths", params={"path": str(library.root), "types": ["walk", "scanned"]}))

    assert listed(api)[0]["types"] == ["scanned-fixed"]


def test_removing_without_types_removes_the_folder(api: Hosted, library: Library) -> None:
    for options in ({"body": {"path": str(library.root)}}, {"params": {"path": str(library.root)}}):
        add(api, library.root, "scanned", "walk")
        answer_of(api.delete("/db/extra_paths", **options))  # type: ignore[arg-type]
        assert listed(api) == []


def test_removing_an_unknown_folder_is_fine_and_no_path_is_a_400(api: Hosted) -> None:
    assert answer_of(api.delete("/db/extra_paths", {"path": "/absent", "types": ["walk"]})) is None
    assert api.delete("/db/extra_paths").status_code == 400


def test_files_of_a_removed_folder_leave_the_search_and_come_back_with_their_ids(api: Hosted, library: Library) -> None:
    library.add("a.png")
    add(api, library.root, "scanned")
    answer_of(api.post("/db/update_image_data", {}))
    before = api.search()["files"]

    answer_of(api.delete("/db/extra_paths", {"path": str(library.root), "types": ["scanned"]}))
    assert api.search()["files"] == []
    assert answer_of(api.get("/db/basic_info"))["img_count"] == 0

    add(api, library.root, "scanned")
    answer_of(api.post("/db/update_image_data", {}))
    assert api.search()["files"] == before


def test_an_alias_is_set_and_cleared(api: Hosted, library: Library) -> None:
    add(api, library.root, "scanned")

    answer = answer_of(api.post("/db/alias_extra_path", {"path": str(library.root), "alias": " Pictures "}))
    assert answer == {"path": str(library.root), "types": ["scanned"], "alias": "Pictures"}
    assert answer_of(api.post("/db/alias_extra_path", {"path": str(library.root), "alias": ""}))["alias"] == ""


def test_an_alias_of_an_unknown_folder_is_a_404(api: Hosted, library: Library) -> None:
    assert api.post("/db/alias_extra_path", {"path": str(library.root), "alias": "x"}).status_code == 404


def test_with_access_control_only_folders_inside_of_roots_can_be_added(tmp_path: Path, library: Library) -> None:
    library.path("sub").mkdir()
    with hosted(tmp_path / "other-home", [], access(allowed=[library.root])) as api:
        add(api, library.path("sub"), "scanned")
        for outside in (tmp_path, library.root.parent, tmp_path / "absent", f"{library.root}-twin"):
            answer = api.post("/db/extra_paths", {"path": str(outside), "types": ["scanned"]})
            assert answer.status_code == 403
