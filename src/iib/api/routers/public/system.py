"""State of the server, and the settings of the page."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Request, Response

from iib.api.permissions import KNOWN, OPEN, WRITE, services_of
from iib.api.schemas.requests import NameBody, PathsBody, SettingBody
from iib.api.schemas.responses import GlobalSetting, VersionInfo
from iib.api.serializers.common import fast_json, tag_entries
from iib.api.serializers.visible_counts import visible_custom_tags
from iib.api.services import Services
from iib.errors import InvalidRequest
from iib.model import Json
from iib.settings import home_dir, is_windows

router = APIRouter(tags=["system"])


@router.get("/hello", dependencies=[Depends(OPEN)], summary="Health check")
async def hello() -> str:
    """Respond without any access to the library."""
    return "hello"


@router.get("/version", dependencies=[Depends(KNOWN)], summary="Versions of the program and the platform")
def version(request: Request) -> VersionInfo:
    """Versions; `hash` is the commit of the checkout, and a package that is not installed is null."""
    return VersionInfo.model_validate(services_of(request).about)


@router.get("/openapi.json", dependencies=[Depends(KNOWN)], include_in_schema=False)
def openapi(request: Request) -> dict[str, Json]:
    """The OpenAPI document of these endpoints."""
    document: dict[str, Json] = request.app.openapi()
    return document


@router.get(
    "/global_setting",
    dependencies=[Depends(KNOWN)],
    response_model=GlobalSetting,
    summary="Initial data of the page",
)
def global_setting(request: Request) -> Response:
    """Settings, tags and folders. Without the permission to read, paths, tags and stored settings are empty."""
    services = services_of(request)
    permission = services.settings.access.permission
    answer: dict[str, Json] = {
        "global_setting": {},
        "cwd": "",
        "sd_cwd": "",
        "home": "",
        "is_win": is_windows(),
        "all_custom_tags": [],
        "extra_paths": [],
        "enable_access_control": services.authorizer.is_enabled,
        "launch_mode": "sd" if services.settings.host.is_extension else "server",
        "export_fe_fn": services.settings.export_fe_fn,
        "app_fe_setting": {},
        "is_readonly": not permission.can_write,
    }
    if permission.can_read:
        answer |= _private_settings(services)
    return fast_json(answer)


def _private_settings(services: Services) -> dict[str, Json]:
    tags = tag_entries(visible_custom_tags(services), services.translations.names())
    return {
        "global_setting": services.roots.webui,
        "cwd": str(services.settings.program_dir),
        "sd_cwd": os.getcwd(),  # noqa: PTH109
        "home": home_dir(),
        "all_custom_tags": tags,
        "extra_paths": [
            {"path": item.path, "types": list(item.types), "alias": item.alias} for item in services.roots.all()
        ],
        "app_fe_setting": services.preferences.all(),
    }


@router.post("/app_fe_setting", dependencies=[Depends(WRITE)], summary="Store a setting of the page")
def set_preference(body: SettingBody, request: Request) -> None:
    """Store a setting; `value` is JSON text. Tag rules are validated, and apply to files that are indexed later."""
    services_of(request).preferences.set(body.name, body.value)


@router.delete("/app_fe_setting", dependencies=[Depends(WRITE)], summary="Remove a setting of the page")
def delete_preference(request: Request, body: NameBody | None = None, name: str | None = None) -> None:
    """Remove a setting; its name is in the body or in the query."""
    setting = body.name if body else name
    if not setting:
        raise InvalidRequest("name is missing")
    services_of(request).preferences.delete(setting)


@router.post("/check_path_exists", dependencies=[Depends(KNOWN)], summary="Check which paths exist")
def check_path_exists(body: PathsBody, request: Request) -> dict[str, bool]:
    """True for each path that exists and may be shown. Invalid paths are false, not errors."""
    services = services_of(request)
    if not services.settings.access.permission.can_read:
        return dict.fromkeys(body.paths, False)

    allowed = services.authorizer.allowed_paths()

    def exists(raw: str) -> bool:
        try:
            path = services.authorizer.resolve(raw).path
            return allowed.may_show(path) and os.path.exists(path)  # noqa: PTH110
        except (InvalidRequest, OSError, ValueError):
            return False

    return {raw: exists(raw) for raw in body.paths}
