"""Tests for `/v1/tags`: groups, recently used tags, renaming, merging, and linking many files at once."""

from __future__ import annotations

import json

from support.curated import Api


def tag_files(api: Api, tag: int, *names: str) -> None:
    """Put a tag on files."""
    api.post("/v1/media/tags", {"paths": [api.path(name) for name in names], "add": [tag]})


def test_files_get_and_lose_several_tags_in_one_change(api: Api):
    x, y = api.tag("x"), api.tag("y")
    tag_files(api, y, "a.png", "b.png")

    api.post("/v1/media/tags", {"ids": [api.id_of("a.png")], "paths": [api.path("b.png")], "add": [x], "remove": [y]})

    assert api.tags("a.png", "b.png") == {"a.png": {"x"}, "b.png": {"x"}}
    api.post("/v1/undo")
    assert api.tags("a.png", "b.png") == {"a.png": {"y"}, "b.png": {"y"}}


def test_one_unknown_tag_or_file_and_nothing_is_done(api: Api):
    x = api.tag("x")

    api.post("/v1/media/tags", {"ids": [api.id_of("a.png")], "add": [x, 99_999]}, 404)
    api.post("/v1/media/tags", {"ids": [api.id_of("a.png"), 99_999], "add": [x]}, 404)

    assert api.tags("a.png") == {}


def test_a_renamed_tag_keeps_its_files_and_its_id(api: Api):
    x = api.tag("x")
    tag_files(api, x, "a.png")

    api.post(f"/v1/tags/{x}/rename", {"name": " better "})

    assert api.tags("a.png") == {"a.png": {"better"}}
    assert api.tag("better") == x
    assert api.tag("x") != x


def test_renaming_to_a_name_that_exists_is_a_conflict(api: Api):
    x = api.tag("x")
    api.tag("y")

    assert "y" in api.post(f"/v1/tags/{x}/rename", {"name": "y"}, 409)["detail"]
    assert api.post(f"/v1/tags/{x}/rename", {"name": "x"}) == {"change_id": None}


def test_a_rule_follows_the_name_of_its_tag(api: Api):
    rules = [{"tag": "x", "filters": [{"field": "pos_prompt", "operator": "contains", "value": "zebra"}]}]
    api.post("/app_fe_setting", {"name": "auto_tag_rules", "value": json.dumps(rules)})

    api.post(f"/v1/tags/{api.tag('x')}/rename", {"name": "stripes"})
    api.library.add("z.png", "a zebra")
    api.index()

    assert api.tags("z.png") == {"z.png": {"stripes"}}
    assert "x" not in {tag["name"] for tag in api.get("/v1/tags")["tags"]}


def test_merging_moves_links_rules_and_saved_searches(api: Api):
    x, y = api.tag("x"), api.tag("y")
    tag_files(api, x, "a.png", "b.png")
    tag_files(api, y, "b.png", "c.png")
    saved = api.post("/v1/saved_searches", {"name": "mine", "query": {"and_tags": [x, y], "q": "cat"}})

    api.post(f"/v1/tags/{x}/merge", {"into": y})

    assert api.tags("a.png", "b.png", "c.png") == {"a.png": {"y"}, "b.png": {"y"}, "c.png": {"y"}}
    assert api.results(and_tags=[y]) == ["c.png", "b.png", "a.png"]
    assert api.get("/v1/saved_searches")["searches"] == [saved | {"query": {"and_tags": [y], "q": "cat"}}]
    assert "x" not in {tag["name"] for tag in api.get("/v1/tags")["tags"]}


def test_a_merge_is_undone_to_the_last_link(api: Api):
    x, y = api.tag("x"), api.tag("y")
    tag_files(api, x, "a.png", "b.png")
    tag_files(api, y, "b.png")
    api.post(f"/v1/tags/{x}/group", {"group": "things"})
    before = api.get("/v1/tags")["tags"]

    api.post(f"/v1/tags/{x}/merge", {"into": y})
    api.post("/v1/undo")

    assert api.tags("a.png", "b.png") == {"a.png": {"x"}, "b.png": {"x", "y"}}
    assert [(tag["id"], tag["name"], tag["group"]) for tag in api.get("/v1/tags")["tags"]] == [
        (tag["id"], tag["name"], tag["group"]) for tag in before
    ]


def test_like_is_neither_renamed_nor_merged_away(api: Api):
    like, x = api.tag("like"), api.tag("x")

    api.post(f"/v1/tags/{like}/rename", {"name": "love"}, 400)
    api.post(f"/v1/tags/{like}/merge", {"into": x}, 400)
    api.post(f"/v1/tags/{x}/merge", {"into": x}, 400)
    api.post(f"/v1/tags/{x}/merge", {"into": like})

    assert [tag["name"] for tag in api.get("/v1/tags")["tags"]] == ["like"]


def test_tags_have_groups(api: Api):
    x, y = api.tag("x"), api.tag("y")
    api.post(f"/v1/tags/{x}/group", {"group": "people"})
    api.post(f"/v1/tags/{y}/group", {"group": "places"})
    api.post(f"/v1/tags/{y}/group", {"group": ""})

    listed = api.get("/v1/tags")

    assert listed["groups"] == ["people"]
    assert {tag["name"]: tag["group"] for tag in listed["tags"]} == {"like": "", "x": "people", "y": ""}


def test_recent_tags_are_those_used_last(api: Api):
    for name in ("x", "y", "z", "x"):
        tag_files(api, api.tag(name), "a.png")

    assert [tag["name"] for tag in api.get("/v1/tags/recent")] == ["x", "z", "y"]
    assert [tag["name"] for tag in api.get("/v1/tags/recent", limit=1)] == ["x"]


def test_a_deleted_tag_comes_back_under_its_id(api: Api):
    x = api.tag("x")
    tag_files(api, x, "a.png")

    api.delete(f"/v1/tags/{x}")
    other = api.tag("other")
    api.post("/v1/undo")  # of the new tag
    api.post("/v1/undo")  # of the removal

    assert other != x
    assert api.tag("x") == x
    assert api.tags("a.png") == {"a.png": {"x"}}


def test_a_change_of_tags_is_published(api: Api):
    with api.services.bus.subscribe() as subscription:
        tag_files(api, api.tag("x"), "a.png")

        names = {item[0] for item in iter(lambda: subscription.get(0), None)}

    assert "marks" in names
