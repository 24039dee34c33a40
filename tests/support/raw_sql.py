"""Runs SQL directly, for states that no public call can create and for query plans.

This is the only module that uses the private connection of a unit of work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from iib.store import ReadUnit, Store, WriteUnit

Parameters = Any  # a tuple, or the mapping that SQLAlchemy passes to the driver


def raw_sql(where: Store | ReadUnit | WriteUnit, statement: str, parameters: Parameters = ()) -> list[Any]:
    """Run one statement and return its rows; for a store, in a transaction of its own."""
    if isinstance(where, Store):
        with where.write() as unit:
            return raw_sql(unit, statement, parameters)
    connection = where.media._connection  # noqa: SLF001  (only here, see above)
    result = connection.exec_driver_sql(statement, parameters)
    return list(result) if result.returns_rows else []


def query_plan(where: Store | ReadUnit | WriteUnit, statement: str, parameters: Parameters = ()) -> list[str]:
    """Return the steps of SQLite's query plan for a statement."""
    return [row[3] for row in raw_sql(where, f"EXPLAIN QUERY PLAN {statement}", parameters)]


@contextlib.contextmanager
def recorded_statements() -> Iterator[list[tuple[str, Parameters]]]:
    """Record every (statement, parameters) that any store runs inside the block, in order."""
    statements: list[tuple[str, Parameters]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
