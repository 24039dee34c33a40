"""Query parameters and request bodies as domain values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

from iib.access.paths import Trust, is_below
from iib.api.schemas.requests import GridQueryBody
from iib.api.schemas.semantic import (
    ClusterBody,
    ScopeBody,
)
from iib.api.serializers.common import KIND_WORDS
from iib.api.services import Services
from iib.errors import IIBError, InvalidRequest, NotConfigured
from iib.search.results import GridQuery
from iib.semantic.languages import language_of
from iib.semantic.local.engine import MODEL as LOCAL
from iib.semantic.runs import ClusterParams, default_assign_noise
from iib.semantic.scope import Scope
from iib.settings import is_windows

MAX_SIZE = 1000
MAX_DIGITS = 18
MAX_ID = 2**63 - 1
MAX_BATCH = 256
MIN_CHARS, MAX_CHARS = 256, 8000
MAX_THRESHOLD = 0.999
MAX_NAME = 255
Word = TypeVar("Word", bound=Enum)

KINDS = {word: kind for kind, word in KIND_WORDS.items()}
SEED_MASK = 0x7FFFFFFFFFFFFFFF


def grid_query(services: Services, body: GridQueryBody) -> GridQuery:
    """Checked: known kinds, a folder that may be read. Raises `InvalidRequest`, `PathNotTrusted`."""
    unknown = [kind for kind in body.kinds if kind not in KINDS]
    if unknown:
        raise InvalidRequest(f"unknown kind {unknown[0]!r}")
    return GridQuery(
        text=body.q,
        regex=body.regex,
        language=body.language,
        folder=services.gate.content(body.folder).path if body.folder else None,
        recursive=body.recursive,
        kinds=tuple(sorted({KINDS[kind] for kind in body.kinds})),
        and_tags=tuple(sorted(storable(body.and_tags))),
        or_tags=tuple(sorted(storable(body.or_tags))),
        not_tags=tuple(sorted(storable(body.not_tags))),
        rating_min=body.rating_min,
        flag=body.flag,
        album=body.album,
        sort=body.sort,
        seed=body.seed & SEED_MASK,
    )


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


def scope_of(services: Services, body: ScopeBody, trust: Trust) -> Scope:
    """The folders of a request. Raises `InvalidRequest`, `PathNotTrusted`."""
    named = [path for path in (*body.folder_paths, body.folder or "") if path.strip()]
    if not named:
        raise InvalidRequest("folder_paths must name at least one folder")
    folders = [services.gate.content(raw, trust).path for raw in named]
    for path in folders:
        if not os.path.isdir(path):  # noqa: PTH112
            raise InvalidRequest(f"{'not a folder' if os.path.exists(path) else 'no such folder'}: {path}")  # noqa: PTH110
    return Scope.of(folders, recursive=body.recursive)


def params_of(services: Services, body: ClusterBody, trust: Trust) -> ClusterParams:
    """A clustering, resolved and clamped. Raises `InvalidRequest`, `PathNotTrusted`, `NotConfigured`."""
    scope = scope_of(services, body, trust)
    engine, model = services.semantic.engines.name_of(body.model)
    threshold = min(MAX_THRESHOLD, max(0.0, body.threshold))
    given = body.assign_noise_threshold
    return ClusterParams(
        folders=scope.folders,
        recursive=scope.recursive,
        engine=engine,
        model=model,
        threshold=threshold,
        min_cluster_size=max(1, body.min_cluster_size),
        assign_noise_threshold=default_assign_noise(threshold) if given is None else min(1.0, max(0.0, given)),
        lang=language_of(body.lang),
        title_model=title_model_of(services, body),
        force_embed=body.force_embed,
        batch_size=clamped(body.batch_size, 1, MAX_BATCH),
        max_chars=clamped(body.max_chars, MIN_CHARS, MAX_CHARS),
        use_title_cache=body.use_title_cache,
        force_title=body.force_title,
    )


def title_model_of(services: Services, body: ClusterBody) -> str:
    """The chat model for titles; "" for local ones. Who asks for the local engine gets no service for titles either,
    unless a title model is named."""
    settings = services.semantic.settings
    wanted = (body.title_model or "").strip()
    if wanted == LOCAL:
        return ""
    if wanted:
        if not settings.has_service:
            raise NotConfigured(f"the title model {wanted!r} needs an AI service: set OPENAI_API_KEY")
        return wanted
    is_local = services.semantic.engines.name_of(body.model)[0] == LOCAL
    return "" if is_local or not settings.has_service else settings.title_model


def clamped(value: int, least: int, most: int) -> int:
    """The nearest allowed value."""
    return min(most, max(least, value))


def indexed_folder(services: Services, raw: str) -> str:
    """A folder that belongs to the library. Raises `InvalidRequest`, `PathNotTrusted`."""
    found = services.gate.content(raw)
    if not os.path.isdir(found.path):  # noqa: PTH112
        raise InvalidRequest(f"not a folder: {found.path}")
    if not any(is_below(found.path, root, windows=is_windows()) for root in services.roots.indexed()):
        raise InvalidRequest(f"this folder does not belong to the library: {found.path}")
    return found.path


def word_of(words: type[Word], value: str, name: str) -> Word:
    """The member of this value. Raises `InvalidRequest`."""
    try:
        return words(value)
    except ValueError as error:
        known = ", ".join(str(word.value) for word in words)
        raise InvalidRequest(f"{name} is one of {known}") from error
