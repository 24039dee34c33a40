"""A page in a browser that records every request and every message of the console."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request

from support.running import RunningServer

DEMO_COUNT = 88  # pictures of the demo library, to which come two videos
OWN_SCHEMES = frozenset(("data", "blob", "about"))


class Journey:
    """A page with all requests that it sent and all messages that it logged."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self.expected: list[str] = []
        page.on("request", self._on_request)
        page.on("console", lambda said: self._complain(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._complain(str(error)))

    def foreign(self, host: str) -> list[str]:
        """Return the requests to other servers."""
        parts = [(url, urlsplit(url)) for url in self.requested]
        return [url for url, part in parts if part.scheme not in OWN_SCHEMES and part.netloc != host]

    def allow(self, pattern: str) -> None:
        """Allow a message of this test, such as a response of 401."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        """Return the messages that the test has not allowed."""
        return [said for said in self.complaints if not any(re.search(known, said) for known in self.expected)]

    def screenshot(self, name: str) -> None:
        """Save a screenshot if a folder for them is set."""
        folder = screenshots()
        if folder is not None:
            self.page.screenshot(path=folder / f"{self.name}-{name}.png")

    def _on_request(self, request: Request) -> None:
        self.requested.append(request.url)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)


def screenshots() -> Path | None:
    """Return the folder for screenshots, from `IIB_SCREENSHOTS`; None if it is not set."""
    given = os.environ.get("IIB_SCREENSHOTS")
    if not given:
        return None
    folder = Path(given)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


Visit = Callable[..., Journey]  # (server, path, **context)
Serve = Callable[..., RunningServer]  # (*roots, **options)
