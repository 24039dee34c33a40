"""Concurrency limits for slow requests.

All requests share one interpreter: thirty concurrent searches finish no sooner than two at a time, and slow down
everything else. Slow work therefore runs in a few threads and waits for them without occupying a thread itself;
requests that take a millisecond never wait behind it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec

import anyio
import anyio.to_thread
from fastapi import Request, Response

from iib.media import MAX_CONCURRENT_RENDERS

MAX_SEARCHES = 3
MAX_REGEX_SEARCHES = 2  # a regular expression may use its whole time budget: other searches do not wait behind it

P = ParamSpec("P")
Handler = Callable[P, Coroutine[Any, Any, Response]]


class ConcurrencyLimits:
    """The limiters of one application; each serves its waiting requests in order of arrival."""

    def __init__(self) -> None:
        self.search = anyio.CapacityLimiter(MAX_SEARCHES)
        self.regex_search = anyio.CapacityLimiter(MAX_REGEX_SEARCHES)
        self.render = anyio.CapacityLimiter(MAX_CONCURRENT_RENDERS)


@dataclass(frozen=True, slots=True)
class DeferredRender:
    """The slow rest of a response; it runs under the limit for rendering."""

    finish: Callable[[], Response]


def limits_of(request: Request) -> ConcurrencyLimits:
    """The limits of the application; the first request that needs them creates them."""
    state = request.app.state
    if not hasattr(state, "concurrency_limits"):
        state.concurrency_limits = ConcurrencyLimits()
    limits: ConcurrencyLimits = state.concurrency_limits
    return limits


def limit_search(handler: Callable[P, Response]) -> Handler[P]:
    """Decorate a route that searches; a `body` with a regular expression counts against a separate limit."""

    @functools.wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        limits = limits_of(_request(kwargs))
        limiter = limits.regex_search if has_regex(kwargs.get("body")) else limits.search
        return await anyio.to_thread.run_sync(partial(handler, *args, **kwargs), limiter=limiter)

    return _with_signature_of(handler, run)


def has_regex(body: object) -> bool:
    """True if a search may contain a regular expression: in its own field, or between slashes in a query."""
    return bool(getattr(body, "regexp", "") or getattr(body, "regex", False) or "/" in getattr(body, "q", ""))


def limit_render(handler: Callable[P, Response | DeferredRender]) -> Handler[P]:
    """Decorate a route that may have to render a picture: it returns the response, or the slow rest of it."""

    @functools.wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        result = await anyio.to_thread.run_sync(partial(handler, *args, **kwargs))
        if isinstance(result, DeferredRender):
            return await anyio.to_thread.run_sync(result.finish, limiter=limits_of(_request(kwargs)).render)
        return result

    return _with_signature_of(handler, run)


def _request(kwargs: dict[str, object]) -> Request:
    """Return the request among the arguments of a handler."""
    request = kwargs["request"]
    assert isinstance(request, Request)  # noqa: S101  (every limited route declares it)
    return request


def _with_signature_of(handler: Callable[P, Response | DeferredRender], run: Handler[P]) -> Handler[P]:
    """Set the signature of the handler on `run`: FastAPI reads the parameters of the route from it.

    The type names are evaluated in the module of the handler.
    """
    signature = inspect.signature(handler, eval_str=True).replace(return_annotation=Response)
    run.__signature__ = signature  # type: ignore[attr-defined]
    return run
