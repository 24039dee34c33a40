"""Custom tags and the statistics of the library."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from iib.api.media_targets import media_ids_by_path
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.curation import (
    BatchTagBody,
    LinkBody,
    TagColorBody,
    TagIdBody,
    TagNameBody,
    ToggleAnswer,
    ToggleBody,
    TrendInfo,
)
from iib.api.schemas.requests import PathsBody
from iib.api.schemas.responses import TagInfo
from iib.api.serializers.common import fast_json, tag_entries, tag_entry
from iib.api.serializers.visible_counts import visible_counts
from iib.api.services import Services
from iib.errors import IIBError, InvalidRequest
from iib.model import Json, is_media_name
from iib.search import OVERVIEW_TAG_KINDS

router = APIRouter(prefix="/db", tags=["tags"])

CACHE_VERSION = 1


@router.post("/add_custom_tag", dependencies=[Depends(WRITE)], response_model=TagInfo, summary="Get or create a tag")
def add_custom_tag(body: TagNameBody, request: Request) -> Response:
    """Create a tag, or return the existing tag of that name."""
    services = services_of(request)
    (tag,) = visible_counts(services, [services.tags.add(body.tag_name)])
    return fast_json(tag_entry(tag, services.translations.get(tag.name)))


@router.post("/toggle_custom_tag_to_img", dependencies=[Depends(WRITE)], summary="Add a tag to a file, or remove it")
def toggle_custom_tag(body: ToggleBody, request: Request) -> ToggleAnswer:
    """Add the tag, or remove it if the file has it. A file that is not indexed yet is indexed first."""
    services = services_of(request)
    (media_id,) = media_ids_by_path(services, [body.img_path])
    return ToggleAnswer(is_remove=services.tags.toggle(media_id, body.tag_id))


@router.post(
    "/batch_update_image_tag", dependencies=[Depends(WRITE)], summary="Add a tag to files, or remove it from them"
)
def batch_update_image_tag(body: BatchTagBody, request: Request) -> None:
    """Tag all files or none; `action` is `add` or `remove`."""
    if body.action not in ("add", "remove"):
        raise InvalidRequest(f"unknown action {body.action!r}; it must be add or remove")
    services = services_of(request)
    ids = media_ids_by_path(services, body.img_paths)
    tag_ids = [body.tag_id]
    services.tags.change_links(
        ids, add=tag_ids if body.action == "add" else [], remove=tag_ids if body.action == "remove" else []
    )


@router.post("/remove_custom_tag", dependencies=[Depends(WRITE)], summary="Remove a tag and all its links")
def remove_custom_tag(body: TagIdBody, request: Request) -> None:
    """Delete a custom tag. 404 for an unknown tag, 400 for a tag that is not custom."""
    services_of(request).tags.delete(body.tag_id)


@router.post("/remove_custom_tag_from_img", dependencies=[Depends(WRITE)], summary="Remove a tag from a file")
def remove_custom_tag_from_img(body: LinkBody, request: Request) -> None:
    """Remove a tag from a file by id."""
    services = services_of(request)
    if not services.authorizer.is_under_root(services.catalog.get_path(body.img_id)):
        raise InvalidRequest(f"this file is outside the library: {body.img_id}")
    services.tags.change_links([body.img_id], add=[], remove=[body.tag_id])


@router.post("/update_tag", dependencies=[Depends(WRITE)], summary="Set the colour of a tag")
def update_tag(body: TagColorBody, request: Request) -> None:
    """Set the colour of a tag of any type. The other fields of the body are ignored."""
    services_of(request).tags.set_color(body.id, body.color)


@router.get(
    "/img_selected_custom_tag",
    dependencies=[Depends(READ)],
    response_model=list[TagInfo],
    summary="Custom tags of a file",
)
def img_selected_custom_tag(path: str, request: Request) -> Response:
    """Custom tags of a file; an empty list if it is not indexed. The request does not index the file."""
    services = services_of(request)
    return fast_json(_tags_by_path(services, [path]).get(path, []))


@router.post(
    "/get_image_tags",
    dependencies=[Depends(READ)],
    response_model=dict[str, list[TagInfo]],
    summary="Custom tags of many files",
)
def get_image_tags(body: PathsBody, request: Request) -> Response:
    """Custom tags by the requested path; files without tags are absent."""
    return fast_json(_tags_by_path(services_of(request), body.paths))


@router.get("/stats/trend", dependencies=[Depends(READ)], response_model=TrendInfo, summary="Statistics of the library")
def trend(request: Request) -> Response:
    """Counts by day and month, and the most frequent tags. Cached until the library changes."""
    trend = services_of(request).overview.current()
    answer: dict[str, Json] = {
        "total_images": trend.total,
        "total_disk_usage": trend.total_bytes,
        "daily_contributions": [{"date": day, "count": count} for day, count in trend.days],
        "monthly_trends": [{"month": month, "count": count} for month, count in trend.months],
        "cached_at": trend.made_at,
        "cache_version": CACHE_VERSION,
    }
    for name in OVERVIEW_TAG_KINDS:
        answer[name] = [{"name": tag, "count": count} for tag, count in trend.top[name]]
    return fast_json(answer)


def _tags_by_path(services: Services, raw_paths: list[str]) -> dict[str, Json]:
    """Entries by the requested path; files outside every root are left out."""
    allowed = services.authorizer.allowed_paths()
    inside: dict[str, str] = {}
    for raw in dict.fromkeys(raw_paths):
        try:
            path = services.authorizer.resolve(raw).path
        except IIBError:
            continue
        if is_media_name(path) and allowed.is_inside(allowed.real(path)):
            inside[raw] = path
    ids = {path: row.id for path, row in services.catalog.rows_by_path(list(set(inside.values()))).items()}
    tags = services.tags.of_media(list(ids.values()))
    distinct = {tag.id: tag for media_tags in tags.values() for tag in media_tags}
    with_counts = {tag.id: tag for tag in visible_counts(services, list(distinct.values()))}
    return {
        raw: tag_entries([with_counts[tag.id] for tag in tags[ids[path]]], services.translations.names())
        for raw, path in inside.items()
        if path in ids and ids[path] in tags
    }
