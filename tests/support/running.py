"""A running server process and requests to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from support.process import Running, serving

COUNT_S = 60.0


class RunningServer:
    """A running server process and its address."""

    def __init__(self, running: Running, secret: str) -> None:
        self._running = running
        self._headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.address = f"http://127.0.0.1:{running.port}"

    def ask(self, path: str, body: object | None = None) -> Any:
        """Send GET below the base path, or POST with a body; returns the decoded response."""
        method = "GET" if body is None else "POST"
        url = self._running.url + path
        answer = httpx.request(method, url, json=body, headers=self._headers, timeout=COUNT_S, trust_env=False)
        return answer.raise_for_status().json()

    def wait_for_count(self, count: int) -> None:
        """Wait until this many files are indexed."""
        end = time.monotonic() + COUNT_S
        while (found := self.ask("/db/basic_info")["img_count"]) != count:
            assert time.monotonic() < end, f"there are {found} files, not {count}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server before the block ends."""
        self._running.stop()


@contextmanager
def run_server(home: Path, *roots: Path, secret: str = "", update: bool = True) -> Iterator[RunningServer]:
    """Run a server over these folders until the block ends. All its files are below `home`."""
    arguments = ["--update_image_index"] if update else []
    arguments += ["--extra_paths", *map(str, roots)] if roots else []
    with serving(home, *arguments, IIB_SECRET_KEY=secret) as running:
        yield RunningServer(running, secret)
