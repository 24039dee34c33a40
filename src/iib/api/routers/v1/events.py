"""Server-sent events about the library and its jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from iib.api.permissions import READ, services_of
from iib.api.serializers.visible_counts import visible_media_count
from iib.api.services import Services
from iib.model import Json

router = APIRouter(prefix="/v1", tags=["v1"])

POLL_S = 0.1
PING_S = 15
EVENT_EXAMPLE = 'event: library\ndata: {"revision": 13, "total": 20001, "added": 1, "removed": 0}\n\n'


@router.get(
    "/events",
    dependencies=[Depends(READ)],
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"example": EVENT_EXAMPLE}}}},
    summary="Server-sent events",
)
async def events(request: Request) -> EventSourceResponse:
    """Stream of events about the library and jobs: first `hello`, then `library` and `job`."""
    services = services_of(request)
    return EventSourceResponse(_events(services, request), ping=PING_S)


async def _events(services: Services, request: Request) -> AsyncIterator[ServerSentEvent]:
    total = await asyncio.to_thread(visible_media_count, services)
    with services.bus.subscribe() as subscription:
        yield _event("hello", {"revision": services.store.revision, "total": total})
        while not await request.is_disconnected():
            item = subscription.get(0)
            if item is None:
                await asyncio.sleep(POLL_S)
                continue
            name, payload = item
            if name == "library" and services.authorizer.is_enabled:  # the event counts the whole store
                before, total = total, await asyncio.to_thread(visible_media_count, services)
                payload = {**payload, "total": total}
                payload |= {"added": max(0, total - before), "removed": max(0, before - total)}
            yield _event(name, payload)


def _event(name: str, payload: dict[str, Json]) -> ServerSentEvent:
    return ServerSentEvent(orjson.dumps(payload).decode(), event=name)
