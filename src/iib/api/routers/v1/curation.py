"""Ratings, flags, albums, saved searches, and undo of their changes."""

from __future__ import annotations

import json

from fastapi import APIRouter, Depends, Query, Request

from iib.api.media_targets import media_targets
from iib.api.permissions import READ, WRITE, services_of
from iib.api.schemas.curation import (
    AlbumInfo,
    AlbumItems,
    AlbumOrderBody,
    AlbumPatch,
    Albums,
    ChangeDone,
    ChangeIdBody,
    ChangeInfo,
    Changes,
    FlagBody,
    MediaBody,
    PathId,
    RatingBody,
    SavedSearchBody,
    SavedSearches,
    SavedSearchInfo,
    TitleBody,
    TurnedBack,
)
from iib.api.serializers.visible_counts import visible_album_counts
from iib.api.services import Services
from iib.errors import InvalidRequest
from iib.model import NS_PER_MS
from iib.store import AlbumRow, ChangeRow, SavedSearchRow

router = APIRouter(prefix="/v1", tags=["curation"])

MAX_CHANGES = 500


@router.post("/media/ratings", dependencies=[Depends(WRITE)], summary="Rate files")
def rate_media(body: RatingBody, request: Request) -> ChangeDone:
    """Set the rating of files; 0 removes it."""
    services = services_of(request)
    return ChangeDone(change_id=services.curation.rate(media_targets(services, body.ids, body.paths), body.rating))


@router.post("/media/flags", dependencies=[Depends(WRITE)], summary="Pick or reject files")
def flag_media(body: FlagBody, request: Request) -> ChangeDone:
    """Set the flag of files; `none` removes it."""
    services = services_of(request)
    return ChangeDone(change_id=services.curation.flag(media_targets(services, body.ids, body.paths), body.flag))


@router.get("/albums", dependencies=[Depends(READ)], summary="Albums")
def list_albums(request: Request) -> Albums:
    """All albums, ordered by name."""
    services = services_of(request)
    albums = visible_album_counts(services, services.curation.albums())
    return Albums(albums=[_album_info(row) for row in albums])


@router.post("/albums", dependencies=[Depends(WRITE)], summary="Create an album")
def create_album(body: TitleBody, request: Request) -> AlbumInfo:
    """Create an empty album. 409 if the name is in use."""
    return _album_with_count(services_of(request), services_of(request).curation.create_album(body.name))


@router.get("/albums/{album_id}", dependencies=[Depends(READ)], summary="An album")
def get_album(album_id: PathId, request: Request) -> AlbumInfo:
    """An album by id. 404 for an unknown album."""
    return _album_with_count(services_of(request), services_of(request).curation.album(album_id))


@router.patch("/albums/{album_id}", dependencies=[Depends(WRITE)], summary="Change the name or cover of an album")
def change_album(album_id: PathId, body: AlbumPatch, request: Request) -> AlbumInfo:
    """Change an album; null leaves a field unchanged."""
    services = services_of(request)
    services.curation.change_album(album_id, body.name, body.cover_id)
    return _album_with_count(services, services.curation.album(album_id))


@router.delete("/albums/{album_id}", dependencies=[Depends(WRITE)], summary="Remove an album")
def delete_album(album_id: PathId, request: Request) -> ChangeDone:
    """Delete an album. Its files are not changed."""
    return ChangeDone(change_id=services_of(request).curation.delete_album(album_id))


@router.get("/albums/{album_id}/items", dependencies=[Depends(READ)], summary="Files of an album")
def album_items(album_id: PathId, request: Request) -> AlbumItems:
    """Ids of the files in the order of the album, including missing files but not inaccessible ones."""
    services = services_of(request)
    services.curation.album(album_id)
    allowed = services.authorizer.allowed_paths()
    ids = services.curation.album_items(album_id)
    if allowed.is_enabled:
        paths = services.catalog.paths_by_id(ids)
        ids = [item for item in ids if item in paths and allowed.may_read(paths[item])]
    return AlbumItems(ids=[int(item) for item in ids])


@router.post("/albums/{album_id}/items", dependencies=[Depends(WRITE)], summary="Add files to an album")
def add_to_album(album_id: PathId, body: MediaBody, request: Request) -> ChangeDone:
    """Append files to an album; files that it already contains keep their positions."""
    services = services_of(request)
    ids = media_targets(services, body.ids, body.paths)
    return ChangeDone(change_id=services.curation.add_to_album(album_id, ids))


