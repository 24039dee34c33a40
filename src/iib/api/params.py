"""Query parameters and request bodies as domain values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

from iib.access import AllowedPaths, is_below
from iib.api.schemas.requests import GridQueryBody
from iib.api.schemas.semantic import (
    ClusterBody,
    ScopeBody,
)
from iib.api.services import Services
from iib.errors import IIBError, InvalidRequest, NotConfigured
from iib.model import MAX_SQLITE_INTEGER, MEDIA_KIND_OF_WORD
from iib.search import GridQuery
from iib.semantic import LOCAL_MODEL_NAME as LOCAL
from iib.semantic import ClusterParams, Scope, default_noise_threshold, title_language
from iib.settings import is_windows

MAX_SIZE = 1000
MAX_DIGITS = 18
MAX_BATCH = 256
MIN_CHARS, MAX_CHARS = 256, 8000
MAX_THRESHOLD = 0.999
MAX_NAME = 255
Member = TypeVar("Member", bound=Enum)

SEED_MASK = 0x7FFFFFFFFFFFFFFF


def grid_query(services: Services, body: GridQueryBody) -> GridQuery:
    """The query of a request. Raises `InvalidRequest` for unknown kinds, `PathNotTrusted` for inaccessible folders."""
    unknown = [kind for kind in body.kinds if kind not in MEDIA_KIND_OF_WORD]
    if unknown:
        raise InvalidRequest(f"unknown kind {unknown[0]!r}")
    return GridQuery(
        text=body.q,
        regex=body.regex,
        language=body.language,
        folder=services.authorizer.content(body.folder).path if body.folder else None,
        recursive=body.recursive,
        kinds=tuple(sorted({MEDIA_KIND_OF_WORD[kind] for kind in body.kinds})),
        and_tags=tuple(sorted(storable_ids(body.and_tags))),
        or_tags=tuple(sorted(storable_ids(body.or_tags))),
        not_tags=tuple(sorted(storable_ids(body.not_tags))),
        rating_min=body.rating_min,
        flag=body.flag,
        album=body.album,
        sort=body.sort,
        seed=body.seed & SEED_MASK,
    )


def page_size(size: object) -> int:
    """A page size of at least 1; sizes above 1000 become 1000. Raises `InvalidRequest`."""
    if isinstance(size, str) and size.strip().isdecimal():
        size = int(size[:MAX_DIGITS])
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise InvalidRequest("size must be a whole number and at least 1")
    return min(size, MAX_SIZE)


def storable_ids(ids: Sequence[int]) -> tuple[int, ...]:
    """Ids within the range of the database; any other id becomes 0, which no row has."""
    return tuple(item if 0 < item <= MAX_SQLITE_INTEGER else 0 for item in ids)


def existing_folders(services: Services, folders: Sequence[str], allowed: AllowedPaths) -> tuple[str, ...] | None:
    """The requested folders that exist and may be accessed; None if the request names no folder."""
    requested = [folder for folder in folders if folder.strip()]
    if not requested:
        return None
    result = []
    for raw in requested:
        try:
            path = services.authorizer.content(raw, allowed).path
        except IIBError:
            continue
        if os.path.isdir(path):  # noqa: PTH112
            result.append(path)
    return tuple(result)


def folder_scope(services: Services, body: ScopeBody, allowed: AllowedPaths) -> Scope:
    """The existing folders of a request. Raises `InvalidRequest`, `PathNotTrusted`."""
    named = [path for path in (*body.folder_paths, body.folder or "") if path.strip()]
    if not named:
        raise InvalidRequest("folder_paths must name at least one folder")
    folders = [services.authorizer.content(raw, allowed).path for raw in named]
    for path in folders:
        if not os.path.isdir(path):  # noqa: PTH112
            raise InvalidRequest(f"{'not a folder' if os.path.exists(path) else 'no such folder'}: {path}")  # noqa: PTH110
    return Scope.of(folders, recursive=body.recursive)


def cluster_params(services: Services, body: ClusterBody, allowed: AllowedPaths) -> ClusterParams:
    """Parameters of a clustering with resolved models and clamped numbers.

    Raises `InvalidRequest`, `PathNotTrusted`, `NotConfigured`.
    """
    scope = folder_scope(services, body, allowed)
    engine, model = services.semantic.models.name_of(body.model)
    threshold = min(MAX_THRESHOLD, max(0.0, body.threshold))
    noise_threshold = body.assign_noise_threshold
    return ClusterParams(
        folders=scope.folders,
        recursive=scope.recursive,
        engine=engine,
        model=model,
        threshold=threshold,
        min_cluster_size=max(1, body.min_cluster_size),
        assign_noise_threshold=default_noise_threshold(threshold)
        if noise_threshold is None
        else min(1.0, max(0.0, noise_threshold)),
        lang=title_language(body.lang),
        title_model=title_model(services, body),
        force_embed=body.force_embed,
        batch_size=clamp(body.batch_size, 1, MAX_BATCH),
        max_chars=clamp(body.max_chars, MIN_CHARS, MAX_CHARS),
        use_title_cache=body.use_title_cache,
        force_title=body.force_title,
    )


def title_model(services: Services, body: ClusterBody) -> str:
    """The chat model for titles; "" for local titles.

    A request for the local embedding model gets local titles too, unless it names a title model.
    Raises `NotConfigured`.
    """
    settings = services.semantic.settings
    requested = (body.title_model or "").strip()
    if requested == LOCAL:
        return ""
    if requested:
        if not settings.has_service:
            raise NotConfigured(f"the title model {requested!r} needs an AI service: set OPENAI_API_KEY")
        return requested
    is_local = services.semantic.models.name_of(body.model)[0] == LOCAL
    return "" if is_local or not settings.has_service else settings.title_model


def clamp(value: int, minimum: int, maximum: int) -> int:
    """The nearest value between `minimum` and `maximum`."""
    return min(maximum, max(minimum, value))


def indexed_folder(services: Services, raw: str) -> str:
    """The path of an existing folder of the library. Raises `InvalidRequest`, `PathNotTrusted`."""
    path = services.authorizer.content(raw).path
    if not os.path.isdir(path):  # noqa: PTH112
        raise InvalidRequest(f"not a folder: {path}")
    if not any(is_below(path, root, windows=is_windows()) for root in services.roots.indexed()):
        raise InvalidRequest(f"this folder does not belong to the library: {path}")
    return path


def enum_member(members: type[Member], value: str, name: str) -> Member:
    """The member with a value of the parameter `name`. Raises `InvalidRequest`."""
    try:
        return members(value)
    except ValueError as error:
        allowed = ", ".join(str(member.value) for member in members)
        raise InvalidRequest(f"{name} must be one of {allowed}") from error
