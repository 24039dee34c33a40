"""The one table from exceptions to HTTP."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from iib import errors
from iib.model.geninfo import Json

log = structlog.get_logger(__name__)

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
    errors.ProviderError: 502,
    errors.StoreError: 500,
    errors.SettingsError: 500,
}


def status_of(error: errors.IIBError) -> int:
    """HTTP status by the nearest class in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install_handlers(api: FastAPI) -> None:
    """Let the application answer our exceptions; used on our own sub-application only."""

    async def handle(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, errors.IIBError)  # noqa: S101  (registered for this class)
        status = status_of(error)
        detail: Json = error.message
        if isinstance(error, errors.NotAuthenticated):
            detail = {"type": error.code}
        if status >= 500:  # noqa: PLR2004
            log.error("request failed", reason=error.message)
        return JSONResponse({"detail": detail}, status)

    async def handle_unknown(_request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected error", exc_info=error)
        return JSONResponse({"detail": f"internal error ({type(error).__name__})"}, 500)

    async def handle_os(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return JSONResponse({"detail": "this file does not exist"}, 404)
        if isinstance(error, PermissionError):
            return JSONResponse({"detail": "the system does not permit this"}, 403)
        return await handle_unknown(_request, error)

    api.add_exception_handler(errors.IIBError, handle)
    api.add_exception_handler(OSError, handle_os)
    api.add_exception_handler(Exception, handle_unknown)
