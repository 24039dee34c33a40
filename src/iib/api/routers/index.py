"""The index: what it holds, what is out of date, bringing it up to date."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Depends, Request, Response

from iib.api.guards import READ, WRITE, services_of
from iib.api.responses import fast_json, tag_entries
from iib.api.schemas.answers import BasicInfo, ExpiredDirs
from iib.api.schemas.bodies import UpdateBody
from iib.api.services import Services
from iib.errors import IIBError
from iib.model.job import JobId, JobStatus

router = APIRouter(prefix="/db", tags=["index"])

MAX_WAITING = 64  # clients that wait for a run; each holds a thread


@router.get(
    "/basic_info", dependencies=[Depends(READ)], response_model=BasicInfo, summary="Size, tags, expired folders"
)
def basic_info(request: Request) -> Response:
    """All tags; of the prompt terms the most used when there are very many."""
    services = services_of(request)
    expired = services.index.expired_dirs()
    with services.store.read() as unit:
        tags = tag_entries(unit.tags.list_all(), services.translations.names())
    count = len(services.search.views.view().ids)
    return fast_json({"img_count": count, "tags": tags, "expired": bool(expired), "expired_dirs": expired})


@router.get("/expired_dirs", dependencies=[Depends(READ)], response_model=ExpiredDirs, summary="Expired folders")
def expired_dirs(request: Request) -> Response:
    """Folders that changed since they were read."""
    expired = services_of(request).index.expired_dirs()
    return fast_json({"expired": bool(expired), "expired_dirs": expired})


@router.post("/update_image_data", dependencies=[Depends(WRITE)], summary="Bring the index up to date and wait")
async def update_image_data(request: Request, body: UpdateBody | None = None) -> None:
    """A run that is already under way is waited for."""
    services = services_of(request)
    path = services.gate.content(body.path).path if body is not None and body.path else None
    await wait_for(services, await anyio.to_thread.run_sync(services.index.start_update, path))


@router.post("/rebuild_index", dependencies=[Depends(WRITE)], summary="Read every file again and wait")
async def rebuild_index(request: Request) -> None:
    """Ids, person-made tags and colours stay."""
    services = services_of(request)
    await wait_for(services, await anyio.to_thread.run_sync(services.index.start_rebuild))


async def wait_for(services: Services, job_id: JobId) -> None:
    """Wait without holding a thread of the requests. Raises when the job failed."""
    limiter = anyio.CapacityLimiter(1)
    row = await anyio.to_thread.run_sync(services.jobs.wait, job_id, limiter=limiter)
    if row.status is JobStatus.FAILED:
        raise IIBError(row.message)
