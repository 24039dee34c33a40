"""A blocking HTTP client of an ASGI application in this process, including its lifespan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

ADDRESS = ("198.51.100.7", 50000)


class Client:
    """Sends requests to the event loop of the application, one at a time or from several threads."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send a request of any method; `options` are those of httpx."""
        return self._portal.call(partial(self._client.request, method, url, **options))

    def get(self, url: str, **options: Any) -> httpx.Response:
        """Send a GET request."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> httpx.Response:
        """Send a HEAD request."""
        return self.request("HEAD", url, **options)

    def post(self, url: str, body: object = None, **options: Any) -> httpx.Response:
        """Send a POST request, with JSON if there is a body."""
        return self.request("POST", url, **(options if body is None else {"json": body, **options}))

    def delete(self, url: str, body: object = None, **options: Any) -> httpx.Response:
        """Send a DELETE request, with JSON if there is a body."""
        return self.request("DELETE", url, **(options if body is None else {"json": body, **options}))


@contextmanager
def open_client(app: FastAPI, base: str = "", address: tuple[str, int] = ADDRESS) -> Iterator[Client]:
    """Open a client whose addresses start at `base`. The lifespan of `app` ends with the block."""
    transport = httpx.ASGITransport(app, client=address)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        client = httpx.AsyncClient(transport=transport, base_url=f"http://testserver{base}", follow_redirects=True)
        try:
            yield Client(portal, client)
        finally:
            portal.call(client.aclose)
