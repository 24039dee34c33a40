"""Generation texts and metadata entries of files by path."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Request, Response

from iib.access import TrustedPath
from iib.api.media_files import generation_text, parse_media_file
from iib.api.permissions import READ, services_of
from iib.api.schemas.requests import PathsBody
from iib.api.serializers.common import fast_json
from iib.errors import IIBError, NotFound
from iib.metadata import list_entries
from iib.model import MediaKind

router = APIRouter(tags=["metadata"])


@router.get(
    "/image_geninfo",
    dependencies=[Depends(READ)],
    response_model=str,
    responses={200: {"content": {"text/plain": {}}}},
    summary="Generation text of a file",
)
def image_geninfo(request: Request, path: str) -> Response:
    """The generation text as the file has it now: plain text, or a JSON string if `Accept` names JSON."""
    services = services_of(request)
    file = services.authorizer.content(path)
    if not os.path.exists(file.real):  # noqa: PTH110
        raise NotFound(f"no such file: {file.path}")
    text = generation_text(services, file)
    if "application/json" in request.headers.get("accept", ""):
        return fast_json(text)
    return Response(text, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@router.post(
    "/image_geninfo_batch",
    dependencies=[Depends(READ)],
    response_model=dict[str, str],
    summary="Generation texts of several files",
)
def image_geninfo_batch(body: PathsBody, request: Request) -> Response:
    """Generation texts by the requested path; "" for files without one."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    trusted: dict[str, TrustedPath] = {}
    for raw in body.paths:
        try:
            trusted[raw] = services.authorizer.content(raw, allowed)
        except IIBError:
            continue
    texts = services.catalog.texts_by_path([file.path for file in trusted.values()])
    result = dict.fromkeys(body.paths, "")
    for raw, file in trusted.items():
        text = texts.get(file.path)
        result[raw] = generation_text(services, file) if text is None else text
    return fast_json(result)


@router.get(
    "/image_exif", dependencies=[Depends(READ)], response_model=dict[str, str], summary="Every metadata entry of a file"
)
def image_exif(request: Request, path: str) -> Response:
    """EXIF tags by decimal number and other entries by name, all as text. {} for videos and unreadable files."""
    services = services_of(request)
    file = services.authorizer.content(path)
    parsed = parse_media_file(services, file)
    if parsed is None or parsed.kind is not MediaKind.IMAGE:
        return fast_json({})
    return fast_json(list_entries(file.real, parsed.geninfo.raw))
