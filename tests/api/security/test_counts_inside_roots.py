"""Tests for counts and names with access control on: no answer reveals files outside the allowed folders.

The names of custom tags and albums are visible to everybody; only files inside the allowed folders are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library

from iib.search.counts.facet_matrix import FacetMatrixCache
from iib.search.counts.visible_counts import VisibleCounts


@pytest.fixture
def shared(tmp_path: Path, library: Library) -> Iterator[tuple[Hosted, dict[str, int]]]:
    """Two folders that somebody indexed, tagged and put into an album, and who deleted a file of each; then opened
    again for the first folder only. With the ids of files by name."""
    library.add("lib/in.png", "a cat, sunny meadow", model="inner", Sampler="Euler a")
    library.add("lib/er.png", "a cat", model="shared")
    library.add("lib/gone.png", "a dog", model="inner")
    for number in (1, 2, 3):
        library.add(f"secret/s{number}.png", f"a cat, forbidden word {number}", model="secretmodel")
    library.add("secret/s4.webp", "a cat", model="shared")
    library.add("secret/gone.png", "a cat", model="secretmodel")
    roots = [library.path("lib"), library.path("secret")]
    with hosted(tmp_path / "home", roots) as api:
        api.update()
        ids = {Path(row["fullpath"]).name: row["id"] for row in api.search(size=100)["files"]}
        tag = answer_of(api.post("/db/add_custom_tag", {"tag_name": "mine"}))["id"]
        kept = [ids[name] for name in ("s1.png", "s2.png", "in.png", "er.png")]
        answer_of(api.post("/v1/media/tags", {"ids": kept, "add": [tag], "remove": []}))
        album = answer_of(api.post("/v1/albums", {"name": "all of it"}))["id"]
        answer_of(api.post(f"/v1/albums/{album}/items", {"ids": kept}))
        for name in ("secret/gone.png", "lib/gone.png"):
            answer_of(api.post("/delete_files", {"file_paths": [str(library.path(name))]}))
    with hosted(tmp_path / "home", roots, access(allowed=[library.path("lib")])) as api:
        yield api, ids


def counts(tags: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """Counts of tags by type and name."""
    return {(tag["type"], tag["name"]): tag["count"] for tag in tags}


def assert_only_inside(found: dict[tuple[str, str], int]) -> None:
    """Assert the counts of the two files in the allowed folder."""
    assert found["Model", "inner"] == 1
    assert found["Model", "shared"] == 1
    assert found["pos", "a cat"] == 2
    assert found["pos", "sunny meadow"] == 1
    assert found["custom", "mine"] == 2
    assert not [name for _type, name in found if "secret" in name or "forbidden" in name or name == "a dog"]
    assert min(count for (kind, _name), count in found.items() if kind != "custom") == 1


def test_tags_of_basic_info_are_counted_inside(shared: tuple[Hosted, dict[str, int]]) -> None:
    api, _ids = shared

    answer = answer_of(api.get("/db/basic_info"))

    assert answer["img_count"] == 2
    assert_only_inside(counts(answer["tags"]))


def test_many_files_are_counted_alike(shared: tuple[Hosted, dict[str, int]]) -> None:
    api, _ids = shared
    services = api.services

    rows = VisibleCounts(
        services.store,
        services.views,
        FacetMatrixCache(services.store),
        services.curation_cache,
        max_files_read_singly=0,
    ).tags()

    assert_only_inside({(row.kind, row.name): row.count for row in rows})
    assert {row.id: row for row in rows} == {row.id: row for row in services.visible_counts.tags()}


def test_counts_follow_changes_inside(shared: tuple[Hosted, dict[str, int]], library: Library) -> None:
    api, ids = shared
    answer_of(api.get("/db/basic_info"))

    library.add("lib/fresh.png", "a cat", model="fresh")
    api.update()
    tag = answer_of(api.post("/db/add_custom_tag", {"tag_name": "mine"}))
    answer_of(api.post("/v1/media/tags", {"ids": [ids["in.png"]], "add": [], "remove": [tag["id"]]}))

    found = counts(answer_of(api.get("/db/basic_info"))["tags"])
    assert (found["Model", "fresh"], found["pos", "a cat"], found["custom", "mine"]) == (1, 3, 1)


def test_custom_tags_are_counted_inside_in_every_response(
    shared: tuple[Hosted, dict[str, int]], library: Library
) -> None:
    api, _ids = shared
    path = str(library.path("lib/in.png"))

    told = [
        answer_of(api.get("/v1/tags"))["tags"],
        answer_of(api.get("/v1/tags/recent")),
        answer_of(api.get("/global_setting"))["all_custom_tags"],
        [answer_of(api.post("/db/add_custom_tag", {"tag_name": "mine"}))],
        answer_of(api.get("/db/img_selected_custom_tag", params={"path": path})),
        answer_of(api.post("/db/get_image_tags", {"paths": [path]}))[path],
    ]

    assert [counts(tags)["custom", "mine"] for tags in told] == [2] * len(told)


def test_albums_are_counted_inside_and_have_a_cover_from_there(shared: tuple[Hosted, dict[str, int]]) -> None:
    api, ids = shared

    (album,) = answer_of(api.get("/v1/albums"))["albums"]
    one = answer_of(api.get(f"/v1/albums/{album['id']}"))
    renamed = answer_of(api.client.request("PATCH", f"/v1/albums/{album['id']}", json={"name": "other"}))

    assert [(item["count"], item["cover_id"]) for item in (album, one, renamed)] == [(2, ids["in.png"])] * 3


@pytest.mark.parametrize("query", ["secret", "model:", "model:s", "forbidden", "prompt:f", "ext:", "album:", "tag:m"])
def test_suggestions_contain_values_of_files_inside(shared: tuple[Hosted, dict[str, int]], query: str) -> None:
    api, _ids = shared

    items = answer_of(api.post("/v1/suggest", {"q": query}))["items"]

    labels = {item["label"]: item["count"] for item in items}
    assert not [label for label in labels if "secret" in label or "forbidden" in label or "webp" in label]
    assert labels.get("shared", 1) == 1
    assert labels.get("all of it", 2) == 2
    assert labels.get("mine", 2) == 2
    assert bool(labels) == (query not in ("secret", "forbidden", "prompt:f"))


def test_facets_and_statistics_are_counted_inside(shared: tuple[Hosted, dict[str, int]]) -> None:
    api, _ids = shared

    facets = answer_of(api.post("/v1/facets", {"facets": ["model", "ext", "custom"]}))["facets"]
    trend = answer_of(api.get("/db/stats/trend"))

    assert {value["value"]: value["count"] for value in facets["model"]} == {"inner": 1, "shared": 1}
    assert [(value["value"], value["count"]) for value in facets["custom"]] == [("mine", 2)]
    assert {value["value"] for value in facets["ext"]} == {"png"}
    assert {model["name"]: model["count"] for model in trend["top_models"]} == {"inner": 1, "shared": 1}


def test_the_trash_is_counted_inside(shared: tuple[Hosted, dict[str, int]], library: Library) -> None:
    api, _ids = shared

    before = answer_of(api.get("/v1/trash"))
    answer_of(api.post("/delete_files", {"file_paths": [str(library.path("lib/er.png"))]}))
    after = answer_of(api.get("/v1/trash"))

    assert ([item["name"] for item in before["items"]], before["total"]) == (["gone.png"], 1)
    assert before["bytes"] == before["items"][0]["bytes"]
    assert (len(after["items"]), after["total"]) == (2, 2)


def test_operations_outside_are_not_published(shared: tuple[Hosted, dict[str, int]]) -> None:
    api, _ids = shared

    listed = answer_of(api.get("/v1/operations"))["operations"]

    assert [Path(item["subject"]).parent.name for item in listed] == ["lib"]
    hidden = api.post(f"/v1/operations/{listed[0]['id'] - 1}/undo")
    assert hidden.status_code == 403
    assert "secret" not in hidden.text


def test_a_refusal_does_not_name_a_file_that_was_asked_for_by_its_id(
    shared: tuple[Hosted, dict[str, int]], library: Library
) -> None:
    api, ids = shared
    secret = ids["s1.png"]
    target = {"ids": [secret], "dest": str(library.path("lib/to")), "create_dest_folder": True}

    refused = [
        api.get(f"/v1/media/{secret}"),
        api.post("/v1/media/ratings", {"ids": [secret], "rating": 3}),
        api.post("/delete_files", {"ids": [secret]}),
        api.post("/move_files", target),
    ]
    collected = answer_of(api.post("/move_files", {**target, "continue_on_error": True}))

    assert [answer.status_code for answer in refused] == [403] * 4
    assert not [answer.text for answer in refused if "s1" in answer.text]
    assert collected["errors"] == [f"{secret}: there is no such file"]
    assert library.path("secret/s1.png").is_file()
