"""Tests for health, versions, global settings and the stored settings of the page."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library

from iib import __version__
from iib.settings import HostSettings, Permission, is_windows

SETTING_KEYS = {
    "global_setting", "cwd", "sd_cwd", "home", "is_win", "all_custom_tags", "extra_paths", "enable_access_control",
    "launch_mode", "export_fe_fn", "app_fe_setting", "is_readonly",
}  # fmt: skip
VERSION_KEYS = {
    "python_version", "platform", "hash", "tag", "av", "imageio", "pillow", "imageio_ffmpeg", "pillow_avif_plugin",
    "requests", "numpy", "hnswlib",
}  # fmt: skip
WEBUI_KEYS = (
    "outdir_txt2img_samples", "outdir_img2img_samples", "outdir_save", "outdir_extras_samples", "outdir_grids",
    "outdir_img2img_grids", "outdir_samples", "outdir_txt2img_grids",
)  # fmt: skip


def test_hello_is_the_json_text_hello(api: Hosted) -> None:
    answer = api.get("/hello")

    assert (answer.status_code, answer.text) == (200, '"hello"')


def test_hello_does_not_touch_the_database(api: Hosted) -> None:
    api.services.search.close()  # what is read ahead at the start
    api.services.store.close()
    database = api.services.settings.db_path
    database.unlink()

    assert api.get("/hello").status_code == 200
    assert not database.exists()


def test_version_has_its_public_keys(api: Hosted) -> None:
    answer = answer_of(api.get("/version"))

    assert set(answer) == VERSION_KEYS
    assert answer["tag"] == f"v{__version__}"
    assert answer["pillow"]
    assert answer["imageio"] is None


def test_version_names_the_commit_of_the_checkout(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(home)], check=True)
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(home), *identity, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    commit = subprocess.run(["git", "-C", str(home), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)

    with hosted(home) as api:
        assert answer_of(api.get("/version"))["hash"] == commit.stdout.strip()


def test_version_has_no_commit_outside_a_checkout(api: Hosted) -> None:
    assert answer_of(api.get("/version"))["hash"] is None


def test_global_setting_has_exactly_its_public_keys(api: Hosted) -> None:
    answer = answer_of(api.get("/global_setting"))

    assert set(answer) == SETTING_KEYS
    assert answer["global_setting"] == {}
    assert answer["launch_mode"] == "server"
    assert answer["is_win"] is is_windows()
    assert answer["cwd"] == str(api.services.settings.program_dir)
    assert answer["sd_cwd"] == str(Path.cwd())
    assert answer["home"]


def test_the_tag_like_always_exists(api: Hosted) -> None:
    (tag,) = answer_of(api.get("/global_setting"))["all_custom_tags"]

    assert {key: value for key, value in tag.items() if key != "id"} == {
        "name": "like", "type": "custom", "count": 0, "color": "", "display_name": None, "score": 0,
    }  # fmt: skip


def test_paths_of_the_command_line_stand_behind_the_registered_ones(
    api: Hosted, library: Library, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    answer_of(api.post("/db/extra_paths", {"path": str(other), "types": ["scanned-fixed"]}))

    assert answer_of(api.get("/global_setting"))["extra_paths"] == [
        {"path": str(other), "types": ["scanned-fixed"], "alias": ""},
        {"path": str(library.root), "types": ["cli_access_only"], "alias": ""},
    ]


def test_only_the_eight_folder_keys_of_the_webui_are_shown(tmp_path: Path) -> None:
    config = tmp_path / "webui" / "config.json"
    config.parent.mkdir()
    values = {key: f"out/{key}" for key in WEBUI_KEYS} | {"openai_token": "sk-secret", "outdir_other": "x"}
    config.write_text(json.dumps(values))

    with hosted(tmp_path / "home", host=HostSettings(sd_webui_dir=str(config.parent))) as api:
        shown = answer_of(api.get("/global_setting"))["global_setting"]

    assert shown == {key: str(config.parent / "out" / key) for key in WEBUI_KEYS}


def test_a_webui_config_with_missing_keys_keeps_the_others(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"outdir_save": "log", "outdir_grids": "", "outdir_samples": null}')

    host = HostSettings(sd_webui_config=str(config), relative_to_config=True)
    with hosted(tmp_path / "home", host=host) as api:
        assert answer_of(api.get("/global_setting"))["global_setting"] == {"outdir_save": str(tmp_path / "log")}


@pytest.mark.parametrize(
    ("permission", "is_readonly"),
    [
        (Permission.READ_WRITE, False),
        (Permission.WRITE_ONLY, False),
        (Permission.READ_ONLY, True),
        (Permission.NO_ACCESS, True),
    ],
)
def test_global_setting_reports_the_permission_to_write(
    tmp_path: Path, permission: Permission, is_readonly: bool
) -> None:
    with hosted(tmp_path / "home", [], access(permission=permission)) as api:
        assert answer_of(api.get("/global_setting"))["is_readonly"] is is_readonly


def test_export_fe_fn_is_shown_as_it_was_chosen(tmp_path: Path) -> None:
    with hosted(tmp_path / "home", [], export_fe_fn=True) as api:
        assert answer_of(api.get("/global_setting"))["export_fe_fn"] is True


def test_a_stored_setting_comes_back_parsed_and_is_replaced(api: Hosted) -> None:
    assert answer_of(api.post("/app_fe_setting", {"name": "global", "value": '{"lang": "en"}'})) is None
    answer_of(api.post("/app_fe_setting", {"name": "global", "value": '{"lang": "de", "x": [1, null]}'}))

    assert answer_of(api.get("/global_setting"))["app_fe_setting"] == {"global": {"lang": "de", "x": [1, None]}}


@pytest.mark.parametrize("value", ["{", "", "NaN", "[Infinity]", "{'a': 1}", "[" * 100_000])
def test_a_setting_that_is_no_json_is_a_400(api: Hosted, value: str) -> None:
    assert api.post("/app_fe_setting", {"name": "x", "value": value}).status_code == 400
    assert answer_of(api.get("/global_setting"))["app_fe_setting"] == {}


@pytest.mark.parametrize("value", ['"\\ud800"', "123456789012345678901234567890", '{"\\u0000": 1e400}'])
def test_any_json_that_is_taken_can_be_given_back(api: Hosted, value: str) -> None:
    stored = api.post("/app_fe_setting", {"name": "x", "value": value})

    assert stored.status_code in (200, 400)
    assert answer_of(api.get("/global_setting"))["launch_mode"] == "server"


@pytest.mark.parametrize(("name", "value"), [("", "1"), ("n" * 201, "1"), ("x", json.dumps("v" * 1024 * 1024))])
def test_names_and_values_of_settings_are_bounded(api: Hosted, name: str, value: str) -> None:
    assert api.post("/app_fe_setting", {"name": name, "value": value}).status_code == 422


def test_a_setting_is_removed_by_body_or_by_query(api: Hosted) -> None:
    for name in ("a", "b"):
        answer_of(api.post("/app_fe_setting", {"name": name, "value": "1"}))

    assert answer_of(api.delete("/app_fe_setting", {"name": "a"})) is None
    assert answer_of(api.delete("/app_fe_setting", params={"name": "b"})) is None
    assert answer_of(api.get("/global_setting"))["app_fe_setting"] == {}


def test_removing_an_absent_setting_is_fine_and_no_name_is_a_400(api: Hosted) -> None:
    assert answer_of(api.delete("/app_fe_setting", {"name": "absent"})) is None
    assert api.delete("/app_fe_setting").status_code == 400


def test_settings_outlive_the_program(tmp_path: Path) -> None:
    with hosted(tmp_path / "home") as api:
        answer_of(api.post("/app_fe_setting", {"name": "a", "value": "[1]"}))

    with hosted(tmp_path / "home") as api:
        assert answer_of(api.get("/global_setting"))["app_fe_setting"] == {"a": [1]}


def test_check_path_exists_answers_for_every_path_as_given(api: Hosted, library: Library) -> None:
    path = str(library.add("a.png"))
    asked = [path, str(library.root), str(library.root / "absent"), "", "\0", "/" + "x" * 40_000]

    assert answer_of(api.post("/check_path_exists", {"paths": asked})) == dict(
        zip(asked, [True, True, False, False, False, False], strict=True)
    )


def test_the_openapi_document_is_served_without_pages_that_load_from_elsewhere(api: Hosted) -> None:
    assert answer_of(api.get("/openapi.json"))["openapi"].startswith("3.")
    for address in ("/docs", "/redoc"):
        assert api.get(address).status_code == 404
