"""State of the server and settings of the page."""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata

from fastapi import APIRouter, Depends, Request

from iib.api.guards import KNOWN, OPEN, WRITE, services_of
from iib.api.responses import tag_entries
from iib.api.schemas.bodies import NameBody, PathsBody, SettingBody
from iib.errors import InvalidRequest
from iib.model.geninfo import Json
from iib.settings import home_dir, is_windows
from iib.tags.rules import PREFERENCE, check_rules

router = APIRouter(tags=["system"])


@router.get("/hello", dependencies=[Depends(OPEN)], summary="Health check")
async def hello() -> str:
    """Answers without touching anything."""
    return "hello"


@router.get("/version", dependencies=[Depends(KNOWN)], summary="Versions of program and platform")
def version(request: Request) -> dict[str, Json]:
    """`latest_info` is always null: nobody is asked whether there is a newer one."""
    services_of(request)
    try:
        tag = "v" + metadata.version("iib")
    except metadata.PackageNotFoundError:
        tag = None
    return {
        "python_version": platform.python_version(),
        "platform": f"{platform.system()}-{platform.release().partition('.')[0]}",
        "hash": None,
        "tag": tag,
        "latest_info": None,
    }


@router.get("/global_setting", dependencies=[Depends(KNOWN)], summary="Everything the page needs at its start")
def global_setting(request: Request) -> dict[str, Json]:
    """Paths and tags are left out when the server may not reveal anything."""
    services = services_of(request)
    permission = services.settings.access.permission
    with services.store.read() as unit:
        preferences = {name: json.loads(text) for name, text in unit.preferences.all().items()}
        tags = tag_entries(unit.tags.custom(), services.translations.names()) if permission.can_read else []
    extra_paths = [{"path": item.path, "types": list(item.types), "alias": item.alias} for item in services.roots.all()]
    return {
        "global_setting": services.roots.webui if permission.can_read else {},
        "cwd": str(services.settings.program_dir) if permission.can_read else "",
        "sd_cwd": os.getcwd() if permission.can_read else "",  # noqa: PTH109
        "home": home_dir() if permission.can_read else "",
        "is_win": is_windows(),
        "all_custom_tags": tags,
        "extra_paths": extra_paths if permission.can_read else [],
        "enable_access_control": services.gate.is_enabled,
        "launch_mode": "server",
        "export_fe_fn": services.settings.export_fe_fn,
        "app_fe_setting": preferences,
        "is_readonly": not permission.can_write,
    }


@router.post("/app_fe_setting", dependencies=[Depends(WRITE)], summary="Store a setting of the page")
def set_preference(body: SettingBody, request: Request) -> None:
    """`value` must be JSON text. Rules for tags are checked, and count for files indexed from now on."""
    try:
        json.loads(body.value)
    except ValueError as error:
        raise InvalidRequest(f"value is not JSON: {error}") from error
    if body.name == PREFERENCE:
        check_rules(body.value)
    with services_of(request).store.write() as unit:
        unit.preferences.set(body.name, body.value)


@router.delete("/app_fe_setting", dependencies=[Depends(WRITE)], summary="Remove a setting of the page")
def delete_preference(request: Request, body: NameBody | None = None, name: str | None = None) -> None:
    """The name comes in the body or in the query."""
    chosen = body.name if body else name
    if not chosen:
        raise InvalidRequest("name is missing")
    with services_of(request).store.write() as unit:
        unit.preferences.delete(chosen)


@router.post("/check_path_exists", dependencies=[Depends(KNOWN)], summary="Which of these paths exist")
def check_path_exists(body: PathsBody, request: Request) -> dict[str, bool]:
    """Never an error: what is no path does not exist."""
    services = services_of(request)
    if not services.settings.access.permission.can_read:
        return dict.fromkeys(body.paths, False)

    def exists(raw: str) -> bool:
        try:
            found = services.gate.resolve(raw)
            return services.gate.is_visible(found.path) and os.path.exists(found.path)  # noqa: PTH110
        except (InvalidRequest, OSError, ValueError):
            return False

    return {raw: exists(raw) for raw in body.paths}
