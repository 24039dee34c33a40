"""Regular expressions from users: linear time if possible, else bounded time and memory. Flags i, m and s are set.

A text also matches if its composed form (NFC) does, because one accented letter has several spellings; patterns are
given in composed form.
"""

from __future__ import annotations

from typing import Protocol

import re2
import regex

from iib._lib.regex_size import check_expandable
from iib._lib.text_folding import compose

REGEX_FLAGS = "(?ims)"
MEMORY_BYTES = 32 << 20
MAX_TEXT_S = 1.0  # of backtracking in one text; the engine takes at most some 300 MB per second


class LinearPattern:
    """An RE2 pattern that only tests for a match, which allows RE2's fastest engine."""

    def __init__(self, engine: _Engine) -> None:
        self._engine = engine

    def found_in(self, text: str) -> bool:
        """True if the pattern matches anywhere in the text."""
        if self._engine.search(text.encode("utf-8", "replace")) is not None:
            return True
        return not text.isascii() and self._found_in_composed(text)

    def found_in_encoded(self, text: bytes) -> bool:
        """True if the pattern matches anywhere in the UTF-8 encoded text."""
        if self._engine.search(text) is not None:
            return True
        return not text.isascii() and self._found_in_composed(text.decode("utf-8", "replace"))

    def _found_in_composed(self, text: str) -> bool:
        composed = compose(text)
        return composed is not text and self._engine.search(composed.encode("utf-8", "replace")) is not None


class _Engine(Protocol):
    def search(self, text: bytes) -> object | None: ...


class CompiledPattern:
    """A compiled pattern of a user.

    RE2 runs in linear time. Features that it lacks (look-around, back-references) run on a backtracking engine with
    limits of size and time; recursion and approximate matching are not supported.
    """

    def __init__(self, linear: LinearPattern | None, backtracking: regex.Pattern[str] | None) -> None:
        self.linear = linear
        self._backtracking = backtracking

    def found_in(self, text: str, timeout_s: float = MAX_TEXT_S) -> bool:
        """True if the pattern matches. Raises `TimeoutError` if backtracking takes too much time or memory."""
        if self.linear is not None:
            return self.linear.found_in(text)
        assert self._backtracking is not None  # noqa: S101  (one of the two is set)
        limit_s = min(timeout_s, MAX_TEXT_S)
        try:
            if self._backtracking.search(text, timeout=limit_s, concurrent=True) is not None:
                return True
            composed = compose(text)
            return (
                composed is not text
                and self._backtracking.search(composed, timeout=limit_s, concurrent=True) is not None
            )
        except MemoryError as error:
            raise TimeoutError("this pattern needs too much memory") from error


def compile_pattern(pattern: str) -> CompiledPattern:
    """Compile a pattern. Raises `ValueError` with the reason if it is not a regular expression or is too large."""
    linear = compile_linear(REGEX_FLAGS + pattern)
    if linear is not None:
        return CompiledPattern(linear, None)
    check_expandable(pattern)
    try:
        flags = regex.IGNORECASE | regex.MULTILINE | regex.DOTALL | regex.VERSION0
        compiled = regex.compile(pattern, flags, cache_pattern=False)
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
