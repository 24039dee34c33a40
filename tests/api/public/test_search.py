"""Tests for text search, tag search, paging and random files."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hosted import Hosted, access, answer_of, hosted, names
from support.library import EPOCH_NS, SECOND_NS, Library
from support.pictures import write_video

from iib.settings import AccessControl

EMPTY = {"files": [], "cursor": {"has_next": False, "next": ""}}


def pages(api: Hosted, address: str, body: dict[str, Any]) -> list[list[str]]:
    """Collect all pages of a search by following the cursor."""
    found: list[list[str]] = []
    cursor = ""
    while True:
        page = answer_of(api.post(address, {**body, "cursor": cursor}))
        found.append(names(page))
        if not page["cursor"]["has_next"]:
            assert page["cursor"]["next"] == ""
            return found
        assert page["cursor"]["next"] not in ("", cursor)
        cursor = page["cursor"]["next"]
        assert len(found) < 100


def tag_id(api: Hosted, kind: str, name: str) -> int:
    return int(api.tags()[kind, name]["id"])


# --- paging -----------------------------------------------------------------------------------------------------------


def test_newest_files_come_first_and_ties_by_the_later_id(api: Hosted, library: Library) -> None:
    library.add("old.png", mtime_ns=EPOCH_NS)
    library.add("new.png", mtime_ns=EPOCH_NS + SECOND_NS)
    for name in ("tie1.png", "tie2.png"):
        library.add(name, mtime_ns=EPOCH_NS + 5)
    api.update()

    files = api.search()["files"]

    assert [entry["name"] for entry in files if "tie" not in entry["name"]] == ["new.png", "old.png"]
    keys = [(entry["date"], entry["id"]) for entry in files if "tie" in entry["name"]]
    assert keys == sorted(keys, reverse=True)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 11, 12])
@pytest.mark.parametrize("address", ["/db/search_by_substr", "/db/match_images_by_tags"])
def test_files_of_the_same_second_are_neither_lost_nor_repeated(
    api: Hosted, library: Library, size: int, address: str
) -> None:
    for number in range(11):
        library.add(f"{number}.png", mtime_ns=EPOCH_NS)
    api.update()

    found = pages(api, address, {"size": size})

    assert sorted(chain.from_iterable(found)) == sorted(f"{number}.png" for number in range(11))
    assert all(len(page) == size for page in found[:-1])


def test_has_next_is_true_only_if_there_is_another_file(api: Hosted, library: Library) -> None:
    library.fill(4)
    api.update()

    assert len(pages(api, "/db/search_by_substr", {"size": 4})) == 1
    assert len(pages(api, "/db/search_by_substr", {"size": 2})) == 2


def test_paging_continues_at_its_position_after_files_are_added(api: Hosted, library: Library) -> None:
    library.fill(4)
    api.update()
    first = api.search(size=2)

    library.add("newer.png")
    api.update()
    second = api.search(size=2, cursor=first["cursor"]["next"])

    assert names(first) + names(second) == ["00003.png", "00002.png", "00001.png", "00000.png"]


def test_a_bare_date_is_a_cursor_meaning_earlier_than(api: Hosted, library: Library) -> None:
    library.fill(3)
    api.update()
    dates = [entry["date"] for entry in api.search()["files"]]

    assert names(api.search(cursor=dates[0])) == ["00001.png", "00000.png"]
    assert names(api.search(cursor=dates[2])) == []


@pytest.mark.parametrize("size", [0, -1, -100, 1.5, "x", "", True, [], {}, "1.5"])
@pytest.mark.parametrize("address", ["/db/search_by_substr", "/db/match_images_by_tags"])
def test_a_size_that_is_no_positive_whole_number_is_a_400(api: Hosted, address: str, size: object) -> None:
    assert api.post(address, {"size": size}).status_code == 400


@pytest.mark.parametrize("size", [1001, 10**9, 10**30])
def test_larger_sizes_are_cut_to_a_thousand(api: Hosted, library: Library, size: int) -> None:
    library.fill(2)
    api.update()

    assert len(api.search(size=size)["files"]) == 2


@pytest.mark.parametrize("cursor", ["x", "2026-13-45 00:00:00", "AAAA", "b" * 500, "é", "2026-01-01", "null"])
@pytest.mark.parametrize("address", ["/db/search_by_substr", "/db/match_images_by_tags"])
def test_a_cursor_that_was_never_given_out_is_a_400(api: Hosted, address: str, cursor: str) -> None:
    assert api.post(address, {"cursor": cursor}).status_code == 400


def test_cursors_of_another_order_are_rejected(api: Hosted, library: Library) -> None:
    library.fill(4)
    api.update()
    ordered = api.search(size=1)["cursor"]["next"]
    shuffled = api.by_tags(size=1, random_sort=True)["cursor"]["next"]

    assert api.post("/db/match_images_by_tags", {"cursor": ordered, "random_sort": True}).status_code == 400
    assert api.post("/db/search_by_substr", {"cursor": shuffled}).status_code == 400


def test_missing_files_are_left_out_and_the_page_is_filled(api: Hosted, library: Library) -> None:
    paths = library.fill(8)
    api.update()
    for path in paths[2:6]:
        path.unlink()

    assert pages(api, "/db/search_by_substr", {"size": 3}) == [
        ["00007.png", "00006.png", "00001.png"],
        ["00000.png"],
    ]
    assert sorted(chain.from_iterable(pages(api, "/db/match_images_by_tags", {"size": 2}))) == [
        "00000.png",
        "00001.png",
        "00006.png",
        "00007.png",
    ]


def test_a_search_while_a_disk_is_away_costs_nothing(api: Hosted, library: Library) -> None:
    library.fill(3)
    api.update()
    ids = {entry["name"]: entry["id"] for entry in api.search()["files"]}

    away = library.root.rename(library.root.with_name("away"))
    assert api.search()["files"] == []
    assert answer_of(api.get("/db/random_images")) == []
    away.rename(library.root)

    assert {entry["name"]: entry["id"] for entry in api.search()["files"]} == ids


# --- text -------------------------------------------------------------------------------------------------------------


def test_a_page_has_exactly_files_and_cursor_and_says_if_it_is_complete(api: Hosted) -> None:
    assert api.search() == {**EMPTY, "complete": True}


def test_a_substring_is_found_in_path_or_text_in_any_case(api: Hosted, library: Library) -> None:
    library.add("Landscape.png", "a cat")
    library.add("sub-landscape/b.png", "a dog")
    library.add("c.png", "a wide LANDSCAPE")
    library.add("d.png", "a bird")
    api.update()

    assert names(api.search(surstr="landSCAPE")) == ["c.png", "b.png", "Landscape.png"]


def test_path_only_ignores_the_text(api: Hosted, library: Library) -> None:
    library.add("forest.png", "a cat")
    library.add("b.png", "a forest")
    api.update()

    assert names(api.search(surstr="forest", path_only=True)) == ["forest.png"]
    assert names(api.search(regexp="for.st", path_only=True)) == ["forest.png"]


@pytest.mark.parametrize("needle", ["%", "_", "100%", "a_b", "[", "*", "\\", "'", '"'])
def test_signs_of_pattern_languages_are_plain_characters(api: Hosted, library: Library, needle: str) -> None:
    library.add("plain.png", "nothing special 1000 aXb")
    library.add("special.png", "all of % _ 100% a_b [ * \\ ' \" here")
    api.update()

    folder_has_it = needle in str(library.root)
    assert names(api.search(surstr=needle)) == ["special.png", "plain.png"] if folder_has_it else ["special.png"]


def test_a_folder_of_a_scope_is_compared_by_whole_components(api: Hosted, library: Library) -> None:
    for folder in ("my_dir", "myXdir", "my_dir2", "my%dir"):
        library.add(f"{folder}/{folder}.png")
    api.update()

    assert names(api.search(folder_paths=[str(library.path("my_dir"))])) == ["my_dir.png"]
    assert names(api.search(folder_paths=[str(library.path("my%dir"))])) == ["my%dir.png"]
    assert names(api.search(folder_paths=[str(library.path("my_dir")) + "/"])) == ["my_dir.png"]


def test_a_scope_holds_its_folders_and_everything_below(api: Hosted, library: Library) -> None:
    library.add("a/1.png")
    library.add("a/deep/er/2.png")
    library.add("b/3.png")
    library.add("4.png")
    api.update()

    assert names(api.search(folder_paths=[str(library.path("a"))])) == ["2.png", "1.png"]
    both = [str(library.path("a")), str(library.path("b"))]
    assert names(api.search(folder_paths=both)) == ["3.png", "2.png", "1.png"]
    assert names(api.by_tags(folder_paths=both)) == ["3.png", "2.png", "1.png"]


def test_folders_that_do_not_exist_are_dropped_and_if_none_is_left_the_page_is_empty(
    api: Hosted, library: Library
) -> None:
    library.add("a/1.png")
    api.update()
    absent = str(library.path("absent"))

    assert names(api.search(folder_paths=[absent, str(library.path("a"))])) == ["1.png"]
    for page in (api.search(folder_paths=[absent]), api.by_tags(folder_paths=[absent, "\0"])):
        assert {key: page[key] for key in EMPTY} == EMPTY


def test_folder_paths_may_be_left_out(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()

    assert names(answer_of(api.post("/db/search_by_substr", {}))) == ["a.png"]
    assert names(answer_of(api.post("/db/match_images_by_tags", {}))) == ["a.png"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("all", {"a.png", "b.mp4", "c.mp3"}),
        ("image", {"a.png"}),
        ("IMAGE", {"a.png"}),
        ("video", {"b.mp4"}),
        ("audio", {"c.mp3"}),
    ],
)
def test_the_kind_of_media_limits_a_search(api: Hosted, library: Library, word: str, expected: set[str]) -> None:
    library.add("a.png")
    write_video(library.path("b.mp4"), frames=2)
    library.add("c.mp3", content=b"ID3")
    api.update()

    assert set(names(api.search(media_type=word))) == expected


def test_an_unknown_kind_of_media_is_a_400(api: Hosted) -> None:
    assert api.post("/db/search_by_substr", {"media_type": "picture"}).status_code == 400


# --- regular expressions ----------------------------------------------------------------------------------------------


def test_an_anchored_pattern_meets_the_bare_file_name(api: Hosted, library: Library) -> None:
    library.add("123-cat.png", "a prompt")
    library.add("cat-123.png", "a prompt")
    api.update()

    assert names(api.search(regexp=r"^\d+.*\.png$")) == ["123-cat.png"]


def test_a_pattern_meets_text_and_full_path_too(api: Hosted, library: Library) -> None:
    library.add("sub/a.png", "masterpiece, 1girl,\nblue EYES")
    library.add("b.png", "a dog")
    api.update()

    assert names(api.search(regexp=r"masterpiece.*1girl.*blue eyes")) == ["a.png"]
    assert names(api.search(regexp=r"^a dog")) == ["b.png"]
    assert names(api.search(regexp=r"sub.a\.png$", surstr="is not looked at")) == ["a.png"]


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "(?P<x", "a{2,1}", "x" * 5000, "\\", "((((a{99}){99}){99}){99})"])
def test_a_bad_pattern_is_a_400_with_the_reason(api: Hosted, pattern: str) -> None:
    answer = api.post("/db/search_by_substr", {"regexp": pattern})

    assert answer.status_code == 400
    assert "regular expression" in answer.json()["detail"]


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)+$", "(?=(a+)+b)c", r"(a+)+\1b"])
def test_an_expensive_pattern_ends_in_time_and_the_server_continues(
    api: Hosted, library: Library, pattern: str
) -> None:
    library.add("a.png", "a" * 40 + "!")
    api.update()

    answer = api.post("/db/search_by_substr", {"regexp": pattern})

    assert answer.status_code in (200, 408)
    assert isinstance(answer.json().get("detail", ""), str)
    assert api.get("/hello").status_code == 200


# --- tags -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tagged(api: Hosted, library: Library) -> dict[str, int]:
    """Four files with the terms red, green, blue in some combinations; gives the ids of the terms."""
    library.add("r.png", "red")
    library.add("rg.png", "red, green")
    library.add("b.png", "blue")
    library.add("rgb.png", "red, green, blue")
    api.update()
    return {name: tag_id(api, "pos", name) for name in ("red", "green", "blue")}


def test_and_or_not_alone(api: Hosted, tagged: dict[str, int]) -> None:
    red, green, blue = tagged["red"], tagged["green"], tagged["blue"]

    assert names(api.by_tags(and_tags=[red, green])) == ["rgb.png", "rg.png"]
    assert names(api.by_tags(or_tags=[green, blue])) == ["rgb.png", "b.png", "rg.png"]
    assert names(api.by_tags(not_tags=[blue])) == ["rg.png", "r.png"]


def test_both_groups_are_united_by_default_and_minus_the_excluded(api: Hosted, tagged: dict[str, int]) -> None:
    red, green, blue = tagged["red"], tagged["green"], tagged["blue"]

    assert names(api.by_tags(and_tags=[red, green], or_tags=[blue])) == ["rgb.png", "b.png", "rg.png"]
    united = api.by_tags(and_tags=[red, green], or_tags=[blue], combine="union")
    assert names(united) == ["rgb.png", "b.png", "rg.png"]
    assert names(api.by_tags(and_tags=[red], or_tags=[blue], not_tags=[green])) == ["b.png", "r.png"]


def test_combine_intersect_asks_for_both(api: Hosted, tagged: dict[str, int]) -> None:
    page = api.by_tags(and_tags=[tagged["red"], tagged["green"]], or_tags=[tagged["blue"]], combine="intersect")

    assert names(page) == ["rgb.png"]


def test_an_unknown_way_to_combine_is_the_clients_mistake(api: Hosted) -> None:
    assert api.post("/db/match_images_by_tags", {"combine": "xor"}).status_code in (400, 422)


def test_repeated_ids_do_no_harm(api: Hosted, tagged: dict[str, int]) -> None:
    assert names(api.by_tags(and_tags=[tagged["green"]] * 3)) == ["rgb.png", "rg.png"]


@pytest.mark.parametrize("unknown", [999_999, 0, -1, 2**63, 10**30])
def test_unknown_ids_match_nothing(api: Hosted, tagged: dict[str, int], unknown: int) -> None:
    assert names(api.by_tags(and_tags=[unknown])) == []
    assert names(api.by_tags(or_tags=[unknown])) == []
    assert names(api.by_tags(or_tags=[unknown, tagged["blue"]])) == ["rgb.png", "b.png"]
    assert len(names(api.by_tags(not_tags=[unknown]))) == 4


def test_ids_may_be_numeric_text(api: Hosted, tagged: dict[str, int]) -> None:
    assert names(api.by_tags(and_tags=[str(tagged["blue"])])) == ["rgb.png", "b.png"]


def test_ids_that_are_no_numbers_are_the_clients_mistake(api: Hosted) -> None:
    assert api.post("/db/match_images_by_tags", {"and_tags": ["x"]}).status_code == 422


def test_without_a_condition_every_file_is_found_untagged_ones_too(api: Hosted, library: Library) -> None:
    library.add("a.png", "words")
    library.add("plain.mp3", content=b"ID3")
    api.update()

    assert set(names(api.by_tags())) == {"a.png", "plain.mp3"}


@pytest.mark.parametrize("size", [1, 3, 5])
def test_pages_in_random_order_neither_lose_nor_repeat(api: Hosted, library: Library, size: int) -> None:
    library.fill(10)
    api.update()

    found = chain.from_iterable(pages(api, "/db/match_images_by_tags", {"size": size, "random_sort": True}))

    assert sorted(found) == [f"{number:05}.png" for number in range(10)]


def test_each_random_search_begins_a_new_order_and_an_offset_is_a_cursor(api: Hosted, library: Library) -> None:
    library.fill(30)
    api.update()

    assert len({tuple(names(api.by_tags(random_sort=True))) for _ in range(4)}) > 1
    assert len(names(api.by_tags(random_sort=True, cursor="25"))) == 5


# --- random -----------------------------------------------------------------------------------------------------------


def test_random_images_is_a_bare_array_of_different_files(api: Hosted, library: Library) -> None:
    library.fill(20)
    api.update()

    files = answer_of(api.get("/db/random_images"))

    assert sorted(entry["name"] for entry in files) == [f"{number:05}.png" for number in range(20)]


def test_random_images_of_an_empty_library_is_empty(api: Hosted) -> None:
    assert answer_of(api.get("/db/random_images")) == []


def test_random_images_are_128_whenever_so_many_exist(api: Hosted, library: Library) -> None:
    paths = library.fill(300)
    api.update()
    for path in paths[:165]:
        path.unlink()

    files = answer_of(api.get("/db/random_images"))

    assert len({entry["id"] for entry in files}) == len(files) == 128
    assert all(int(entry["name"][:5]) >= 165 for entry in files)


# --- access control ---------------------------------------------------------------------------------------------------


def test_results_outside_the_allowed_folders_are_filtered_and_pages_stay_full(
    library: Library, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for number in range(6):
        library.add(f"open/{number}.png")
        library.add(f"closed/{number}.png")
    home = tmp_path_factory.mktemp("home")
    with hosted(home, [library.root], access(allowed=[library.path("open")])) as api:
        api.update()

        assert [len(page) for page in pages(api, "/db/search_by_substr", {"size": 3})] == [3, 3]
        for entry in [*api.search()["files"], *api.by_tags()["files"], *answer_of(api.get("/db/random_images"))]:
            assert "/open/" in entry["fullpath"].replace("\\", "/")
        assert answer_of(api.get("/db/basic_info"))["img_count"] == 6


def test_the_flag_is_computed_even_when_access_control_is_off(tmp_path: Path, library: Library) -> None:
    library.add("open/a.png")
    library.add("other/b.png")
    rights = access(allowed=[library.path("open")], control=AccessControl.DISABLE)
    with hosted(tmp_path / "home", [library.root], rights) as api:
        api.update()

        flags = {entry["name"]: entry["is_under_scanned_path"] for entry in api.search()["files"]}

    assert flags == {"a.png": True, "b.png": False}


@given(body=st.fixed_dictionaries({}, optional={
    "surstr": st.text(max_size=20), "regexp": st.text(max_size=8), "cursor": st.text(max_size=30),
    "size": st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    "folder_paths": st.lists(st.text(max_size=20), max_size=3), "path_only": st.booleans(),
    "media_type": st.sampled_from(["all", "image", ""]) | st.text(max_size=5),
}))  # fmt: skip
def test_no_body_is_a_500(shared_api: Hosted, body: dict[str, object]) -> None:
    answer = shared_api.post(
        "/db/search_by_substr", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code in (200, 400, 408, 422), answer.text
