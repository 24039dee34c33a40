"""Tests for the desktop of the host, the picture sent to the WebUI, and shutting down."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.client import open_client
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.process import CHECKOUT, clean_environment, free_port, serving
from support.services import wait_for

from iib.settings import AccessSettings, HostSettings, Permission

HERE = ("127.0.0.1", 50000)
KEY = "correct horse"
needs_xdg = pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="the desktop of Linux")


@contextmanager
def at_home(home: Path, roots: list[Path], rights: AccessSettings | None = None, **changes: Any) -> Iterator[Hosted]:
    """The program as a caller on its own machine sees it."""
    with hosted(home, roots, rights, **changes) as api, open_client(api.app, api.services.settings.base, HERE) as near:
        yield Hosted(near, api.services, api.app)


@pytest.fixture
def near(tmp_path: Path, library: Library) -> Iterator[Hosted]:
    with at_home(tmp_path / "home", [library.root]) as opened:
        yield opened


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only program on this machine is an `xdg-open` that writes down its arguments, one a line."""
    folder, log = tmp_path / "programs", tmp_path / "calls.txt"
    folder.mkdir()
    program = folder / "xdg-open"
    lines = ("#!/bin/sh", f'for word in "$@"; do echo "$word" >> "{log}.part"; done', f'/bin/mv "{log}.part" "{log}"')
    lines = ("#!/bin/sh", f'for word in "$@"; do echo "$word" >> "{log}.part"; done', f'/bin/mv "{log}.part" "{log}"')
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return log


DESKTOP = ["/open_folder", "/open_with_default_app"]


@needs_xdg
def test_a_file_is_opened_with_its_program_and_never_through_a_shell(
    near: Hosted, library: Library, calls: Path
) -> None:
    path = library.add("a $(touch x); b.png")

    assert near.post("/open_with_default_app", {"path": str(path)}).status_code == 200
    wait_for(calls.is_file)
    assert calls.read_text().splitlines() == [str(path)]


@needs_xdg
def test_open_folder_opens_the_folder_and_not_the_file(near: Hosted, library: Library, calls: Path) -> None:
    path = library.add("sub/evil.desktop", content=b"x")

    assert near.post("/open_folder", {"path": str(path)}).status_code == 200
    wait_for(calls.is_file)
    assert calls.read_text().splitlines() == [str(path.parent)]


@needs_xdg
def test_a_machine_without_a_desktop_is_a_501(
    near: Hosted, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library.add("a.png")
    monkeypatch.setenv("PATH", str(tmp_path))

    for address in DESKTOP:
        answer = near.post(address, {"path": str(path)})
        assert answer.status_code == 501
        assert "xdg-open" in answer.json()["detail"]


@pytest.mark.parametrize("address", DESKTOP)
def test_callers_elsewhere_open_nothing(api: Hosted, library: Library, address: str) -> None:
    assert api.post(address, {"path": str(library.add("a.png"))}).status_code == 403


@pytest.mark.parametrize("address", DESKTOP)
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_callers_behind_a_proxy_here_open_nothing(near: Hosted, library: Library, address: str, header: str) -> None:
    answer = near.post(address, {"path": str(library.add("a.png"))}, headers={header: "127.0.0.1"})

    assert answer.status_code == 403


@pytest.mark.parametrize("address", DESKTOP)
def test_pages_of_other_sites_open_nothing(near: Hosted, library: Library, address: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}

    assert near.post(address, {"path": str(library.add("a.png"))}, headers=foreign).status_code == 403


@pytest.mark.parametrize("address", DESKTOP)
def test_a_missing_file_is_a_404(near: Hosted, library: Library, address: str) -> None:
    assert near.post(address, {"path": str(library.path("absent.png"))}).status_code == 404


@pytest.mark.parametrize("name", ["run.sh", "a.exe", "a.desktop", "a.html", "a.png.bat", "noext"])
def test_only_media_are_opened(near: Hosted, library: Library, calls: Path, name: str) -> None:
    path = library.add(name, content=b"x")

    assert near.post("/open_with_default_app", {"path": str(path)}).status_code == 400
    assert near.post("/open_with_default_app", {"path": str(library.root)}).status_code == 400
    assert not calls.exists()


@needs_xdg
def test_a_link_with_a_harmless_name_opens_nothing_else(near: Hosted, library: Library, calls: Path) -> None:
    library.add("run.sh", content=b"x")
    link = library.path("a.png")
    link.symlink_to(library.path("run.sh"))

    assert near.post("/open_with_default_app", {"path": str(link)}).status_code == 400


@pytest.mark.parametrize("address", DESKTOP)
def test_the_desktop_needs_trust_and_the_permission_to_write(tmp_path: Path, library: Library, address: str) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"x")
    body = {"path": str(outside)}
    with at_home(tmp_path / "a", [library.root], access(allowed=[library.root])) as fenced:
        assert fenced.post(address, body).status_code == 403
    with at_home(tmp_path / "b", [library.root], access(permission=Permission.READ_ONLY)) as reading:
        assert reading.post(address, {"path": str(library.add("a.png"))}).status_code == 403


# --- the WebUI's picture ----------------------------------------------------------------------------------------------


def test_standalone_nothing_is_waited_for(api: Hosted, library: Library) -> None:
    assert api.post("/send_img_path", params={"path": str(library.add("a.png"))}).status_code == 200
    started = time.monotonic()

    assert answer_of(api.get("/gen_info_completed")) is True
    assert time.monotonic() - started < 2
    assert answer_of(api.get("/global_setting"))["launch_mode"] == "server"


