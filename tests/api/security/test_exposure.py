"""Tests for a server that others can reach, and for foreign pages that must not reach it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send
from support.client import open_client
from support.hosted import Hosted, access, hosted
from support.library import Library
from support.process import CHECKOUT, Running, free_port, run, serving

from iib.access.auth import MAX_FAILURES, cookie_value
from iib.api.http.middleware import ErrorAndHeaderMiddleware

KEY = "correct horse ü"


# --- host names -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Our own server on the loopback address, with a proxy's name in its list."""
    home = tmp_path_factory.mktemp("exposed")
    with serving(home, IIB_ALLOWED_HOSTS="pics.example.org, .tunnel.example") as running:
        yield running


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LocalHost", "pics.example.org",
     "PICS.example.org:443", "abc.tunnel.example"],
)  # fmt: skip
def test_names_of_this_machine_and_of_the_list_are_answered(server: Running, host: str) -> None:
    assert httpx.get(f"{server.url}/hello", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.2",
     "testserver", "pics.example.org.evil.example", "eviltunnel.example", "tunnel.example", "<script>", "a" * 5000],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/hello", "/version", "/fe-static/x.js", ""])
def test_any_other_name_is_refused_everywhere_with_a_clear_text(server: Running, host: str, address: str) -> None:
    answer = httpx.get(f"{server.url}{address}", headers={"Host": host})

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/json"
    assert "IIB_ALLOWED_HOSTS" in answer.json()["detail"]


def test_a_page_under_another_name_changes_nothing(server: Running) -> None:
    rebound = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
    body = {"name": "rebound", "value": "1"}

    assert httpx.post(f"{server.url}/app_fe_setting", json=body, headers=rebound).status_code == 403
    assert "rebound" not in httpx.get(f"{server.url}/global_setting").json()["app_fe_setting"]


def test_the_page_at_the_root_is_not_shown_under_another_name_either(server: Running) -> None:
    root = f"http://127.0.0.1:{server.port}/"

    assert httpx.get(root, headers={"Host": "evil.example"}).status_code == 403
    assert httpx.get(root).status_code == 200


def test_under_another_server_the_host_application_decides_about_names(tmp_path: Path) -> None:
    with hosted(tmp_path / "home") as api:  # its name is `testserver`
        assert api.get("/hello").status_code == 200
        assert api.get("/hello", headers={"Host": "anything.example"}).status_code == 200


def test_the_star_allows_any_name(tmp_path: Path) -> None:
    with serving(tmp_path / "home", IIB_ALLOWED_HOSTS="*") as running:
        assert httpx.get(f"{running.url}/hello", headers={"Host": "any.example"}).status_code == 200


# --- listening beyond this machine ------------------------------------------------------------------------------------


def test_without_a_key_a_public_server_warns_loudly(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--host", "0.0.0.0") as running:  # noqa: S104
        assert httpx.get(f"{running.url}/hello", headers={"Host": "any.example"}).status_code == 200
        warning = running.errors.read_text()

    assert "WARNING" in warning
    assert "IIB_SECRET_KEY" in warning


def test_without_a_key_a_public_server_refuses_to_start_if_asked_to(tmp_path: Path) -> None:
    port = str(free_port())
    arguments = [str(CHECKOUT / "app.py"), "--port", port, "--host", "0.0.0.0"]  # noqa: S104

    ended = run(arguments, tmp_path / "home", IIB_REQUIRE_KEY="true")

    assert ended.returncode == 1
    assert "IIB_SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_required_key_that_is_there_or_a_local_server_starts(tmp_path: Path) -> None:
    public = ("--host", "0.0.0.0")  # noqa: S104
    with serving(tmp_path / "a", *public, IIB_REQUIRE_KEY="true", IIB_SECRET_KEY=KEY) as running:
        assert "WARNING" not in running.errors.read_text()
    with serving(tmp_path / "b", IIB_REQUIRE_KEY="true") as running:
        assert httpx.get(f"{running.url}/version").status_code == 200


# --- the cookie -------------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Hosted]:
    with hosted(tmp_path / "home", [], access(key=KEY)) as opened:
        yield opened


def test_the_server_sets_a_cookie_that_no_script_reads(locked: Hosted) -> None:
    assert locked.get("/version").status_code == 401

    answer = locked.post("/v1/session", {"key": KEY})

    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 200
    assert cookie.startswith(f"IIB_S={cookie_value(KEY)};")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Max-Age=" in cookie
    assert "Secure" not in cookie
    assert locked.get("/version").status_code == 200, "the client kept the cookie"


def test_over_https_the_cookie_never_travels_in_the_clear(tmp_path: Path) -> None:
    with hosted(tmp_path / "home", [], access(key=KEY)) as api:
        answer = api.post("https://testserver/infinite_image_browsing/v1/session", {"key": KEY})

    assert "Secure" in answer.headers["set-cookie"]


def test_signing_out_takes_the_cookie_away(locked: Hosted) -> None:
    locked.post("/v1/session", {"key": KEY})

    assert locked.delete("/v1/session").status_code == 200
    assert locked.get("/version").status_code == 401


def test_a_wrong_key_gets_no_cookie_and_is_counted(locked: Hosted) -> None:
    answers = [locked.post("/v1/session", {"key": f"wrong {number}"}) for number in range(MAX_FAILURES + 1)]

    assert (answers[0].status_code, answers[0].json()) == (401, {"detail": {"type": "secret_verification_failed"}})
    assert answers[-1].status_code == 429
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": None}, {"key": "x" * 2000}, {"key": 5}])
def test_an_invalid_key_is_a_422(locked: Hosted, body: dict[str, Any]) -> None:
    assert locked.post("/v1/session", body).status_code == 422


def test_without_a_configured_key_there_is_nothing_to_keep(api: Hosted) -> None:
    answer = api.post("/v1/session", {"key": "anything"})

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_pages_of_other_sites_cannot_sign_in_or_out(locked: Hosted) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}

    assert locked.post("/v1/session", {"key": KEY}, headers=foreign).status_code == 403
    assert locked.delete("/v1/session", headers=foreign).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_without_fetch_metadata_the_origin_is_compared(api: Hosted, origin: str) -> None:
    assert api.post("/db/rebuild_index", headers={"Origin": origin}).status_code == 403
    assert api.post("/db/rebuild_index", headers={"Origin": "http://testserver"}).status_code == 200


