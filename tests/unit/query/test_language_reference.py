"""Tests that the language reference documents every field and that its examples parse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iib.query.fields import FIELDS, Field
from iib.query.parse import parse_query

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "query-language.md"
CODE = re.compile(r"`([^`\n]+)`")
NOT_QUERIES = ("POST ", "GET ", "iib ", "\\", "detail", "error", "400", "field:", "^", "$", ".")


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_has_a_line_in_the_table(field: Field) -> None:
    aliases = f" ({', '.join(f'`{alias}`' for alias in field.aliases)})" if field.aliases else ""

    assert f"| `{field.name}`{aliases} | `{field.example}` | {field.help} |" in REFERENCE.read_text(encoding="utf-8")


def test_every_example_parses() -> None:
    examples = [
        text for text in CODE.findall(REFERENCE.read_text(encoding="utf-8")) if not text.startswith(NOT_QUERIES)
    ]

    assert len(examples) > 60
    for text in examples:
        if text not in ("AND", "OR", "NOT"):
            parse_query(text)