@router.post("/albums/{album_id}/items/remove", dependencies=[Depends(WRITE)], summary="Remove files from an album")
@router.delete("/albums/{album_id}/items", dependencies=[Depends(WRITE)], include_in_schema=False)
def remove_from_album(album_id: PathId, body: MediaBody, request: Request) -> ChangeDone:
    """Remove files from an album. The files themselves are not changed."""
    services = services_of(request)
    ids = media_targets(services, body.ids, body.paths)
    return ChangeDone(change_id=services.curation.remove_from_album(album_id, ids))


@router.post("/albums/{album_id}/order", dependencies=[Depends(WRITE)], summary="Move files within an album")
def order_album(album_id: PathId, body: AlbumOrderBody, request: Request) -> ChangeDone:
    """Move files in front of the file `before`, or to the end."""
    return ChangeDone(change_id=services_of(request).curation.order_album(album_id, body.ids, body.before))


@router.get("/saved_searches", dependencies=[Depends(READ)], summary="Saved searches")
def list_searches(request: Request) -> SavedSearches:
    """All saved searches, ordered by name."""
    return SavedSearches(searches=[_search_info(row) for row in services_of(request).curation.searches()])


@router.post("/saved_searches", dependencies=[Depends(WRITE)], summary="Save a search")
def create_search(body: SavedSearchBody, request: Request) -> SavedSearchInfo:
    """Save a query under a name. 409 if the name is in use."""
    if body.name is None or body.query is None:
        raise InvalidRequest("a saved search needs a name and a query")
    return _search_info(services_of(request).curation.save_search(None, body.name, body.query))


@router.patch("/saved_searches/{search_id}", dependencies=[Depends(WRITE)], summary="Change a saved search")
def change_search(search_id: PathId, body: SavedSearchBody, request: Request) -> SavedSearchInfo:
    """Change a saved search; null leaves a field unchanged."""
    return _search_info(services_of(request).curation.save_search(search_id, body.name, body.query))


@router.delete("/saved_searches/{search_id}", dependencies=[Depends(WRITE)], summary="Remove a saved search")
def delete_search(search_id: PathId, request: Request) -> ChangeDone:
    """Delete a saved search. 404 for an unknown one."""
    return ChangeDone(change_id=services_of(request).curation.delete_search(search_id))


@router.get("/changes", dependencies=[Depends(READ)], summary="Changes by people")
def list_changes(request: Request, limit: int = Query(50, ge=1, le=MAX_CHANGES)) -> Changes:
    """Changes of tags, ratings, flags, albums and saved searches, and imports, newest first."""
    return Changes(changes=[_change_info(row) for row in services_of(request).curation.changes(limit)])


@router.post("/undo", dependencies=[Depends(WRITE)], summary="Undo a change")
def undo(request: Request, body: ChangeIdBody | None = None) -> TurnedBack:
    """Undo a change, without an id the latest one. Values that have changed since then are kept.

    404 if there is nothing to undo.
    """
    return _undo_result(*services_of(request).curation.undo(body.id if body else None))


@router.post("/redo", dependencies=[Depends(WRITE)], summary="Redo a change")
def redo(request: Request, body: ChangeIdBody | None = None) -> TurnedBack:
    """Redo an undone change, without an id the latest one. Values that have changed since then are kept.

    404 if there is nothing to redo.
    """
    return _undo_result(*services_of(request).curation.redo(body.id if body else None))


def _album_with_count(services: Services, row: AlbumRow) -> AlbumInfo:
    return _album_info(visible_album_counts(services, [row])[0])


def _album_info(row: AlbumRow) -> AlbumInfo:
    return AlbumInfo(
        id=row.id, name=row.name, count=row.count, cover_id=row.cover_id, created_at=row.created_ns // NS_PER_MS
    )


def _search_info(row: SavedSearchRow) -> SavedSearchInfo:
    return SavedSearchInfo(
        id=row.id, name=row.name, query=json.loads(row.query), created_at=row.created_ns // NS_PER_MS
    )


def _change_info(row: ChangeRow) -> ChangeInfo:
    return ChangeInfo(
        id=row.id,
        kind=row.kind,
        label=row.label,
        size=row.size,
        at=row.at_ns // NS_PER_MS,
        undone=row.is_undone,
    )


def _undo_result(row: ChangeRow, rows: int, skipped: int) -> TurnedBack:
    return TurnedBack(change=_change_info(row), rows=rows, skipped=skipped)
