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


def test_every_operation_has_its_heading_and_its_line_in_the_index(tool) -> None:
    pages = tool.pages()
    document = json.loads(tool.SNAPSHOT.read_text(encoding="utf-8"))
    text = "\n".join(pages.values())

    for path, item in document["paths"].items():
        for method in item:
            assert f"\n## {method.upper()} {path}\n" in text
            assert f"[`{method.upper()} {path}`](" in pages["README.md"]


def test_links_between_the_pages_lead_somewhere(tool) -> None:
    pages = tool.pages()
    anchors = {
        name: {
            tool.anchor(*line[3:].split(" ", 1)) if " " in line[3:] else line[3:].lower() for line in _headings(text)
        }
        for name, text in pages.items()
    }
    for name, text in pages.items():
        for target, anchor in LINK.findall(text):
            page = target or name
            if page.startswith("../"):
                assert (tool.TARGET / page).is_file()
            elif anchor:
                assert anchor in anchors[page], f"{name}: {target}#{anchor}"
            else:
                assert page in pages


def _headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("## ")]


def test_examples_break_lines_only_when_they_must(tool) -> None:
    assert tool.pretty({"a": [1, 2]}) == '{"a": [1, 2]}'
    assert json.loads(tool.pretty({"a": ["x" * 100, {"b": "y" * 100}], "c": {}})) == {
        "a": ["x" * 100, {"b": "y" * 100}],
        "c": {},
    }
