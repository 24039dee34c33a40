"""What concerns the machine and the program around the server: desktop, WebUI, the end."""

from __future__ import annotations

import os
import secrets
import time

import anyio
from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask

from iib.access.paths import TrustedPath
from iib.api import file_manager
from iib.api.permissions import KNOWN, READ, WRITE, is_local_caller, refuse_foreign_page, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import PathBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.serializers.common import fast_json
from iib.errors import AccessDenied, InvalidRequest, NotFound
from iib.model.media_types import is_media_name

router = APIRouter(tags=["host"])

SESSION_COOKIE = "IIB_SESSION"
PATIENCE_S = 3.0
POLL_S = 0.1
NO_DESKTOP: dict[int | str, dict[str, object]] = {501: {"model": ErrorAnswer}}


@router.post(
    "/send_img_path",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Done,
    summary="Hand a picture to the WebUI",
)
def send_img_path(request: Request, path: str) -> Response:
    """Remembers the path for this browser, which is told apart by a cookie."""
    services = services_of(request)
    found = services.gate.content(path)
    if not os.path.isfile(found.real):  # noqa: PTH113
        raise NotFound(f"no such file: {found.path}")
    answer = fast_json({"ok": True})
    session = request.cookies.get(SESSION_COOKIE, "")
    if not session:
        session = secrets.token_urlsafe(24)
        is_secure = request.url.scheme == "https"
        answer.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="lax", secure=is_secure)
    if services.settings.host.is_extension:
        services.pending.put(session, found.real)
    return answer


@router.get("/gen_info_completed", dependencies=[Depends(KNOWN)], summary="Whether the WebUI took the picture")
async def gen_info_completed(request: Request) -> bool:
    """Waits up to three seconds; true at once where there is no WebUI or nothing waits."""
    services = services_of(request)
    session = request.cookies.get(SESSION_COOKIE, "")
    deadline = time.monotonic() + PATIENCE_S
    while services.pending.peek(session) is not None:
        if time.monotonic() > deadline:
            return False
        await anyio.sleep(POLL_S)
    return True


@router.post(
    "/open_folder",
    dependencies=[Depends(WRITE)],
    response_model=v1_responses.Done,
    responses=NO_DESKTOP,
    summary="Show a file in the file manager of the server's machine",
)
def open_folder(body: PathBody, request: Request) -> dict[str, bool]:
    """For callers on that machine only."""
    file_manager.reveal(_on_this_machine(body, request).path)
    return {"ok": True}


@router.post(
    "/open_with_default_app",
    dependencies=[Depends(WRITE)],
    response_model=v1_responses.Done,
    responses=NO_DESKTOP,
    summary="Open a media file with its program on the server's machine",
)
def open_with_default_app(body: PathBody, request: Request) -> dict[str, bool]:
    """For callers on that machine only, and for media files only."""
    found = _on_this_machine(body, request)
    if not (is_media_name(found.path) and is_media_name(found.real) and os.path.isfile(found.real)):  # noqa: PTH113
        raise InvalidRequest("only pictures, videos and sound are opened")
    file_manager.open_file(found.real)
    return {"ok": True}


@router.post("/shutdown", dependencies=[Depends(KNOWN)], response_model=v1_responses.Done, summary="Stop the server")
def shutdown(request: Request) -> Response:
    """Needs `--enable_shutdown`, and the key; without a configured key, a program on this machine. Answers first."""
    services = services_of(request)
    if not services.settings.enable_shutdown:
        raise AccessDenied("the server was started without --enable_shutdown")
    refuse_foreign_page(request, services)
    is_program_here = is_local_caller(request) and "origin" not in request.headers
    if not services.auth.is_required and not is_program_here:
        raise AccessDenied("without a secret key only programs on the server's machine may stop it")
    answer = fast_json({"ok": True})
    answer.background = BackgroundTask(request.app.state.runtime.stop)
    return answer


def _on_this_machine(body: PathBody, request: Request) -> TrustedPath:
    """An existing trusted path, for callers here. Raises `AccessDenied`, `NotFound`."""
    if not is_local_caller(request):
        raise AccessDenied("only for callers on the server's machine")
    found = services_of(request).gate.content(body.path)
    if not os.path.exists(found.real):  # noqa: PTH110
        raise NotFound(f"no such file: {found.path}")
    return found
