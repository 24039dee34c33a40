"""Searches of the public contract."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Depends, Request, Response

from iib.access.paths import Trust
from iib.api.http.concurrency import searching
from iib.api.permissions import READ, services_of
from iib.api.schemas.requests import TagSearchBody, TextSearchBody
from iib.api.schemas.responses import FileInfo, FilePage
from iib.api.serializers.common import fast_json
from iib.api.serializers.page import entries, full_page, shown
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
MAX_DIGITS = 18
MAX_ID = 2**63 - 1
RANDOM_COUNT = 128
MAX_DRAWN = 8192


@router.post("/search_by_substr", dependencies=[Depends(READ)], response_model=FilePage, summary="Search path and text")
@searching
def search_by_substr(body: TextSearchBody, request: Request) -> Response:
    """Newest first. `regexp` replaces `surstr` when it is filled."""
    services = services_of(request)
    kind = body.media_type.strip().lower() or "all"
    if kind not in KINDS:
        raise InvalidRequest(f"media_type must be one of {', '.join(KINDS)}")
    size = checked_size(body.size)
    trust = services.gate.trust()
    folders = existing_folders(services, body.folder_paths, trust)
    if folders == ():
        return page_answer(MediaPage([], has_next=False, next=""), trust)
    query = TextQuery(
        text=body.surstr,
        regexp=body.regexp,
        path_only=body.path_only,
        kind=KINDS[kind],
        folders=folders,
        cursor=body.cursor,
        size=size,
    )
    ask = services.search.by_text
    found = full_page(lambda cursor, count: ask(replace(query, cursor=cursor, size=count)), body.cursor, size, trust)
    return page_answer(found, trust)


@router.post("/match_images_by_tags", dependencies=[Depends(READ)], response_model=FilePage, summary="Search by tags")
@searching
def match_images_by_tags(body: TagSearchBody, request: Request) -> Response:
    """(all of `and_tags`) or (any of `or_tags`), without `not_tags`; `combine: intersect` asks for both."""
    services = services_of(request)
    size = checked_size(body.size)
    trust = services.gate.trust()
    folders = existing_folders(services, body.folder_paths, trust)
    if folders == ():
        return page_answer(MediaPage([], has_next=False, next=""), trust)
    query = TagQuery(
        and_tags=storable(body.and_tags),
        or_tags=storable(body.or_tags),
        not_tags=storable(body.not_tags),
        combine=body.combine,
        folders=folders,
        random=body.random_sort,
        cursor=body.cursor,
        size=size,
    )
    ask = services.search.by_tags
    found = full_page(lambda cursor, count: ask(replace(query, cursor=cursor, size=count)), body.cursor, size, trust)
    return page_answer(found, trust)


@router.get(
    "/random_images", dependencies=[Depends(READ)], response_model=list[FileInfo], summary="Files in random order"
)
@searching
def random_images(request: Request) -> Response:
    """Up to 128 different ones that exist now."""
    services = services_of(request)
    trust = services.gate.trust()
    wanted = RANDOM_COUNT
    while True:
        drawn = services.search.random(wanted)
        rows = shown(drawn, trust)[:RANDOM_COUNT]
        if len(rows) == RANDOM_COUNT or len(drawn) < wanted or wanted >= MAX_DRAWN:
            return fast_json(entries(rows, trust))
        wanted *= 4  # many are gone from the disk: draw more


def checked_size(size: object) -> int:
    """A page size between 1 and 1000. Raises `InvalidRequest`."""
    if isinstance(size, str) and size.strip().isdecimal():
        size = int(size[:MAX_DIGITS])
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise InvalidRequest("size must be a whole number and at least 1")
    return min(size, MAX_SIZE)


def storable(ids: Sequence[int]) -> tuple[int, ...]:
    """Ids as the store can hold them; what no row can have becomes 0, which none has."""
    return tuple(item if 0 < item <= MAX_ID else 0 for item in ids)


def existing_folders(services: Services, folders: Sequence[str], trust: Trust) -> tuple[str, ...] | None:
    """The folders that exist and may be named; None if none were asked for."""
    wanted = [folder for folder in folders if folder.strip()]
    if not wanted:
        return None
    found = []
    for raw in wanted:
        try:
            path = services.gate.content(raw, trust).path
        except IIBError:
            continue
        if os.path.isdir(path):  # noqa: PTH112
            found.append(path)
    return tuple(found)


def page_answer(page: MediaPage, trust: Trust) -> Response:
    """A page as the contract spells it; `complete` is false when the time ran out before the page was full."""
    cursor = {"has_next": page.has_next, "next": page.next}
    return fast_json({"files": entries(page.rows, trust), "cursor": cursor, "complete": page.is_complete})
