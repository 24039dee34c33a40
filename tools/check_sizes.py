"""Checks the length of modules and functions.

A module of more than `MODULE_LINES` or a function of more than `FUNCTION_LINES` lines (without its docstring) fails.
Functions of migrations are not checked: each is one list of statements that never changes.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tools", "benchmarks")
MODULE_LINES = 500
FUNCTION_LINES = 60


def main() -> int:
    """Print the modules and functions that are too long. Return the exit code."""
    problems = [
        line
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in too_long(path, read(path))
    ]
    for line in problems:
        print(line)
    return 1 if problems else 0


def read(path: Path) -> str:
    """Return the source text of a module."""
    return path.read_text(encoding="utf-8")


def too_long(path: Path, text: str) -> Iterator[str]:
    """Iterate messages for the module and its functions that exceed the limits."""
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
    """Return the number of lines of the docstring of a function."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or first.lineno) - first.lineno + 1 if is_docstring else 0


if __name__ == "__main__":
    sys.exit(main())
