"""HTTP status and JSON body of every exception."""

from __future__ import annotations

import errno
import json

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from iib import errors
from iib.errors import QueryError
from iib.model import Json

log = structlog.get_logger(__name__)

RETRY_S = 60
NO_SUCH_FILE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP))

STATUS: dict[type[errors.IIBError], int] = {
    errors.IIBError: 500,
    errors.InvalidRequest: 400,
    errors.NotAuthenticated: 401,
    errors.AccessDenied: 403,
    errors.TooManyAttempts: 429,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Unsupported: 501,
    errors.BudgetExceeded: 408,
    errors.Cancelled: 409,
    errors.MediaError: 422,
    errors.MetadataError: 422,
    errors.FileOperationFailed: 400,
    errors.NotConfigured: 503,
    errors.ProviderError: 502,
    errors.ProviderTimeout: 504,
    errors.ProviderBusy: 429,
    errors.ProviderRefused: 400,  # never 401: clients would prompt for the key of this server
    errors.StoreError: 500,
    errors.SettingsError: 500,
}


def status_of(error: errors.IIBError) -> int:
    """Return the HTTP status of an error, by its nearest class in the table.

    >>> status_of(errors.PathNotTrusted("outside"))
    403
    """
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install_handlers(api: FastAPI) -> None:
    """Register the handlers for exceptions of this program. A host application does not get them."""
    api.add_exception_handler(errors.IIBError, _handle_iib_error)
    api.add_exception_handler(OSError, _handle_os_error)
    api.add_exception_handler(RequestValidationError, _handle_validation_error)


async def _handle_iib_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.IIBError)  # noqa: S101  (registered for this class)
    status = status_of(error)
    detail: Json = error.message
    if isinstance(error, errors.NotAuthenticated):
        detail = {"type": error.code}
    if status >= 500:  # noqa: PLR2004
        log.error("request failed", reason=error.message)
    is_busy = isinstance(error, errors.TooManyAttempts | errors.ProviderBusy)
    headers = {"Retry-After": str(RETRY_S)} if is_busy else None
    body = error_body(detail)
    if isinstance(error, QueryError):
        body["error"] = error.place()
    if isinstance(error, errors.NotReady):
        body["status"] = error.status
    return JSONResponse(body, status, headers)


async def _handle_os_error(_request: Request, error: Exception) -> JSONResponse:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, PermissionError):
        return JSONResponse({"detail": "the operating system denies this"}, 403)
    if number in NO_SUCH_FILE:
        return JSONResponse({"detail": "this file does not exist"}, 404)
    if isinstance(error, TimeoutError):
        return JSONResponse({"detail": "this took too long"}, 408)
    raise error  # a bug or a fault of the machine: the middleware reports it


async def _handle_validation_error(_request: Request, error: Exception) -> JSONResponse:
    """Location, message and type of each validation error; the input is not echoed, it may be long or hold a key."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for this class)
    problems = [{"loc": list(item["loc"]), "msg": item["msg"], "type": item["type"]} for item in error.errors()]
    return JSONResponse(error_body(problems), 422)


def error_body(detail: Json) -> dict[str, Json]:
    """The JSON body of an error; characters that UTF-8 cannot encode are replaced."""
    text = json.dumps({"detail": detail}, ensure_ascii=False)
    body: dict[str, Json] = json.loads(text.encode("utf-8", "replace"))
    return body
