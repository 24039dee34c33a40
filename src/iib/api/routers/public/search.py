"""Searches by text and by tags, and random files."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Depends, Request, Response

from iib.api.http.concurrency import limit_search
from iib.api.params import existing_folders, page_size, storable_ids
from iib.api.permissions import READ, services_of
from iib.api.schemas.requests import TagSearchBody, TextSearchBody
from iib.api.schemas.responses import FileInfo, FilePage
from iib.api.serializers.common import fast_json
from iib.api.serializers.page import filled_page, media_entries, page_response, visible_rows
from iib.errors import InvalidRequest
from iib.model import MediaKind
from iib.search import MediaPage, TagQuery, TextQuery

router = APIRouter(prefix="/db", tags=["search"])

KINDS: dict[str, MediaKind | None] = {
    "all": None,
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
RANDOM_COUNT = 128
MAX_SAMPLE = 8192


@router.post("/search_by_substr", dependencies=[Depends(READ)], response_model=FilePage, summary="Search path and text")
@limit_search
def search_by_substr(body: TextSearchBody, request: Request) -> Response:
    """Search for a substring or a regular expression, newest files first. A non-empty `regexp` replaces `surstr`."""
    services = services_of(request)
    kind = body.media_type.strip().lower() or "all"
    if kind not in KINDS:
        raise InvalidRequest(f"media_type must be one of {', '.join(KINDS)}")
    size = page_size(body.size)
    allowed = services.authorizer.allowed_paths()
    folders = existing_folders(services, body.folder_paths, allowed)
    if folders == ():
        return page_response(MediaPage([], has_next=False, next=""), allowed)
    query = TextQuery(
        text=body.surstr,
        regexp=body.regexp,
        path_only=body.path_only,
        kind=KINDS[kind],
        folders=folders,
        cursor=body.cursor,
        size=size,
    )
    search = services.search.by_text
    page = filled_page(
        lambda cursor, count: search(replace(query, cursor=cursor, size=count)), body.cursor, size, allowed
    )
    return page_response(page, allowed)


@router.post("/match_images_by_tags", dependencies=[Depends(READ)], response_model=FilePage, summary="Search by tags")
@limit_search
def match_images_by_tags(body: TagSearchBody, request: Request) -> Response:
    """Files with all of `and_tags` or any of `or_tags`, without `not_tags`. `combine: intersect` requires both."""
    services = services_of(request)
    size = page_size(body.size)
    allowed = services.authorizer.allowed_paths()
    folders = existing_folders(services, body.folder_paths, allowed)
    if folders == ():
        return page_response(MediaPage([], has_next=False, next=""), allowed)
    query = TagQuery(
        and_tags=storable_ids(body.and_tags),
        or_tags=storable_ids(body.or_tags),
        not_tags=storable_ids(body.not_tags),
        combine=body.combine,
        folders=folders,
        random=body.random_sort,
        cursor=body.cursor,
        size=size,
    )
    search = services.search.by_tags
    page = filled_page(
        lambda cursor, count: search(replace(query, cursor=cursor, size=count)), body.cursor, size, allowed
    )
    return page_response(page, allowed)


@router.get(
    "/random_images", dependencies=[Depends(READ)], response_model=list[FileInfo], summary="Files in random order"
)
@limit_search
def random_images(request: Request) -> Response:
    """Up to 128 different files that exist now, in random order."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    sample_size = RANDOM_COUNT
    while True:
        sample = services.search.random(sample_size)
        rows = visible_rows(sample, allowed)[:RANDOM_COUNT]
        if len(rows) == RANDOM_COUNT or len(sample) < sample_size or sample_size >= MAX_SAMPLE:
            return fast_json(media_entries(rows, allowed))
        sample_size *= 4  # many files are gone from the disk: take a larger sample
