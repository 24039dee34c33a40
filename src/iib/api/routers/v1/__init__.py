"""Routers of the `/v1` endpoints, one per resource."""

from __future__ import annotations

from iib.api.routers.v1 import (
    curation,
    duplicates,
    events,
    folders,
    index,
    jobs,
    media,
    query,
    results,
    session,
    tags,
    trash,
)

ROUTERS = (
    session.router,
    results.router,
    media.router,
    folders.router,
    query.router,
    curation.router,
    tags.router,
    duplicates.router,
    trash.router,
    index.router,
    jobs.router,
    events.router,
)
