"""Tests for `python app.py` as a process: it starts, sends events and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.library import Library
from support.process import CHECKOUT, run, serving
from support.services import wait_for

STOP_S = 30.0  # it takes a second or two; this only tells it from hanging, on the busiest machine


def events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, payload) of a stream of events."""
    name = ""
    for line in response.iter_lines():
        key, _, value = line.partition(":")
        if key == "event":
            name = value.strip()
        elif key == "data":
            yield name, json.loads(value)


def test_events_tell_of_the_library_and_of_jobs(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    library.fill(3)
    with (
        serving(tmp_path / "home", "--extra_paths", str(library.root)) as server,
        httpx.stream("GET", f"{server.url}/v1/events", timeout=30) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        feed = events(stream)
        assert next(feed) == ("hello", {"revision": 0, "total": 0})

        assert httpx.post(f"{server.url}/v1/index", json={}, timeout=30).status_code == 200
        seen: dict[str, dict[str, Any]] = {}
        for name, payload in feed:
            seen[name] = payload
            if seen.get("job", {}).get("status") == "completed" and seen.get("library", {}).get("total") == 3:
                break

    assert set(seen["library"]) == {"revision", "total", "added", "removed"}
    assert seen["job"]["kind"] == "index"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_it_stops_soon_with_an_open_stream_and_a_run_under_way(tmp_path: Path, number: signal.Signals) -> None:
    library = Library(tmp_path / "library")
    library.fill(3000)
    with serving(tmp_path / "home", "--extra_paths", str(library.root)) as server:
        opened, ended = threading.Event(), threading.Event()

        def listen() -> None:
            try:
                with httpx.stream("GET", f"{server.url}/v1/events", timeout=60) as stream:
                    for _event in events(stream):
                        opened.set()
            except httpx.TransportError:
                pass
            ended.set()

        threading.Thread(target=listen, daemon=True).start()
        assert opened.wait(30)
        httpx.post(f"{server.url}/v1/index", json={}, timeout=30)
        wait_for(lambda: httpx.get(f"{server.url}/v1/jobs", timeout=30).json()["jobs"][0]["status"] == "running")

        took_s = server.stop(number)

        assert took_s < STOP_S
        assert server.process.returncode in (0, -number, 128 + number)
        assert ended.wait(10)
        assert "Traceback" not in server.errors.read_text()


def test_an_interrupted_run_continues_at_the_next_start(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    library.fill(3000)
    arguments = ["--extra_paths", str(library.root)]
    with serving(tmp_path / "home", *arguments) as server:
        httpx.post(f"{server.url}/v1/index", json={}, timeout=30)
        server.process.kill()
        server.process.wait(timeout=30)

    with serving(tmp_path / "home", *arguments) as server:
        url = f"{server.url}/db/basic_info"
        wait_for(lambda: httpx.get(url, timeout=30).json()["img_count"] == 3000)


def test_a_taken_port_is_said_clearly_and_is_an_error(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        ended = run([str(CHECKOUT / "app.py"), "--port", port], tmp_path / "home")

    assert ended.returncode == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "http://" not in ended.stdout


def test_a_missing_folder_is_warned_about_and_is_not_fatal(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--extra_paths", str(tmp_path / "absent")) as server:
        assert httpx.get(f"{server.url}/db/basic_info", timeout=30).json()["img_count"] == 0
        warning = server.errors.read_text()

    assert str(tmp_path / "absent") in warning
    assert "does not exist" in warning


def test_each_start_keeps_a_dated_copy_of_the_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home):
        pass
    with serving(home):
        pass
    copies = [path.name for path in (home / "iib_db_backup").iterdir()]

    assert len(copies) == 1
    assert copies[0].startswith("iib.db_20")
    assert len(copies[0]) == len("iib.db_2026-01-31 10-00-00")


def test_another_base_path(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--base", "pictures/", base="/pictures") as server:
        assert httpx.get(f"{server.url}/hello").json() == "hello"
        assert httpx.get(f"http://127.0.0.1:{server.port}/infinite_image_browsing/hello").status_code == 404
        assert httpx.get(f"http://127.0.0.1:{server.port}/").status_code == 200


def test_the_public_flags_are_there(tmp_path: Path) -> None:
    ended = run([str(CHECKOUT / "app.py"), "--help"], tmp_path / "home")

    assert ended.returncode == 0
    for flag in (
        "--host", "--port", "--sd_webui_config", "--sd_webui_path_relative_to_config", "--sd_webui_dir",
        "--update_image_index", "--extra_paths", "--allow_cors", "--enable_shutdown", "--export_fe_fn",
        "--no-export_fe_fn", "--base",
    ):  # fmt: skip
        assert flag in ended.stdout


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--unknown"], ["--extra_paths"]])
def test_bad_arguments_are_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    assert run([str(CHECKOUT / "app.py"), *arguments], tmp_path / "home").returncode == 2


def test_a_wrong_setting_refuses_to_start(tmp_path: Path) -> None:
    ended = run([str(CHECKOUT / "app.py")], tmp_path / "home", IIB_ACCESS_CONTROL_PERMISSION="everything")

    assert ended.returncode == 1
    assert "IIB_ACCESS_CONTROL_PERMISSION" in ended.stderr
    assert "Traceback" not in ended.stderr
