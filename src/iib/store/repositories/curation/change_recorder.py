"""Changes rows that people made, and remembers what they were: every change can be turned back.

A step is a pair (row before, row after) of one table; None means "no such row". Turning back a list of steps is itself
recorded, so the same mechanism undoes and redoes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa

from iib.errors import Conflict
from iib.model import Json
from iib.store.repositories.base import Repository, chunked
from iib.store.schema.core import media_tag, preference, tag
from iib.store.schema.curation import album, album_item, mark, pending_link, saved_search, tag_group, tag_refusal

Row: TypeAlias = tuple[Any, ...]
Steps: TypeAlias = dict[str, dict[Row, tuple["Row | None", "Row | None"]]]

# Parents before children: rows are put in this order and dropped in the reverse.
TABLES: dict[str, sa.Table] = {
    str(table.name): table
    for table in (
        tag, tag_group, media_tag, tag_refusal, pending_link, mark, album, album_item, saved_search, preference,
    )
}  # fmt: skip
CHILDREN: dict[str, tuple[tuple[str, str], ...]] = {
    "tag": tuple((name, "tag_id") for name in ("tag_group", "media_tag", "tag_refusal", "pending_link")),
    "album": (("album_item", "album_id"),),
}
NUMBERED = frozenset(("tag", "album", "saved_search"))
SEARCHED = frozenset(("media_tag", "mark", "album_item"))  # what a search may ask for
PARAMETERS = 480


class ChangeRecorder(Repository):
    """The one door to the tables of person-made rows."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._steps: Steps = {}
        self.touched = False

    def take_steps(self) -> Steps:
        """The steps since the last call."""
        steps = {name: kept for name, found in self._steps.items() if (kept := _real(found))}
        self._steps = {}
        return steps

    def rows_by_key(self, table: str, keys: Iterable[Row]) -> dict[Row, Row]:
        """Rows as they stand, by primary key."""
        columns, width = _shape(table)
        found: dict[Row, Row] = {}
        names = [f"k{number}" for number in range(width)]
        matched = " AND ".join(f"t.{column} = k.{name}" for column, name in zip(columns, names, strict=False))
        for chunk in chunked(list(keys), PARAMETERS // width):
            marks = ", ".join(["(" + ", ".join("?" * width) + ")"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH k({', '.join(names)}) AS (VALUES {marks}) "
                f"SELECT {', '.join(f't.{column}' for column in columns)} FROM k CROSS JOIN {table} AS t ON {matched}",
                tuple(value for key in chunk for value in key),
            )
            found.update({tuple(row[:width]): tuple(row) for row in rows})
        return found

    def keys_where(self, table: str, column: str, value: object) -> list[Row]:
        """Rows with this value, by primary key."""
        columns, width = _shape(table)
        order = ", ".join(columns[:width])
        rows = self._connection.exec_driver_sql(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {column} = ? ORDER BY {order}", (value,)
        )
        return [tuple(row) for row in rows]

    def put(self, table: str, rows: Sequence[Row]) -> int:
        """Insert or update; returns how many rows are different now."""
        columns, width = _shape(table)
        wanted = {row[:width]: row for row in rows}
        known = self.rows_by_key(table, wanted)
        fresh = [row for key, row in wanted.items() if key not in known]
        other = [row for key, row in wanted.items() if key in known and known[key] != row]
        if fresh:
            marks = ", ".join("?" * len(columns))
            self._run(f"INSERT INTO {table}({', '.join(columns)}) VALUES({marks})", fresh)
        if other:
            values = ", ".join(f"{column} = ?" for column in columns[width:])
            self._run(
                f"UPDATE {table} SET {values} WHERE {_equal(columns[:width])}",
                [row[width:] + row[:width] for row in other],
            )
        for row in (*fresh, *other):
            self._note(table, row[:width], known.get(row[:width]), row)
        return len(fresh) + len(other)

    def drop(self, table: str, keys: Iterable[Row]) -> int:
        """Delete rows and what hangs on them; returns how many of `table` are gone."""
        columns, width = _shape(table)
        known = self.rows_by_key(table, set(keys))
        if not known:
            return 0
        for child, column in CHILDREN.get(table, ()):
            _names, child_width = _shape(child)
            for key in known:
                self.drop(child, [row[:child_width] for row in self.keys_where(child, column, key[0])])
        if table in NUMBERED:
            self._keep_number(table, max(key[0] for key in known))
        self._run(f"DELETE FROM {table} WHERE {_equal(columns[:width])}", list(known))
        for key, row in known.items():
            self._note(table, key, row, None)
        return len(known)

    def next_id(self, table: str) -> int:
        """An id that no row of this table has or had."""
        statement = (
            f"SELECT max((SELECT coalesce(max(id), 0) FROM {table}), "
            "coalesce((SELECT value FROM counter WHERE name = ?), 0)) + 1"
        )
        return int(self._connection.exec_driver_sql(statement, (table,)).scalar_one())

    def revert(self, steps: Mapping[str, Mapping[Row, tuple[Row | None, Row | None]]]) -> tuple[int, int]:
        """Give rows their earlier state; those that others have changed since are left alone.

        Returns (turned back, left alone). Raises `Conflict` when a name is taken by something newer.
        """
        done = left = 0
        for name in reversed(TABLES):
            found = steps.get(name, {})
            now = self.rows_by_key(name, found)
            gone = [key for key, (before, after) in found.items() if before is None and now.get(key) == after]
            # What hung on a dropped row of another table went with it.
            left += sum(1 for key, (before, _after) in found.items() if before is None) - len(gone)
            done += self.drop(name, gone)
        for name in TABLES:
            found = {key: step for key, step in steps.get(name, {}).items() if step[0] is not None}
            now = self.rows_by_key(name, found)
            rows = [before for key, (before, after) in found.items() if before is not None and now.get(key) == after]
            rows = self._with_parents(name, rows)
            left += len(found) - len(rows)
            try:
                done += self.put(name, rows)
            except sa.exc.IntegrityError as error:
                raise Conflict("this cannot be turned back: a name it needs is in use again") from error
        return done, left

    def _with_parents(self, table: str, rows: list[Row]) -> list[Row]:
        """Only those whose file, tag or album still exists."""
        for index, column in enumerate(TABLES[table].columns):
            for foreign in column.foreign_keys:
                parent = foreign.column.table.name
                wanted = sorted({row[index] for row in rows})
                known: set[object] = set()
                for chunk in chunked(wanted):
                    marks = ", ".join("?" * len(chunk))
                    statement = f"SELECT id FROM {parent} WHERE id IN ({marks})"
                    known.update(self._connection.exec_driver_sql(statement, tuple(chunk)).scalars())
                rows = [row for row in rows if row[index] in known]
        return rows

    def _keep_number(self, table: str, number: int) -> None:
        self._connection.exec_driver_sql(
            "INSERT INTO counter(name, value) VALUES(?, ?) "
            "ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)",
            (table, number),
        )

    def _run(self, statement: str, rows: Sequence[Row]) -> None:
        self._connection.exec_driver_sql(statement, list(rows))

    def _note(self, table: str, key: Row, before: Row | None, after: Row | None) -> None:
        steps = self._steps.setdefault(table, {})
        first = steps[key][0] if key in steps else before
        steps[key] = (first, after)
        self.touched = self.touched or table in SEARCHED


def pack_steps(steps: Steps) -> bytes:
    """Steps as compressed JSON; the names of the columns go along."""
    values = {
        name: {"columns": _shape(name)[0], "rows": [list(pair) for pair in found.values()]}
        for name, found in steps.items()
    }
    return zlib.compress(orjson.dumps(values), 1)


def unpack_steps(blob: bytes) -> Steps:
    """The reverse. Raises `Conflict` for steps of a version with other columns."""
    steps: Steps = {}
    values: dict[str, Json] = orjson.loads(zlib.decompress(blob))
    for name, found in values.items():
        if name not in TABLES or found["columns"] != _shape(name)[0]:
            raise Conflict("this change was made by another version and cannot be turned back")
        width = _shape(name)[1]
        for before, after in found["rows"]:
            first = tuple(before) if before is not None else None
            last = tuple(after) if after is not None else None
            key = (first or last or ())[:width]
            steps.setdefault(name, {})[key] = (first, last)
    return steps


def _real(found: Mapping[Row, tuple[Row | None, Row | None]]) -> dict[Row, tuple[Row | None, Row | None]]:
    return {key: step for key, step in found.items() if step[0] != step[1]}


def _shape(table: str) -> tuple[list[str], int]:
    """Names of the columns, and how many of them are the key."""
    known = TABLES[table]
    return [str(column.name) for column in known.columns], len(known.primary_key.columns)


def _equal(columns: Sequence[str]) -> str:
    return " AND ".join(f"{column} = ?" for column in columns)