def test_a_path_to_send_is_checked(tmp_path: Path, library: Library) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"x")
    with hosted(tmp_path / "home", [library.root], access(allowed=[library.root])) as fenced:
        assert fenced.post("/send_img_path", params={"path": str(outside)}).status_code == 403
        assert fenced.post("/send_img_path", params={"path": str(library.path("absent.png"))}).status_code == 404


@contextmanager
def extension(home: Path, library: Library) -> Iterator[tuple[Hosted, Hosted]]:
    """The program inside a WebUI, and two browsers."""
    with (
        hosted(home, [library.root], host=HostSettings(is_extension=True)) as one,
        open_client(one.app, one.services.settings.base) as second,
    ):
        yield one, Hosted(second, one.services, one.app)


def test_in_the_webui_the_page_waits_until_the_picture_was_taken(tmp_path: Path, library: Library) -> None:
    path = library.add("a.png")
    with extension(tmp_path / "home", library) as (api, _other):
        assert answer_of(api.get("/global_setting"))["launch_mode"] == "sd"
        sent = api.post("/send_img_path", params={"path": str(path)})
        session = sent.cookies["IIB_SESSION"]
        assert "HttpOnly" in sent.headers["set-cookie"]
        pending = api.services.pending
        answers: list[Any] = []
        waiting = threading.Thread(target=lambda: answers.append(answer_of(api.get("/gen_info_completed"))))
        waiting.start()
        time.sleep(0.3)
        assert answers == []

        assert pending.peek(session) == str(path)
        pending.done(session)
        waiting.join(5)

        assert answers == [True]


def test_a_picture_that_is_not_taken_returns_false_after_some_seconds(tmp_path: Path, library: Library) -> None:
    with extension(tmp_path / "home", library) as (api, _other):
        api.post("/send_img_path", params={"path": str(library.add("a.png"))})

        assert answer_of(api.get("/gen_info_completed")) is False


def test_two_browsers_do_not_disturb_each_other(tmp_path: Path, library: Library) -> None:
    first, second = library.add("a.png"), library.add("b.png")
    with extension(tmp_path / "home", library) as (one, two):
        sessions = [
            api.post("/send_img_path", params={"path": str(path)}).cookies["IIB_SESSION"]
            for api, path in ((one, first), (two, second))
        ]
        pending = one.services.pending

        assert [pending.peek(session) for session in sessions] == [str(first), str(second)]
        pending.done(sessions[1])
        assert answer_of(two.get("/gen_info_completed")) is True
        assert pending.peek(sessions[0]) == str(first)


# --- the end ----------------------------------------------------------------------------------------------------------


def test_shutdown_is_off_unless_it_was_enabled(near: Hosted) -> None:
    answer = near.post("/shutdown")

    assert answer.status_code == 403
    assert "--enable_shutdown" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, ("192.168.1.9", 1)),
        ({"Origin": "http://localhost:8000"}, HERE),
        ({"Origin": "null"}, HERE),
        ({"X-Forwarded-For": "127.0.0.1"}, HERE),
        ({"Sec-Fetch-Site": "cross-site"}, HERE),
    ],
)
def test_without_a_key_only_a_program_here_may_stop_it(
    tmp_path: Path, headers: dict[str, str], address: tuple[str, int]
) -> None:
    with hosted(tmp_path / "home", enable_shutdown=True) as api, open_client(api.app, BASE, address) as client:
        assert client.post("/shutdown", headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"X-IIB-Secret": "wrong"}, {"Cookie": "IIB_S=wrong"}])
def test_with_a_key_it_is_needed_even_here(tmp_path: Path, headers: dict[str, str]) -> None:
    with at_home(tmp_path / "home", [], access(key=KEY), enable_shutdown=True) as near_api:
        assert near_api.post("/shutdown", headers=headers).status_code == 401


BASE = "/infinite_image_browsing"


def test_the_server_answers_first_and_then_stops_in_order(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--enable_shutdown") as server:
        answer = httpx.post(f"{server.url}/shutdown", timeout=30)

        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        assert server.process.wait(timeout=10) == 0
        assert "Traceback" not in server.errors.read_text()


def test_with_the_key_it_stops_for_a_page_too(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--enable_shutdown", IIB_SECRET_KEY=KEY) as server:
        assert httpx.post(f"{server.url}/shutdown", timeout=30).status_code == 401
        headers = {"X-IIB-Secret": KEY, "Origin": f"http://127.0.0.1:{server.port}"}
        assert httpx.post(f"{server.url}/shutdown", headers=headers, timeout=30).status_code == 200
        assert server.process.wait(timeout=10) == 0


def test_under_a_host_application_it_stops_the_hosts_server(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = f"""
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI
sys.path.insert(0, {str(CHECKOUT)!r})
from app import AppUtils
app = FastAPI()
AppUtils(enable_shutdown=True).wrap_app(app)
try:
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
except KeyboardInterrupt:
    pass
print("ended in order")
"""
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    url = f"http://127.0.0.1:{port}{BASE}"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(port)], cwd=home, env=clean_environment(home), stdout=subprocess.PIPE
    ) as child:

        def answers() -> bool:
            try:
                return httpx.get(f"{url}/hello", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        try:
            wait_for(answers)
            assert httpx.post(f"{url}/shutdown", timeout=30).status_code == 200
            output, _ = child.communicate(timeout=15)
        finally:
            child.kill()

    assert b"ended in order" in output


def test_the_flag_is_off_by_default_in_the_process(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server:
        assert httpx.post(f"{server.url}/shutdown", timeout=30).status_code == 403
        assert server.process.poll() is None
