"""Tests for the Python integration: `AppUtils`, `launch_app` and `async_launch_app`."""

from __future__ import annotations

import inspect
from pathlib import Path

from support.hosted import access, answer_of, hosted, names
from support.library import Library

from iib.bootstrap import AppUtils, async_launch_app, launch_app

OPTIONS = [
    "sd_webui_config",
    "update_image_index",
    "extra_paths",
    "sd_webui_path_relative_to_config",
    "allow_cors",
    "enable_shutdown",
    "sd_webui_dir",
    "base",
    "export_fe_fn",
]


def test_the_options_have_their_public_order_and_defaults() -> None:
    found = inspect.signature(AppUtils).parameters
    positional = [item for item in found.values() if item.kind is item.POSITIONAL_OR_KEYWORD]

    assert [item.name for item in positional] == OPTIONS
    assert {item.default for item in positional} == {None, False}
    assert any(item.kind is item.VAR_KEYWORD for item in found.values()), "unknown keywords are accepted"


def test_both_ways_to_launch_take_port_and_host_first() -> None:
    for launch in (launch_app, async_launch_app):
        first = list(inspect.signature(launch).parameters.values())[:2]
        assert [(item.name, item.default) for item in first] == [("port", 8000), ("host", "127.0.0.1")]
    assert inspect.iscoroutinefunction(async_launch_app)
    assert not inspect.iscoroutinefunction(launch_app)
    assert {"launch_app", "async_launch_app", "AppUtils", "setup_parser"} <= _names_of_app()


def _names_of_app() -> set[str]:
    text = Path(__file__).resolve().parents[3].joinpath("app.py").read_text(encoding="utf-8")
    scope: dict[str, object] = {"__file__": str(Path(__file__).resolve().parents[3] / "app.py"), "__name__": "app"}
    exec(compile(text, "app.py", "exec"), scope)  # noqa: S102  (the public module `app`)
    return set(scope)


def test_instances_in_one_process_share_nothing(tmp_path: Path) -> None:
    one, two = Library(tmp_path / "one"), Library(tmp_path / "two")
    one.add("first.png")
    two.add("second.png")
    key = {"X-IIB-Secret": "key"}
    with (
        hosted(tmp_path / "a", [one.root], access(allowed=[one.root])) as open_one,
        hosted(tmp_path / "b", [two.root], access(key="key")) as locked,
    ):
        open_one.update()
        locked.update()

        assert names(open_one.search()) == ["first.png"]
        assert locked.post("/db/search_by_substr", {}).status_code == 401
        assert names(answer_of(locked.post("/db/search_by_substr", {}, headers=key))) == ["second.png"]
        assert open_one.get("/files", params={"folder_path": str(two.root)}).status_code == 403
        assert locked.get("/files", params={"folder_path": str(one.root)}, headers=key).status_code == 200
        answer_of(open_one.post("/app_fe_setting", {"name": "global", "value": '{"lang": "de"}'}))
        assert answer_of(locked.get("/global_setting", headers=key))["app_fe_setting"] == {}
