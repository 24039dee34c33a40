"""Tags and albums with their file counts. With access control on, only visible files count.

Tags that come from invisible files only are then left out. Custom tags and albums are always listed.
"""

from __future__ import annotations

from collections.abc import Sequence

from iib.api.services import Services
from iib.store import AlbumRow, TagRow


def visible_tags(services: Services) -> list[TagRow]:
    """All tags; if there are very many prompt terms, only the most frequent ones of these."""
    if services.authorizer.is_enabled:
        return services.visible_counts.tags()
    return services.tags.all()


def visible_custom_tags(services: Services) -> list[TagRow]:
    """All custom tags with the counts of visible files."""
    if services.authorizer.is_enabled:
        return services.visible_counts.custom()
    return services.tags.custom()


def visible_counts(services: Services, tags: Sequence[TagRow]) -> list[TagRow]:
    """Custom tags with the counts of visible files."""
    return services.visible_counts.recounted(tags) if services.authorizer.is_enabled else list(tags)


def visible_album_counts(services: Services, albums: Sequence[AlbumRow]) -> list[AlbumRow]:
    """Albums with the counts of visible files."""
    return services.visible_counts.albums(albums) if services.authorizer.is_enabled else list(albums)


def visible_media_count(services: Services) -> int:
    """Number of indexed files that may be seen."""
    return len(services.views.view().ids)
