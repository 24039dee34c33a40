"""Tests of the completion of the word at the text cursor of a query."""

from __future__ import annotations

import pytest

from iib.query.completion import complete_field, quote_value, typed_part_at
from iib.query.parse import parse_query


@pytest.mark.parametrize(
    ("text", "start", "value", "field"),
    [
        ("", 0, "", None),
        ("ca", 0, "ca", None),
        ("cat do", 4, "do", None),
        ("cat ", 4, "", None),
        ("-do", 1, "do", None),
        ("(do", 1, "do", None),
        ('cat "blue e', 4, "blue e", None),
        ("model:", 6, "", "model"),
        ("model:sd", 6, "sd", "model"),
        ("model:=sd", 7, "sd", "model"),
        ('cat -lora:"ink st', 10, "ink st", "lora"),
        ("model:(a,b", 9, "b", "model"),
        ("model:(a, b", 10, "b", "model"),
        ("CKPT:x", 5, "x", "model"),
        ("nofield:x", 0, "nofield:x", None),
    ],
)
def test_the_typed_part_ends_at_the_text_cursor(text: str, start: int, value: str, field: str | None) -> None:
    typing = typed_part_at(text, len(text))

    assert (typing.start, typing.value, typing.field.name if typing.field else None) == (start, value, field)


def test_fields_are_offered_by_name_and_alias() -> None:
    assert [choice.insert for choice in complete_field("mo")] == ["model:"]
    assert [choice.insert for choice in complete_field("ckp")] == ["model:"]
    assert complete_field("") == []


@pytest.mark.parametrize(
    "value", ["plain", "two words", 'a "quote"', "back\\slash", "a,b", "(x)", "OR", "-x", "=x", "/x/", "a*"]
)
def test_a_quoted_value_parses_to_the_original_value(value: str) -> None:
    term = parse_query(f"prompt:{quote_value(value)}")

    assert term.pattern.value == value
