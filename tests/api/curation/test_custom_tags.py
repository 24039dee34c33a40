"""Tests for custom tags under `/db`: creating, linking, colouring and removing them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from support.curated import Api, open_api
from support.library import Library

from iib.settings import AccessControl, AccessSettings


def test_adding_a_tag_returns_it_and_an_existing_name_returns_the_existing_tag(api: Api):
    tag = api.post("/db/add_custom_tag", {"tag_name": "  sunset "})
    again = api.post("/db/add_custom_tag", {"tag_name": "sunset"})

    expected = {"name": "sunset", "type": "custom", "count": 0, "color": "", "display_name": None, "score": 0}
    assert tag == {"id": tag["id"], **expected}
    assert again == tag


@pytest.mark.parametrize(
    "name",
    ["", "   ", "two\nlines", "bell\x07", "x" * 201, "超" * 13, "a lot of words that make a sentence and no tag"],
    ids=["empty", "blank", "line", "bell", "long", "cjk", "sentence"],
)
def test_names_that_are_no_tags_are_refused(api: Api, name: str):
    api.post("/db/add_custom_tag", {"tag_name": name}, 400)


@pytest.mark.parametrize(
    "name", ["超" * 12, "a b c d e f g h i j", "eightwordsatmostmayhave " * 7 + "characters", "x" * 200]
)
def test_names_at_the_limits_are_tags(api: Api, name: str):
    assert api.post("/db/add_custom_tag", {"tag_name": name})["name"] == name


def test_toggling_puts_the_tag_on_and_takes_it_off(api: Api):
    body = {"img_path": api.path("a.png"), "tag_id": api.tag("x")}

    assert api.post("/db/toggle_custom_tag_to_img", body) == {"is_remove": False}
    assert api.tags("a.png") == {"a.png": {"x"}}
    assert api.post("/db/toggle_custom_tag_to_img", body) == {"is_remove": True}
    assert api.tags("a.png") == {}


def test_tagging_works_while_the_index_is_empty(tmp_path: Path, library: Library):
    library.add("a.png", "a cat")
    with open_api(tmp_path / "home", library) as api:
        tag = api.tag("x")
        api.post("/db/batch_update_image_tag", {"img_paths": [api.path("a.png")], "action": "add", "tag_id": tag})

        assert api.tags("a.png") == {"a.png": {"x"}}
        assert [item["name"] for item in api.post("/db/search_by_substr", {"surstr": "cat"})["files"]] == ["a.png"]


def test_a_file_indexed_on_the_spot_is_the_one_the_next_run_finds(api: Api):
    api.library.add("new.png", "a new cat")
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("new.png"), "tag_id": api.tag("x")})
    number = api.id_of("new.png")

    api.index()

    assert api.id_of("new.png") == number
    assert api.tags("new.png") == {"new.png": {"x"}}


def test_a_moved_file_that_is_tagged_before_the_next_run_keeps_its_row(api: Api):
    number, tag = api.id_of("a.png"), api.tag("x")
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag})
    api.library.path("a.png").rename(api.library.path("moved.png"))

    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("moved.png"), "tag_id": api.tag("y")})

    assert api.id_of("moved.png") == number
    assert api.tags("moved.png") == {"moved.png": {"x", "y"}}
    api.index()
    assert api.tags("moved.png") == {"moved.png": {"x", "y"}}


def test_outside_the_roots_is_refused_with_a_hint(api: Api, tmp_path: Path):
    outside = tmp_path / "outside.png"
    outside.write_bytes(api.library.path("a.png").read_bytes())

    answer = api.post("/db/toggle_custom_tag_to_img", {"img_path": str(outside), "tag_id": api.tag("x")}, 400)

    assert "scan path" in answer["detail"]


def test_with_allowed_paths_a_registered_folder_outside_of_them_is_refused(tmp_path: Path, library: Library):
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    library.add("a.png")
    access = AccessSettings(control=AccessControl.AUTO, allowed_paths=(str(allowed),))
    with open_api(tmp_path / "home", library, access=access) as api:
        body = {"img_path": api.path("a.png"), "tag_id": api.tag("x")}

        assert api.post("/db/toggle_custom_tag_to_img", body, 400)
        assert api.tags("a.png") == {}


@pytest.mark.parametrize("name", ["note.txt", "b"])
def test_a_file_that_is_no_media_file_is_rejected(api: Api, name: str):
    api.library.add(name, content=b"x")

    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path(name), "tag_id": api.tag("x")}, 400)


def test_a_file_that_does_not_exist_is_not_found(api: Api):
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("none.png"), "tag_id": api.tag("x")}, 404)


def test_a_batch_is_all_or_nothing(api: Api):
    paths = [api.path("a.png"), api.path("b.png"), api.path("none.png")]

    api.post("/db/batch_update_image_tag", {"img_paths": paths, "action": "add", "tag_id": api.tag("x")}, 404)

    assert api.tags("a.png", "b.png") == {}


def test_a_batch_adds_and_removes(api: Api):
    paths = [api.path("a.png"), api.path("b.png")]
    tag = api.tag("x")

    api.post("/db/batch_update_image_tag", {"img_paths": paths, "action": "add", "tag_id": tag})
    api.post("/db/batch_update_image_tag", {"img_paths": paths[:1], "action": "remove", "tag_id": tag})

    assert api.tags("a.png", "b.png") == {"b.png": {"x"}}


def test_an_unknown_action_is_a_bad_request(api: Api):
    body = {"img_paths": [api.path("a.png")], "action": "burn", "tag_id": api.tag("x")}

    api.post("/db/batch_update_image_tag", body, 400)


def test_unknown_tags_are_not_linked(api: Api):
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": 99_999}, 404)
    api.post("/db/batch_update_image_tag", {"img_paths": [api.path("a.png")], "action": "add", "tag_id": 99_999}, 404)

    assert api.tags("a.png") == {}


def test_tags_that_no_person_made_can_be_neither_given_nor_removed(api: Api):
    model = next(tag["id"] for tag in api.get("/db/basic_info")["tags"] if tag["type"] == "Model")

    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": model}, 400)
    api.post("/db/remove_custom_tag", {"tag_id": model}, 400)
    api.post("/db/remove_custom_tag_from_img", {"img_id": api.id_of("a.png"), "tag_id": model}, 400)

    assert model in {tag["id"] for tag in api.get("/db/basic_info")["tags"]}


def test_after_a_refused_request_others_can_write(api: Api):
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": 99_999}, 404)

    assert api.tag("x")


def test_removing_a_tag_removes_its_links(api: Api):
    tag = api.tag("x")
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag})

    api.post("/db/remove_custom_tag", {"tag_id": tag})

    assert api.tags("a.png") == {}
    assert "x" not in {item["name"] for item in api.get("/global_setting")["all_custom_tags"]}
    api.post("/db/remove_custom_tag", {"tag_id": tag}, 404)


def test_removing_a_tag_leaves_no_orphans(api: Api):
    tag = api.tag("x")
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag})
    api.post("/db/remove_custom_tag", {"tag_id": tag})

    with sqlite3.connect(api.services.settings.db_path) as database:
        assert database.execute("SELECT count(*) FROM media_tag").fetchone() == (0,)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


def test_like_always_exists(api: Api):
    like = next(tag for tag in api.get("/global_setting")["all_custom_tags"] if tag["name"] == "like")

    api.post("/db/remove_custom_tag", {"tag_id": like["id"]}, 400)

    assert like in api.get("/global_setting")["all_custom_tags"]


@pytest.mark.parametrize("as_text", [False, True])
def test_a_tag_is_taken_off_by_the_id_of_the_file(api: Api, as_text: bool):
    tag = api.tag("x")
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag})

    body = {"img_id": api.id_of("a.png"), "tag_id": str(tag) if as_text else tag}
    api.post("/db/remove_custom_tag_from_img", body)

    assert api.tags("a.png") == {}
    api.post("/db/remove_custom_tag_from_img", body | {"img_id": 99_999}, 404)


def test_updating_a_tag_changes_its_colour_only(api: Api):
    tag = api.post("/db/add_custom_tag", {"tag_name": "x"})
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag["id"]})

    api.post("/db/update_tag", {**tag, "name": "stolen", "count": 77, "type": "pos", "color": "#ff0000"})

    (found,) = api.get("/db/img_selected_custom_tag", path=api.path("a.png"))
    assert found == {**tag, "count": 1, "color": "#ff0000"}


def test_any_type_may_be_coloured_and_unknown_ids_are_not_found(api: Api):
    model = next(tag for tag in api.get("/db/basic_info")["tags"] if tag["type"] == "Model")

    api.post("/db/update_tag", {"id": model["id"], "color": "hsl(10, 50%, 50%)"})
    api.post("/db/update_tag", {"id": 99_999, "color": "red"}, 404)
    api.post("/db/update_tag", {"id": model["id"], "color": "red;} body{display:none"}, 400)

    found = next(tag for tag in api.get("/db/basic_info")["tags"] if tag["id"] == model["id"])
    assert found["color"] == "hsl(10, 50%, 50%)"


def test_asking_for_tags_indexes_nothing(tmp_path: Path, library: Library):
    library.add("a.png")
    with open_api(tmp_path / "home", library) as api:
        assert api.get("/db/img_selected_custom_tag", path=api.path("a.png")) == []
        assert api.get("/db/img_selected_custom_tag", path=api.path("none.png")) == []
        assert api.get("/db/img_selected_custom_tag", path=str(tmp_path / "x.txt")) == []
        assert api.get("/db/basic_info")["img_count"] == 0


def test_tags_of_many_paths_are_keyed_by_the_callers_spelling(api: Api):
    tag = api.tag("x")
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag})
    odd = api.path("b.png").replace("b.png", "sub/../a.png")

    found = api.post("/db/get_image_tags", {"paths": [odd, api.path("b.png"), "", "/nowhere/x.png"]})

    assert list(found) == [odd]
    assert [(item["id"], item["count"]) for item in found[odd]] == [(tag, 1)]


def test_thousands_of_paths_are_answered(api: Api):
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": api.tag("x")})

    paths = [api.path(f"{number}.png") for number in range(5_000)] + [api.path("a.png")]

    assert list(api.post("/db/get_image_tags", {"paths": paths})) == [api.path("a.png")]


def test_counts_are_those_of_the_links_right_now(api: Api):
    tag = api.tag("x")
    paths = [api.path("a.png"), api.path("b.png")]
    api.post("/db/batch_update_image_tag", {"img_paths": paths, "action": "add", "tag_id": tag})
    api.post("/db/batch_update_image_tag", {"img_paths": paths, "action": "add", "tag_id": tag})

    def count() -> int:
        (own,) = (item["count"] for item in api.get("/global_setting")["all_custom_tags"] if item["id"] == tag)
        (known,) = (item["count"] for item in api.get("/db/basic_info")["tags"] if item["id"] == tag)
        assert own == known
        return own

    assert count() == 2
    api.library.add("a.png", "another cat")  # touched and changed: counted once
    api.index()
    assert count() == 2
    api.library.path("a.png").unlink()
    api.index()
    assert count() == 1


def test_tags_survive_edits_moves_and_rebuilds(api: Api):
    tag = api.tag("x")
    names = ("a.png", "b.png", "c.png")
    api.post(
        "/db/batch_update_image_tag", {"img_paths": [api.path(name) for name in names], "action": "add", "tag_id": tag}
    )

    api.library.add("a.png", "a wholly new cat")
    api.library.path("b.png").rename(api.library.path("b2.png"))
    api.index()
    api.index(rebuild=True)

    assert api.tags("a.png", "b2.png", "c.png") == {"a.png": {"x"}, "b2.png": {"x"}, "c.png": {"x"}}
    assert api.tag("x") == tag


def test_tags_survive_a_file_that_goes_and_comes_back(api: Api):
    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": api.tag("x")})
    away = api.library.root.parent / "away.png"
    api.library.path("a.png").rename(away)
    api.index()
    assert api.tags("a.png") == {}
    away.rename(api.library.path("a.png"))

    api.index()

    assert api.tags("a.png") == {"a.png": {"x"}}


def test_tagged_files_are_found_at_once(api: Api):
    tag = api.tag("x")
    assert api.post("/db/match_images_by_tags", {"and_tags": [tag]})["files"] == []
    assert api.results(and_tags=[tag]) == []

    api.post("/db/toggle_custom_tag_to_img", {"img_path": api.path("a.png"), "tag_id": tag})

    assert [item["name"] for item in api.post("/db/match_images_by_tags", {"and_tags": [tag]})["files"]] == ["a.png"]
    assert api.results(and_tags=[tag]) == ["a.png"]
    assert api.results(not_tags=[tag]) == ["d.png", "c.png", "b.png"]


def test_the_read_only_server_refuses_every_change(tmp_path: Path, library: Library):
    from iib.settings import Permission

    library.add("a.png")
    with open_api(tmp_path / "home", library, access=AccessSettings(permission=Permission.READ_ONLY)) as api:
        api.post("/db/add_custom_tag", {"tag_name": "x"}, 403)
        api.post("/v1/media/ratings", {"ids": [1], "rating": 5}, 403)
        api.post("/v1/undo", None, 403)
        assert api.get("/v1/tags")["tags"][0]["name"] == "like"


def test_display_names_come_from_the_translation_file(api: Api):
    translations = api.services.settings.program_dir / "tags-translate.csv"
    translations.write_text('\ufefflike,mögen\n"broken\nsdxl,"ein, Modell"\nlonely\n', encoding="utf-8")

    custom = {tag["name"]: tag["display_name"] for tag in api.get("/global_setting")["all_custom_tags"]}
    every = {tag["name"]: tag["display_name"] for tag in api.get("/db/basic_info")["tags"]}
    shown = {tag["name"]: tag["display_name"] for tag in api.get(f"/v1/media/{api.id_of('a.png')}")["tags"]}

    assert custom == {"like": "mögen"}
    assert (every["like"], every["sdxl"], every["Image"]) == ("mögen", "ein, Modell", None)
    assert shown["sdxl"] == "ein, Modell"
