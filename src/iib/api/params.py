"""From the page's query object to the query of the search room."""

from __future__ import annotations

from iib.api.routers.public.files import KIND_WORDS
from iib.api.routers.public.search import storable
from iib.api.schemas.requests import GridQueryBody
from iib.api.services import Services
from iib.errors import InvalidRequest
from iib.search.results import GridQuery

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
