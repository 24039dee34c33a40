"""Person-made tags and statistics, as the public contract spells them."""

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
from iib.errors import IIBError, InvalidRequest, NotFound
from iib.model.geninfo import Json
from iib.model.media import MediaId
from iib.model.media_types import is_media_name
from iib.search.trend import KINDS

router = APIRouter(prefix="/db", tags=["tags"])

CACHE_VERSION = 1


@router.post("/add_custom_tag", dependencies=[Depends(WRITE)], response_model=TagInfo, summary="Get or create a tag")
def add_custom_tag(body: TagNameBody, request: Request) -> Response:
    """An existing name gives the existing tag."""
    services = services_of(request)
    (tag,) = visible_counts(services, [services.tags.add(body.tag_name)])
    return fast_json(tag_entry(tag, services.translations.get(tag.name)))


@router.post("/toggle_custom_tag_to_img", dependencies=[Depends(WRITE)], summary="Put a tag on a file or take it off")
def toggle_custom_tag(body: ToggleBody, request: Request) -> ToggleAnswer:
    """A file that is not indexed yet is indexed on the spot."""
    services = services_of(request)
    (media_id,) = media_ids_by_path(services, [body.img_path])
    return ToggleAnswer(is_remove=services.tags.toggle(media_id, body.tag_id))


@router.post("/batch_update_image_tag", dependencies=[Depends(WRITE)], summary="Tag many files, all or none")
def batch_update_image_tag(body: BatchTagBody, request: Request) -> None:
    """`action` is `add` or `remove`."""
    if body.action not in ("add", "remove"):
        raise InvalidRequest(f"unknown action {body.action!r}; known are add, remove")
    services = services_of(request)
    ids = media_ids_by_path(services, body.img_paths)
    chosen = [body.tag_id]
    services.tags.change_links(
        ids, add=chosen if body.action == "add" else [], remove=chosen if body.action == "remove" else []
    )


@router.post("/remove_custom_tag", dependencies=[Depends(WRITE)], summary="Remove a tag and all its links")
def remove_custom_tag(body: TagIdBody, request: Request) -> None:
    """404 when unknown, 400 when it is not person-made."""
    services_of(request).tags.delete(body.tag_id)


@router.post("/remove_custom_tag_from_img", dependencies=[Depends(WRITE)], summary="Take a tag off a file")
def remove_custom_tag_from_img(body: LinkBody, request: Request) -> None:
    """By id of the file."""
    services = services_of(request)
    with services.store.read() as unit:
        known = unit.media.texts([MediaId(body.img_id)])
    if not known:
        raise NotFound(f"there is no such file: {body.img_id}")
    path = known[MediaId(body.img_id)][0]
    if not services.gate.is_under_root(path):
        raise InvalidRequest(f"this file is outside the library: {body.img_id}")
    services.tags.change_links([body.img_id], add=[], remove=[body.tag_id])


@router.post("/update_tag", dependencies=[Depends(WRITE)], summary="Colour a tag of any type")
def update_tag(body: TagColorBody, request: Request) -> None:
    """Only the colour changes, whatever else the body holds."""
    services_of(request).tags.set_color(body.id, body.color)


@router.get(
    "/img_selected_custom_tag",
    dependencies=[Depends(READ)],
    response_model=list[TagInfo],
    summary="Person-made tags of a file",
)
def img_selected_custom_tag(path: str, request: Request) -> Response:
    """Empty for what is not indexed; nothing is indexed by asking."""
    services = services_of(request)
    return fast_json(_tags_by_path(services, [path]).get(path, []))


@router.post(
    "/get_image_tags",
    dependencies=[Depends(READ)],
    response_model=dict[str, list[TagInfo]],
    summary="Person-made tags of many files",
)
def get_image_tags(body: PathsBody, request: Request) -> Response:
    """Keyed by the caller's own spelling; files without tags are absent."""
    return fast_json(_tags_by_path(services_of(request), body.paths))


@router.get("/stats/trend", dependencies=[Depends(READ)], response_model=TrendInfo, summary="Statistics of the library")
def trend(request: Request) -> Response:
    """Remembered until the library changes."""
    found = services_of(request).trends.trend()
    answer: dict[str, Json] = {
        "total_images": found.total,
        "total_disk_usage": found.total_bytes,
        "daily_contributions": [{"date": day, "count": count} for day, count in found.days],
        "monthly_trends": [{"month": month, "count": count} for month, count in found.months],
        "cached_at": found.made_at,
        "cache_version": CACHE_VERSION,
    }
    for name in KINDS:
        answer[name] = [{"name": tag, "count": count} for tag, count in found.top[name]]
    return fast_json(answer)


def _tags_by_path(services: Services, raw_paths: list[str]) -> dict[str, Json]:
    """Entries by the caller's spelling; what lies outside every root is left out."""
    trust = services.gate.trust()
    allowed: dict[str, str] = {}
    for raw in dict.fromkeys(raw_paths):
        try:
            path = services.gate.resolve(raw).path
        except IIBError:
            continue
        if is_media_name(path) and trust.is_inside(trust.real(path)):
            allowed[raw] = path
    with services.store.read() as unit:
        ids = {path: row.id for path, row in unit.media.find_by_paths(list(set(allowed.values()))).items()}
    tags = services.tags.of_media(list(ids.values()))
    distinct = {tag.id: tag for own in tags.values() for tag in own}
    known = {tag.id: tag for tag in visible_counts(services, list(distinct.values()))}
    return {
        raw: tag_entries([known[tag.id] for tag in tags[ids[path]]], services.translations.names())
        for raw, path in allowed.items()
        if path in ids and ids[path] in tags
    }
