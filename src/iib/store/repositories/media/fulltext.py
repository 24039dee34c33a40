"""Reads and writes the trigram index: which files may contain a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from iib._lib.text_folding import search_body
from iib.store.repositories.base import Repository
from iib.store.repositories.media.media import FROM_ID_LIST, SEPARATOR, join_path
from iib.store.schema.core import CREATE_FTS, CREATE_TRIGRAMS

TRIGRAM_LENGTH = 3  # characters
HIGHEST = chr(0x10FFFF)  # sorts after every other character
BUILD_POSITION = "fulltext"  # row of `counter` while the index is being built: higher ids are not indexed yet
TRIGRAMS_PER_SAMPLE = 8  # trigrams of a sampled text that are looked up
PATH = f"rtrim(folder.path, '{SEPARATOR}') || '{SEPARATOR}' || media.name"
CONTAINS_NEEDLE = {  # by target of the query language; ?2 is the folded needle
    "any": f"instr(lower(media_text.text), ?2) OR instr(lower({PATH}), ?2)",
    "text": "instr(lower(media_text.text), ?2)",
    "path": f"instr(lower({PATH}), ?2)",
    "name": "instr(lower(media.name), ?2)",
    "prompt": "instr(lower(substr(media_text.text, prompt_start + 1, prompt_length)), ?2)",
    "negative": "instr(lower(substr(media_text.text, negative_start + 1, negative_length)), ?2)",
}


def trigrams(needle: str) -> list[str]:
    """Return the distinct trigrams of a folded text in order of appearance.

    >>> trigrams("banana")
    ['ban', 'ana', 'nan']
    """
    return list(
        dict.fromkeys(needle[start : start + TRIGRAM_LENGTH] for start in range(len(needle) - TRIGRAM_LENGTH + 1))
    )


def has_trigram(trigram: str) -> str:
    """Return the `candidate_ids` expression for files whose text contains this trigram.

    >>> has_trigram('a"b')
    '"a""b"'
    """
    return '"' + trigram.replace('"', '""') + '"'


def all_of(expressions: Sequence[str]) -> str:
    """Combine expressions: files for which all of them are true.

    >>> all_of([has_trigram("cat"), has_trigram("ats")])
    '("cat" AND "ats")'
    """
    return _joined(expressions, " AND ")


def any_of(expressions: Sequence[str]) -> str:
    """Combine expressions: files for which at least one of them is true.

    >>> any_of([has_trigram("cat"), has_trigram("dog")])
    '("cat" OR "dog")'
    """
    return _joined(expressions, " OR ")


def _joined(expressions: Sequence[str], operator: str) -> str:
    return expressions[0] if len(expressions) == 1 else f"({operator.join(expressions)})"


class FullTextRepository(Repository):
    """Reads `media_fts`, and the texts of candidates for their verification."""

    def candidate_ids(self, expression: str, first_id: int, last_id: int) -> npt.NDArray[np.int64]:
        """Return the ids in this range (ends included) whose text fulfils an expression, ascending.

        The expression is made with `has_trigram`, `all_of` and `any_of`. The result is a superset of the files that
        contain the whole needle: verify them against their texts.
        """
        # One row with all ids: a hundred thousand rows would take twice as long, and Python's lock for each of them.
        rows = self._connection.exec_driver_sql(
            "SELECT group_concat(rowid) FROM media_fts WHERE media_fts MATCH ? AND rowid BETWEEN ? AND ?",
            (expression, first_id, last_id),
        )
        joined = rows.scalar()
        return np.fromstring(joined, dtype=np.int64, sep=",") if joined else np.empty(0, dtype=np.int64)

    def list_trigrams_starting_with(self, needle: str) -> list[str]:
        """Return the trigrams of the index that start with one or two characters.

        The time is proportional to the number of files behind all these trigrams.
        """
        rows = self._connection.exec_driver_sql(
            "SELECT term FROM media_pieces WHERE term >= ? AND term < ?", (needle, needle + HIGHEST)
        )
        return [row[0] for row in rows]

    def find_build_position(self) -> int | None:
        """Return the last indexed id while the index is being built; None if it is complete."""
        position = self._connection.exec_driver_sql(
            "SELECT value FROM counter WHERE name = ?", (BUILD_POSITION,)
        ).scalar()
        return None if position is None else int(position)

    def count_lost(self, limit: int) -> int:
        """Count the files, out of a sample of `limit`, that the index does not find by their own texts."""
        rows = self._sample(limit) if self.find_build_position() is None else []
        lost = 0
        for media_id, path, name, text in rows:
            own_trigrams = trigrams(search_body(join_path(path, name), text))
            step = max(1, len(own_trigrams) // TRIGRAMS_PER_SAMPLE)
            expression = all_of([has_trigram(item) for item in own_trigrams[::step]])
            lost += self.candidate_ids(expression, media_id, media_id).tolist() != [media_id]
        return lost

    def matching_ids(
        self, ids: Sequence[int], needle: str, target: str, verify_flags: int
    ) -> tuple[list[int], list[int]]:
        """Return (ids of files whose target contains a folded needle, ids of files to verify).

        `target` is one of the query language. SQLite lowers ASCII letters and no others: no other letter of the needle
        may have a capital, and files with one of the text flags `verify_flags` are returned for verification.
        """
        statement = (
            f"SELECT media.id, media.marks & ?3 {FROM_ID_LIST} WHERE media.marks & ?3 OR {CONTAINS_NEEDLE[target]}"
        )
        matching: list[int] = []
        to_verify: list[int] = []
        for block in self._iter_blocks(statement, (json.dumps(list(ids)), needle, verify_flags)):
            for media_id, flags in block:
                (to_verify if flags else matching).append(media_id)
        return matching, to_verify

    def text_matching_ids(self, ids: Sequence[int], needle: str) -> list[int]:
        """Return the ids of files whose generation text contains the folded needle.

        Files with the text flag `FOLDING_CHANGES_TEXT` may be missed.
        """
        statement = (
            "SELECT listed.value FROM json_each(?1) AS listed JOIN media_text ON media_text.media_id = listed.value "
            "WHERE instr(lower(media_text.text), ?2)"
        )
        return [row[0] for block in self._iter_blocks(statement, (json.dumps(list(ids)), needle)) for row in block]

    def iter_encoded(self, ids: Sequence[int], needle: str, verify_flags: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (id, path, generation text), both in UTF-8, of files that match or must be verified.

        They match if `matching_ids` would return them for the target "any". With an empty needle all files are
        returned.
        """
        columns = f"media.id, CAST({PATH} AS BLOB), CAST(coalesce(media_text.text, '') AS BLOB)"
        condition = f"WHERE media.marks & ?3 OR {CONTAINS_NEEDLE['any']}" if needle else ""
        parameters = (json.dumps(list(ids)), needle, verify_flags)
        for block in self._iter_blocks(
            f"SELECT {columns} {FROM_ID_LIST} {condition}", parameters if needle else parameters[:1]
        ):
            yield from block

    def iter_encoded_texts(self, ids: Sequence[int], needle: str) -> Iterator[tuple[int, bytes]]:
        """Yield (id, generation text in UTF-8) of the files that `text_matching_ids` returns."""
        statement = (
            "SELECT listed.value, CAST(media_text.text AS BLOB) FROM json_each(?1) AS listed "
            "JOIN media_text ON media_text.media_id = listed.value WHERE instr(lower(media_text.text), ?2)"
        )
        for block in self._iter_blocks(statement, (json.dumps(list(ids)), needle)):
            yield from block

    def list_sample_bodies(self, limit: int) -> list[str]:
        """Return the folded texts of at most `limit` files, spread over the whole library."""
        return [search_body(join_path(path, name), text) for _id, path, name, text in self._sample(limit)]

    def _sample(self, limit: int) -> list[tuple[int, str, str, str]]:
        """Return (id, folder, name, text) of at most `limit` files, spread over the whole library."""
        rows = self._connection.exec_driver_sql(
            "WITH RECURSIVE step(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n + 1 < ?1), "
            "bounds(low, high) AS (SELECT min(id), max(id) FROM media) "
            "SELECT DISTINCT media.id, folder.path, media.name, media_text.text FROM step, bounds "
            "JOIN media ON media.id = low + n * (high - low) / max(1, ?1 - 1) "
            "JOIN folder ON folder.id = media.folder_id JOIN media_text ON media_text.media_id = media.id",
            (limit,),
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]


