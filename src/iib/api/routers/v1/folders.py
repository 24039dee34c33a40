"""The folder tree of the library."""

from __future__ import annotations

import os

from fastapi import APIRouter, Depends, Request, Response

from iib.api.permissions import READ, services_of
from iib.api.schemas import v1_responses
from iib.api.serializers.common import fast_json
from iib.api.serializers.page import visible_folders

router = APIRouter(prefix="/v1", tags=["v1"])


@router.get(
    "/folders",
    dependencies=[Depends(READ)],
    response_model=v1_responses.Folders,
    summary="The folder tree, one level at a time",
)
def folders(request: Request, parent: str | None = None) -> Response:
    """Subfolders of a folder with file counts; without `parent` the roots."""
    services = services_of(request)
    path = services.authorizer.content(parent).path if parent else None
    nodes = services.catalog.list_subfolders(path, services.scopes())
    if services.authorizer.is_enabled:
        nodes = visible_folders(nodes, services.views.counts_by_folder(), services.authorizer.allowed_paths())
    aliases = {item.path: item.alias for item in services.roots.all() if item.alias}
    entries = [
        {
            "path": node.path,
            "name": aliases.get(node.path, node.name),
            "count": node.count,
            "total": node.total,
            "has_children": node.has_children,
            "available": os.path.isdir(node.path),  # noqa: PTH112
        }
        for node in nodes
    ]
    return fast_json({"folders": entries})
