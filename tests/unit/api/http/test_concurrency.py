"""Tests for concurrency limits: slow requests wait without blocking quick ones."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Annotated

import anyio
import httpx
import pytest
from fastapi import Depends, FastAPI, Request, Response

from iib.api.http.concurrency import MAX_REGEX_SEARCHES, MAX_SEARCHES, DeferredRender, limit_render, limit_search
from iib.media.thumbnails import MAX_CONCURRENT_RENDERS

WAITING = 100  # more than the number of request threads


class Gate:
    """Work that continues until the gate opens; it counts how many calls run at the same time."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.entered = threading.Semaphore(0)
        self.maximum = 0
        self._running = 0
        self._lock = threading.Lock()

    def work(self) -> Response:
        with self._lock:
            self._running += 1
            self.maximum = max(self.maximum, self._running)
        self.entered.release()
        self.opened.wait(30)
        with self._lock:
            self._running -= 1
        return Response("done")


@dataclass
class SearchFields:
    """The search fields of a request body."""

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
    def find(request: Request, body: Annotated[SearchFields, Depends()]) -> Response:
        return gate.work() if body.regexp else Response(body.q)

    @app.get("/picture")
    @limit_render
    def picture(request: Request, *, is_cached: bool) -> Response | DeferredRender:
        return Response("cached") if is_cached else DeferredRender(gate.work)

    @app.get("/quick")
    def quick() -> Response:
        return Response("quick")

    return app


async def _ask(gate: Gate, slow: str, quick: str, at_once: int) -> tuple[httpx.Response, list[int]]:
    """The response to a quick request while many slow ones wait, and the status codes of the slow ones."""
    codes: list[int] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(gate)), base_url="http://here") as client:

        async def send_slow() -> None:
            codes.append((await client.get(slow)).status_code)

        async with anyio.create_task_group() as group:
            for _ in range(WAITING):
                group.start_soon(send_slow)
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
        ("/search?word=slow", "/picture?is_cached=true", "cached", MAX_SEARCHES),
        ("/find?regexp=.", "/find?q=fox", "fox", MAX_REGEX_SEARCHES),
        ("/find?regexp=.", "/search?word=fox", "fox", MAX_REGEX_SEARCHES),
        ("/picture?is_cached=false", "/picture?is_cached=true", "cached", MAX_CONCURRENT_RENDERS),
        ("/picture?is_cached=false", "/search?word=fox", "fox", MAX_CONCURRENT_RENDERS),
    ],
)
def test_quick_requests_are_answered_while_long_ones_wait(slow: str, quick: str, expected: str, at_once: int):
    gate = Gate()

    answer, codes = anyio.run(_ask, gate, slow, quick, at_once)

    assert answer.text == expected
    assert codes == [200] * WAITING
    assert gate.maximum == at_once


def test_parameters_of_a_limited_route_are_validated():
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application(Gate()))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/picture?is_cached=perhaps")

    assert anyio.run(ask).status_code == 422
