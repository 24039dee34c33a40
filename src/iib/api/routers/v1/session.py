"""The session cookie with the secret key; the server sets it, so that scripts cannot read it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from iib.access import COOKIE, cookie_value
from iib.api.permissions import OPEN, refuse_foreign_page, services_of
from iib.api.schemas import v1_responses
from iib.api.schemas.requests import KeyBody
from iib.api.serializers.common import fast_json

router = APIRouter(prefix="/v1", tags=["session"])

SESSION_S = 30 * 24 * 3600


@router.post(
    "/session", dependencies=[Depends(OPEN)], response_model=v1_responses.Done, summary="Sign in with the secret key"
)
def open_session(body: KeyBody, request: Request) -> Response:
    """Check the key and set the cookie `IIB_S` for thirty days; wrong keys are counted.

    Without a configured key no cookie is set.
    """
    services = services_of(request)
    refuse_foreign_page(request, services)
    client = request.client.host if request.client else ""
    services.auth.check(cookie=None, authorization=None, header=body.key, client=client)
    response = fast_json({"ok": True})
    if services.auth.is_required:
        is_secure = request.url.scheme == "https"
        value = cookie_value(body.key)
        response.set_cookie(COOKIE, value, max_age=SESSION_S, httponly=True, samesite="lax", secure=is_secure)
    return response


@router.delete("/session", dependencies=[Depends(OPEN)], response_model=v1_responses.Done, summary="Sign out")
def close_session(request: Request) -> Response:
    """Delete the session cookie of this browser."""
    refuse_foreign_page(request, services_of(request))
    response = fast_json({"ok": True})
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return response
