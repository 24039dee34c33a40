"""Tests for ratings and flags."""

from __future__ import annotations

import pytest
from support.curated import Api


def rate(api: Api, rating: int, *names: str) -> None:
    """Give this rating to files."""
    api.post("/v1/media/ratings", {"paths": [api.path(name) for name in names], "rating": rating})


def flag(api: Api, word: str, *names: str) -> None:
    """Give this flag to files."""
    api.post("/v1/media/flags", {"ids": [api.id_of(name) for name in names], "flag": word})


def marks(api: Api, name: str) -> tuple[int, str]:
    """The rating and the flag of a file."""
    found = api.get(f"/v1/media/{api.id_of(name)}")
    return found["rating"], found["flag"]


def test_a_new_file_has_no_rating(api: Api):
    assert marks(api, "a.png") == (0, "none")
    rate(api, 4, "a.png", "b.png")
    flag(api, "pick", "a.png")

    assert [marks(api, name) for name in ("a.png", "b.png", "c.png")] == [(4, "pick"), (4, "none"), (0, "none")]


def test_rating_and_flag_do_not_touch_each_other(api: Api):
    rate(api, 4, "a.png")
    flag(api, "reject", "a.png")
    rate(api, 0, "a.png")
    assert marks(api, "a.png") == (0, "reject")
    flag(api, "none", "a.png")
    assert marks(api, "a.png") == (0, "none")


@pytest.mark.parametrize("rating", [-1, 6])
def test_ratings_beyond_five_stars_are_refused(api: Api, rating: int):
    api.post("/v1/media/ratings", {"ids": [api.id_of("a.png")], "rating": rating}, 400)


def test_unknown_flags_and_files_are_refused_and_nothing_is_done(api: Api):
    api.post("/v1/media/flags", {"ids": [api.id_of("a.png")], "flag": "burn"}, 400)
    api.post("/v1/media/flags", {"ids": [api.id_of("a.png"), 99_999], "flag": "pick"}, 404)
    api.post("/v1/results", {"flag": "burn"}, 400)

    assert marks(api, "a.png") == (0, "none")


def test_the_grid_filters_by_rating_and_flag(api: Api):
    rate(api, 5, "a.png")
    rate(api, 3, "b.png")
    flag(api, "pick", "b.png")
    flag(api, "reject", "c.png")

    assert api.results(rating_min=3) == ["b.png", "a.png"]
    assert api.results(rating_min=4) == ["a.png"]
    assert api.results(flag="pick") == ["b.png"]
    assert api.results(flag="reject") == ["c.png"]
    assert api.results(flag="none") == ["d.png", "a.png"]
    assert api.results(flag="unrejected") == ["d.png", "b.png", "a.png"]
    assert api.results(flag="pick", rating_min=4) == []


def test_the_grid_sorts_by_rating_then_newest(api: Api):
    rate(api, 5, "a.png")
    rate(api, 3, "b.png")

    assert api.results(sort="rating") == ["a.png", "b.png", "d.png", "c.png"]


def test_a_new_rating_shows_in_the_next_query_at_once(api: Api):
    assert api.results(rating_min=5) == []
    rate(api, 5, "a.png")
    assert api.results(rating_min=5) == ["a.png"]
    rate(api, 4, "a.png")
    assert api.results(rating_min=5) == []


def test_columns_tell_rating_and_flag(api: Api):
    rate(api, 5, "a.png")
    flag(api, "reject", "b.png")
    opened = api.post("/v1/results", {"sort": "oldest"})

    columns = api.get(f"/v1/results/{opened['token']}/columns")

    assert (columns["rating"], columns["flag"]) == ([5, 0, 0, 0], [0, -1, 0, 0])


def test_marks_survive_edits_moves_rebuilds_and_absence(api: Api):
    rate(api, 5, "a.png", "b.png", "c.png")
    flag(api, "pick", "a.png", "b.png", "c.png")
    api.library.add("a.png", "a wholly new cat")
    api.library.path("b.png").rename(api.library.path("b2.png"))
    away = api.library.root.parent / "away.png"
    api.library.path("c.png").rename(away)
    api.index()
    api.index(rebuild=True)
    away.rename(api.library.path("c.png"))
    api.index()

    assert [marks(api, name) for name in ("a.png", "b2.png", "c.png")] == [(5, "pick")] * 3


def test_a_file_that_is_not_indexed_yet_is_rated_by_path(api: Api):
    api.library.add("new.png")

    rate(api, 2, "new.png")

    assert marks(api, "new.png") == (2, "none")
