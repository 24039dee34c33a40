"""Changes curated rows and records their former values, so that every change can be reverted.

A step is a pair (row before, row after) of one table; None means "no such row". Reverting steps is itself recorded, so
the same mechanism undoes and redoes.
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
NUMBERED = frozenset(("tag", "album", "saved_search"))  # tables whose ids are never used again
SEARCHED = frozenset(("media_tag", "mark", "album_item"))  # tables whose rows searches read
PARAMETERS = 480  # bind parameters in one statement


class ChangeRecorder(Repository):
    """Makes every change to the curated tables and records it."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._steps: Steps = {}
        self.has_search_changes = False

    def take_steps(self) -> Steps:
        """Return the steps since the last call, without those that changed nothing in the end."""
        steps = {name: real for name, recorded in self._steps.items() if (real := _without_unchanged(recorded))}
        self._steps = {}
        return steps

    def rows_by_key(self, table: str, keys: Iterable[Row]) -> dict[Row, Row]:
        """Return current rows by primary key; keys without a row are left out."""
        columns, width = _shape(table)
        result: dict[Row, Row] = {}
        names = [f"k{number}" for number in range(width)]
        joined = " AND ".join(f"t.{column} = k.{name}" for column, name in zip(columns, names, strict=False))
        for chunk in chunked(list(keys), PARAMETERS // width):
            placeholders = ", ".join(["(" + ", ".join("?" * width) + ")"] * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"WITH k({', '.join(names)}) AS (VALUES {placeholders}) "
                f"SELECT {', '.join(f't.{column}' for column in columns)} FROM k CROSS JOIN {table} AS t ON {joined}",
                tuple(value for key in chunk for value in key),
            )
            result.update({tuple(row[:width]): tuple(row) for row in rows})
        return result

    def rows_where(self, table: str, column: str, value: object) -> list[Row]:
        """Return all rows with this value in a column, ordered by primary key."""
        columns, width = _shape(table)
        order = ", ".join(columns[:width])
        rows = self._connection.exec_driver_sql(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {column} = ? ORDER BY {order}", (value,)
        )
        return [tuple(row) for row in rows]

    def put(self, table: str, rows: Sequence[Row]) -> int:
        """Insert or update rows and return the number of rows that differ now."""
        columns, width = _shape(table)
        new = {row[:width]: row for row in rows}
        existing = self.rows_by_key(table, new)
        inserted = [row for key, row in new.items() if key not in existing]
        updated = [row for key, row in new.items() if key in existing and existing[key] != row]
        if inserted:
            placeholders = ", ".join("?" * len(columns))
            self._run(f"INSERT INTO {table}({', '.join(columns)}) VALUES({placeholders})", inserted)
        if updated:
            values = ", ".join(f"{column} = ?" for column in columns[width:])
            self._run(
                f"UPDATE {table} SET {values} WHERE {_all_equal(columns[:width])}",
                [row[width:] + row[:width] for row in updated],
            )
        for row in (*inserted, *updated):
            self._record(table, row[:width], existing.get(row[:width]), row)
        return len(inserted) + len(updated)

    def drop(self, table: str, keys: Iterable[Row]) -> int:
        """Delete rows with their dependent rows, and return the number of deleted rows of `table`."""
        columns, width = _shape(table)
        existing = self.rows_by_key(table, set(keys))
        if not existing:
            return 0
        for child, column in CHILDREN.get(table, ()):
            _names, child_width = _shape(child)
            for key in existing:
                self.drop(child, [row[:child_width] for row in self.rows_where(child, column, key[0])])
        if table in NUMBERED:
            self._save_highest_id(table, max(key[0] for key in existing))
        self._run(f"DELETE FROM {table} WHERE {_all_equal(columns[:width])}", list(existing))
        for key, row in existing.items():
            self._record(table, key, row, None)
        return len(existing)

    def next_id(self, table: str) -> int:
        """Return an id that no row of this table has or ever had."""
        statement = (
            f"SELECT max((SELECT coalesce(max(id), 0) FROM {table}), "
            "coalesce((SELECT value FROM counter WHERE name = ?), 0)) + 1"
        )
        return int(self._connection.exec_driver_sql(statement, (table,)).scalar_one())

    def revert(self, steps: Mapping[str, Mapping[Row, tuple[Row | None, Row | None]]]) -> tuple[int, int]:
        """Restore the former values of rows; rows that changed since are skipped.

        Returns (number of restored rows, number of skipped rows). Raises `Conflict` if a name is in use again.
        """
        restored = skipped = 0
        for name in reversed(TABLES):
            recorded = steps.get(name, {})
            current = self.rows_by_key(name, recorded)
            added = [key for key, (before, after) in recorded.items() if before is None and current.get(key) == after]
            # Dependent rows of a dropped row of another table are gone already.
            skipped += sum(1 for before, _after in recorded.values() if before is None) - len(added)
            restored += self.drop(name, added)
        for name in TABLES:
            recorded = {key: step for key, step in steps.get(name, {}).items() if step[0] is not None}
            current = self.rows_by_key(name, recorded)
            rows = [
                before for key, (before, after) in recorded.items() if before is not None and current.get(key) == after
            ]
            rows = self._with_parents(name, rows)
            skipped += len(recorded) - len(rows)
            try:
                restored += self.put(name, rows)
            except sa.exc.IntegrityError as error:
                raise Conflict("this change cannot be reverted: a name is in use again") from error
        return restored, skipped

    def _with_parents(self, table: str, rows: list[Row]) -> list[Row]:
        """Return only the rows whose media file, tag or album still exists."""
        for index, column in enumerate(TABLES[table].columns):
            for foreign in column.foreign_keys:
                parent = foreign.column.table.name
                parent_ids = sorted({row[index] for row in rows})
                existing: set[object] = set()
                for chunk in chunked(parent_ids):
                    placeholders = ", ".join("?" * len(chunk))
                    statement = f"SELECT id FROM {parent} WHERE id IN ({placeholders})"
                    existing.update(self._connection.exec_driver_sql(statement, tuple(chunk)).scalars())
                rows = [row for row in rows if row[index] in existing]
        return rows

    def _save_highest_id(self, table: str, highest_id: int) -> None:
        self._connection.exec_driver_sql(
            "INSERT INTO counter(name, value) VALUES(?, ?) "
            "ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)",
            (table, highest_id),
        )

    def _run(self, statement: str, rows: Sequence[Row]) -> None:
        self._connection.exec_driver_sql(statement, list(rows))

    def _record(self, table: str, key: Row, before: Row | None, after: Row | None) -> None:
        steps = self._steps.setdefault(table, {})
        first = steps[key][0] if key in steps else before
        steps[key] = (first, after)
        self.has_search_changes = self.has_search_changes or table in SEARCHED


def pack_steps(steps: Steps) -> bytes:
    """Pack steps as compressed JSON, with the names of the columns."""
    values = {
        name: {"columns": _shape(name)[0], "rows": [list(pair) for pair in recorded.values()]}
        for name, recorded in steps.items()
    }
    return zlib.compress(orjson.dumps(values), 1)


def unpack_steps(blob: bytes) -> Steps:
    """Unpack packed steps. Raises `Conflict` if they were packed with other columns."""
    steps: Steps = {}
    values: dict[str, Json] = orjson.loads(zlib.decompress(blob))
    for name, packed in values.items():
        if name not in TABLES or packed["columns"] != _shape(name)[0]:
            raise Conflict("this change was made by another version and cannot be reverted")
        width = _shape(name)[1]
        for before, after in packed["rows"]:
            first = tuple(before) if before is not None else None
            last = tuple(after) if after is not None else None
            key = (first or last or ())[:width]
            steps.setdefault(name, {})[key] = (first, last)
    return steps


def _without_unchanged(steps: Mapping[Row, tuple[Row | None, Row | None]]) -> dict[Row, tuple[Row | None, Row | None]]:
    return {key: step for key, step in steps.items() if step[0] != step[1]}


def _shape(table: str) -> tuple[list[str], int]:
    """Return the column names of a table and the number of columns of its primary key."""
    definition = TABLES[table]
    return [str(column.name) for column in definition.columns], len(definition.primary_key.columns)


def _all_equal(columns: Sequence[str]) -> str:
    return " AND ".join(f"{column} = ?" for column in columns)