class FullTextWriter(FullTextRepository):
    """Reads and writes `media_fts`. The index stores no texts, so `remove` must be given what it contained.

    While the index is being built, files behind the build position are ignored: the build adds them later.
    """

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._cached_position: tuple[int | None] | None = None

    def add(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Add (id, folded text) pairs."""
        indexed = self._indexed_part(bodies)
        if indexed:
            self._connection.exec_driver_sql("INSERT INTO media_fts(rowid, body) VALUES(?, ?)", sorted(indexed))

    def remove(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Remove (id, folded text) pairs; each text must be the one that was added."""
        indexed = self._indexed_part(bodies)
        if indexed:
            self._connection.exec_driver_sql(
                "INSERT INTO media_fts(media_fts, rowid, body) VALUES('delete', ?, ?)", indexed
            )

    def restart_build(self) -> None:
        """Replace the index by an empty one, which `build` fills in steps."""
        for name in ("media_pieces", "media_fts"):
            self._connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        for statement in (CREATE_FTS, CREATE_TRIGRAMS):
            self._connection.exec_driver_sql(statement)
        self._set_position(0)

    def build(self, limit: int) -> int | None:
        """Add at most `limit` further files. Returns the last indexed id, or None if the index is complete."""
        position = self._position()
        if position is None:
            return None
        rows = self._connection.exec_driver_sql(
            "SELECT media.id, folder.path, media.name, coalesce(media_text.text, '') FROM media "
            "JOIN folder ON folder.id = media.folder_id LEFT JOIN media_text ON media_text.media_id = media.id "
            "WHERE media.id > ? ORDER BY media.id LIMIT ?",
            (position, limit),
        ).all()
        if not rows:
            self._set_position(None)
            return None
        self._set_position(rows[-1][0])
        self.add([(media_id, search_body(join_path(path, name), text)) for media_id, path, name, text in rows])
        return int(rows[-1][0])

    def _indexed_part(self, bodies: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        position = self._position()
        return list(bodies) if position is None else [item for item in bodies if item[0] <= position]

    def _position(self) -> int | None:
        if self._cached_position is None:
            self._cached_position = (self.find_build_position(),)
        return self._cached_position[0]

    def _set_position(self, position: int | None) -> None:
        self._cached_position = None
        if position is None:
            self._connection.exec_driver_sql("DELETE FROM counter WHERE name = ?", (BUILD_POSITION,))
        else:
            self._connection.exec_driver_sql(
                "INSERT INTO counter(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                (BUILD_POSITION, position),
            )
