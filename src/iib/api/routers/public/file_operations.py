"""Deleting, moving, copying, renaming, flattening, packing."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from iib.access.paths import UNNAMED, Trust, TrustedPath
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
from iib.api.services import Services
from iib.errors import AccessDenied, InvalidRequest, NotFound, PathNotTrusted
from iib.files.archive import iter_archive, plan_archive, write_archive
from iib.files.results import OperationResult, PathProblem, ProblemCode
from iib.model.media import MediaId
from iib.model.operation import OperationKind

router = APIRouter(tags=["file operations"])

SHARE = Guard(write=True, reveals=True)
STOPPED: dict[int | str, dict[str, object]] = {code: {"model": NotTransferred} for code in (400, 403, 404)}
NAMED = 5  # failed paths told in the text; all of them are in `errors`


@router.post(
    "/delete_files",
    dependencies=[Depends(WRITE)],
    response_model=Ok,
    responses={400: {"model": NotDeleted}},
    summary="Delete files and empty folders",
)
def delete_files(body: DeleteBody, request: Request) -> Response:
    """Into the trash of their root, unless the server is set to delete for good or `permanent` asks for it.

    All are tried, as one operation that can be undone; what is gone already counts as deleted. If some could not be
    deleted: 400 with `detail`, `deleted` and `errors`.
    """
    services = services_of(request)
    trust = services.gate.trust()
    raw_paths, _gone = _named(services, body, trust)
    paths = [services.gate.content(raw, trust) for raw in raw_paths]
    result = services.files.delete(paths, permanent=body.permanent)
    if not result.problems:
        return fast_json({"ok": True, "operation_id": result.operation_id})
    names = ", ".join(str(problem) for problem in result.problems[:NAMED])
    rest = len(result.problems) - NAMED
    return fast_json(
        {
            "detail": f"not deleted: {names}" + (f" and {rest} more" if rest > 0 else ""),
            "deleted": [path for path, _target in result.done],
            "errors": [str(problem) for problem in result.problems],
            "operation_id": result.operation_id,
        },
        400,
    )


@router.post("/mkdirs", dependencies=[Depends(WRITE)], summary="Make a folder and those above it")
def mkdirs(body: FolderBody, request: Request) -> None:
    """An existing one is fine. With access control on it must lie below a root."""
    services = services_of(request)
    path = services.gate.resolve(body.dest_folder)
    if services.gate.is_enabled and not services.gate.is_under_root(path.path):
        raise PathNotTrusted("with access control on, folders can only be made inside the allowed ones")
    services.files.make_folder(path)


@router.post(
    "/copy_files",
    dependencies=[Depends(WRITE)],
    response_model=TransferAnswer,
    responses=STOPPED,
    summary="Copy into a folder",
)
def copy_files(body: TransferBody, request: Request) -> Response:
    """Files with their sidecars, folders with all below. Tags are not copied."""
    return _transfer(OperationKind.COPY, body, services_of(request))


@router.post(
    "/move_files",
    dependencies=[Depends(WRITE)],
    response_model=TransferAnswer,
    responses=STOPPED,
    summary="Move into a folder",
)
def move_files(body: TransferBody, request: Request) -> Response:
    """Ids, tags and everything known stay with the files."""
    return _transfer(OperationKind.MOVE, body, services_of(request))


@router.post(
    "/db/rename", dependencies=[Depends(WRITE)], response_model=RenameAnswer, summary="Rename a file or folder"
)
def rename(body: RenameBody, request: Request) -> Response:
    """Its sidecar is renamed alike."""
    services = services_of(request)
    path = services.gate.content(body.path)
    new_path = services.files.rename(path, body.name)
    return fast_json({"detail": "renamed", "new_path": new_path})


@router.post(
    "/flatten_folder",
    dependencies=[Depends(WRITE)],
    response_model=FlattenAnswer,
    responses={400: {"model": NotFlattened}},
    summary="Move all media files of sub-folders into the folder itself",
)
def flatten_folder(body: FlattenBody, request: Request) -> Response:
    """`dry_run` only tells. With conflicts nothing is moved: 400."""
    services = services_of(request)
    folder = services.gate.content(body.folder_path)
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
        return fast_json({"detail": f"names occur more than once: {', '.join(plan.conflicts[:NAMED])}", **answer}, 400)
    return fast_json(answer)


@router.post(
    "/zip",
    dependencies=[Depends(SHARE)],
    response_model=ArchiveAnswer,
    summary="Several files as one archive",
    responses={200: {"content": {"application/zip": {}}, "description": "The archive, or where it lies"}},
)
def pack(body: ZipBody, request: Request) -> Response:
    """Sent while it is written; with `pack_only` it stays on the server and its path is answered."""
    services = services_of(request)
    trust = services.gate.trust()
    entries = plan_archive([services.gate.content(raw, trust) for raw in body.paths])
    if body.pack_only:
        folder = services.settings.program_dir / "zip_temp"
        return fast_json({"path": str(write_archive(entries, folder, compress=body.compress))})
    return StreamingResponse(
        iter_archive(entries, compress=body.compress),
        media_type="application/zip",
        headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="iib_batch_download.zip"'},
    )


def _transfer(kind: OperationKind, body: TransferBody, services: Services) -> Response:
    raw_paths, gone = _named(services, body, services.gate.trust(), keeps_going=body.continue_on_error)
    if not raw_paths and not gone:
        raise InvalidRequest("file_paths is empty")
    if gone and not body.continue_on_error:
        raise NotFound(f"there is no such file: {gone[0]}")
    destination = services.gate.content(body.dest)
    sources, refused = _sources(services, raw_paths, keeps_going=body.continue_on_error)
    refused += [PathProblem(str(item), ProblemCode.MISSING, "there is no such file") for item in gone]
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
        return _stopped(result)
    return fast_json(_answer(result, problems))


def _named(
    services: Services, body: FilesBody, trust: Trust, *, keeps_going: bool = False
) -> tuple[list[str], list[int]]:
    """Paths of a request, those of indexed files by id behind the others; and ids of files that are not there.

    Files outside are not named to who only knows their ids: `PathNotTrusted`, or if the rest is to go on not there.
    """
    if not body.ids:
        return body.file_paths, []
    with services.store.read() as unit:
        rows = unit.media.rows([MediaId(item) for item in dict.fromkeys(body.ids)])
    if trust.is_enabled:
        inside = [row for row in rows if trust.may_read(row.path)]
        if len(inside) < len(rows) and not keeps_going:
            raise PathNotTrusted(UNNAMED)
        rows = inside
    known = {int(row.id) for row in rows}
    paths = dict.fromkeys((*body.file_paths, *(row.path for row in rows)))
    return list(paths), [item for item in dict.fromkeys(body.ids) if item not in known]


def _sources(
    services: Services, raw_paths: Sequence[str], *, keeps_going: bool
) -> tuple[list[TrustedPath], list[PathProblem]]:
    """Trusted sources. An untrusted one is refused: as one of the errors if the batch is to go on, else all of it."""
    sources: list[TrustedPath] = []
    refused: list[PathProblem] = []
    trust = services.gate.trust()
    for raw in raw_paths:
        try:
            sources.append(services.gate.content(raw, trust))
        except (AccessDenied, InvalidRequest) as error:
            if not keeps_going:
                raise
            code = ProblemCode.NOT_TRUSTED if isinstance(error, AccessDenied) else ProblemCode.INVALID
            refused.append(PathProblem(raw, code, error.message))
    return sources, refused


def _stopped(result: OperationResult) -> Response:
    """The first problem decides the status; what was done before it is told and can be undone."""
    error = result.problems[0].as_error()
    return fast_json({"detail": error.message, **_answer(result, result.problems)}, status_of(error))


def _answer(result: OperationResult, problems: Sequence[PathProblem]) -> dict[str, object]:
    return {
        "errors": [str(problem) for problem in problems],
        "done": [{"from": path, "to": target} for path, target in result.done],
        "skipped": list(result.skipped),
        "operation_id": result.operation_id,
    }
