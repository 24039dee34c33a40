"""SQL past the repositories, for states that no public call can make and for plans that no repository shows.

Only this module knows how a unit of work holds its connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from iib.store import ReadUnit, Store, WriteUnit

Parameters = Any  # a tuple, or the mapping that SQLAlchemy hands to the driver


def raw_sql(where: Store | ReadUnit | WriteUnit, statement: str, parameters: Parameters = ()) -> list[Any]:
    """Run one statement and return its rows; over a whole store in a transaction of its own."""
    if isinstance(where, Store):
        with where.write() as unit:
            return raw_sql(unit, statement, parameters)
    connection = where.media._connection  # noqa: SLF001  (the one place, see above)
    ended = connection.exec_driver_sql(statement, parameters)
    return list(ended) if ended.returns_rows else []


def query_plan(where: Store | ReadUnit | WriteUnit, statement: str, parameters: Parameters = ()) -> list[str]:
    """The steps of SQLite's plan for a statement."""
    return [row[3] for row in raw_sql(where, f"EXPLAIN QUERY PLAN {statement}", parameters)]


@contextlib.contextmanager
def recorded_statements() -> Iterator[list[tuple[str, Parameters]]]:
    """Every (statement, parameters) that any store runs inside the block, in order."""
    statements: list[tuple[str, Parameters]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
