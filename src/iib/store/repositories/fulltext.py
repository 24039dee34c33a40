"""The trigram index: which files may hold a text."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from iib._lib.fold import search_body
from iib.store.repositories.base import Repository

TRIGRAM = 3
SEPARATOR = os.sep.replace("'", "''")


def trigrams(needle: str) -> list[str]:
    """The distinct three-letter pieces of a folded text, in order."""
    return list(dict.fromkeys(needle[start : start + TRIGRAM] for start in range(len(needle) - TRIGRAM + 1)))


class FullTextRepository(Repository):
    """Reads `media_fts`."""

    def candidates(self, pieces: Sequence[str], first_id: int, last_id: int) -> list[int]:
        """Ids in this range (ends included) whose text holds all the given trigrams, ascending. A superset of the
        files that hold the whole needle: verify against the text."""
        query = " AND ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
        rows = self._connection.exec_driver_sql(
            "SELECT rowid FROM media_fts WHERE media_fts MATCH ? AND rowid BETWEEN ? AND ?", (query, first_id, last_id)
        )
        return list(rows.scalars().all())

    def holding(self, ids: Sequence[int], needle: str, target: str) -> list[int]:
        """Those of the files whose target (`Target` of the query language) holds a folded needle.

        Right for texts that folding merely lowers, and needles whose only letters with capitals are ASCII: the database
        lowers no others.
        """
        if not ids:
            return []
        path = f"lower(rtrim(folder.path, '{SEPARATOR}') || '{SEPARATOR}' || media.name)"
        conditions = {
            "any": f"instr(lower(media_text.text), ?2) OR instr({path}, ?2)",
            "text": "instr(lower(media_text.text), ?2)",
            "path": f"instr({path}, ?2)",
            "name": "instr(lower(media.name), ?2)",
            "prompt": "instr(lower(substr(media_text.text, prompt_start + 1, prompt_length)), ?2)",
            "negative": "instr(lower(substr(media_text.text, negative_start + 1, negative_length)), ?2)",
        }
        needs_path = target in ("any", "path", "name")
        joins = "JOIN media ON media.id = asked.value JOIN folder ON folder.id = media.folder_id " if needs_path else ""
        statement = (
            f"SELECT asked.value FROM json_each(?1) AS asked {joins}"
            f"JOIN media_text ON media_text.media_id = asked.value WHERE {conditions[target]}"
        )
        found: list[int] = []
        for block in self._blocks(statement, (json.dumps(list(ids)), needle)):
            found += [row[0] for row in block]
        return found

    def sample_bodies(self, limit: int) -> list[str]:
        """Folded texts of files spread over the whole library."""
        rows = self._connection.exec_driver_sql(
            "WITH RECURSIVE step(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n + 1 < ?1), "
            "bounds(low, high) AS (SELECT min(id), max(id) FROM media) "
            "SELECT folder.path, media.name, media_text.text FROM step, bounds "
            "JOIN media ON media.id = low + n * (high - low) / ?1 "
            "JOIN folder ON folder.id = media.folder_id JOIN media_text ON media_text.media_id = media.id",
            (limit,),
        )
        return [search_body(f"{path}/{name}", text) for path, name, text in rows]


class FullTextWriter(FullTextRepository):
    """The writing half. The index holds no texts, so whoever takes one out must say what it was."""

    def add(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Put (id, folded text) pairs in."""
        if bodies:
            self._connection.exec_driver_sql("INSERT INTO media_fts(rowid, body) VALUES(?, ?)", sorted(bodies))

    def remove(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Take (id, folded text) pairs out."""
        if bodies:
            self._connection.exec_driver_sql(
                "INSERT INTO media_fts(media_fts, rowid, body) VALUES('delete', ?, ?)", list(bodies)
            )
