"""What takes long waits for its turn and holds nobody up."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Annotated

import anyio
import httpx
import pytest
from fastapi import Depends, FastAPI, Request, Response

from iib.api.http.concurrency import MAX_REGEX_SEARCHES, MAX_SEARCHES, DeferredRender, limit_render, limit_search
from iib.media.thumbnails import DRAWN_AT_ONCE

WAITING = 100  # more than the requests have threads


class Gate:
    """Work that goes on until it is let go, and counts how much of it went on at once."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Semaphore(0)
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def work(self) -> Response:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.entered.release()
        self.opened.wait(30)
        with self._lock:
            self._now -= 1
        return Response("done")


@dataclass
class Words:
    """As in the bodies of searches."""

    q: str = ""
    regexp: str = ""


def application(gate: Gate) -> FastAPI:
    app = FastAPI()

    @app.get("/search")
    @limit_search
    def search(request: Request, word: str) -> Response:
        return gate.work() if word == "slow" else Response(word)

    @app.get("/find")
    @limit_search
    def find(request: Request, body: Annotated[Words, Depends()]) -> Response:
        return gate.work() if body.regexp else Response(body.q)

    @app.get("/picture")
    @limit_render
    def picture(request: Request, *, is_kept: bool) -> Response | DeferredRender:
        return Response("kept") if is_kept else DeferredRender(gate.work)

    @app.get("/quick")
    def quick() -> Response:
        return Response("quick")

    return app


async def _ask(gate: Gate, slow: str, quick: str, at_once: int) -> tuple[httpx.Response, list[int]]:
    """The answer to a quick request while very many slow ones wait, and the answers to those."""
    codes: list[int] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(gate)), base_url="http://here") as client:

        async def one() -> None:
            codes.append((await client.get(slow)).status_code)

        async with anyio.create_task_group() as group:
            for _ in range(WAITING):
                group.start_soon(one)
            for _ in range(at_once):
                await anyio.to_thread.run_sync(gate.entered.acquire, limiter=anyio.CapacityLimiter(1))
            with anyio.fail_after(20):
                answer = await client.get(quick)
            gate.opened.set()
    return answer, codes


@pytest.mark.parametrize(
    ("slow", "quick", "expected", "at_once"),
    [
        ("/search?word=slow", "/quick", "quick", MAX_SEARCHES),
        ("/search?word=slow", "/picture?is_kept=true", "kept", MAX_SEARCHES),
        ("/find?regexp=.", "/find?q=fox", "fox", MAX_REGEX_SEARCHES),
        ("/find?regexp=.", "/search?word=fox", "fox", MAX_REGEX_SEARCHES),
        ("/picture?is_kept=false", "/picture?is_kept=true", "kept", DRAWN_AT_ONCE),
        ("/picture?is_kept=false", "/search?word=fox", "fox", DRAWN_AT_ONCE),
    ],
)
def test_quick_requests_are_answered_while_long_ones_wait(slow: str, quick: str, expected: str, at_once: int):
    gate = Gate()

    answer, codes = anyio.run(_ask, gate, slow, quick, at_once)

    assert answer.text == expected
    assert codes == [200] * WAITING
    assert gate.most == at_once


def test_the_parameters_of_such_a_route_are_checked_as_ever():
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application(Gate()))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/picture?is_kept=perhaps")

    assert anyio.run(ask).status_code == 422
