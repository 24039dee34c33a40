"""The base class of all repositories, with chunked IN lists, path ranges and block-wise reading."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

CHUNK = 500  # bind parameters in one statement; SQLite's oldest limit is 999
BLOCK = 50_000  # rows fetched at once when the whole library is read
T = TypeVar("T")


def chunked(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield consecutive slices of at most `size` items.

    >>> [list(chunk) for chunk in chunked([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]


def below(column: sa.ColumnElement[str], top: str) -> sa.ColumnElement[bool]:
    """Return the condition that a path column equals the folder `top` or is below it.

    Whole path components are compared, as a range that an index on the column serves.

    >>> print(below(sa.column("path", sa.Text), "/a").compile(compile_kwargs={"literal_binds": True}))
    path = '/a' OR path >= '/a/' AND path < '/a0'
    """
    start = top if top.endswith(os.sep) else top + os.sep
    end = start[:-1] + chr(ord(start[-1]) + 1)
    return sa.or_(column == top, sa.and_(column >= start, column < end))


class Repository:
    """Base class of repositories: named statements over one connection."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _iter_blocks(
        self, statement: str, parameters: Sequence[object] = (), size: int = BLOCK
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a large result as plain tuples, in lists of at most `size`.

        A SQLAlchemy row object per row would cost more than the reading itself.
        """
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute(statement, tuple(parameters))
            while block := cursor.fetchmany(size):
                yield list(block)
        finally:
            cursor.close()
