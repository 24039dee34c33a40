"""File operations: delete, move, copy, rename, flatten and pack."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from iib.access import UNNAMED_PATH_MESSAGE, AllowedPaths, TrustedPath
from iib.api.http.errors import status_of
from iib.api.permissions import WRITE, Guard, services_of
from iib.api.schemas.file_requests import (
    DeleteBody,
    FilesBody,
    FlattenBody,
    FolderBody,
    RenameBody,
    TransferBody,
    ZipBody,
)
from iib.api.schemas.file_responses import (
    ArchiveAnswer,
    FlattenAnswer,
    NotDeleted,
    NotFlattened,
    NotTransferred,
    Ok,
    RenameAnswer,
    TransferAnswer,
)
from iib.api.serializers.common import fast_json
from iib.api.serializers.operations import path_pairs
from iib.api.services import Services
from iib.errors import AccessDenied, InvalidRequest, NotFound, PathNotTrusted
from iib.files import OperationResult, PathProblem, ProblemCode, iter_archive, plan_archive, write_archive
from iib.model import MediaId, OperationKind

router = APIRouter(tags=["file operations"])

SHARE = Guard(write=True, reveals=True)
TRANSFER_ERRORS: dict[int | str, dict[str, object]] = {code: {"model": NotTransferred} for code in (400, 403, 404)}
MAX_NAMED_PATHS = 5  # failed paths in the error message; `errors` has all of them


@router.post(
    "/delete_files",
    dependencies=[Depends(WRITE)],
    response_model=Ok,
    responses={400: {"model": NotDeleted}},
    summary="Delete files and empty folders",
)
def delete_files(body: DeleteBody, request: Request) -> Response:
    """Move files to the trash of their root, or delete them permanently if the server or `permanent` says so.

    All files are attempted, as one operation that can be undone; missing files count as deleted. If some files cannot
    be deleted, the response is 400 with `detail`, `deleted` and `errors`.
    """
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    raw_paths, _missing = _requested_paths(services, body, allowed)
    paths = [services.authorizer.content(raw, allowed) for raw in raw_paths]
    result = services.files.delete(paths, permanent=body.permanent)
    if not result.problems:
        return fast_json({"ok": True, "operation_id": result.operation_id})
    names = ", ".join(str(problem) for problem in result.problems[:MAX_NAMED_PATHS])
    rest = len(result.problems) - MAX_NAMED_PATHS
    return fast_json(
        {
            "detail": f"not deleted: {names}" + (f" and {rest} more" if rest > 0 else ""),
            "deleted": [path for path, _target in result.done],
            "errors": [str(problem) for problem in result.problems],
            "operation_id": result.operation_id,
        },
        400,
    )


@router.post("/mkdirs", dependencies=[Depends(WRITE)], summary="Create a folder and its parents")
def mkdirs(body: FolderBody, request: Request) -> None:
    """Create a folder; an existing folder is not an error. With access control on it must be below a root."""
    services = services_of(request)
    path = services.authorizer.resolve(body.dest_folder)
    if services.authorizer.is_enabled and not services.authorizer.is_under_root(path.path):
        raise PathNotTrusted("with access control on, folders can only be created inside the allowed ones")
    services.files.make_folder(path)


@router.post(
    "/copy_files",
    dependencies=[Depends(WRITE)],
    response_model=TransferAnswer,
    responses=TRANSFER_ERRORS,
    summary="Copy files into a folder",
)
def copy_files(body: TransferBody, request: Request) -> Response:
    """Copy files with their sidecars, and folders with their contents. Tags are not copied."""
    return _transfer(OperationKind.COPY, body, services_of(request))


@router.post(
    "/move_files",
    dependencies=[Depends(WRITE)],
    response_model=TransferAnswer,
    responses=TRANSFER_ERRORS,
    summary="Move files into a folder",
)
def move_files(body: TransferBody, request: Request) -> Response:
    """Move files with their sidecars, and folders with their contents. Files keep their ids, tags and other data."""
    return _transfer(OperationKind.MOVE, body, services_of(request))


@router.post(
    "/db/rename", dependencies=[Depends(WRITE)], response_model=RenameAnswer, summary="Rename a file or folder"
)
def rename(body: RenameBody, request: Request) -> Response:
    """Rename a file or folder. The sidecars of a file are renamed too."""
    services = services_of(request)
    path = services.authorizer.content(body.path)
    new_path = services.files.rename(path, body.name)
    return fast_json({"detail": "renamed", "new_path": new_path})


@router.post(
    "/flatten_folder",
    dependencies=[Depends(WRITE)],
    response_model=FlattenAnswer,
    responses={400: {"model": NotFlattened}},
    summary="Move all media files of subfolders into the folder itself",
)
def flatten_folder(body: FlattenBody, request: Request) -> Response:
    """Flatten a folder. `dry_run` moves nothing. If names conflict, nothing is moved and the response is 400."""
    services = services_of(request)
    folder = services.authorizer.content(body.folder_path)
    if body.dry_run:
        plan, result = services.files.preview_flatten(folder), None
    else:
        plan, result = services.files.flatten(folder)
    problems = result.problems if result is not None else plan.plan.problems
    answer = {
        "success": not plan.conflicts and not problems,
        "total_files": plan.files,
        "conflicts": list(plan.conflicts),
        "moved_files": len(result.done) if result is not None else 0,
        "errors": [str(problem) for problem in problems],
    }
    if plan.conflicts and not body.dry_run:
        return fast_json(
            {"detail": f"names occur more than once: {', '.join(plan.conflicts[:MAX_NAMED_PATHS])}", **answer}, 400
        )
    return fast_json(answer)


@router.post(
    "/zip",
    dependencies=[Depends(SHARE)],
    response_model=ArchiveAnswer,
    summary="Pack files into a ZIP archive",
    responses={200: {"content": {"application/zip": {}}, "description": "The archive, or its path on the server"}},
)
def pack(body: ZipBody, request: Request) -> Response:
    """Stream an archive of files. With `pack_only` the archive is saved on the server and the response is its path."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    entries = plan_archive([services.authorizer.content(raw, allowed) for raw in body.paths])
    if body.pack_only:
        folder = services.settings.program_dir / "zip_temp"
        return fast_json({"path": str(write_archive(entries, folder, compress=body.compress))})
    return StreamingResponse(
        iter_archive(entries, compress=body.compress),
        media_type="application/zip",
        headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="iib_batch_download.zip"'},
    )


