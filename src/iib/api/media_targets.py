"""Which files a request means that changes what people gave them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from iib.access.paths import UNNAMED
from iib.api.services import Services
from iib.errors import InvalidRequest, NotFound, PathNotTrusted
from iib.model.media import MediaId
from iib.model.media_types import is_media_name


def media_targets(services: Services, ids: Sequence[int], paths: Sequence[str]) -> list[MediaId]:
    """Files by id and by path, each once; those by path are indexed if need be. Raises as `by_path`, and
    `PathNotTrusted` for files outside the folders that may be accessed."""
    found = [MediaId(item) for item in ids]
    trust = services.gate.trust()
    if found and trust.is_enabled:
        with services.store.read() as unit:
            known = unit.media.texts(found)
        if not all(trust.may_read(path) for path, _text in known.values()):
            raise PathNotTrusted(UNNAMED)
    return list(dict.fromkeys(found + by_path(services, paths)))


def by_path(services: Services, raw_paths: Sequence[str]) -> list[MediaId]:
    """Ids of media files below a root, in order; what is not indexed yet is read now.

    Raises `InvalidRequest` for what is no media file or lies outside every root, `NotFound` for what does not exist:
    all are looked at before anything is done.
    """
    trust = services.gate.trust()
    paths = [services.gate.resolve(raw).path for raw in raw_paths]
    for path in dict.fromkeys(paths):
        if not is_media_name(path):
            raise InvalidRequest(f"this is no media file: {path}")
        if not trust.is_inside(trust.real(path)):
            raise InvalidRequest(f"this file is outside the library; add its folder as a scan path first: {path}")
    found = _known(services, paths)
    unknown = [path for path in dict.fromkeys(paths) if path not in found]
    if unknown:
        found |= services.index.index_files(unknown)
    return [found[path] for path in paths]


def _known(services: Services, paths: Sequence[str]) -> dict[str, MediaId]:
    """Ids of indexed files. One that is marked missing but there again is left out, so that it is read again."""
    with services.store.read() as unit:
        found = {path: row.id for path, row in unit.media.find_by_paths(paths).items()}
        rest = [path for path in paths if path not in found]
        if not rest:
            return found
        others = unit.media.ids_by_path(rest)
        visible = {row.id for row in unit.media.rows(list(others.values()))}
    for path in rest:
        media_id = others.get(path)
        is_file = os.path.isfile(path)  # noqa: PTH113
        if media_id is not None and (media_id in visible or not is_file):
            found[path] = media_id
        elif not is_file:
            raise NotFound(f"this file does not exist: {path}")
    return found
