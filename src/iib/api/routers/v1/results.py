"""The page's own endpoints (`/v1/...`, see docs/reference/v1-api.md)."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator
from dataclasses import asdict

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from iib.access.paths import TrustedPath
from iib.api.http.concurrency import Drawing, drawing, searching
from iib.api.params import grid_query
from iib.api.permissions import READ, WRITE, services_of
from iib.api.routers.public.files import KIND_WORDS
from iib.api.routers.public.index import indexed_folder
from iib.api.routers.public.media import original, small_picture, stat_file
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import GridQueryBody, IndexBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.serializers.common import fast_json, human_size, local_time
from iib.api.serializers.page import shown_folders
from iib.api.serializers.visible_counts import library_size
from iib.api.services import Services
from iib.errors import NotFound
from iib.model.geninfo import GenerationInfo, Json
from iib.model.job import JobId
from iib.model.media import MediaId, MediaKind
from iib.store import MediaDetail
from iib.tags.curation import FLAG_WORDS

router = APIRouter(prefix="/v1", tags=["v1"])

BOXES = (64, 128, 256, 384, 512, 768, 1024)
POLL_S = 0.1
PING_S = 15
GONE = 410
MAX_ERRORS = 1000
EVERY_ERROR = 2**31
MAX_ID = 2**63 - 1
GONE_ANSWER: dict[int | str, dict[str, Json]] = {GONE: {"model": ErrorAnswer}}
EVENT_EXAMPLE = 'event: library\ndata: {"revision": 13, "total": 20001, "added": 1, "removed": 0}\n\n'
BYTES: dict[str, Json] = {"content": {"application/octet-stream": {}}}


@router.post(
    "/results", dependencies=[Depends(READ)], response_model=v1_responses.Results, summary="Open a query for the grid"
)
@searching
def open_results(body: GridQueryBody, request: Request) -> Response:
    """A frozen order of ids; asked for again while nothing has changed it is the same one."""
    services = services_of(request)
    query = grid_query(services, body)
    started = time.perf_counter()
    found = services.results.open(query)
    return fast_json(
        {
            "token": found.token,
            "total": len(found.ids),
            "exact": found.exact,
            "revision": found.revision,
            "took_ms": round((time.perf_counter() - started) * 1000, 2),
            "buckets": [asdict(bucket) for bucket in found.buckets],
        }
    )


@router.get(
    "/results/{token}/columns",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Columns,
    responses=GONE_ANSWER,
    summary="Facts of a range of results",
)
def result_columns(token: str, request: Request, start: int = 0, count: int = 500) -> Response:
    """410 when the results are gone."""
    try:
        found = services_of(request).results.columns(token, start, count)
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
    return fast_json(
        {
            "start": found.start,
            "id": found.id,
            "w": found.width_px,
            "h": found.height_px,
            "time": found.time_ms,
            "kind": found.kind,
            "thumbhash": [base64.b64encode(item).decode() if item else None for item in found.thumbhash],
            "rating": found.rating,
            "flag": found.flag,
        }
    )


@router.get(
    "/results/{token}/layout",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={**GONE_ANSWER, 200: BYTES},
    summary="Aspect ratios of all results",
)
def result_layout(token: str, request: Request) -> Response:
    """Little-endian uint16 each: width / height x 1000."""
    try:
        data = services_of(request).results.layout(token)
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)
    return Response(data, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


@router.get(
    "/results/{token}/position",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Position,
    responses=GONE_ANSWER,
    summary="Where a file stands in the results",
)
def result_position(token: str, request: Request, id: int) -> Response:  # noqa: A002  (the name in the address)
    """Null when it is not among them."""
    try:
        place = services_of(request).results.position(token, id) if 0 < id <= MAX_ID else None
        return fast_json({"position": place})
    except NotFound as error:
        return fast_json({"detail": error.message}, GONE)


@router.get(
    "/media/{media_id}",
    dependencies=[Depends(READ)],
    response_model=v1_responses.MediaDetails,
    summary="Everything known of one file",
)
def media_detail(media_id: int, request: Request) -> Response:
    """By id. 404 when unknown."""
    services = services_of(request)
    found = _detail(services, media_id)[0]
    with services.store.read() as unit:
        marks = unit.curation.marks([found.row.id])
        albums = unit.curation.albums_of(found.row.id)
    names = services.translations.names()
    answer = detail_answer(found)
    for tag in answer["tags"]:
        tag["display_name"] = names.get(tag["name"])
    answer["rating"] = marks[0].rating if marks else 0
    answer["flag"] = FLAG_WORDS[marks[0].flag if marks else 0]
    answer["albums"] = [{"id": album_id, "name": name} for album_id, name in albums]
    return fast_json(answer)


@router.get(
    "/media/{media_id}/thumbnail",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
    summary="A small picture by id",
)
@router.head("/media/{media_id}/thumbnail", dependencies=[Depends(READ)], include_in_schema=False)
@drawing
def media_thumbnail(media_id: int, request: Request, size: int = 256, v: str = "") -> Response | Drawing:
    """The next larger of a few fixed boxes, so that the cache stays small. `v` only makes addresses unique."""
    del v
    services = services_of(request)
    detail, found = _detail(services, media_id)
    stat_file(found)
    side = next((box for box in BOXES if box >= size), BOXES[-1])
    return small_picture(services, found, detail.row.kind, (side, side), request)


@router.get(
    "/media/{media_id}/file",
    dependencies=[Depends(READ)],
    response_class=Response,
    responses={200: {"content": {"*/*": {}}}},
    summary="The original file by id",
)
@router.head("/media/{media_id}/file", dependencies=[Depends(READ)], include_in_schema=False)
def media_file(media_id: int, request: Request) -> Response:
    """With ranges."""
    services = services_of(request)
    _found, found = _detail(services, media_id)
    return original(services, found, stat_file(found), request)


@router.get(
    "/folders",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Folders,
    summary="The folder tree, one level at a time",
)
def folders(request: Request, parent: str | None = None) -> Response:
    """Children of a folder, or the roots."""
    services = services_of(request)
    path = services.gate.content(parent).path if parent else None
    with services.store.read() as unit:
        nodes = unit.folders.tree(path, services.scopes())
    if services.gate.is_enabled:
        nodes = shown_folders(nodes, services.search.views.counts_by_folder(), services.gate.trust())
    aliases = {item.path: item.alias for item in services.roots.all() if item.alias}
    listed = [
        {
            "path": node.path,
            "name": aliases.get(node.path, node.name),
            "count": node.count,
            "total": node.total,
            "has_children": node.has_children,
            "available": os.path.isdir(node.path),  # noqa: PTH112
        }
        for node in nodes
    ]
    return fast_json({"folders": listed})


@router.get(
    "/events",
    dependencies=[Depends(READ)],
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"example": EVENT_EXAMPLE}}}},
    summary="What happens, as server-sent events",
)
async def events(request: Request) -> EventSourceResponse:
    """`hello` first, then `library` and `job`."""
    services = services_of(request)
    return EventSourceResponse(_events(services, request), ping=PING_S)


async def _events(services: Services, request: Request) -> AsyncIterator[ServerSentEvent]:
    total = await asyncio.to_thread(library_size, services)
    with services.bus.subscribe() as subscription:
        yield _event("hello", {"revision": services.store.revision, "total": total})
        while not await request.is_disconnected():
            item = subscription.get(0)
            if item is None:
                await asyncio.sleep(POLL_S)
                continue
            name, payload = item
            if name == "library" and services.gate.is_enabled:  # told of the whole store
                before, total = total, await asyncio.to_thread(library_size, services)
                payload = {**payload, "total": total}
                payload |= {"added": max(0, total - before), "removed": max(0, before - total)}
            yield _event(name, payload)


def _event(name: str, payload: dict[str, Json]) -> ServerSentEvent:
    return ServerSentEvent(orjson.dumps(payload).decode(), event=name)


@router.get("/jobs", dependencies=[Depends(READ)], response_model=v1_responses.Jobs, summary="Background jobs")
def list_jobs(request: Request) -> Response:
    """Running ones and the latest ended ones."""
    return fast_json({"jobs": [asdict(view) for view in services_of(request).jobs.list()]})


@router.post(
    "/jobs/{job_id}/cancel",
    dependencies=[Depends(WRITE)],
    response_model=v1_responses.Done,
    summary="Ask a job to stop",
)
def cancel_job(job_id: str, request: Request) -> dict[str, bool]:
    """What was written stays."""
    return {"ok": services_of(request).jobs.cancel(JobId(job_id))}


@router.post(
    "/index", dependencies=[Depends(WRITE)], response_model=v1_responses.RunStarted, summary="Start an index run"
)
def start_index(body: IndexBody, request: Request) -> dict[str, str]:
    """One run at a time; a running one with the same limits is given back."""
    services = services_of(request)
    path = indexed_folder(services, body.path) if body.path else None
    start = services.index.start_rebuild if body.rebuild else services.index.start_update
    return {"job_id": start(path)}


@router.get(
    "/index/errors",
    dependencies=[Depends(READ)],
    response_model=v1_responses.IndexErrors,
    summary="Files that could not be read well",
)
def index_errors(request: Request, limit: int = Query(200, ge=1, le=MAX_ERRORS)) -> Response:
    """With the reason of each."""
    services = services_of(request)
    with services.store.read() as unit:
        total, rows = unit.media.problems(EVERY_ERROR if services.gate.is_enabled else limit)
    if services.gate.is_enabled:
        trust = services.gate.trust()
        rows = [row for row in rows if trust.may_read(row[1])]
        total = len(rows)
    listed = [{"id": media_id, "path": path, "problem": problem} for media_id, path, problem in rows[:limit]]
    return fast_json({"total": total, "errors": listed})


def _detail(services: Services, media_id: int) -> tuple[MediaDetail, TrustedPath]:
    """A known file that may be read. Raises `NotFound`, `PathNotTrusted`."""
    found = None
    if 0 < media_id <= MAX_ID:
        with services.store.read() as unit:
            found = unit.media.detail(MediaId(media_id))
    if found is None:
        raise NotFound("this file is not known")
    return found, services.gate.known(found.row.path)


def detail_answer(found: MediaDetail) -> dict[str, Json]:
    """The media object of the v1 API."""
    row = found.row
    return {
        "id": row.id,
        "path": row.path,
        "name": row.name,
        "folder": os.path.dirname(row.path),  # noqa: PTH120
        "kind": KIND_WORDS[MediaKind(row.kind)],
        "bytes": row.size_bytes,
        "size": human_size(row.size_bytes),
        "width": row.width_px,
        "height": row.height_px,
        "duration_ms": found.duration_ms,
        "date": local_time(row.mtime_ns),
        "mtime": row.mtime_ns // 1_000_000,
        "created_time": local_time(row.birth_ns),
        "missing": found.is_missing,
        "problem": found.problem,
        "tags": [{"id": tag.id, "name": tag.name, "type": tag.kind, "color": tag.color} for tag in found.tags],
        "text": found.text,
        "geninfo": None if found.geninfo.is_empty else geninfo_answer(found.geninfo),
    }


def geninfo_answer(geninfo: GenerationInfo) -> dict[str, Json]:
    """Generation parameters; the seed as text, since 64 bits do not fit a JavaScript number."""
    values = asdict(geninfo)
    values["seed"] = str(geninfo.seed) if geninfo.seed is not None else None
    for stage in values["stages"]:
        stage["seed"] = str(stage["seed"]) if stage["seed"] is not None else None
    values["source"] = {key: value for key, value in geninfo.source.items() if key != "text"}
    return values
