"""Tests for albums: they are ordered by hand, and adding a file moves nothing on the disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.curated import Api
from support.records import numbered, put

from iib.model.media import MediaId
from iib.store import Store


def make_album(api: Api, *names: str, name: str = "best") -> int:
    """An album with these files."""
    album = int(api.post("/v1/albums", {"name": name})["id"])
    api.post(f"/v1/albums/{album}/items", {"ids": [api.id_of(item) for item in names]})
    return album


def items(api: Api, album: int) -> list[str]:
    """Names of the files in the order of the album."""
    ids = api.get(f"/v1/albums/{album}/items")["ids"]
    with api.services.store.read() as unit:
        names = unit.media.names_by_id(ids)
    return [names[item] for item in ids]


def test_an_album_keeps_the_order_in_which_files_were_added(api: Api):
    before = sorted(api.library.root.iterdir())
    album = make_album(api, "c.png", "a.png")
    api.post(f"/v1/albums/{album}/items", {"paths": [api.path("b.png"), api.path("c.png")]})

    assert items(api, album) == ["c.png", "a.png", "b.png"]
    assert api.results(album=album, sort="manual") == ["c.png", "a.png", "b.png"]
    assert api.results(album=album) == ["c.png", "b.png", "a.png"]
    assert sorted(api.library.root.iterdir()) == before


def test_albums_are_listed_with_count_and_cover(api: Api):
    album = make_album(api, "c.png", "a.png")
    empty = make_album(api, name="empty")

    listed = {item["id"]: item for item in api.get("/v1/albums")["albums"]}

    assert (listed[album]["count"], listed[album]["cover_id"]) == (2, api.id_of("c.png"))
    assert (listed[empty]["count"], listed[empty]["cover_id"]) == (0, None)


def test_a_cover_is_chosen_among_the_files_of_the_album(api: Api):
    album = make_album(api, "c.png", "a.png")

    changed = api.patch(f"/v1/albums/{album}", {"cover_id": api.id_of("a.png"), "name": "better"})

    assert (changed["cover_id"], changed["name"]) == (api.id_of("a.png"), "better")
    api.patch(f"/v1/albums/{album}", {"cover_id": api.id_of("b.png")}, 400)
    api.post(f"/v1/albums/{album}/items/remove", {"ids": [api.id_of("a.png")]})
    assert api.get(f"/v1/albums/{album}")["cover_id"] == api.id_of("c.png")


@pytest.mark.parametrize(
    ("moved", "before", "expected"),
    [
        (["d.png"], "a.png", ["d.png", "a.png", "b.png", "c.png"]),
        (["a.png"], None, ["b.png", "c.png", "d.png", "a.png"]),
        (["d.png", "a.png"], "c.png", ["b.png", "d.png", "a.png", "c.png"]),
        (["b.png"], "c.png", ["a.png", "b.png", "c.png", "d.png"]),
    ],
)
def test_files_are_moved_within_an_album(api: Api, moved: list[str], before: str | None, expected: list[str]):
    album = make_album(api, "a.png", "b.png", "c.png", "d.png")

    ids = [api.id_of(name) for name in moved]
    api.post(f"/v1/albums/{album}/order", {"ids": ids, "before": api.id_of(before) if before else None})

    assert items(api, album) == expected


def test_a_place_outside_the_album_is_refused(api: Api):
    album = make_album(api, "a.png", "b.png")

    body = {"ids": [api.id_of("a.png")], "before": api.id_of("c.png")}
    api.post(f"/v1/albums/{album}/order", body, 400)
    api.post(f"/v1/albums/{album}/order", {"ids": [api.id_of("a.png")], "before": api.id_of("a.png")}, 400)


def test_files_are_taken_out_by_either_address(api: Api):
    album = make_album(api, "a.png", "b.png", "c.png")

    api.post(f"/v1/albums/{album}/items/remove", {"ids": [api.id_of("a.png")]})
    api.delete(f"/v1/albums/{album}/items", {"ids": [api.id_of("b.png")]})

    assert items(api, album) == ["c.png"]


def test_a_removed_album_leaves_its_files_and_comes_back_by_undo(api: Api):
    album = make_album(api, "b.png", "a.png")

    api.delete(f"/v1/albums/{album}")
    api.get(f"/v1/albums/{album}", 404)
    assert len(api.results()) == 4
    api.post("/v1/undo")

    assert items(api, album) == ["b.png", "a.png"]


def test_names_of_albums_are_unique_and_not_empty(api: Api):
    make_album(api)
    other = make_album(api, name="other")

    api.post("/v1/albums", {"name": " best "}, 409)
    api.patch(f"/v1/albums/{other}", {"name": "best"}, 409)
    api.post("/v1/albums", {"name": " "}, 400)


def test_unknown_albums_are_not_found(api: Api):
    api.get("/v1/albums/99", 404)
    api.get("/v1/albums/99/items", 404)
    api.post("/v1/albums/99/items", {"ids": []}, 404)
    api.patch("/v1/albums/99", {"name": "x"}, 404)
    api.delete("/v1/albums/99", None, 404)
    assert api.results(album=99) == []


def test_an_unknown_file_and_nothing_is_added(api: Api):
    album = make_album(api, "a.png")

    api.post(f"/v1/albums/{album}/items", {"ids": [api.id_of("b.png"), 99_999]}, 404)

    assert items(api, album) == ["a.png"]


def test_the_albums_of_a_file_are_shown(api: Api):
    album = make_album(api, "a.png")

    assert api.get(f"/v1/media/{api.id_of('a.png')}")["albums"] == [{"id": album, "name": "best"}]


def test_albums_survive_moves_rebuilds_and_absence(api: Api):
    album = make_album(api, "c.png", "a.png", "b.png")
    api.library.path("a.png").rename(api.library.path("a2.png"))
    away = api.library.root.parent / "away.png"
    api.library.path("b.png").rename(away)
    api.index()
    api.index(rebuild=True)
    assert api.results(album=album, sort="manual") == ["c.png", "a2.png"]
    assert api.get(f"/v1/albums/{album}")["count"] == 2
    away.rename(api.library.path("b.png"))
    api.index()

    assert items(api, album) == ["c.png", "a2.png", "b.png"]


@given(
    moves=st.lists(
        st.tuples(st.lists(st.integers(0, 7), min_size=1, max_size=4), st.none() | st.integers(0, 7)), max_size=30
    )
)
def test_any_moves_produce_the_order_of_a_list(tmp_path_factory: pytest.TempPathFactory, moves):
    store = Store.open(tmp_path_factory.mktemp("store") / "iib.db")
    ids = put(store, numbered(8))
    with store.write() as unit:
        album = unit.curation.create_album("x", 0)
        unit.curation.add_items(album, ids)
    model = list(ids)
    for numbers, anchor in moves:
        moved = list(dict.fromkeys(ids[number] for number in numbers))
        before = ids[anchor] if anchor is not None and ids[anchor] not in moved else None
        with store.write() as unit:
            unit.curation.move_items(album, moved, before)
        rest: list[MediaId] = [item for item in model if item not in moved]
        index = rest.index(before) if before is not None else len(rest)
        model = rest[:index] + moved + rest[index:]

    with store.read() as unit:
        assert unit.curation.ids_in_album(album) == model
    store.close()
