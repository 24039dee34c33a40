"""A client with one persistent connection, and latencies as numbers."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlencode

BASE = "/infinite_image_browsing"
TIMEOUT_S = 300.0
OK = 200

Request = Callable[["Client"], bytes]


class Client:
    """Sends a request, reads the whole body. Raises `RuntimeError` for any status but 200."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def get(self, route: str, /, **query: object) -> bytes:
        """GET below the base path."""
        return self._ask("GET", f"{route}?{urlencode(query)}" if query else route, None)

    def post(self, path: str, body: object) -> bytes:
        """POST JSON."""
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, BASE + path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != OK:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return content


@dataclass(frozen=True, slots=True)
class Latency:
    """Of one kind of request, in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    max_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        """From measured times."""
        if len(seconds) == 1:
            only = seconds[0] * 1000
            return cls(1, only, only, only)
        cuts = statistics.quantiles(seconds, n=20, method="inclusive")
        return cls(len(seconds), cuts[9] * 1000, cuts[18] * 1000, max(seconds) * 1000)


def measure(port: int, requests: Sequence[Request], *, repeats: int = 1) -> Latency:
    """One request after the other; the first one is repeated before the clock starts."""
    taken: list[float] = []
    with closing(Client(port)) as client:
        requests[0](client)
        for _ in range(repeats):
            for request in requests:
                started = time.perf_counter()
                request(client)
                taken.append(time.perf_counter() - started)
    return Latency.of(taken)


def measure_together(port: int, requests: Sequence[Request], clients: int) -> tuple[float, Latency]:
    """Requests a second and latency when so many clients share the work."""
    mine = threading.local()
    made: list[Client] = []

    def timed(request: Request) -> float:
        if not hasattr(mine, "client"):
            mine.client = Client(port)
            made.append(mine.client)
        started = time.perf_counter()
        request(mine.client)
        return time.perf_counter() - started

    with ThreadPoolExecutor(clients) as pool:
        started = time.perf_counter()
        taken = list(pool.map(timed, requests))
        elapsed = time.perf_counter() - started
    for client in made:
        client.close()
    return len(taken) / elapsed, Latency.of(taken)


class Probe:
    """Asks the same requests in turn, with a pause, until told to stop: how does the server feel meanwhile?"""

    def __init__(self, port: int, request: Request, pause_s: float = 0.05) -> None:
        self._port, self._request, self._pause_s = port, request, pause_s
        self._stop = threading.Event()
        self._taken: list[float] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> Latency:
        """End and tell."""
        self._stop.set()
        self._thread.join()
        return Latency.of(self._taken)

    def _run(self) -> None:
        with closing(Client(self._port)) as client:
            while not self._stop.wait(self._pause_s) or not self._taken:
                started = time.perf_counter()
                self._request(client)
                self._taken.append(time.perf_counter() - started)
