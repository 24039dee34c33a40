"""Registered folders of the library."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Query, Request

from iib.access import TYPES
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.requests import AliasBody, ExtraPathBody
from iib.api.schemas.responses import ExtraPath
from iib.errors import InvalidRequest, PathNotTrusted

router = APIRouter(prefix="/db", tags=["extra paths"])

RENAMED_TYPES = {"scan": "scanned"}


@router.get("/extra_paths", dependencies=[Depends(READ)], response_model=list[ExtraPath], summary="Registered folders")
def list_extra_paths(request: Request) -> list[ExtraPath]:
    """All registered folders, even those that do not exist now: a disk may be unplugged."""
    rows = services_of(request).registered_folders.list()
    return [ExtraPath(path=row.path, types=list(row.types), alias=row.alias) for row in rows]


@router.post("/extra_paths", dependencies=[Depends(WRITE)], summary="Register a folder")
def add_extra_path(body: ExtraPathBody, request: Request) -> None:
    """Add a folder to the library. A registered folder gets the types in addition to its own."""
    services = services_of(request)
    types = checked_types(["scanned"] if body.types is None else body.types)
    if not types:
        raise InvalidRequest("types is empty")
    folder = services.authorizer.resolve(body.path)
    if services.authorizer.is_enabled and not services.authorizer.is_under_root(folder.path):
        raise PathNotTrusted("with access control on, only folders inside the allowed ones can be added")
    if not os.path.isdir(folder.path):  # noqa: PTH112
        raise InvalidRequest(f"this folder does not exist: {folder.path}")
    services.registered_folders.add(folder.path, types)


@router.delete("/extra_paths", dependencies=[Depends(WRITE)], summary="Remove types from a registered folder")
def delete_extra_path(
    request: Request,
    body: ExtraPathBody | None = None,
    path: str | None = None,
    types: list[str] = Query(default=[]),
) -> None:
    """Remove types, or all types if none are given. A folder without types leaves the library; its data is kept."""
    services = services_of(request)
    raw = body.path if body is not None else path
    if not raw:
        raise InvalidRequest("path is missing")
    requested = body.types if body is not None else (types or None)
    removed = checked_types(list(TYPES) if requested is None else requested)
    folder = services.authorizer.resolve(raw)
    services.registered_folders.remove_types((raw, folder.path), removed)


@router.post("/alias_extra_path", dependencies=[Depends(WRITE)], response_model=ExtraPath, summary="Name a folder")
def alias_extra_path(body: AliasBody, request: Request) -> ExtraPath:
    """Set the alias of a folder; an empty alias removes it."""
    services = services_of(request)
    path = services.authorizer.resolve(body.path).path
    row = services.registered_folders.set_alias(path, body.alias.strip())
    return ExtraPath(path=row.path, types=list(row.types), alias=row.alias)


def checked_types(types: list[str]) -> list[str]:
    """Types with current names; former names are translated. Raises `InvalidRequest` for unknown types."""
    current = [RENAMED_TYPES.get(item, item) for item in types]
    unknown = [item for item in current if item not in TYPES]
    if unknown:
        raise InvalidRequest(f"unknown type {unknown[0]!r}; known types are {', '.join(TYPES)}")
    return current
