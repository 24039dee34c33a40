"""Tests that pasted text finds the files that contain it."""

from __future__ import annotations

from datetime import datetime

from hypothesis import example, given
from hypothesis import strategies as st

from iib.errors import QueryError
from iib.query.completion import quote_text
from iib.query.evaluate import Subject, evaluate
from iib.query.parse import parse_query

NOW = datetime(2026, 11, 25, 12, 0)
PIECES = st.sampled_from(
    [
        "1girl", "solo", "猫", ":)", ":(", ":-)", ";-)", ">_<", "-_-", "^_^", "(half", "half)", "f()",
        "((cat:1.2))", "[a|b]", "{x}",
        "Steps: 20", "Seed: -1", "Clip skip: -1", "Size: 512x768", "Model: sd_xl", "time: night",
        "Negative prompt: bad",
        "has: x", "is: y", "in: bed", "<lora:ink:0.8>", "BREAK", "it's", "it\u2019s", "\u201cbest\u201d",
        "\u201c", "\u201d",
        '5"', "100%", "a_b", "what?", "2*3", "!!", "--", r"C:\pics\a.png", r"\\nas\x", "f(x)", r"\(vocaloid\)",
        "W:\\a", "~",
    ]
)  # fmt: skip
SEPARATORS = st.sampled_from([" ", ", ", ",", "\uff0c", "\u3001", "\n", "  ", "\u3000"])
PASTED = st.lists(st.tuples(PIECES, SEPARATORS), min_size=1, max_size=8).map(
    lambda pairs: "".join(piece + separator for piece, separator in pairs)
)


@given(PASTED, st.sampled_from(["", "x", "x "]))
@example("Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512", "")
@example("smile :)", "")
def test_pasted_text_finds_the_file_that_contains_it(pasted: str, before: str) -> None:
    node = parse_query(pasted, NOW)

    assert evaluate(node, Subject("/lib/a.png", text=f"{before}{pasted}y"))


@given(st.text(st.sampled_from("ab:()\"'/\\-!,=<>~|*?[] \u201c\u201d\u2019\uff0c#.1\n"), max_size=30))
def test_every_text_is_parsed_or_found_in_quotes(text: str) -> None:
    try:
        parse_query(text, NOW)
    except QueryError:
        assert evaluate(parse_query(quote_text(text), NOW), Subject("/lib/a.png", text=f"x{text}x"))
