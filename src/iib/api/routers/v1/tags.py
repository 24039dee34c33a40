"""Custom tags: groups, renaming, merging, rules, and import from the earlier program."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from fastapi import APIRouter, Depends, Query, Request

from iib._lib.path_relocation import PathRelocation
from iib.api.media_targets import media_targets
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.curation import (
    ChangeDone,
    CustomTagInfo,
    CustomTags,
    GroupBody,
    ImportBody,
    ImportInfo,
    MediaTagsBody,
    MergeBody,
    PathId,
    RulePreviewBody,
    RulePreviewInfo,
    RulesApplyBody,
    TitleBody,
    UnseenFolder,
)
from iib.api.schemas.v1_responses import RunStarted
from iib.api.serializers.common import tag_entry
from iib.api.serializers.visible_counts import visible_custom_tags
from iib.api.services import Services
from iib.errors import InvalidRequest
from iib.model import NS_PER_MS, MediaId
from iib.store import CustomTagRow
from iib.tags import check_rule

router = APIRouter(prefix="/v1", tags=["tags"])

MAX_RECENT = 200


@router.get("/tags", dependencies=[Depends(READ)], summary="Custom tags with groups and last uses")
def list_tags(request: Request) -> CustomTags:
    """All custom tags, ordered by id."""
    services = services_of(request)
    tags = _tag_infos(services)
    groups = sorted({tag.group for tag in tags if tag.group})
    return CustomTags(tags=tags, groups=groups, pending=services.tags.pending_count())


@router.get("/tags/recent", dependencies=[Depends(READ)], summary="Recently used tags")
def recent_tags(request: Request, limit: int = Query(10, ge=1, le=MAX_RECENT)) -> list[CustomTagInfo]:
    """Custom tags that have been used, most recently used first."""
    used = [tag for tag in _tag_infos(services_of(request)) if tag.used_at]
    return sorted(used, key=lambda tag: -tag.used_at)[:limit]


@router.post("/tags/{tag_id}/rename", dependencies=[Depends(WRITE)], summary="Rename a tag")
def rename_tag(tag_id: PathId, body: TitleBody, request: Request) -> ChangeDone:
    """Rename a tag, also in rules. 409 if a tag of that name exists: merge the tags instead."""
    return ChangeDone(change_id=services_of(request).tags.rename(tag_id, body.name))


@router.post("/tags/{tag_id}/merge", dependencies=[Depends(WRITE)], summary="Merge a tag into another one")
def merge_tag(tag_id: PathId, body: MergeBody, request: Request) -> ChangeDone:
    """Replace a tag by another one on all files and in rules and saved searches, and delete it."""
    return ChangeDone(change_id=services_of(request).tags.merge(tag_id, body.into))


@router.post("/tags/{tag_id}/group", dependencies=[Depends(WRITE)], summary="Put a tag into a group")
def group_tag(tag_id: PathId, body: GroupBody, request: Request) -> ChangeDone:
    """Set the group of a tag; an empty name removes the tag from its group."""
    return ChangeDone(change_id=services_of(request).tags.set_group(tag_id, body.group))


@router.delete("/tags/{tag_id}", dependencies=[Depends(WRITE)], summary="Remove a tag and all its links")
def delete_tag(tag_id: PathId, request: Request) -> ChangeDone:
    """Delete a tag and its links. Undo restores the tag with its id."""
    return ChangeDone(change_id=services_of(request).tags.delete(tag_id))


@router.post("/media/tags", dependencies=[Depends(WRITE)], summary="Add tags to files and remove tags from them")
def tag_media(body: MediaTagsBody, request: Request) -> ChangeDone:
    """Change the tags of all files or of none."""
    services = services_of(request)
    ids = media_targets(services, body.ids, body.paths)
    return ChangeDone(change_id=services.tags.change_links(ids, body.add, body.remove))


@router.post("/tag_rules/preview", dependencies=[Depends(READ)], summary="Preview the matches of a rule")
def preview_rule(body: RulePreviewBody, request: Request) -> RulePreviewInfo:
    """Count the files that match a rule, newest first, for at most two seconds."""
    services = services_of(request)
    ids = [MediaId(item) for item in services.views.view().ids.tolist()]
    preview = services.rules.preview(check_rule(body.rule), ids, body.sample)
    return RulePreviewInfo(
        count=preview.count,
        examined=preview.examined,
        total=len(ids),
        exact=preview.exact,
        sample=[int(item) for item in preview.sample],
    )


@router.post("/tag_rules/apply", dependencies=[Depends(WRITE)], summary="Apply rules to the existing files")
def apply_rules(body: RulesApplyBody, request: Request) -> RunStarted:
    """Start a job that applies rules; one undo reverts all its changes."""
    return RunStarted(job_id=services_of(request).rules.start_apply(body.rules))


@router.post("/import", dependencies=[Depends(WRITE)], summary="Import from a database of the earlier program")
def import_database(body: ImportBody, request: Request) -> ImportInfo:
    """Import tags, folders and settings. With `dry_run` nothing is imported, but the counts are exact.

    The source database is not changed.
    """
    services = services_of(request)
    source = Path(services.authorizer.content(body.path).path)
    if not source.is_file():
        raise InvalidRequest(f"this file does not exist: {source}")

    def may_register(path: str) -> bool:
        return not services.authorizer.is_enabled or services.authorizer.is_under_root(path)

    report = services.importer.run(
        source,
        PathRelocation(tuple((pair.old, pair.new) for pair in body.map)),
        dry_run=body.dry_run,
        may_register=may_register,
    )
    if report.roots_new and not body.dry_run:
        services.index.start_watching()
    values = asdict(report)
    values["unseen_folders"] = [UnseenFolder(path=path, links=count) for path, count in report.unseen_folders]
    return ImportInfo(**values)


def _tag_infos(services: Services) -> list[CustomTagInfo]:
    tags = visible_custom_tags(services)
    details = services.tags.details()
    names = services.translations.names()
    no_details = CustomTagRow()
    return [
        CustomTagInfo(
            **tag_entry(tag, names.get(tag.name)),
            group=details.get(tag.id, no_details).group,
            used_at=details.get(tag.id, no_details).used_ns // NS_PER_MS,
        )
        for tag in tags
    ]
