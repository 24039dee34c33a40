"""Searches of the public contract."""

from __future__ import annotations

import os
from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request, Response

from iib.api.guards import READ, services_of
from iib.api.responses import fast_json, media_entries
from iib.api.schemas.answers import FileInfo, FilePage
from iib.api.schemas.bodies import TagSearchBody, TextSearchBody
from iib.api.services import Services
from iib.errors import IIBError, InvalidRequest
from iib.model.media import MediaKind
from iib.search.service import MediaPage, TagQuery, TextQuery

router = APIRouter(prefix="/db", tags=["search"])

KINDS: dict[str, MediaKind | None] = {
    "all": None,
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
MAX_SIZE = 1000
RANDOM_COUNT = 128


@router.post("/search_by_substr", dependencies=[Depends(READ)], response_model=FilePage, summary="Search path and text")
def search_by_substr(body: TextSearchBody, request: Request) -> Response:
    """Newest first. `regexp` replaces `surstr` when it is filled."""
    services = services_of(request)
    kind = body.media_type.strip().lower() or "all"
    if kind not in KINDS:
        raise InvalidRequest(f"media_type must be one of {', '.join(KINDS)}")
    size = checked_size(body.size)
    folders = existing_folders(services, body.folder_paths)
    if folders == ():
        return page_answer(MediaPage([], has_next=False, next=""))
    query = TextQuery(
        text=body.surstr,
        regexp=body.regexp,
        path_only=body.path_only,
        kind=KINDS[kind],
        folders=folders,
        cursor=body.cursor,
        size=size,
    )
    return page_answer(services.search.by_text(query))


@router.post("/match_images_by_tags", dependencies=[Depends(READ)], response_model=FilePage, summary="Search by tags")
def match_images_by_tags(body: TagSearchBody, request: Request) -> Response:
    """(all of `and_tags`) or (any of `or_tags`), without `not_tags`; `combine: intersect` asks for both."""
    services = services_of(request)
    size = checked_size(body.size)
    folders = existing_folders(services, body.folder_paths)
    if folders == ():
        return page_answer(MediaPage([], has_next=False, next=""))
    query = TagQuery(
        and_tags=tuple(body.and_tags),
        or_tags=tuple(body.or_tags),
        not_tags=tuple(body.not_tags),
        combine=body.combine,
        folders=folders,
        random=body.random_sort,
        cursor=body.cursor,
        size=size,
    )
    return page_answer(services.search.by_tags(query))


@router.get(
    "/random_images", dependencies=[Depends(READ)], response_model=list[FileInfo], summary="Files in random order"
)
def random_images(request: Request) -> Response:
    """Up to 128 different ones that exist now."""
    rows = services_of(request).search.random(RANDOM_COUNT)
    return fast_json(media_entries([row for row in rows if os.path.exists(row.path)]))  # noqa: PTH110


def checked_size(size: int) -> int:
    """A page size between 1 and 1000. Raises `InvalidRequest`."""
    if size < 1:
        raise InvalidRequest("size must be at least 1")
    return min(size, MAX_SIZE)


def existing_folders(services: Services, folders: Sequence[str]) -> tuple[str, ...] | None:
    """The folders that exist and may be named; None if none were asked for."""
    wanted = [folder for folder in folders if folder.strip()]
    if not wanted:
        return None
    found = []
    for raw in wanted:
        try:
            path = services.gate.content(raw).path
        except IIBError:
            continue
        if os.path.isdir(path):  # noqa: PTH112
            found.append(path)
    return tuple(found)


def page_answer(page: MediaPage) -> Response:
    """A page as the contract spells it; `complete` is false when the time ran out before the page was full."""
    cursor = {"has_next": page.has_next, "next": page.next}
    return fast_json({"files": media_entries(page.rows), "cursor": cursor, "complete": page.is_complete})
