"""Tests that the paths, modules, classes and functions that the documentation names exist in the tree."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "CONTRIBUTING.md",
    DOCS / "reference" / "glossary.md",
    *sorted((DOCS / "explanation").glob("*.md")),
    *sorted((DOCS / "howto").glob("*.md")),
]
INVENTED = frozenset(["name.json", "plugins/paintbox/main.py", "web/src/locales/es.json"])  # files of readers
FOLDERS = ("src", "tests", "tools", "benchmarks")
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:src|tests|tools|benchmarks|docs|web|requirements)/[\w./-]*")
MODULE = re.compile(r"(?:[\w-]+/)*[\w-]+\.(?:py|ts|vue|json|toml)")
CLASS = re.compile(r"([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)(?:\.(\w+))?")
FUNCTION = re.compile(r"(?:\w+\.)*(\w+)\(\)")
DOTTED = re.compile(r"iib(?:\.\w+)+")
# A fence of code for a new file begins with the path of that file as a comment.
NEW_FILE = re.compile(r"^ *```\w+.*\n *(?:#|//|--) *([\w./-]+)$", re.MULTILINE)
WEB_NAME = re.compile(r"\b(?:function|const|class|interface|type) (\w+)")
NEW_NAME = re.compile(r"^ *(?:class|def) (\w+)|^(\w+) = ", re.MULTILINE)


@lru_cache(maxsize=1)
def files_of_tree() -> frozenset[str]:
    """Paths of the source files, relative to the checkout."""
    kinds = {".py", ".ts", ".vue", ".json", ".toml"}
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in kinds]
    files += [path for path in (ROOT / "web" / "src").rglob("*") if path.suffix in kinds]
    files += [*ROOT.glob("*.py"), *ROOT.glob("*.toml"), *(ROOT / "web").glob("*.json")]
    return frozenset(path.relative_to(ROOT).as_posix() for path in files)


@lru_cache(maxsize=1)
def names_of_tree() -> frozenset[str]:
    """Names that the source files define or import: classes, functions, variables, attributes."""
    names: set[str] = set()
    for path in files_of_tree():
        if path.endswith(".py"):
            for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
                names |= defined_names(node)
        elif path.endswith((".ts", ".vue")):
            names.update(WEB_NAME.findall((ROOT / path).read_text(encoding="utf-8")))
    return frozenset(names)


def defined_names(node: ast.AST) -> set[str]:
    """Names that one node of a syntax tree binds."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).rpartition(".")[2] for alias in node.names}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return {node.attr}
    return set()


def is_file_of_tree(name: str) -> bool:
    """True for a file name or the end of a path, such as `access/paths.py`."""
    return any(path == name or path.endswith(f"/{name}") for path in files_of_tree())


def is_module(dotted: str) -> bool:
    """True for a module, a package, or a name that is defined somewhere, behind a module."""
    path = ROOT / "src" / dotted.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module, _, name = dotted.rpartition(".")
    return module != "iib" and name in names_of_tree() and is_module(module)


def missing_names(text: str) -> list[str]:
    """Names in code spans of a page that exist neither in the tree nor in the examples of the page."""
    new_files = set(NEW_FILE.findall(text))
    new_names = {name for groups in NEW_NAME.findall("".join(FENCE.findall(text))) for name in groups if name}
    return [
        span
        for span in CODE.findall(FENCE.sub("", text))
        if not (exists(span, new_names) or any(path.endswith(span) for path in new_files))
    ]


def exists(span: str, new_names: set[str]) -> bool:
    """True if a code span names something that exists, or if it is not a name of code at all."""
    known = names_of_tree() | new_names
    if span in INVENTED:
        return True
    if PATH.fullmatch(span):
        return (ROOT / span).exists()
    if MODULE.fullmatch(span):
        return is_file_of_tree(span) or (ROOT / span).is_file()
    if DOTTED.fullmatch(span):
        return is_module(span)
    if match := CLASS.fullmatch(span):
        return {name for name in match.groups() if name} <= known
    if match := FUNCTION.fullmatch(span):
        return match[1] in known
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_names_in_the_documentation_exist(page: Path) -> None:
    assert missing_names(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "span",
    [
        "src/iib/nowhere.py",
        "nowhere.py",
        "iib.store.nowhere",
        "NoSuchClass",
        "JobManager.undefined_method",
        "no_such_function()",
    ],
)
def test_names_that_do_not_exist_are_reported(span: str) -> None:
    assert missing_names(f"See `{span}`.") == [span]


@pytest.mark.parametrize("span", ["src/iib/store/", "store/store.py", "iib.store", "Store.read", "build_services()"])
def test_names_that_exist_are_accepted(span: str) -> None:
    assert missing_names(f"See `{span}`.") == []


def test_files_that_an_example_creates_are_accepted() -> None:
    text = (
        "Write `src/iib/new.py`:\n\n```python\n# src/iib/new.py\nclass NewThing:\n    pass\n```\n\n`NewThing` is new."
    )

    assert missing_names(text) == []
