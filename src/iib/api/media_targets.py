"""Media files that a request names by id or by path, as ids."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.access import UNNAMED_PATH_MESSAGE
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound, PathNotTrusted
from iib.model import MediaId, is_media_name


def media_targets(services: Services, ids: Sequence[int], paths: Sequence[str]) -> list[MediaId]:
    """Return the distinct ids of files named by id and by path. Unindexed files named by path are indexed first.

    Raises the errors of `media_ids_by_path`, and `PathNotTrusted` for files outside the accessible folders.
    """
    result = [MediaId(item) for item in ids]
    allowed = services.authorizer.allowed_paths()
    if result and allowed.is_enabled and not all(map(allowed.may_read, services.catalog.paths_by_id(result).values())):
        raise PathNotTrusted(UNNAMED_PATH_MESSAGE)
    return list(dict.fromkeys(result + media_ids_by_path(services, paths)))


def media_ids_by_path(services: Services, raw_paths: Sequence[str]) -> list[MediaId]:
    """Return the ids of media files below a root, in the order of the paths. Unindexed files are indexed first.

    Raises `InvalidRequest` for paths that are not media files or are outside every root, and `NotFound` for missing
    files. All paths are checked before any file is indexed.
    """
    allowed = services.authorizer.allowed_paths()
    paths = [services.authorizer.resolve(raw).path for raw in raw_paths]
    for path in dict.fromkeys(paths):
        if not is_media_name(path):
            raise InvalidRequest(f"not a media file: {path}")
        if not allowed.is_inside(allowed.real(path)):
            raise InvalidRequest(f"this file is outside the library; add its folder as a scan path first: {path}")
    ids = _indexed_ids(services, paths)
    unindexed = [path for path in dict.fromkeys(paths) if path not in ids]
    if unindexed:
        ids |= services.index.index_files(unindexed)
    return [ids[path] for path in paths]


def _indexed_ids(services: Services, paths: Sequence[str]) -> dict[str, MediaId]:
    """Return the ids of indexed files by path. A file that is marked as missing but exists again is left out.

    Raises `NotFound` for files that do not exist.
    """
    with services.store.read() as unit:
        ids = {path: row.id for path, row in unit.media.rows_by_path(paths).items()}
        rest = [path for path in paths if path not in ids]
        if not rest:
            return ids
        hidden_ids = unit.media.ids_by_path(rest)
        visible = {row.id for row in unit.media.list_by_ids(list(hidden_ids.values()))}
    for path in rest:
        media_id = hidden_ids.get(path)
        is_file = os.path.isfile(path)  # noqa: PTH113
        if media_id is not None and (media_id in visible or not is_file):
            ids[path] = media_id
        elif not is_file:
            raise NotFound(f"this file does not exist: {path}")
    return ids
