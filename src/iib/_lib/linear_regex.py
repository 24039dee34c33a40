"""Regular expressions of users: linear time where possible, bounded time otherwise. Flags i, m, s."""

from __future__ import annotations

from typing import Protocol

import re2
import regex

FLAGS = "(?ims)"
MEMORY_BYTES = 32 << 20
DEFAULT_TIMEOUT_S = 2.0


class LinearPattern:
    """RE2 on encoded texts: whether it occurs, and nothing else, which its fastest engine tells."""

    def __init__(self, engine: _Engine) -> None:
        self._engine = engine

    def found_in(self, text: str) -> bool:
        """True if it occurs."""
        return self._engine.search(text.encode("utf-8", "replace")) is not None

    def found_in_encoded(self, text: bytes) -> bool:
        """The same for UTF-8."""
        return self._engine.search(text) is not None


class _Engine(Protocol):
    def search(self, text: bytes) -> object | None: ...


class CompiledPattern:
    """A pattern ready to search with.

    RE2 runs in linear time. What it does not know (look-around, back-references) runs on a backtracking engine whose
    time is bounded by the caller.
    """

    def __init__(self, linear: LinearPattern | None, backtracking: regex.Pattern[str] | None) -> None:
        self.linear = linear
        self._backtracking = backtracking

    def found_in(self, text: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> bool:
        """True if the pattern occurs. Raises `TimeoutError` when a backtracking one takes longer, or more memory."""
        if self.linear is not None:
            return self.linear.found_in(text)
        assert self._backtracking is not None  # noqa: S101  (one of the two is set)
        try:
            return self._backtracking.search(text, timeout=timeout_s, concurrent=True) is not None
        except MemoryError as error:  # a pattern that calls itself without an end
            raise TimeoutError("this pattern needs too much memory") from error


def compile_pattern(pattern: str) -> CompiledPattern:
    """Raises `ValueError` with the reason for what is no regular expression."""
    linear = compile_linear(FLAGS + pattern)
    if linear is not None:
        return CompiledPattern(linear, None)
    try:
        compiled = regex.compile(pattern, regex.IGNORECASE | regex.MULTILINE | regex.DOTALL)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise ValueError(str(error)) from error
    return CompiledPattern(None, compiled)


def compile_linear(pattern: str) -> LinearPattern | None:
    """RE2's own compilation, without flags of ours; None for what it does not know."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_BYTES
    options.never_capture = True
    try:
        return LinearPattern(re2.compile(pattern.encode(), options))
    except (re2.error, UnicodeEncodeError):
        return None
