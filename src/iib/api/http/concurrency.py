"""Who waits for whom.

Requests share one interpreter: thirty searches at once end no sooner than two at a time, and everything else crawls
meanwhile. So what takes long has a lane of few threads, and waits for its turn without holding a thread itself; what
is answered in a millisecond never waits behind it.
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

from iib.media.thumbnails import DRAWN_AT_ONCE

SEARCHED_AT_ONCE = 3
PATTERNS_AT_ONCE = 2  # regular expressions may take their whole budget: no other search waits behind one

P = ParamSpec("P")
Handler = Callable[P, Coroutine[Any, Any, Response]]


class Lanes:
    """The lanes of one application, first come first served."""

    def __init__(self) -> None:
        self.searching = anyio.CapacityLimiter(SEARCHED_AT_ONCE)
        self.patterns = anyio.CapacityLimiter(PATTERNS_AT_ONCE)
        self.drawing = anyio.CapacityLimiter(DRAWN_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The rest of an answer, for the lane of drawing."""

    finish: Callable[[], Response]


def lanes_of(request: Request) -> Lanes:
    """Made by the first request that needs them."""
    state = request.app.state
    if not hasattr(state, "lanes"):
        state.lanes = Lanes()
    lanes: Lanes = state.lanes
    return lanes


def searching(handler: Callable[P, Response]) -> Handler[P]:
    """A route that searches, by its `body` if it has one."""

    @functools.wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        lanes = lanes_of(_request(kwargs))
        lane = lanes.patterns if has_pattern(kwargs.get("body")) else lanes.searching
        return await anyio.to_thread.run_sync(partial(handler, *args, **kwargs), limiter=lane)

    return _like(handler, run)


def has_pattern(body: object) -> bool:
    """Whether a search may ask for a regular expression: by its own field, or between slashes in a query."""
    return bool(getattr(body, "regexp", "") or getattr(body, "regex", False) or "/" in getattr(body, "q", ""))


def drawing(handler: Callable[P, Response | Drawing]) -> Handler[P]:
    """A route that may have to draw a picture."""

    @functools.wraps(handler)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        answer = await anyio.to_thread.run_sync(partial(handler, *args, **kwargs))
        if isinstance(answer, Drawing):
            return await anyio.to_thread.run_sync(answer.finish, limiter=lanes_of(_request(kwargs)).drawing)
        return answer

    return _like(handler, run)


def _request(kwargs: dict[str, object]) -> Request:
    request = kwargs["request"]
    assert isinstance(request, Request)  # noqa: S101  (every such route asks for it)
    return request


def _like(handler: Callable[P, Response | Drawing], run: Handler[P]) -> Handler[P]:
    """The framework reads the parameters of a route; their types are named in the handler's own module."""
    signature = inspect.signature(handler, eval_str=True).replace(return_annotation=Response)
    run.__signature__ = signature  # type: ignore[attr-defined]
    return run
