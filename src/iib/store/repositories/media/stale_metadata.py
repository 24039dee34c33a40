"""Reads files whose stored metadata was parsed by an older version of the parsers."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from iib.model import FileStamp, FolderId, GenerationInfo, MediaId, MediaKind, unpack_geninfo
from iib.store.repositories.base import Repository
from iib.store.repositories.media.media import join_path
from iib.store.schema.core import folder, media, media_text


@dataclass(frozen=True, slots=True)
class StaleMetadataRow:
    """One file with all that reparsing its stored entries needs."""

    id: MediaId
    folder_id: FolderId
    path: str
    name: str
    kind: MediaKind
    stamp: FileStamp
    content_hash: bytes
    width_px: int | None
    height_px: int | None
    duration_ms: int | None
    problem: str | None
    geninfo: GenerationInfo


class StaleMetadataRepository(Repository):
    """Reads visible files that have a payload and a parser version below the given one."""

    def count(self, version: int) -> int:
        """Count the files parsed by an older version than this one."""
        statement = sa.select(sa.func.count()).select_from(_JOINED).where(*_is_outdated(version))
        return int(self._connection.execute(statement).scalar_one())

    def has_any(self, version: int) -> bool:
        """Return True if there is any such file; scans the slim table `media` once if there is none."""
        statement = sa.select(media.c.id).select_from(_JOINED).where(*_is_outdated(version)).limit(1)
        return self._connection.execute(statement).first() is not None

    def list_after(self, media_id: int, version: int, limit: int) -> list[StaleMetadataRow]:
        """Return the next such files with an id above `media_id`, ascending, at most `limit`."""
        statement = (
            sa.select(*_COLUMNS)
            .select_from(_JOINED)
            .where(media.c.id > media_id, *_is_outdated(version))
            .order_by(media.c.id)
            .limit(limit)
        )
        return [
            StaleMetadataRow(
                id=MediaId(row.id),
                folder_id=FolderId(row.folder_id),
                path=join_path(row.folder_path, row.name),
                name=row.name,
                kind=MediaKind(row.kind),
                stamp=FileStamp(row.size_bytes, row.mtime_ns, row.birth_ns, row.inode),
                content_hash=row.content_hash,
                width_px=row.width_px,
                height_px=row.height_px,
                duration_ms=row.duration_ms,
                problem=row.problem,
                geninfo=unpack_geninfo(row.payload),
            )
            for row in self._connection.execute(statement)
        ]


_JOINED = media.join(folder, folder.c.id == media.c.folder_id).join(media_text, media_text.c.media_id == media.c.id)
_COLUMNS = (
    media.c.id,
    media.c.folder_id,
    media.c.name,
    media.c.kind,
    media.c.size_bytes,
    media.c.mtime_ns,
    media.c.birth_ns,
    media.c.inode,
    media.c.content_hash,
    media.c.width_px,
    media.c.height_px,
    media.c.duration_ms,
    media.c.problem,
    folder.c.path.label("folder_path"),
    media_text.c.payload,
)


def _is_outdated(version: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        media.c.parser_version < version,
        media.c.missing_since_ns.is_(None),
        media_text.c.payload.is_not(None),
    )
