"""The index: what it holds, what is out of date, bringing it up to date."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Depends, Request, Response

from iib.api.params import indexed_folder
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.requests import UpdateBody
from iib.api.schemas.responses import BasicInfo, ExpiredDirs
from iib.api.serializers.common import fast_json, tag_entries
from iib.api.serializers.visible_counts import visible_media_count, visible_tags
from iib.api.services import Services
from iib.errors import Conflict, IIBError
from iib.model.job import JobId, JobStatus

router = APIRouter(prefix="/db", tags=["index"])

MAX_WAITING = 64  # clients that wait for a run; each holds a thread


@router.get(
    "/basic_info", dependencies=[Depends(READ)], response_model=BasicInfo, summary="Size, tags, expired folders"
)
def basic_info(request: Request) -> Response:
    """All tags; of the prompt terms the most used when there are very many."""
    services = services_of(request)
    expired = _expired(services)
    tags = tag_entries(visible_tags(services), services.translations.names())
    count = visible_media_count(services)
    return fast_json({"img_count": count, "tags": tags, "expired": bool(expired), "expired_dirs": expired})


@router.get("/expired_dirs", dependencies=[Depends(READ)], response_model=ExpiredDirs, summary="Expired folders")
def expired_dirs(request: Request) -> Response:
    """Folders that changed since they were read."""
    expired = _expired(services_of(request))
    return fast_json({"expired": bool(expired), "expired_dirs": expired})


@router.post("/update_image_data", dependencies=[Depends(WRITE)], summary="Bring the index up to date and wait")
async def update_image_data(request: Request, body: UpdateBody | None = None) -> None:
    """A run that is already under way is waited for. `path` limits the run to one folder of the library."""
    services = services_of(request)
    raw = body.path if body is not None else None
    path = await anyio.to_thread.run_sync(indexed_folder, services, raw) if raw else None
    await wait_for(request, await anyio.to_thread.run_sync(services.index.start_update, path))


@router.post("/rebuild_index", dependencies=[Depends(WRITE)], summary="Read every file again and wait")
async def rebuild_index(request: Request) -> None:
    """Ids, person-made tags and colours stay."""
    services = services_of(request)
    await wait_for(request, await anyio.to_thread.run_sync(services.index.start_rebuild))


async def wait_for(request: Request, job_id: JobId) -> None:
    """Wait without holding a thread of the requests. Raises when the job failed."""
    state = request.app.state
    if not hasattr(state, "waiting"):
        state.waiting = anyio.CapacityLimiter(MAX_WAITING)
    jobs = services_of(request).jobs
    row = await anyio.to_thread.run_sync(jobs.wait, job_id, limiter=state.waiting)
    if row.status is JobStatus.FAILED:
        raise IIBError(row.message)
    if row.status is JobStatus.CANCELLED:
        raise Conflict("the run was cancelled; what it has read is kept")


def _expired(services: Services) -> list[str]:
    trust = services.gate.trust()
    return [path for path in services.index.expired_dirs() if trust.may_show(path)]
