"""Tests for links out of the allowed folders: with access control on, no file behind them is listed, counted or served.

The index follows links, and a library may have been indexed before access control was turned on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hosted import Hosted, access, answer_of, hosted, names
from support.library import Library

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


@pytest.fixture
def linked(tmp_path: Path, library: Library) -> Iterator[tuple[Hosted, Library]]:
    """A library that was indexed without access control, opened again with it; three of its files lie outside."""
    library.add("lib/in.png", "a cat", model="inner")
    library.add("lib/deep/er.png", "a cat", model="inner")
    for number in (1, 2):
        library.add(f"outside/deep/secret{number}.png", f"hidden words {number}", model="secretmodel")
    library.add("outside/single.png", "hidden words", model="secretmodel")
    library.path("lib/linked").symlink_to(library.path("outside/deep"))
    library.path("lib/deep/single.png").symlink_to(library.path("outside/single.png"))
    with hosted(tmp_path / "home", [library.path("lib")]) as open_to_all:
        open_to_all.update()
        assert answer_of(open_to_all.post("/v1/results", {}))["total"] == 5
    with hosted(tmp_path / "home", [library.path("lib")], access(allowed=[library.path("lib")])) as api:
        yield api, library


def ids_of(api: Hosted, **query: object) -> list[int]:
    opened = answer_of(api.post("/v1/results", query))
    columns = answer_of(api.get(f"/v1/results/{opened['token']}/columns"))
    assert len(columns["id"]) == opened["total"]
    found: list[int] = columns["id"]
    return found


def test_files_behind_links_are_not_counted(linked: tuple[Hosted, Library]) -> None:
    api, library = linked

    assert len(ids_of(api)) == 2
    assert ids_of(api, q="hidden") == []
    assert ids_of(api, folder=str(library.path("lib/deep"))) != []
    assert answer_of(api.get("/db/basic_info"))["img_count"] == 2
    assert answer_of(api.get("/db/stats/trend"))["total_images"] == 2
    facets = answer_of(api.post("/v1/facets", {"facets": ["model"]}))
    assert (facets["total"], [value["value"] for value in facets["facets"]["model"]]) == (2, ["inner"])
    assert {name["name"] for name in answer_of(api.get("/db/stats/trend"))["top_models"]} == {"inner"}


def test_files_behind_links_are_not_listed(linked: tuple[Hosted, Library]) -> None:
    api, library = linked

    assert set(names(api.search())) == {"in.png", "er.png"}
    assert api.search(surstr="hidden")["files"] == []
    (top,) = answer_of(api.get("/v1/folders"))["folders"]
    assert (top["count"], top["total"], top["has_children"]) == (1, 2, True)
    below = answer_of(api.get("/v1/folders", params={"parent": str(library.path("lib"))}))["folders"]
    assert [(node["name"], node["count"], node["total"]) for node in below] == [("deep", 1, 1)]
    exported = api.post("/v1/export", {}).text
    assert "secret" not in exported


def test_nothing_behind_a_link_is_served_by_its_id(linked: tuple[Hosted, Library]) -> None:
    api, _library = linked
    with api.services.store.read() as unit:
        known = {row.name: row.id for row in unit.media.list_by_ids(range(1, 100))}
    assert {"secret1.png", "single.png"} <= set(known)

    for name in ("secret1.png", "single.png"):
        for address in ("", "/file", "/thumbnail"):
            assert api.get(f"/v1/media/{known[name]}{address}").status_code == 403
        assert api.post("/v1/media/ratings", {"ids": [known[name]], "rating": 3}).status_code == 403
    album = answer_of(api.post("/v1/albums", {"name": "all"}))["id"]
    with api.services.store.write() as unit:
        unit.curation.add_items(album, sorted(known.values()))
    items = answer_of(api.get(f"/v1/albums/{album}/items"))["ids"]
    assert set(items) == {known["in.png"], known["er.png"]}


def test_a_link_that_comes_later_is_left_out_too(linked: tuple[Hosted, Library]) -> None:
    api, library = linked
    assert len(ids_of(api)) == 2
    library.path("lib/later.png").symlink_to(library.path("outside/single.png"))
    library.add("lib/new.png")
    library.path("lib/inner.png").symlink_to(library.path("lib/in.png"))

    api.update()

    assert set(names(api.search())) == {"in.png", "er.png", "new.png", "inner.png"}
    assert len(ids_of(api)) == 4


def test_without_access_control_links_are_followed(tmp_path: Path, library: Library) -> None:
    library.add("outside/a.png")
    library.path("lib").mkdir()
    library.path("lib/linked").symlink_to(library.path("outside"))

    with hosted(tmp_path / "home", [library.path("lib")]) as api:
        api.update()

        assert names(api.search()) == ["a.png"]
