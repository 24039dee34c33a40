"""What all repositories share: chunked IN lists and path ranges."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

CHUNK = 500  # bind parameters in one statement; SQLite's oldest limit is 999
BLOCK = 50_000  # rows fetched at once when the whole library is read
T = TypeVar("T")


def chunked(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most `size` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def below(column: sa.ColumnElement[str], top: str) -> sa.ColumnElement[bool]:
    """`column` equals the folder `top` or lies below it: whole components, an indexed range, no pattern."""
    start = top if top.endswith(os.sep) else top + os.sep
    end = start[:-1] + chr(ord(start[-1]) + 1)
    return sa.or_(column == top, sa.and_(column >= start, column < end))


class Repository:
    """Base: holds the connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _blocks(
        self, statement: str, parameters: Sequence[object] = (), size: int = BLOCK
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a large answer as plain tuples, `size` at a time: a row object each would cost more than
        the reading."""
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(statement, tuple(parameters))
            while block := cursor.fetchmany(size):
                yield list(block)
        finally:
            cursor.close()
