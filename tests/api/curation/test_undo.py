"""Tests for undoing changes to tags, ratings, flags and albums."""

from __future__ import annotations

from support.curated import Api


def rate(api: Api, rating: int, *names: str) -> int:
    """Give a rating to files; returns the recorded change."""
    return int(
        api.post("/v1/media/ratings", {"ids": [api.id_of(name) for name in names], "rating": rating})["change_id"]
    )


def ratings(api: Api, *names: str) -> list[int]:
    """The rating of each file."""
    return [api.get(f"/v1/media/{api.id_of(name)}")["rating"] for name in names]


def test_changes_are_listed_newest_first(api: Api):
    first, second = rate(api, 1, "a.png"), rate(api, 2, "a.png", "b.png")

    listed = api.get("/v1/changes")["changes"]

    assert [(item["id"], item["kind"], item["label"], item["size"], item["undone"]) for item in listed] == [
        (second, "rating", "2", 2, False),
        (first, "rating", "1", 1, False),
    ]


def test_a_change_that_changes_nothing_is_none(api: Api):
    rate(api, 1, "a.png")

    assert api.post("/v1/media/ratings", {"ids": [api.id_of("a.png")], "rating": 1}) == {"change_id": None}
    assert len(api.get("/v1/changes")["changes"]) == 1


def test_undo_and_redo_walk_back_and_forth(api: Api):
    for stars in (1, 2, 3):
        rate(api, stars, "a.png")

    seen = []
    for address in ("/v1/undo", "/v1/undo", "/v1/undo", "/v1/redo", "/v1/redo"):
        api.post(address)
        seen += ratings(api, "a.png")

    assert seen == [2, 1, 0, 1, 2]


def test_nothing_to_undo_or_redo_is_not_found(api: Api):
    api.post("/v1/undo", None, 404)
    rate(api, 1, "a.png")
    api.post("/v1/redo", None, 404)


def test_a_new_change_clears_the_redoable_changes(api: Api):
    rate(api, 1, "a.png")
    api.post("/v1/undo")
    rate(api, 2, "b.png")

    api.post("/v1/redo", None, 404)


def test_undoing_an_older_change_keeps_later_changes(api: Api):
    older = rate(api, 1, "a.png", "b.png")
    rate(api, 5, "b.png")

    answer = api.post("/v1/undo", {"id": older})

    assert (answer["rows"], answer["skipped"]) == (1, 1)
    assert ratings(api, "a.png", "b.png") == [0, 5]


def test_a_change_is_not_undone_twice(api: Api):
    change = rate(api, 1, "a.png")
    api.post("/v1/undo", {"id": change})

    api.post("/v1/undo", {"id": change}, 409)
    api.post("/v1/undo", {"id": 99_999}, 404)


def test_ids_of_changes_are_never_given_twice(api: Api):
    change = rate(api, 1, "a.png")
    api.post("/v1/undo", {"id": change})

    assert rate(api, 1, "a.png") > change


def test_a_name_in_use_again_stops_an_undo_and_changes_nothing(api: Api):
    x = api.tag("x")
    renamed = api.post(f"/v1/tags/{x}/rename", {"name": "y"})["change_id"]
    other = api.tag("x")

    api.post("/v1/undo", {"id": renamed}, 409)

    assert {tag["id"]: tag["name"] for tag in api.get("/v1/tags")["tags"]} == {
        api.tag("like"): "like",
        x: "y",
        other: "x",
    }


def test_undo_survives_a_restart(api: Api):
    rate(api, 4, "a.png")
    with api.services.store.read() as unit:
        assert unit.change_log.find_latest_id(is_undone=False) is not None

    api.post("/v1/undo")

    assert ratings(api, "a.png") == [0]
