"""Media columns and texts for search: whole-library columns for in-memory caches, and texts for verification."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from iib.model import MediaId, unpack_geninfo
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.media.media import FROM_ID_LIST, join_path
from iib.store.rows import TextBody
from iib.store.schema.core import media_text


class MediaSearchRepository(Repository):
    """Reads the columns and texts of `media` and `media_text` that search needs, in a few large statements."""

    def iter_snapshot_columns(self, ids: Sequence[int] | None = None) -> Iterator[list[tuple[int, ...]]]:
        """Yield blocks of (id, mtime_ns, folder_id, kind, width, height, size in bytes), by id.

        Only visible files are read: all of them, or those among `ids`. An unknown width or height is 0.
        """
        columns = (
            "SELECT id, mtime_ns, folder_id, kind, coalesce(width_px, 0), coalesce(height_px, 0), size_bytes "
            "FROM media WHERE missing_since_ns IS NULL"
        )
        yield from self._iter_by_id(columns, "AND", ids)

    def iter_metadata_columns(
        self, ids: Sequence[int] | None = None
    ) -> Iterator[list[tuple[int | float | str | None, ...]]]:
        """Yield blocks of (id, steps, CFG, seed, duration_ms, text flags, has a problem, name), by id.

        All files are read, or those among `ids`; missing files are included.
        """
        columns = "SELECT id, steps, cfg, seed, duration_ms, marks, problem IS NOT NULL, name FROM media"
        yield from self._iter_by_id(columns, "WHERE", ids)

    def bodies_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, TextBody]:
        """Return path, text and the positions of both prompts by id, missing files included."""
        columns = "prompt_start, prompt_length, negative_start, negative_length"
        statement = f"SELECT media.id, folder.path, media.name, media_text.text, {columns} {FROM_ID_LIST}"
        return {
            media_id: TextBody(join_path(folder_path, name), text or "", *spans)
            for block in self._iter_blocks(statement, (json.dumps(ids),))
            for media_id, folder_path, name, text, *spans in block
        }

    def get_prompts(self, media_id: MediaId) -> tuple[str, str]:
        """Return the prompt and the negative prompt from the payload; empty texts if there are none.

        It is meant for the few files whose text does not contain the prompts verbatim.
        """
        payload = self._connection.execute(
            sa.select(media_text.c.payload).where(media_text.c.media_id == media_id)
        ).scalar_one_or_none()
        geninfo = unpack_geninfo(payload)
        return geninfo.prompt or "", geninfo.negative_prompt or ""

    def _iter_by_id(self, columns: str, keyword: str, ids: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
        if ids is None:
            yield from self._iter_blocks(f"{columns} ORDER BY id")
            return
        for chunk in chunked(ids):
            placeholders = ", ".join("?" * len(chunk))
            yield from self._iter_blocks(f"{columns} {keyword} id IN ({placeholders}) ORDER BY id", chunk)
