"""Tests that the API reference matches the OpenAPI document."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import api_reference

    yield api_reference
    sys.modules.pop("api_reference", None)


def test_the_reference_is_current(tool) -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in tool.TARGET.glob("*.md")}

    assert kept == tool.pages(), "run `make openapi`"


def test_the_tables_of_the_public_page_are_current(tool) -> None:
    kept = tool.PUBLIC_PAGE.read_text(encoding="utf-8")

    assert kept == tool.public_page(kept), "run `make openapi`"


def test_the_public_page_names_every_public_route(tool) -> None:
    text = tool.PUBLIC_PAGE.read_text(encoding="utf-8")
    document = json.loads(tool.SNAPSHOT.read_text(encoding="utf-8"))
    public = [(method, path) for path, item in document["paths"].items() if tool.is_public(path) for method in item]

    assert len(public) > 50
    assert [item for item in public if f"[`{item[0].upper()} {item[1]}`](api/" not in text] == []


def test_links_of_the_public_page_lead_to_headings(tool) -> None:
    text = tool.PUBLIC_PAGE.read_text(encoding="utf-8")
    headings = {line.lstrip("#").strip() for line in text.splitlines() if line.startswith("##")}
    own = {heading.lower().replace(",", "").replace(" ", "-") for heading in headings}
    anchors = anchors_of(tool)

    for target, anchor in LINK.findall(text):
        if not target:
            assert anchor in own
        elif target.startswith("api/") and anchor:
            assert anchor in anchors[target.removeprefix("api/")], f"{target}#{anchor}"


def test_every_operation_has_a_heading_and_a_line_in_the_index(tool) -> None:
    pages = tool.pages()
    document = json.loads(tool.SNAPSHOT.read_text(encoding="utf-8"))
    text = "\n".join(pages.values())

    for path, item in document["paths"].items():
        for method in item:
            assert f"\n## {method.upper()} {path}\n" in text
            assert f"[`{method.upper()} {path}`](" in pages["README.md"]


def test_links_between_the_pages_have_targets(tool) -> None:
    pages = tool.pages()
    anchors = anchors_of(tool)
    for name, text in pages.items():
        for target, anchor in LINK.findall(text):
            page = target or name
            if page.startswith("../"):
                assert (tool.TARGET / page).is_file()
            elif anchor:
                assert anchor in anchors[page], f"{name}: {target}#{anchor}"
            else:
                assert page in pages


def anchors_of(tool) -> dict[str, set[str]]:
    """The anchors of the headings of every page of the reference."""
    return {
        name: {
            tool.anchor(*line[3:].split(" ", 1)) if " " in line[3:] else line[3:].lower() for line in _headings(text)
        }
        for name, text in tool.pages().items()
    }


def _headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("## ")]


def test_examples_have_line_breaks_only_in_long_lines(tool) -> None:
    assert tool.pretty({"a": [1, 2]}) == '{"a": [1, 2]}'
    assert json.loads(tool.pretty({"a": ["x" * 100, {"b": "y" * 100}], "c": {}})) == {
        "a": ["x" * 100, {"b": "y" * 100}],
        "c": {},
    }
