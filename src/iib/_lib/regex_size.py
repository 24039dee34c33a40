"""Computes the size to which the backtracking engine expands a regular expression, before it is compiled.

The engine writes out repetitions with a minimum: `(?:a{99}){99}` becomes 9,801 nodes of some hundred bytes each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_EXPANDED_SIZE = 10_000  # nodes, some hundred bytes each
MAX_GROUPS_DEEP = 60
COUNTED = re.compile(r"\{(\d*)(?:,(\d*))?\}", re.ASCII)
FLAGS = re.compile(r"\?[A-Za-z0-9-]*[VxX]")
CALL = re.compile(r"\?(?:R|\d|[+-]\d|&|P[>&])")
FUZZY = re.compile(r"\{[^{}]*[eidsEIDS]\s*(?:<|[}:,+])|\{[^{}]*<[^{}]*\}")
POSIX_CLASS = re.compile(r"\[:\^?[A-Za-z]+:\]")


def check_expandable(pattern: str) -> None:
    """Raises `ValueError` with the reason if compiling or running a pattern has no known limit.

    >>> check_expandable("(?=a{100})b")
    >>> check_expandable("(?:a{65000}){65000}(?=x)")
    Traceback (most recent call last):
    ValueError: its repetitions are too large; together they may contain at most 10000 characters
    """
    _SizeScanner(pattern).check()


@dataclass
class _Level:
    """The sizes of one group so far: `total` of all items, `last` of the last one."""

    total: int = 2
    last: int = 0

    def add(self, size: int) -> None:
        self.total += size
        self.last = size

    def repeat_last(self, count: int) -> None:
        self.total += self.last * (count - 1)
        self.last *= count


@dataclass
class _SizeScanner:
    """Walks a pattern once; what it cannot read exactly, it counts too high or refuses."""

    pattern: str
    levels: list[_Level] = field(default_factory=lambda: [_Level()])

    def check(self) -> None:
        position = 0
        while position < len(self.pattern):
            position = self._step(position)
            if self.levels[-1].total > MAX_EXPANDED_SIZE:
                raise ValueError(
                    f"its repetitions are too large; together they may contain at most {MAX_EXPANDED_SIZE} characters"
                )

    def _step(self, position: int) -> int:
        """Counts the item at a position and returns the position behind it."""
        character, level = self.pattern[position], self.levels[-1]
        if character == "\\":
            level.add(1)
            return position + 2
        if character == "[":
            end = self._end_of_class(position)
            level.add(end - position)
            return end
        if character == "(":
            return self._open(position)
        if character == ")":
            if len(self.levels) > 1:
                self.levels.pop()
                self.levels[-1].add(level.total)
            return position + 1
        if character == "{":
            return self._braces(position)
        if character not in "?*+":
            level.add(1)
        return position + 1

    def _braces(self, position: int) -> int:
        counted = COUNTED.match(self.pattern, position)
        if counted:
            low = int(counted.group(1) or 0)
            self.levels[-1].repeat_last(max(1, low + (counted.group(2) is not None)))
            return counted.end()
        if FUZZY.match(self.pattern, position) and not self.pattern.startswith(("\\p", "\\P", "\\N"), position - 2):
            raise ValueError("approximate matching is not supported")
        self.levels[-1].add(1)
        return position + 1

    def _open(self, position: int) -> int:
        if self.pattern.startswith("(?#", position):
            return self._end_of_comment(position)
        if CALL.match(self.pattern, position + 1):
            raise ValueError("recursion is not supported")
        if FLAGS.match(self.pattern, position + 1):
            raise ValueError("the flags x and V are not supported")
        if len(self.levels) > MAX_GROUPS_DEEP:
            raise ValueError(f"groups are nested more than {MAX_GROUPS_DEEP} deep")
        self.levels.append(_Level())
        return position + 1

    def _end_of_comment(self, position: int) -> int:
        while position < len(self.pattern) and self.pattern[position] != ")":
            position += 2 if self.pattern[position] == "\\" else 1
        return position + 1

    def _end_of_class(self, position: int) -> int:
        """Returns the position behind a character class; a closing bracket that comes first is part of the class."""
        position += 2 if self.pattern.startswith("[^", position) else 1
        if self.pattern.startswith("]", position):
            position += 1
        while position < len(self.pattern) and self.pattern[position] != "]":
            posix = POSIX_CLASS.match(self.pattern, position)
            if posix:
                position = posix.end()
                continue
            if self.pattern.startswith("[:", position):
                raise ValueError("it has an unknown character class")
            position += 2 if self.pattern[position] == "\\" else 1
        return position + 1
