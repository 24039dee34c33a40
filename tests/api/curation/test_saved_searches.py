"""Tests for saved searches, which keep a query under a name."""

from __future__ import annotations

from support.curated import Api

QUERY = {"q": "cat", "and_tags": [1], "rating_min": 3}


def test_a_search_is_saved_listed_changed_and_removed(api: Api):
    saved = api.post("/v1/saved_searches", {"name": " mine ", "query": QUERY})
    assert (saved["name"], saved["query"]) == ("mine", QUERY)
    assert api.get("/v1/saved_searches")["searches"] == [saved]

    renamed = api.patch(f"/v1/saved_searches/{saved['id']}", {"name": "yours"})
    assert renamed == saved | {"name": "yours"}
    changed = api.patch(f"/v1/saved_searches/{saved['id']}", {"query": {}})
    assert changed == renamed | {"query": {}}

    api.delete(f"/v1/saved_searches/{saved['id']}")
    assert api.get("/v1/saved_searches")["searches"] == []


def test_names_are_unique_and_both_parts_are_needed(api: Api):
    api.post("/v1/saved_searches", {"name": "mine", "query": QUERY})

    api.post("/v1/saved_searches", {"name": "mine", "query": {}}, 409)
    api.post("/v1/saved_searches", {"name": "other"}, 400)
    api.post("/v1/saved_searches", {"query": {}}, 400)
    api.post("/v1/saved_searches", {"name": "\n", "query": {}}, 400)


def test_unknown_searches_are_not_found(api: Api):
    api.patch("/v1/saved_searches/7", {"name": "x"}, 404)
    api.delete("/v1/saved_searches/7", None, 404)


def test_a_query_is_bounded(api: Api):
    api.post("/v1/saved_searches", {"name": "huge", "query": {"q": "x" * 70_000}}, 400)


def test_a_saved_query_opens_as_it_is(api: Api):
    saved = api.post("/v1/saved_searches", {"name": "b", "query": {"q": "a b cat", "sort": "oldest"}})

    assert api.results(**saved["query"]) == ["b.png"]
