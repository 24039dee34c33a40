"""Media columns and texts for search: whole-library columns for in-memory caches, and texts for verification."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from iib.model import MediaId, unpack_geninfo
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.media.media import OF_LISTED, join_path
from iib.store.rows import TextBody
from iib.store.schema.core import media_text


class MediaSearchRepository(Repository):
    """Reads the columns and texts of `media` and `media_text` that search needs, in a few large statements."""

    def iter_snapshot_columns(self, ids: Sequence[int] | None = None) -> Iterator[list[tuple[int, ...]]]:
        """Blocks of (id, mtime_ns, folder_id, kind, width, height, size) of every visible file (or of these), by id."""
        columns = (
            "SELECT id, mtime_ns, folder_id, kind, coalesce(width_px, 0), coalesce(height_px, 0), size_bytes "
            "FROM media WHERE missing_since_ns IS NULL"
        )
        yield from self._by_id(columns, "AND", ids)

    def iter_metadata_columns(
        self, ids: Sequence[int] | None = None
    ) -> Iterator[list[tuple[int | float | str | None, ...]]]:
        """Blocks of (id, steps, cfg, seed, duration_ms, marks, has a problem, name) of all files, or of these."""
        columns = "SELECT id, steps, cfg, seed, duration_ms, marks, problem IS NOT NULL, name FROM media"
        yield from self._by_id(columns, "WHERE", ids)

    def bodies_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, TextBody]:
        """Path, text and where the prompts stand in it, by id."""
        spans = "prompt_start, prompt_length, negative_start, negative_length"
        statement = f"SELECT media.id, folder.path, media.name, media_text.text, {spans} {OF_LISTED}"
        return {
            media_id: TextBody(join_path(folder_path, name), text or "", *places)
            for block in self._blocks(statement, (json.dumps(ids),))
            for media_id, folder_path, name, text, *places in block
        }

    def get_prompts(self, media_id: MediaId) -> tuple[str, str]:
        """Both prompts as the file told them, for the few whose text holds them in other words."""
        payload = self._connection.execute(
            sa.select(media_text.c.payload).where(media_text.c.media_id == media_id)
        ).scalar_one_or_none()
        geninfo = unpack_geninfo(payload)
        return geninfo.prompt or "", geninfo.negative_prompt or ""

    def _by_id(self, columns: str, link: str, ids: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
        if ids is None:
            yield from self._blocks(f"{columns} ORDER BY id")
            return
        for chunk in chunked(ids):
            marks = ", ".join("?" * len(chunk))
            yield from self._blocks(f"{columns} {link} id IN ({marks}) ORDER BY id", chunk)
