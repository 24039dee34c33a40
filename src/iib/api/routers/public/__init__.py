"""Routers of the public contract, one per resource."""

from __future__ import annotations

from iib.api.routers.public import (
    extra_paths,
    file_operations,
    files,
    host,
    index,
    media,
    metadata,
    organise,
    search,
    semantic,
    system,
    tag_graph,
    tags,
    video,
)

ROUTERS = (
    system.router,
    files.router,
    file_operations.router,
    media.router,
    video.router,
    host.router,
    metadata.router,
    search.router,
    index.router,
    extra_paths.router,
    tags.router,
    semantic.router,
    organise.router,
    tag_graph.router,
)
