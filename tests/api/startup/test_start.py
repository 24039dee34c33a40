"""Tests for the flags of `python app.py` and for the work that is done before it serves."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from support.library import Library
from support.process import CHECKOUT, run, serving

APP = CHECKOUT / "app.py"

# Flag, default.
FLAGS: dict[str, object] = {
    "host": "127.0.0.1",
    "port": 8000,
    "sd_webui_config": None,
    "sd_webui_path_relative_to_config": False,
    "sd_webui_dir": None,
    "update_image_index": False,
    "extra_paths": [],
    "generate_video_cover": False,
    "generate_image_cache": False,
    "gen_cache_verbose": False,
    "allow_cors": False,
    "enable_shutdown": False,
    "export_fe_fn": True,
    "base": None,
}


@pytest.fixture
def app_module() -> ModuleType:
    """The public module `app`."""
    spec = importlib.util.spec_from_file_location("public_app", APP)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_flags_have_their_public_defaults(app_module: ModuleType) -> None:
    chosen = vars(app_module.setup_parser().parse_args([]))

    assert {name: chosen[name] for name in FLAGS} == FLAGS
    assert chosen["generate_image_cache_size"] in ((512, 512), "512x512")


def test_flags_take_their_public_values(app_module: ModuleType) -> None:
    parse = app_module.setup_parser().parse_args

    assert parse(["--extra_paths", "/a", "/b c"]).extra_paths == ["/a", "/b c"]
    assert parse(["--no-export_fe_fn"]).export_fe_fn is False
    assert parse(["--host", "0.0.0.0", "--port", "9"]).host == "0.0.0.0"  # noqa: S104
    assert parse(["--base", ""]).base == ""


def test_an_update_before_serving_covers_folders_of_every_origin(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    webui, registered, cli = (Library(tmp_path / name) for name in ("webui", "registered", "cli"))
    for library in (webui, registered, cli):
        library.add(f"{library.root.name}.png")
    config = home / "config.json"
    config.write_text(json.dumps({"outdir_txt2img_samples": str(webui.root)}), encoding="utf-8")
    with serving(home) as server:
        body = {"path": str(registered.root), "types": ["scanned"]}
        assert httpx.post(f"{server.url}/db/extra_paths", json=body, timeout=30).status_code == 200

    arguments = ["--sd_webui_config", str(config), "--extra_paths", str(cli.root), "--update_image_index"]
    with serving(home, *arguments) as server:
        found = httpx.post(f"{server.url}/db/search_by_substr", json={}, timeout=30).json()["files"]
        tag = httpx.post(f"{server.url}/db/add_custom_tag", json={"tag_name": "x"}, timeout=30).json()
        tagged = httpx.post(
            f"{server.url}/db/batch_update_image_tag",
            json={"img_paths": [str(cli.path("cli.png"))], "action": "add", "tag_id": tag["id"]},
            timeout=30,
        )

    assert {entry["name"] for entry in found} == {"webui.png", "registered.png", "cli.png"}
    assert tagged.status_code == 200


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (None, "cannot be read and is ignored"),
        ("{", "cannot be read and is ignored"),
        ("[]", "not a JSON object"),
        ('{"outdir_save": "absent_folder"}', "absent_folder"),
    ],
)
def test_a_webui_config_that_is_of_no_use_is_warned_about_and_is_not_fatal(
    tmp_path: Path, config: str | None, complaint: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if config is not None:
        (home / "config.json").write_text(config, encoding="utf-8")

    with serving(home, "--sd_webui_config", "config.json") as server:
        assert httpx.get(f"{server.url}/files", params={"folder_path": str(home)}, timeout=30).status_code == 200
        assert complaint in server.errors.read_text()


def test_relative_folders_of_a_config_start_at_the_configured_folder(tmp_path: Path) -> None:
    home, webui = tmp_path / "home", tmp_path / "webui"
    for folder in (home / "out", webui / "out"):
        folder.mkdir(parents=True)
    (webui / "config.json").write_text(json.dumps({"outdir_samples": "out"}), encoding="utf-8")
    config = str(webui / "config.json")

    for arguments, top in (
        (["--sd_webui_config", config], home),
        (["--sd_webui_config", config, "--sd_webui_path_relative_to_config"], webui),
        (["--sd_webui_dir", str(webui)], webui),
    ):
        with serving(home, *arguments) as server:
            shown = httpx.get(f"{server.url}/global_setting", timeout=30).json()["global_setting"]
        assert shown == {"outdir_samples": str(top / "out")}


def test_an_allowed_path_that_does_not_exist_is_warned_about(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    with serving(tmp_path / "home", IIB_ACCESS_CONTROL_ALLOWED_PATHS=absent) as server:
        answer = httpx.get(f"{server.url}/files", params={"folder_path": str(tmp_path)}, timeout=30)
        assert answer.status_code == 403
        assert absent in server.errors.read_text()


def test_without_arguments_nothing_is_indexed_and_the_address_is_printed(tmp_path: Path) -> None:
    ended = run([str(APP), "--generate_image_cache"], tmp_path / "home")
    assert ended.returncode == 0

    with serving(tmp_path / "home") as server:
        assert f"http://127.0.0.1:{server.port}/" in server.output.read_text()
