"""Tests that every dependency has a decision record, and that links in the documentation have a target."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[3]
DECISIONS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "decisions").glob("0*.md")))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")


def python_dependencies() -> list[str]:
    """Names of the packages of the program and of its development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return [re.split(r"[<>=~\[; ]", item)[0] for item in named]


def page_dependencies() -> list[str]:
    """Names of the packages of the page and of its development."""
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    return [*package["dependencies"], *package["devDependencies"]]


@pytest.mark.parametrize("name", sorted({*python_dependencies(), *page_dependencies()}))
def test_dependency_is_named_in_a_decision(name: str) -> None:
    assert f"`{name}`" in DECISIONS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_have_targets(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    files = [path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")]

    assert [name for name in files if f"({name})" not in index] == []
