"""Background jobs: list and cancel."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends, Request, Response

from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas import v1_responses
from iib.api.serializers.common import fast_json
from iib.model import JobId

router = APIRouter(prefix="/v1", tags=["v1"])


@router.get("/jobs", dependencies=[Depends(READ)], response_model=v1_responses.Jobs, summary="Background jobs")
def list_jobs(request: Request) -> Response:
    """Running jobs and the latest finished ones."""
    return fast_json({"jobs": [asdict(view) for view in services_of(request).jobs.list()]})


@router.post(
    "/jobs/{job_id}/cancel",
    dependencies=[Depends(WRITE)],
    response_model=v1_responses.Done,
    summary="Cancel a job",
)
def cancel_job(job_id: str, request: Request) -> dict[str, bool]:
    """Ask a job to stop. Its stored results are kept."""
    return {"ok": services_of(request).jobs.cancel(JobId(job_id))}
