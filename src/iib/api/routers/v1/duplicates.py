"""Identical files and pictures that look alike: searches and their results."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.api.params import folder_scope
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.duplicates import DuplicatesAnswer, DuplicatesBody, DuplicatesStarted
from iib.api.schemas.semantic import ScopeBody
from iib.api.serializers.common import fast_json
from iib.api.serializers.duplicates import duplicate_group_entry
from iib.api.serializers.page import visible_rows
from iib.duplicates import DuplicateParams

router = APIRouter(prefix="/v1/duplicates", tags=["duplicates"])


@router.post("/jobs", dependencies=[Depends(WRITE)], response_model=DuplicatesStarted, summary="Search for duplicates")
def start(body: DuplicatesBody, request: Request) -> Response:
    """Start a job that hashes new files and compares all. A running job with the same parameters is reused."""
    services = services_of(request)
    folders = None
    if body.folder_paths:
        folders = folder_scope(
            services, ScopeBody(folder_paths=body.folder_paths), services.authorizer.allowed_paths()
        ).folders
    params = DuplicateParams(body.q, folders, body.near, body.threshold)
    return fast_json({"job_id": services.duplicates.start(params)})


@router.get("", dependencies=[Depends(READ)], response_model=DuplicatesAnswer, summary="Groups of duplicates")
def found(
    request: Request,
    job_id: str | None = None,
    kind: Literal["all", "exact", "near"] = "all",
    start: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Groups found by a job, by default the latest one.

    Missing and inaccessible files are left out, and so are groups with fewer than two remaining files.
    404 if there is no such job, 409 if it is not finished.
    """
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    page = services.duplicates.page(job_id, kind, start, limit, lambda rows: visible_rows(rows, allowed))
    return fast_json(
        {
            "job_id": page.job_id,
            "created_at": page.created_at,
            "q": page.params.q,
            "folder_paths": list(page.params.folders or ()),
            "near": page.params.near,
            "threshold": page.params.threshold,
            "total_groups": page.totals.groups,
            "total_files": page.totals.files,
            "spare_bytes": page.totals.spare_bytes,
            "groups": [duplicate_group_entry(group) for group in page.groups],
            "next": page.following,
        }
    )