def _transfer(kind: OperationKind, body: TransferBody, services: Services) -> Response:
    raw_paths, missing = _requested_paths(
        services, body, services.authorizer.allowed_paths(), keeps_going=body.continue_on_error
    )
    if not raw_paths and not missing:
        raise InvalidRequest("file_paths is empty")
    if missing and not body.continue_on_error:
        raise NotFound(f"there is no such file: {missing[0]}")
    destination = services.authorizer.content(body.dest)
    sources, refused = _trusted_sources(services, raw_paths, keeps_going=body.continue_on_error)
    refused += [PathProblem(str(item), ProblemCode.MISSING, "there is no such file") for item in missing]
    result = services.files.transfer(
        kind,
        sources,
        destination,
        create=body.create_dest_folder,
        keeps_going=body.continue_on_error,
        policy=body.on_conflict,
    )
    problems = (*refused, *result.problems)
    if problems and not body.continue_on_error:
        return _stopped_response(result)
    return fast_json(_transfer_entry(result, problems))


def _requested_paths(
    services: Services, body: FilesBody, allowed: AllowedPaths, *, keeps_going: bool = False
) -> tuple[list[str], list[int]]:
    """The paths of a request, followed by those of its ids; and the ids without a file.

    Paths of inaccessible files are not revealed through their ids: they raise `PathNotTrusted`, or count as missing if
    the operation continues on errors.
    """
    if not body.ids:
        return body.file_paths, []
    rows = services.catalog.list_by_ids([MediaId(item) for item in dict.fromkeys(body.ids)])
    if allowed.is_enabled:
        inside = [row for row in rows if allowed.may_read(row.path)]
        if len(inside) < len(rows) and not keeps_going:
            raise PathNotTrusted(UNNAMED_PATH_MESSAGE)
        rows = inside
    existing = {int(row.id) for row in rows}
    paths = dict.fromkeys((*body.file_paths, *(row.path for row in rows)))
    return list(paths), [item for item in dict.fromkeys(body.ids) if item not in existing]


def _trusted_sources(
    services: Services, raw_paths: Sequence[str], *, keeps_going: bool
) -> tuple[list[TrustedPath], list[PathProblem]]:
    """The trusted sources, and the refused ones. Without `keeps_going` the first refused source raises its error."""
    sources: list[TrustedPath] = []
    refused: list[PathProblem] = []
    allowed = services.authorizer.allowed_paths()
    for raw in raw_paths:
        try:
            sources.append(services.authorizer.content(raw, allowed))
        except (AccessDenied, InvalidRequest) as error:
            if not keeps_going:
                raise
            code = ProblemCode.NOT_TRUSTED if isinstance(error, AccessDenied) else ProblemCode.INVALID
            refused.append(PathProblem(raw, code, error.message))
    return sources, refused


def _stopped_response(result: OperationResult) -> Response:
    """Response with the status of the first problem; the completed part is listed and can be undone."""
    error = result.problems[0].as_error()
    return fast_json({"detail": error.message, **_transfer_entry(result, result.problems)}, status_of(error))


def _transfer_entry(result: OperationResult, problems: Sequence[PathProblem]) -> dict[str, object]:
    return {
        "errors": [str(problem) for problem in problems],
        "done": path_pairs(result),
        "skipped": list(result.skipped),
        "operation_id": result.operation_id,
    }