# --- headers ----------------------------------------------------------------------------------------------------------

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-site",
}


def test_every_answer_carries_the_security_headers(api: Hosted, library: Library) -> None:
    path = str(library.add("a.png"))
    answers = [
        api.get("/hello"),
        api.get(""),
        api.get("/fe-static/absent.js"),
        api.get("/nothing"),
        api.get("/files"),
        api.get("/file", params={"path": path}),
        api.get("/image-thumbnail", params={"path": path}),
        api.get("/file", params={"path": "/absent"}),
        api.client.request("PATCH", "/hello"),
    ]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE, answer.url
    assert {answer.status_code for answer in answers} >= {200, 404, 405, 422}


def test_json_is_no_page(api: Hosted) -> None:
    for address in ("/global_setting", "/nothing"):
        assert "default-src 'none'" in api.get(address).headers["content-security-policy"]


def test_pictures_may_be_shown_elsewhere_only_if_other_origins_may_ask(tmp_path: Path, library: Library) -> None:
    path = str(library.add("a.png"))
    with hosted(tmp_path / "home", [library.root], access(allow_cors=True)) as api:
        headers = api.get("/file", params={"path": path}).headers

    assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_host_applications_own_answers_are_left_alone(tmp_path: Path) -> None:
    with hosted(tmp_path / "home") as api:
        api.app.add_api_route("/own", lambda: "hi")
        with open_client(api.app) as client:
            assert not set(EVERYWHERE) & set(client.get("/own").headers)


# --- slow bodies ------------------------------------------------------------------------------------------------------


async def reads_its_body(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body; mistakes become answers, as they do in the application."""
    from starlette.exceptions import HTTPException

    try:
        answer = JSONResponse(len(await Request(scope, receive).body()))
    except HTTPException as error:
        answer = JSONResponse({"detail": error.detail}, error.status_code)
    await answer(scope, receive, send)


def answer_to(messages: list[tuple[float, Message]], patience_s: float) -> int:
    """Status of the answer when the messages come after these pauses."""
    sent: list[Message] = []

    async def main() -> None:
        waiting = iter(messages)

        async def receive() -> Message:
            pause_s, message = next(waiting)
            await anyio.sleep(pause_s)
            return message

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        await ErrorAndHeaderMiddleware(reads_its_body, body_timeout_s=patience_s)(scope, receive, send)

    anyio.run(main)
    status: int = sent[0]["status"]
    return status


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_that_trickles_is_a_408() -> None:
    drops = [(0.05, part(b"x", more=True))] * 1000

    assert answer_to(drops, patience_s=0.3) == 408


def test_a_body_that_never_comes_is_a_408() -> None:
    assert answer_to([(0.0, part(b"x", more=True)), (60.0, part(b"", more=False))], patience_s=0.2) == 408


def test_a_body_in_parts_within_its_time_is_read() -> None:
    assert answer_to([(0.01, part(b"x", more=True)), (0.01, part(b"y", more=False))], patience_s=30) == 200


def test_waiting_for_the_end_of_a_connection_is_not_limited() -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        await JSONResponse("late")(scope, receive, send)

    sent: list[Message] = []

    async def main() -> None:
        waiting = iter([(0.0, part(b"", more=False)), (0.3, {"type": "http.disconnect"})])

        async def receive() -> Message:
            pause_s, message = next(waiting)
            await anyio.sleep(pause_s)
            return message

        async def send(message: Message) -> None:
            sent.append(message)

        await ErrorAndHeaderMiddleware(waits, body_timeout_s=0.1)(
            {"type": "http", "method": "GET", "path": "/", "headers": []}, receive, send
        )

    anyio.run(main)
    assert sent[0]["status"] == 200


def test_slow_clients_do_not_keep_others_waiting(server: Running) -> None:
    body = json.dumps({"surstr": "x"}).encode()
    head = (
        f"POST /infinite_image_browsing/db/search_by_substr HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    slow = []
    try:
        for _ in range(100):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(head + body[:1])
            slow.append(connection)
        started = time.monotonic()
        assert httpx.post(f"{server.url}/db/search_by_substr", json={"surstr": "x"}, timeout=30).status_code == 200
        assert time.monotonic() - started < 10
        slow[0].sendall(body[1:])
        assert slow[0].recv(64).startswith(b"HTTP/1.1 200")
    finally:
        for connection in slow:
            connection.close()


def test_the_key_is_in_no_log(tmp_path: Path) -> None:
    key = "0123-very-secret"
    with serving(tmp_path / "home", IIB_SECRET_KEY=key, APP_ENV="dev") as running:
        assert httpx.get(f"{running.url}/version", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        assert httpx.post(f"{running.url}/v1/session", json={"key": key}).status_code == 200
        said = running.errors.read_text() + running.output.read_text()

    assert key not in said
    assert cookie_value(key) not in said
