"""Generation parameters of single files."""

from __future__ import annotations

import os
import stat

from fastapi import APIRouter, Depends, Request, Response

from iib.access.paths import TrustedPath
from iib.api.permissions import READ, services_of
from iib.api.schemas.requests import PathsBody
from iib.api.schemas.v1_responses import GeninfoOfFiles
from iib.api.serializers.common import fast_json
from iib.api.services import Services
from iib.errors import IIBError, NotFound
from iib.index.scan import stamp_of
from iib.metadata.describe import describe
from iib.metadata.listing import list_entries
from iib.metadata.read import parse_media
from iib.model.geninfo import Json
from iib.model.media import MediaKind, ParsedMedia
from iib.model.media_types import kind_of

router = APIRouter(tags=["metadata"])


@router.get(
    "/image_geninfo",
    dependencies=[Depends(READ)],
    response_model=str,
    responses={200: {"content": {"text/plain": {}}}},
    summary="Generation text of a file",
)
def image_geninfo(request: Request, path: str) -> Response:
    """Plain text; a JSON string for clients whose `Accept` names JSON. Read from the file as it is now."""
    services = services_of(request)
    found = services.gate.content(path)
    if not os.path.exists(found.real):  # noqa: PTH110
        raise NotFound(f"no such file: {found.path}")
    text = text_of_file(services, found)
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
    """By the path as given; "" where there is none."""
    services = services_of(request)
    trust = services.gate.trust()
    trusted: dict[str, TrustedPath] = {}
    for raw in body.paths:
        try:
            trusted[raw] = services.gate.content(raw, trust)
        except IIBError:
            continue
    with services.store.read() as unit:
        rows = unit.media.find_by_paths([found.path for found in trusted.values()])
        texts = unit.media.texts([row.id for row in rows.values()])
    answer = dict.fromkeys(body.paths, "")
    for raw, found in trusted.items():
        row = rows.get(found.path)
        answer[raw] = texts[row.id][1] if row is not None and row.id in texts else text_of_file(services, found)
    return fast_json(answer)


@router.get(
    "/image_exif", dependencies=[Depends(READ)], response_model=dict[str, str], summary="Every metadata entry of a file"
)
def image_exif(request: Request, path: str) -> Response:
    """EXIF tags by decimal number, other entries by name, all as text; {} for videos and what cannot be read."""
    services = services_of(request)
    found = services.gate.content(path)
    parsed = parse_file(services, found)
    if parsed is None or parsed.kind is not MediaKind.IMAGE:
        return fast_json({})
    return fast_json(list_entries(found.real, parsed.geninfo.raw))


@router.post(
    "/v1/geninfo",
    dependencies=[Depends(READ)],
    response_model=GeninfoOfFiles,
    summary="Generation parameters of several files",
)
def geninfo_of_files(body: PathsBody, request: Request) -> Response:
    """One object for each path, in order; `error` where the file is not there or may not be seen."""
    services = services_of(request)
    trust = services.gate.trust()
    answers: list[dict[str, Json]] = []
    for raw in body.paths:
        try:
            parsed = parse_file(services, services.gate.content(raw, trust))
        except IIBError as error:
            answers.append({"path": raw, "error": error.code})
            continue
        answers.append({"path": raw, "error": NotFound.code} if parsed is None else describe(raw, parsed))
    return fast_json({"results": answers})


def text_of_file(services: Services, found: TrustedPath) -> str:
    """The text as the file has it now; "" for what cannot be read."""
    parsed = parse_file(services, found)
    return parsed.text if parsed is not None else ""


def parse_file(services: Services, found: TrustedPath) -> ParsedMedia | None:
    """Read one media file; None if it is not there or is something else."""
    if kind_of(found.path) is None:
        return None
    try:
        status = os.stat(found.real)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    stamp = stamp_of(status)
    return parse_media(found.path, os.path.basename(found.path), stamp, services.registry)  # noqa: PTH119
