"""Sort files into folders by topic: preview, confirmation and progress."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from iib.api.params import MAX_NAME, clamp, cluster_params, enum_member
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.organise import ConfirmBody, Confirmed, OrganiseBody, OrganiseJobStatus
from iib.api.schemas.responses import ErrorAnswer
from iib.api.schemas.semantic import JobBody, JobCancelled, JobStarted
from iib.api.serializers.common import fast_json
from iib.api.serializers.organise import organise_entry
from iib.errors import InvalidRequest
from iib.model import FolderNaming, NoisePolicy, OrganiseAction
from iib.organise import Confirmation, OrganiseParams, folder_name, noise_name_of

router = APIRouter(tags=["organise"])


@router.post(
    "/db/organize_files_start",
    dependencies=[Depends(WRITE)],
    response_model=JobStarted,
    summary="Start to organise files: make a preview",
    responses={503: {"model": ErrorAnswer}},
)
def start_organising(body: OrganiseBody, request: Request) -> Response:
    """Cluster the files and plan a folder for each topic. Files are moved only after a confirmation."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    naming = enum_member(FolderNaming, body.folder_naming, "folder_naming")
    action = enum_member(OrganiseAction, body.action, "action")
    noise = enum_member(NoisePolicy, body.handle_noise, "handle_noise")
    clustering = cluster_params(services, body, allowed)
    requested = [path for path in (*body.folder_paths, body.folder or "") if path.strip()]
    destination = services.authorizer.content((body.dest_folder.strip() and body.dest_folder) or requested[0], allowed)
    services.files.check_destination(destination)
    if body.max_folder_name_length < 1:
        raise InvalidRequest("max_folder_name_length must be at least 1")
    limit = clamp(body.max_folder_name_length, 1, MAX_NAME)
    noise_name = folder_name(body.noise_folder_name, limit)
    if body.noise_folder_name.strip() and not noise_name:
        raise InvalidRequest(f"not a valid folder name: {body.noise_folder_name!r}")
    params = OrganiseParams(
        clustering=clustering,
        folders=tuple(dict.fromkeys(services.authorizer.content(path, allowed).path for path in requested)),
        destination=destination.path,
        noise_name=noise_name or noise_name_of(clustering.lang),
        max_name=limit,
        naming=naming,
        action=action,
        noise=noise,
    )
    return fast_json({"job_id": services.organise.start(params)})


@router.get(
    "/db/organize_files_status",
    dependencies=[Depends(READ)],
    response_model=OrganiseJobStatus,
    summary="Progress of an organising job, and its preview",
)
def organising_status(request: Request, job_id: str, status_style: str = "", with_preview: bool = True) -> Response:
    """Status of a job; a job with the status `preview_ready` waits for a confirmation, even after a restart.

    `with_preview=false` omits the long preview; `status_style=legacy` uses the statuses `done` and `error`.
    """
    services = services_of(request)
    state = services.organise.state(job_id, with_preview=with_preview)
    return fast_json(organise_entry(state, services.authorizer.allowed_paths(), legacy=status_style == "legacy"))


@router.post(
    "/db/organize_files_confirm",
    dependencies=[Depends(WRITE)],
    response_model=Confirmed,
    summary="Confirm a preview: move or copy the files",
    responses={409: {"model": ErrorAnswer}},
)
def confirm_organising(body: ConfirmBody, request: Request) -> Response:
    """Organise the files as one operation that can be undone; the body may rename folders and skip clusters.

    409 with `status` if the preview is not ready; with `wait` the confirmation is stored and applied when it is ready.
    """
    services = services_of(request)
    names: dict[str, str] = {}
    for edit in body.folder_edits:
        if names.setdefault(edit.cluster_id, edit.new_folder_name) != edit.new_folder_name:
            raise InvalidRequest(f"two names for the cluster {edit.cluster_id!r}")
    confirmation = Confirmation(names, tuple(dict.fromkeys(body.skip_cluster_ids)))
    services.organise.confirm(body.job_id, confirmation, wait=body.wait)
    status = services.organise.state(body.job_id, with_preview=False).status
    return fast_json({"ok": True, "job_id": body.job_id, "status": status.value})


@router.post(
    "/db/organize_files_cancel",
    dependencies=[Depends(WRITE)],
    response_model=JobCancelled,
    summary="Discard a preview, or stop moving files",
)
def cancel_organising(body: JobBody, request: Request) -> Response:
    """Cancel a job. Files that were already moved stay in place; the move can be undone."""
    return fast_json({"cancelled": services_of(request).organise.cancel(body.job_id)})
