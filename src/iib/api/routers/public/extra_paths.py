"""Registered folders."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Query, Request

from iib.access.roots import TYPES
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.requests import AliasBody, ExtraPathBody
from iib.api.schemas.responses import ExtraPath
from iib.errors import InvalidRequest, NotFound, PathNotTrusted

router = APIRouter(prefix="/db", tags=["extra paths"])

OLD_NAMES = {"scan": "scanned"}


@router.get("/extra_paths", dependencies=[Depends(READ)], response_model=list[ExtraPath], summary="Registered folders")
def list_extra_paths(request: Request) -> list[ExtraPath]:
    """Those that do not exist right now too: a disk may be unplugged."""
    with services_of(request).store.read() as unit:
        rows = unit.roots.list()
    return [ExtraPath(path=row.path, types=list(row.types), alias=row.alias) for row in rows]


@router.post("/extra_paths", dependencies=[Depends(WRITE)], summary="Register a folder")
def add_extra_path(body: ExtraPathBody, request: Request) -> None:
    """A known one gets the further types."""
    services = services_of(request)
    types = checked_types(["scanned"] if body.types is None else body.types)
    if not types:
        raise InvalidRequest("types is empty")
    found = services.gate.resolve(body.path)
    if services.gate.is_enabled and not services.gate.is_under_root(found.path):
        raise PathNotTrusted("with access control on, only folders inside the allowed ones can be added")
    if not os.path.isdir(found.path):  # noqa: PTH112
        raise InvalidRequest(f"this folder does not exist: {found.path}")
    with services.store.write() as unit:
        unit.roots.add(found.path, types)
    services.index.watch_start()


@router.delete("/extra_paths", dependencies=[Depends(WRITE)], summary="Take types from a registered folder")
def delete_extra_path(
    request: Request,
    body: ExtraPathBody | None = None,
    path: str | None = None,
    types: list[str] = Query(default=[]),
) -> None:
    """With its last type the folder leaves the library; what is known of its files is kept. No types: all of them."""
    services = services_of(request)
    chosen = body.path if body is not None else path
    if not chosen:
        raise InvalidRequest("path is missing")
    given = body.types if body is not None else (types or None)
    wanted = checked_types(list(TYPES) if given is None else given)
    found = services.gate.resolve(chosen)
    with services.store.write() as unit:
        for spelling in dict.fromkeys((chosen, found.path)):
            unit.roots.remove_types(spelling, wanted)
    services.index.watch_start()


@router.post("/alias_extra_path", dependencies=[Depends(WRITE)], response_model=ExtraPath, summary="Name a folder")
def alias_extra_path(body: AliasBody, request: Request) -> ExtraPath:
    """An empty alias takes the name away."""
    services = services_of(request)
    path = services.gate.resolve(body.path).path
    with services.store.write() as unit:
        if unit.roots.get(path) is None:
            raise NotFound(f"this folder is not registered: {path}")
        unit.roots.set_alias(path, body.alias.strip())
        row = unit.roots.get(path)
    assert row is not None  # noqa: S101  (looked up above in the same transaction)
    return ExtraPath(path=row.path, types=list(row.types), alias=row.alias)


def checked_types(types: list[str]) -> list[str]:
    """Known types; an old name is understood. Raises `InvalidRequest`."""
    chosen = [OLD_NAMES.get(item, item) for item in types]
    unknown = [item for item in chosen if item not in TYPES]
    if unknown:
        raise InvalidRequest(f"unknown type {unknown[0]!r}; known are {', '.join(TYPES)}")
    return chosen
