"""Tests for the rules of the repository: import contracts, sizes, errors, and committed contents."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.process import CHECKOUT

from iib import errors
from iib.api.http.errors import STATUS, status_of

MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60
# Modules that were too long when the limit was introduced. They may only shrink, and no module may be added.
TO_BE_SPLIT = {"tests/unit/index/test_index_runs.py": 541}
SKIPPED = frozenset((".git", ".venv", "node_modules", "web_dist", "__pycache__", ".demo", "dist", ".hypothesis"))
SUFFIXES = ".py .md .toml .txt .json .ts .vue .js .mjs .css .html .yml .yaml .example .mako .cfg"
TEXT = frozenset((*SUFFIXES.split(), ""))
# Written in parts, so that this file does not contain the names that it searches for.
REGISTRIES = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
    ("npmmirror", "com"), ("artifactory", ""),
)]  # fmt: skip
MACHINE_PATH = re.compile("[\"'`( =]/" + "work/")


def committed() -> list[Path]:
    """Return the committed files; without git, all files of the checkout except build results."""
    try:
        listed = subprocess.run(["git", "-C", str(CHECKOUT), "ls-files", "-z"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return [
            path
            for path in CHECKOUT.rglob("*")
            if path.is_file() and not SKIPPED & set(path.relative_to(CHECKOUT).parts)
        ]
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [CHECKOUT / name for name in names if (CHECKOUT / name).is_file()]


def python_files() -> list[Path]:
    """Return the committed modules and tests. Migrations never change and may be long."""
    return [
        path
        for path in committed()
        if path.suffix == ".py"
        and path.relative_to(CHECKOUT).parts[0] in ("src", "tests")
        and "versions" not in path.parts
    ]


def test_import_contracts_hold() -> None:
    code = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run([], 'lint-imports'))"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_no_router_opens_a_unit_of_the_store() -> None:
    calls = []
    for path in (CHECKOUT / "src" / "iib" / "api" / "routers").rglob("*.py"):
        calls += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute) and node.attr in ("read", "write") and is_store(node.value)
        ]

    assert calls == []


def is_store(node: ast.expr) -> bool:
    """True for the expressions `store` and `<anything>.store`."""
    return (isinstance(node, ast.Attribute) and node.attr == "store") or (
        isinstance(node, ast.Name) and node.id == "store"
    )


def test_no_module_is_too_long() -> None:
    long = {}
    for path in python_files():
        name = path.relative_to(CHECKOUT).as_posix()
        count = path.read_bytes().count(b"\n")
        if count > TO_BE_SPLIT.get(name, MAX_MODULE_LINES):
            long[name] = count

    assert long == {}


def test_no_function_is_too_long() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > MAX_FUNCTION_LINES:
                    long[f"{path.relative_to(CHECKOUT)}:{node.name}"] = count

    assert long == {}


def all_errors(kind: type[errors.IIBError] = errors.IIBError) -> list[type[errors.IIBError]]:
    """Return an error class and all its subclasses."""
    return [kind, *(item for child in kind.__subclasses__() for item in all_errors(child))]


def test_every_exception_has_a_status_of_its_own_or_of_its_parent() -> None:
    for kind in all_errors():
        assert kind in STATUS or kind.__bases__[0] in STATUS
        assert 400 <= status_of(kind("x")) < 600
        assert kind is errors.IIBError or any(item in STATUS for item in kind.__mro__[:-3])


def test_every_exception_has_a_unique_code_and_is_in_the_documented_tree() -> None:
    codes = [kind.code for kind in all_errors()]

    assert len(codes) == len(set(codes))
    assert [kind.__name__ for kind in all_errors() if kind.__name__ not in str(errors.__doc__)] == []


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_committed_file_contains_the_host_of_a_package_registry(host: str) -> None:
    assert [name for name, text in texts() if host in text] == []


def test_no_committed_file_contains_a_machine_path() -> None:
    assert [f"{name}: {found[0]}" for name, text in texts() if (found := MACHINE_PATH.findall(text))] == []


def test_the_lock_file_of_the_page_contains_no_download_addresses() -> None:
    locks = [path for path in committed() if path.name == "package-lock.json"]

    assert [path for path in locks if '"resolved"' in path.read_text(encoding="utf-8")] == []


def texts() -> Iterator[tuple[str, str]]:
    """Iterate (name, content) of all committed text files."""
    for path in committed():
        if path.suffix in TEXT:
            yield str(path.relative_to(CHECKOUT)), path.read_text(encoding="utf-8", errors="replace")
