"""The machine of the server and the program that hosts it: desktop, WebUI hand-over, shutdown."""

from __future__ import annotations

import os
import secrets
import time

import anyio
from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask

from iib.access import TrustedPath
from iib.api import file_manager
from iib.api.permissions import KNOWN, READ, WRITE, is_local_request, refuse_foreign_page, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import PathBody
from iib.api.schemas.responses import ErrorAnswer
from iib.api.serializers.common import fast_json
from iib.errors import AccessDenied, InvalidRequest, NotFound
from iib.model import is_media_name

router = APIRouter(tags=["host"])

SESSION_COOKIE = "IIB_SESSION"
HANDOVER_TIMEOUT_S = 3.0
POLL_S = 0.1
DESKTOP_ERRORS: dict[int | str, dict[str, object]] = {501: {"model": ErrorAnswer}}


@router.post(
    "/send_img_path",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Done,
    summary="Hand a picture over to the WebUI",
)
def send_img_path(request: Request, path: str) -> Response:
    """Store the path for the WebUI; a cookie identifies the browser."""
    services = services_of(request)
    file = services.authorizer.content(path)
    if not os.path.isfile(file.real):  # noqa: PTH113
        raise NotFound(f"no such file: {file.path}")
    response = fast_json({"ok": True})
    session = request.cookies.get(SESSION_COOKIE, "")
    if not session:
        session = secrets.token_urlsafe(24)
        is_secure = request.url.scheme == "https"
        response.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="lax", secure=is_secure)
    if services.settings.host.is_extension:
        services.pending.put(session, file.real)
    return response


@router.get(
    "/gen_info_completed", dependencies=[Depends(KNOWN)], summary="Check whether the WebUI has taken the picture"
)
async def gen_info_completed(request: Request) -> bool:
    """Wait up to three seconds for the WebUI. True at once if there is no WebUI or no waiting picture."""
    services = services_of(request)
    session = request.cookies.get(SESSION_COOKIE, "")
    deadline = time.monotonic() + HANDOVER_TIMEOUT_S
    while services.pending.peek(session) is not None:
        if time.monotonic() > deadline:
            return False
        await anyio.sleep(POLL_S)
    return True


@router.post(
    "/open_folder",
    dependencies=[Depends(WRITE)],
    response_model=v1_responses.Done,
    responses=DESKTOP_ERRORS,
    summary="Show a file in the file manager on the machine of the server",
)
def open_folder(body: PathBody, request: Request) -> dict[str, bool]:
    """Select a file in the file manager. Only callers on the machine of the server may do this."""
    file_manager.reveal(_local_path(body, request).path)
    return {"ok": True}


@router.post(
    "/open_with_default_app",
    dependencies=[Depends(WRITE)],
    response_model=v1_responses.Done,
    responses=DESKTOP_ERRORS,
    summary="Open a media file with its default program on the machine of the server",
)
def open_with_default_app(body: PathBody, request: Request) -> dict[str, bool]:
    """Open a media file with its default program. Only callers on the machine of the server may do this."""
    file = _local_path(body, request)
    if not (is_media_name(file.path) and is_media_name(file.real) and os.path.isfile(file.real)):  # noqa: PTH113
        raise InvalidRequest("only pictures, videos and audio files can be opened")
    file_manager.open_file(file.real)
    return {"ok": True}


@router.post("/shutdown", dependencies=[Depends(KNOWN)], response_model=v1_responses.Done, summary="Stop the server")
def shutdown(request: Request) -> Response:
    """Stop the server after the response. Needs `--enable_shutdown` and the key.

    Without a configured key only a program on the machine of the server may do this.
    """
    services = services_of(request)
    if not services.settings.enable_shutdown:
        raise AccessDenied("the server was started without --enable_shutdown")
    refuse_foreign_page(request, services)
    is_local_program = is_local_request(request) and "origin" not in request.headers
    if not services.auth.is_required and not is_local_program:
        raise AccessDenied("without a secret key only programs on the machine of the server may stop it")
    response = fast_json({"ok": True})
    response.background = BackgroundTask(request.app.state.runtime.stop)
    return response


def _local_path(body: PathBody, request: Request) -> TrustedPath:
    """An existing trusted path of a caller on this machine. Raises `AccessDenied`, `NotFound`."""
    if not is_local_request(request):
        raise AccessDenied("only callers on the machine of the server may do this")
    file = services_of(request).authorizer.content(body.path)
    if not os.path.exists(file.real):  # noqa: PTH110
        raise NotFound(f"no such file: {file.path}")
    return file
