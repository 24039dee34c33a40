"""Regular expressions from users: linear time if possible, else bounded time. Flags i, m and s are set."""

from __future__ import annotations

from typing import Protocol

import re2
import regex

REGEX_FLAGS = "(?ims)"
MEMORY_BYTES = 32 << 20
DEFAULT_TIMEOUT_S = 2.0


class LinearPattern:
    """An RE2 pattern that only tests for a match, which allows RE2's fastest engine."""

    def __init__(self, engine: _Engine) -> None:
        self._engine = engine

    def found_in(self, text: str) -> bool:
        """True if the pattern matches anywhere in the text."""
        return self._engine.search(text.encode("utf-8", "replace")) is not None

    def found_in_encoded(self, text: bytes) -> bool:
        """True if the pattern matches anywhere in the UTF-8 encoded text."""
        return self._engine.search(text) is not None


class _Engine(Protocol):
    def search(self, text: bytes) -> object | None: ...


class CompiledPattern:
    """A compiled pattern of a user.

    RE2 runs in linear time. Features that it lacks (look-around, back-references) run on a backtracking engine with a
    time limit.
    """

    def __init__(self, linear: LinearPattern | None, backtracking: regex.Pattern[str] | None) -> None:
        self.linear = linear
        self._backtracking = backtracking

    def found_in(self, text: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> bool:
        """True if the pattern matches. Raises `TimeoutError` if backtracking takes too much time or memory."""
        if self.linear is not None:
            return self.linear.found_in(text)
        assert self._backtracking is not None  # noqa: S101  (one of the two is set)
        try:
            return self._backtracking.search(text, timeout=timeout_s, concurrent=True) is not None
        except MemoryError as error:  # endless recursion within the pattern
            raise TimeoutError("this pattern needs too much memory") from error


def compile_pattern(pattern: str) -> CompiledPattern:
    """Compile a pattern. Raises `ValueError` with the reason if it is not a regular expression."""
    linear = compile_linear(REGEX_FLAGS + pattern)
    if linear is not None:
        return CompiledPattern(linear, None)
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE | regex.DOTALL)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise ValueError(str(error)) from error
    return CompiledPattern(None, compiled)


def compile_linear(pattern: str) -> LinearPattern | None:
    """Compile a pattern with RE2 and without additional flags; None if RE2 does not support it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_BYTES
    options.never_capture = True
    try:
        return LinearPattern(re2.compile(pattern.encode(), options))
    except (re2.error, UnicodeEncodeError):
        return None
