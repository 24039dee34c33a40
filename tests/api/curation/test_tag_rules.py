"""Tests for auto-tag rules: when they apply, and which rules are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.curated import Api
from support.services import wait_for


def rule(tag: str, field: str, operator: str, value: object) -> dict[str, Any]:
    """A rule with a single filter."""
    return {"tag": tag, "filters": [{"field": field, "operator": operator, "value": value}]}


def store_rules(api: Api, *rules: dict[str, Any]) -> None:
    """Save rules as the page does."""
    api.post("/app_fe_setting", {"name": "auto_tag_rules", "value": json.dumps(rules)})


def finish(api: Api, job_id: str) -> dict[str, Any]:
    """Wait until a job has ended; returns the job."""
    return wait_for(
        lambda: next(
            (
                job
                for job in api.get("/v1/jobs")["jobs"]
                if job["id"] == job_id and job["status"] in ("completed", "failed")
            ),
            None,
        )
    )


def test_rules_tag_files_indexed_from_now_on(api: Api):
    store_rules(api, rule("zebras", "pos_prompt", "contains", "zebra"))
    api.library.add("z.png", "a zebra")
    api.index()

    assert api.tags("a.png", "z.png") == {"z.png": {"zebras"}}


def test_saved_rules_are_not_retroactive_but_a_rebuild_applies_them(api: Api):
    store_rules(api, rule("cats", "pos_prompt", "contains", "a cow"), rule("b", "pos_prompt", "regex", "a [bc] cat"))
    api.index()
    assert api.tags("b.png") == {}

    api.index(rebuild=True)

    assert api.tags("a.png", "b.png", "c.png", "d.png") == {"b.png": {"b"}, "c.png": {"b"}}


@pytest.mark.parametrize("by_body", [True, False])
def test_deleted_rules_stop_at_once(api: Api, by_body: bool):
    store_rules(api, rule("zebras", "pos_prompt", "contains", "zebra"))
    api.library.add("y.png", "a zebra")
    api.index()
    if by_body:
        api.delete("/app_fe_setting", {"name": "auto_tag_rules"})
    else:
        assert api.client.delete("/app_fe_setting?name=auto_tag_rules").status_code == 200
    api.library.add("z.png", "another zebra")
    api.index()

    assert api.tags("y.png", "z.png") == {"y.png": {"zebras"}}


def test_neg_prompt_and_size_match(api: Api):
    store_rules(api, rule("no dogs", "neg_prompt", "contains", "dog"), rule("tiny", "Size", "equals", "8x8"))
    api.library.add("z.png", "a zebra", "dog, cloud")
    api.index()

    assert api.tags("z.png") == {"z.png": {"no dogs", "tiny"}}


def test_a_tag_removed_by_a_person_is_not_added_again(api: Api):
    store_rules(api, rule("zebras", "pos_prompt", "contains", "zebra"))
    api.library.add("z.png", "a zebra")
    api.index()
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("z.png"), "tag_id": api.tag("zebras")})

    api.index()
    api.index(rebuild=True)
    finish(api, api.post("/v1/tag_rules/apply", {})["job_id"])

    assert api.tags("z.png") == {}


def test_a_tag_added_again_by_a_person_stays(api: Api):
    store_rules(api, rule("zebras", "pos_prompt", "contains", "zebra"))
    api.library.add("z.png", "a zebra")
    api.index()
    for _ in range(2):
        api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("z.png"), "tag_id": api.tag("zebras")})

    api.index(rebuild=True)

    assert api.tags("z.png") == {"z.png": {"zebras"}}


def test_a_file_indexed_on_the_spot_gets_its_tags_by_rule_too(api: Api):
    store_rules(api, rule("zebras", "pos_prompt", "contains", "zebra"))
    api.library.add("z.png", "a zebra")

    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("z.png"), "tag_id": api.tag("x")})

    assert api.tags("z.png") == {"z.png": {"x", "zebras"}}


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ([rule("x", "pos_prompt", "regex", "(")], "regular expression"),
        ([rule("x", "pos_prompt", "regex", "(?=a)b")], "look-around"),
        ([rule("x", "pos_prompt", "matches", "a")], "operator"),
        ([rule("", "pos_prompt", "contains", "a")], "empty"),
        ([rule("x", "", "contains", "a")], "field"),
        ([rule("y", "Model", "contains", "a"), {"tag": "x", "filters": "all"}], "rule 2"),
        ({"tag": "x"}, "list"),
        ([{"filters": []}], "needs a tag"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_a_reason(api: Api, rules: Any, word: str):
    answer = api.post("/app_fe_setting", {"name": "auto_tag_rules", "value": json.dumps(rules)}, 400)

    assert word in answer["detail"]
    assert "auto_tag_rules" not in api.get("/global_setting")["app_fe_setting"]


def test_a_preview_counts_matches_and_changes_nothing(api: Api):
    answer = api.post("/v1/tag_rules/preview", {"rule": rule("x", "pos_prompt", "regex", "a [bd] cat"), "sample": 1})

    assert answer == {"count": 2, "examined": 4, "total": 4, "exact": True, "sample": [api.id_of("d.png")]}
    assert [tag["name"] for tag in api.get("/v1/tags")["tags"]] == ["like"]
    api.post("/v1/tag_rules/preview", {"rule": rule("x", "pos_prompt", "regex", "(")}, 400)


def test_applying_rules_tags_existing_files_and_one_undo_reverts_it(api: Api):
    rules = [rule("b", "pos_prompt", "contains", "a b cat"), rule("xl", "model", "equals", "SDXL")]

    job = finish(api, api.post("/v1/tag_rules/apply", {"rules": rules})["job_id"])

    assert (job["status"], job["done"], job["total"]) == ("completed", 4, 4)
    assert api.tags("a.png", "b.png") == {"a.png": {"xl"}, "b.png": {"b", "xl"}}
    api.post("/v1/undo")
    assert api.tags("a.png", "b.png") == {}
    api.post("/v1/redo")
    assert api.tags("a.png", "b.png") == {"a.png": {"xl"}, "b.png": {"b", "xl"}}


def test_applying_without_rules_fails_with_a_reason(api: Api):
    job = finish(api, api.post("/v1/tag_rules/apply", {})["job_id"])

    assert (job["status"], job["message"]) == ("failed", "no tag rules are defined")
