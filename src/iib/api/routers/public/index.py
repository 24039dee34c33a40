"""The index: size, outdated folders, updates and rebuilds."""

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
from iib.model import JobId, JobStatus

router = APIRouter(prefix="/db", tags=["index"])

MAX_WAITING = 64  # clients that wait for a run at the same time; each occupies a thread


@router.get(
    "/basic_info", dependencies=[Depends(READ)], response_model=BasicInfo, summary="Size, tags and outdated folders"
)
def basic_info(request: Request) -> Response:
    """Number of files, all tags and outdated folders. Very many prompt terms are reduced to the most frequent ones."""
    services = services_of(request)
    expired = _expired(services)
    tags = tag_entries(visible_tags(services), services.translations.names())
    count = visible_media_count(services)
    return fast_json({"img_count": count, "tags": tags, "expired": bool(expired), "expired_dirs": expired})


@router.get("/expired_dirs", dependencies=[Depends(READ)], response_model=ExpiredDirs, summary="Outdated folders")
def expired_dirs(request: Request) -> Response:
    """Folders that have changed since they were indexed."""
    expired = _expired(services_of(request))
    return fast_json({"expired": bool(expired), "expired_dirs": expired})


@router.post("/update_image_data", dependencies=[Depends(WRITE)], summary="Update the index and wait")
async def update_image_data(request: Request, body: UpdateBody | None = None) -> None:
    """Start an index run, or join the running one, and wait for its end. `path` limits the run to one folder."""
    services = services_of(request)
    raw = body.path if body is not None else None
    path = await anyio.to_thread.run_sync(indexed_folder, services, raw) if raw else None
    await wait_for_job(request, await anyio.to_thread.run_sync(services.index.start_update, path))


@router.post("/rebuild_index", dependencies=[Depends(WRITE)], summary="Read every file again and wait")
async def rebuild_index(request: Request) -> None:
    """Rebuild the index from the files. Ids, custom tags and colours are kept."""
    services = services_of(request)
    await wait_for_job(request, await anyio.to_thread.run_sync(services.index.start_rebuild))


async def wait_for_job(request: Request, job_id: JobId) -> None:
    """Wait for the end of a job without occupying a request thread.

    Raises `IIBError` if it failed, `Conflict` if it was cancelled.
    """
    state = request.app.state
    if not hasattr(state, "waiting"):
        state.waiting = anyio.CapacityLimiter(MAX_WAITING)
    jobs = services_of(request).jobs
    row = await anyio.to_thread.run_sync(jobs.wait, job_id, limiter=state.waiting)
    if row.status is JobStatus.FAILED:
        raise IIBError(row.message)
    if row.status is JobStatus.CANCELLED:
        raise Conflict("the run was cancelled; the files that it has read are kept")


def _expired(services: Services) -> list[str]:
    allowed = services.authorizer.allowed_paths()
    return [path for path in services.index.list_outdated_folders() if allowed.may_show(path)]
