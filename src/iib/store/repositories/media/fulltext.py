"""The trigram index: which files may hold a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from iib._lib.text_folding import search_body
from iib.store.repositories.base import Repository
from iib.store.repositories.media.media import OF_LISTED, SEPARATOR, join_path
from iib.store.schema.core import CREATE_FTS, CREATE_PIECES

TRIGRAM = 3
HIGHEST = chr(0x10FFFF)  # stands behind every other character
BUILT_TO = "fulltext"  # in `counter` while the index is being built: files with higher ids are not in it yet
SAMPLED_PIECES = 8  # trigrams of a text that are asked for
PATH = f"rtrim(folder.path, '{SEPARATOR}') || '{SEPARATOR}' || media.name"
HOLDING = {  # by target of the query language; ?2 is the folded needle
    "any": f"instr(lower(media_text.text), ?2) OR instr(lower({PATH}), ?2)",
    "text": "instr(lower(media_text.text), ?2)",
    "path": f"instr(lower({PATH}), ?2)",
    "name": "instr(lower(media.name), ?2)",
    "prompt": "instr(lower(substr(media_text.text, prompt_start + 1, prompt_length)), ?2)",
    "negative": "instr(lower(substr(media_text.text, negative_start + 1, negative_length)), ?2)",
}


def trigrams(needle: str) -> list[str]:
    """The distinct three-letter pieces of a folded text, in order."""
    return list(dict.fromkeys(needle[start : start + TRIGRAM] for start in range(len(needle) - TRIGRAM + 1)))


def has_trigram(piece: str) -> str:
    """An expression for `candidates`: files whose text holds this trigram."""
    return '"' + piece.replace('"', '""') + '"'


def all_of(expressions: Sequence[str]) -> str:
    """Files for which all the expressions hold."""
    return _joined(expressions, " AND ")


def any_of(expressions: Sequence[str]) -> str:
    """Files for which one of the expressions holds."""
    return _joined(expressions, " OR ")


def _joined(expressions: Sequence[str], operator: str) -> str:
    return expressions[0] if len(expressions) == 1 else f"({operator.join(expressions)})"


class FullTextRepository(Repository):
    """Reads `media_fts`."""

    def candidate_ids(self, expression: str, first_id: int, last_id: int) -> npt.NDArray[np.int64]:
        """Ids in this range (ends included) whose text fulfils an expression made by `has_trigram`, `all_of` and
        `any_of`, ascending. A superset of the files that hold the whole needle: verify against the text."""
        # One row with all ids: a hundred thousand rows would take twice as long, and Python's lock for each of them.
        rows = self._connection.exec_driver_sql(
            "SELECT group_concat(rowid) FROM media_fts WHERE media_fts MATCH ? AND rowid BETWEEN ? AND ?",
            (expression, first_id, last_id),
        )
        listed = rows.scalar()
        return np.fromstring(listed, dtype=np.int64, sep=",") if listed else np.empty(0, dtype=np.int64)

    def list_trigrams_starting_with(self, needle: str) -> list[str]:
        """The trigrams that begin with a needle of one or two characters. Takes as long as all their files are many."""
        rows = self._connection.exec_driver_sql(
            "SELECT term FROM media_pieces WHERE term >= ? AND term < ?", (needle, needle + HIGHEST)
        )
        return [row[0] for row in rows]

    def find_build_position(self) -> int | None:
        """The last id that the index knows while it is being built; None when it is whole."""
        found = self._connection.exec_driver_sql("SELECT value FROM counter WHERE name = ?", (BUILT_TO,)).scalar()
        return None if found is None else int(found)

    def count_lost(self, limit: int) -> int:
        """How many of a sample of files the index does not find by their own texts."""
        built_to = self.find_build_position()
        rows = self._sample(limit) if built_to is None else []
        lost = 0
        for media_id, path, name, text in rows:
            pieces = trigrams(search_body(join_path(path, name), text))
            step = max(1, len(pieces) // SAMPLED_PIECES)
            asked = all_of([has_trigram(piece) for piece in pieces[::step]])
            lost += self.candidate_ids(asked, media_id, media_id).tolist() != [media_id]
        return lost

    def matching_ids(self, ids: Sequence[int], needle: str, target: str, odd: int) -> tuple[list[int], list[int]]:
        """(files whose target holds a folded needle, files that must be looked at); `target` is one of the query
        language.

        The database lowers ASCII letters and no others: no other letter of the needle may have a capital, and files
        with one of the marks `odd` are among the second ones.
        """
        statement = f"SELECT media.id, media.marks & ?3 {OF_LISTED} WHERE media.marks & ?3 OR {HOLDING[target]}"
        held: list[int] = []
        unsure: list[int] = []
        for block in self._blocks(statement, (json.dumps(list(ids)), needle, odd)):
            for media_id, marks in block:
                (unsure if marks else held).append(media_id)
        return held, unsure

    def text_matching_ids(self, ids: Sequence[int], needle: str) -> list[int]:
        """The files whose generation text holds the needle; of files with the mark `RESHAPED` it does not know."""
        statement = (
            "SELECT asked.value FROM json_each(?1) AS asked JOIN media_text ON media_text.media_id = asked.value "
            "WHERE instr(lower(media_text.text), ?2)"
        )
        return [row[0] for block in self._blocks(statement, (json.dumps(list(ids)), needle)) for row in block]

    def iter_encoded(self, ids: Sequence[int], needle: str, odd: int) -> Iterator[tuple[int, bytes, bytes]]:
        """(id, path, generation text), both in UTF-8, of those of the files that hold a needle as `holding` understands
        it, or must be looked at. An empty needle: of all."""
        columns = f"media.id, CAST({PATH} AS BLOB), CAST(coalesce(media_text.text, '') AS BLOB)"
        condition = f"WHERE media.marks & ?3 OR {HOLDING['any']}" if needle else ""
        parameters = (json.dumps(list(ids)), needle, odd)
        for block in self._blocks(
            f"SELECT {columns} {OF_LISTED} {condition}", parameters if needle else parameters[:1]
        ):
            yield from block

    def iter_encoded_texts(self, ids: Sequence[int], needle: str) -> Iterator[tuple[int, bytes]]:
        """(id, generation text in UTF-8) of the files whose text holds the needle, as `holding_in_text` finds them."""
        statement = (
            "SELECT asked.value, CAST(media_text.text AS BLOB) FROM json_each(?1) AS asked "
            "JOIN media_text ON media_text.media_id = asked.value WHERE instr(lower(media_text.text), ?2)"
        )
        for block in self._blocks(statement, (json.dumps(list(ids)), needle)):
            yield from block

    def list_sample_bodies(self, limit: int) -> list[str]:
        """Folded texts of files spread over the whole library."""
        return [search_body(join_path(path, name), text) for _id, path, name, text in self._sample(limit)]

    def _sample(self, limit: int) -> list[tuple[int, str, str, str]]:
        """(id, folder, name, text) of files spread over the whole library."""
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
    """The writing half. The index holds no texts, so whoever takes one out must say what it was.

    While the index is being built, files behind the last one built are left to it: neither put in nor taken out.
    """

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._known_end: tuple[int | None] | None = None

    def add(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Put (id, folded text) pairs in."""
        listed = self._within(bodies)
        if listed:
            self._connection.exec_driver_sql("INSERT INTO media_fts(rowid, body) VALUES(?, ?)", sorted(listed))

    def remove(self, bodies: Sequence[tuple[int, str]]) -> None:
        """Take (id, folded text) pairs out."""
        listed = self._within(bodies)
        if listed:
            self._connection.exec_driver_sql(
                "INSERT INTO media_fts(media_fts, rowid, body) VALUES('delete', ?, ?)", listed
            )

    def restart_build(self) -> None:
        """Throw the index away; `build` makes it again, piece by piece."""
        for name in ("media_pieces", "media_fts"):
            self._connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        for statement in (CREATE_FTS, CREATE_PIECES):
            self._connection.exec_driver_sql(statement)
        self._set_end(0)

    def build(self, limit: int) -> int | None:
        """Put the next files in, at most so many. Returns the last id; None when the index is whole."""
        end = self._end()
        if end is None:
            return None
        rows = self._connection.exec_driver_sql(
            "SELECT media.id, folder.path, media.name, coalesce(media_text.text, '') FROM media "
            "JOIN folder ON folder.id = media.folder_id LEFT JOIN media_text ON media_text.media_id = media.id "
            "WHERE media.id > ? ORDER BY media.id LIMIT ?",
            (end, limit),
        ).all()
        if not rows:
            self._set_end(None)
            return None
        self._set_end(rows[-1][0])
        self.add([(media_id, search_body(join_path(path, name), text)) for media_id, path, name, text in rows])
        return int(rows[-1][0])

    def _within(self, bodies: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        end = self._end()
        return list(bodies) if end is None else [item for item in bodies if item[0] <= end]

    def _end(self) -> int | None:
        if self._known_end is None:
            self._known_end = (self.find_build_position(),)
        return self._known_end[0]

    def _set_end(self, end: int | None) -> None:
        self._known_end = None
        if end is None:
            self._connection.exec_driver_sql("DELETE FROM counter WHERE name = ?", (BUILT_TO,))
        else:
            self._connection.exec_driver_sql(
                "INSERT INTO counter(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                (BUILT_TO, end),
            )
