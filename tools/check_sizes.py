"""Refuse modules and functions that have grown too long for one reading.

A module over `MODULE_LINES` or a function over `FUNCTION_LINES` lines (its docstring not counted) fails. Migrations are
left out: each is one list of statements that is never edited again.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("src", "tools", "benchmarks")
MODULE_LINES = 500
FUNCTION_LINES = 60


def main() -> int:
    """Print what is too long."""
    found = [
        line for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) for line in too_long(path, read(path))
    ]
    for line in found:
        print(line)
    return 1 if found else 0


def read(path: Path) -> str:
    """The text of a module."""
    return path.read_text(encoding="utf-8")


def too_long(path: Path, text: str) -> Iterator[str]:
    """A line for the module and for each function that is over its limit."""
    name, count = path.relative_to(ROOT).as_posix(), text.count("\n")
    if count > MODULE_LINES:
        yield f"{name}: {count} lines, at most {MODULE_LINES}"
    if path.parent.name == "versions":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
            if length > FUNCTION_LINES:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines of a function explain it."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0


if __name__ == "__main__":
    sys.exit(main())
