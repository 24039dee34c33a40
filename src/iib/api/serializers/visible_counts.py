"""Tags and albums with the number of their files: all files, or with access control on those that may be seen.

Names of tags that come from files outside are then left out. Names that people gave, of tags and albums, belong to
everybody.
"""

from __future__ import annotations

from collections.abc import Sequence

from iib.api.services import Services
from iib.store import AlbumRow, TagRow


def all_tags(services: Services) -> list[TagRow]:
    """Of the prompt terms the most used when there are very many."""
    if services.gate.is_enabled:
        return services.search.counts.tags()
    with services.store.read() as unit:
        return unit.tags.list_all()


def custom_tags(services: Services) -> list[TagRow]:
    """Those that people made."""
    if services.gate.is_enabled:
        return services.search.counts.custom()
    with services.store.read() as unit:
        return unit.tags.custom()


def counted(services: Services, made: Sequence[TagRow]) -> list[TagRow]:
    """These tags that people made."""
    return services.search.counts.recounted(made) if services.gate.is_enabled else list(made)


def counted_albums(services: Services, albums: Sequence[AlbumRow]) -> list[AlbumRow]:
    """These albums."""
    return services.search.counts.albums(albums) if services.gate.is_enabled else list(albums)


def library_size(services: Services) -> int:
    """Files that may be seen."""
    return len(services.search.views.view().ids)
