"""Tests for the names that are accepted as tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.errors import InvalidRequest
from iib.tags.name_rules import css_color, plain_name, tag_name


@given(st.text(max_size=260))
def test_any_text_is_a_trimmed_bounded_name_or_refused(text: str):
    try:
        name = tag_name(text)
    except InvalidRequest:
        return
    assert name == text.strip()
    assert 0 < len(name) <= 200
    assert name.encode("utf-8")
    assert tag_name(name) == name


@pytest.mark.parametrize(
    "text", ["a" * 200, "eight short words are a good tag here", "日本語のタグ", "👩‍🎨 art", "ÄÖÜ"]
)
def test_usual_names_are_accepted(text: str):
    assert tag_name(text) == text


@pytest.mark.parametrize("text", ["", " \t", "a\0b", "a\u2028b", "\ud800", "a" * 201])
def test_unprintable_names_are_refused(text: str):
    with pytest.raises(InvalidRequest):
        plain_name(text, "an album")


@pytest.mark.parametrize("text", ["", "#ff0000", "rgb(1 2 3 / 50%)", "hsl(10deg, 50%, 50%)", "rebeccapurple"])
def test_colours_are_accepted(text: str):
    assert css_color(f" {text} ") == text


@pytest.mark.parametrize("text", ["red;", "url('x')", "a{b}", "x" * 101, "red\n"])
def test_text_that_may_be_more_than_a_colour_is_refused(text: str):
    with pytest.raises(InvalidRequest):
        css_color(text + "\n" + text if text == "red\n" else text)
