"""Does this file match? Decided on the real text, after the index has proposed it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Protocol

import re2
import regex

from iib._lib.fold import fold
from iib.errors import BudgetExceeded, InvalidRequest

MAX_PATTERN = 2_000


class Matcher(Protocol):
    """A test of one file by its path and generation text."""

    def matches(self, path: str, text: str) -> bool:
        """True if the file belongs to the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Substring:
    """The folded needle occurs in the path or (unless `path_only`) in the text."""

    needle: str
    path_only: bool = False

    def matches(self, path: str, text: str) -> bool:
        """True if it occurs."""
        return self.needle in fold(path) or (not self.path_only and self.needle in fold(text))


class Regex:
    """A regular expression found in the text, the full path or the bare name; flags i, m, s.

    RE2 runs in linear time. What it does not know (look-around, back-references) runs on a backtracking engine whose
    time is bounded. Raises `InvalidRequest` for a bad pattern, `BudgetExceeded` when the time is up.
    """

    def __init__(self, pattern: str, *, path_only: bool, deadline: float) -> None:
        if len(pattern) > MAX_PATTERN:
            raise InvalidRequest(f"this regular expression is too long (more than {MAX_PATTERN} characters)")
        self._path_only = path_only
        self._deadline = deadline
        self._linear = _compile_linear(pattern)
        self._backtracking = None if self._linear is not None else _compile_backtracking(pattern)

    def matches(self, path: str, text: str) -> bool:
        """True if the pattern is found in one of the targets."""
        name = os.path.basename(path)  # noqa: PTH119
        return self._search(name) or self._search(path) or (not self._path_only and self._search(text))

    def _search(self, target: str) -> bool:
        if self._linear is not None:
            return self._linear.search(target) is not None
        assert self._backtracking is not None  # noqa: S101  (one of the two is set)
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise BudgetExceeded("this regular expression takes too long; make it simpler")
        try:
            return self._backtracking.search(target, timeout=left_s, concurrent=True) is not None
        except TimeoutError as error:
            raise BudgetExceeded("this regular expression takes too long; make it simpler") from error


class _Linear(Protocol):
    def search(self, text: str) -> object | None: ...


def _compile_linear(pattern: str) -> _Linear | None:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 32 << 20
    try:
        compiled: _Linear = re2.compile(f"(?ims){pattern}", options)
    except re2.error:
        return None
    return compiled


def _compile_backtracking(pattern: str) -> regex.Pattern[str]:
    try:
        return regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE | regex.DOTALL)
    except (regex.error, RecursionError, OverflowError) as error:
        raise InvalidRequest(f"bad regular expression: {error}") from error
