"""Tests of the parser of the search language."""

from __future__ import annotations

from datetime import datetime

import pytest

from iib.errors import QueryError
from iib.query.ast import (
    And,
    Everything,
    Facet,
    FacetTerm,
    FlagTerm,
    FolderTerm,
    HasTerm,
    Interval,
    KindTerm,
    Match,
    Not,
    NumberTerm,
    Or,
    Pattern,
    Quantity,
    SimilarTerm,
    Target,
    TextTerm,
)
from iib.query.completion import quote_text
from iib.query.fields import FIELDS
from iib.query.parse import parse_query

NOW = datetime(2026, 11, 25, 12, 0)


def word(text: str) -> TextTerm:
    return TextTerm(Target.ANY, Pattern(text))


def seconds(*when: int) -> float:
    return datetime(*when).timestamp()


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("   ", Everything()),
        ("cat", word("cat")),
        ("cat dog", And((word("cat"), word("dog")))),
        ("cat AND dog", And((word("cat"), word("dog")))),
        ("cat OR dog", Or((word("cat"), word("dog")))),
        ("cat | dog", Or((word("cat"), word("dog")))),
        ("cat dog OR bird", Or((And((word("cat"), word("dog"))), word("bird")))),
        ("cat (dog OR bird)", And((word("cat"), Or((word("dog"), word("bird")))))),
        ("-cat", Not(word("cat"))),
        ("NOT cat", Not(word("cat"))),
        ("--cat", Not(Not(word("cat")))),
        ("-(a b)", Not(And((word("a"), word("b"))))),
        ("sci-fi", word("sci-fi")),
        ("a - b", And((word("a"), word("-"), word("b")))),
        ("and or not", And((word("and"), word("or"), word("not")))),
        ('"blue eyes"', word("blue eyes")),
        (r'"say \"hi\" \\ there"', word('say "hi" \\ there')),
        ('"AND"', word("AND")),
        (r"/^\d+.*\.png$/", TextTerm(Target.ANY, Pattern(r"^\d+.*\.png$", Match.REGEX))),
        (r"/a\/b/", TextTerm(Target.ANY, Pattern("a/b", Match.REGEX))),
        ("1/2", word("1/2")),
        ("ca*t", TextTerm(Target.ANY, Pattern("ca*t", Match.WILDCARD))),
        ("masterpiece:1.2", word("masterpiece:1.2")),
        ("https://x.y/z", word("https://x.y/z")),
        ("prompt:cat", TextTerm(Target.PROMPT, Pattern("cat"))),
        ("PROMPT:cat", TextTerm(Target.PROMPT, Pattern("cat"))),
        ('neg:"bad hands"', TextTerm(Target.NEGATIVE, Pattern("bad hands"))),
        ("path:/home/me/pics", TextTerm(Target.PATH, Pattern("/home/me/pics"))),
        ("name:*.webp", TextTerm(Target.NAME, Pattern("*.webp", Match.WILDCARD))),
        ("folder:/pictures", FolderTerm("/pictures")),
        ("folder:/pictures/", FolderTerm("/pictures/")),
        (
            "-(folder:/lib -(/(cat|dog)s/))",
            Not(And((FolderTerm("/lib"), Not(TextTerm(Target.ANY, Pattern("(cat|dog)s", Match.REGEX)))))),
        ),
        ("model:sdxl", FacetTerm(Facet.MODEL, Pattern("sdxl"))),
        ("model:=sdxl", FacetTerm(Facet.MODEL, Pattern("sdxl", Match.EXACT))),
        ('model:="a b"', FacetTerm(Facet.MODEL, Pattern("a b", Match.EXACT))),
        ("lora:detail*", FacetTerm(Facet.LORA, Pattern("detail*", Match.WILDCARD))),
        ("tag:like", FacetTerm(Facet.TAG, Pattern("like", Match.EXACT))),
        ("ext:.PNG", FacetTerm(Facet.EXT, Pattern("PNG", Match.EXACT))),
        (
            'model:(a, "b c")',
            Or((FacetTerm(Facet.MODEL, Pattern("a")), FacetTerm(Facet.MODEL, Pattern("b c")))),
        ),
        ("kind:videos", KindTerm("video")),
        ("flag:pick", FlagTerm("pick")),
        ("has:lora", HasTerm("lora")),
        ("similar:12", SimilarTerm(12)),
        ('similar:"12"', SimilarTerm("12")),
        ("similar:12~0.75", SimilarTerm(12, 0.75)),
        ('like:"a red fox"', SimilarTerm("a red fox")),
        ('similar:"a red fox ~1"', SimilarTerm("a red fox", 1.0)),
        ("similar:fox~.5", SimilarTerm("fox", 0.5)),
    ],
)
def test_a_query_parses_to_one_tree(text: str, tree: object) -> None:
    assert parse_query(text, NOW) == tree


@pytest.mark.parametrize(
    ("text", "quantity", "interval"),
    [
        ("steps:30", Quantity.STEPS, Interval(30, 30)),
        ("steps:>30", Quantity.STEPS, Interval(30, None, low_open=True)),
        ("steps>30", Quantity.STEPS, Interval(30, None, low_open=True)),
        ("steps:<=30", Quantity.STEPS, Interval(None, 30)),
        ("cfg:5..7.5", Quantity.CFG, Interval(5, 7.5)),
        ("cfg:..7", Quantity.CFG, Interval(None, 7)),
        ("seed:18446744073709551615", Quantity.SEED, Interval(2**64 - 1, 2**64 - 1)),
        ("bytes:>5mb", Quantity.BYTES, Interval(5 * 2**20, None, low_open=True)),
        ("size:>1.5kb", Quantity.BYTES, Interval(1536, None, low_open=True)),
        ("size:2mp", Quantity.PIXELS, Interval(1_500_000, 2_500_000, high_open=True)),
        ("size:portrait", Quantity.RATIO, Interval(None, 0.99, high_open=True)),
        ("rating:>=4", Quantity.RATING, Interval(4, None)),
        ("rating:none", Quantity.RATING, Interval(0, 0)),
        ("duration:>2min", Quantity.DURATION, Interval(121, None)),
        ("date:2026", Quantity.DATE, Interval(seconds(2026, 1, 1), seconds(2027, 1, 1), high_open=True)),
        ("date:2026-12", Quantity.DATE, Interval(seconds(2026, 12, 1), seconds(2027, 1, 1), high_open=True)),
        ("date:2026-11-03", Quantity.DATE, Interval(seconds(2026, 11, 3), seconds(2026, 11, 4), high_open=True)),
        ("date:>2026-11", Quantity.DATE, Interval(seconds(2026, 12, 1), None)),
        ("date:>=2026-11", Quantity.DATE, Interval(seconds(2026, 11, 1), None)),
        ("date:<2026-11", Quantity.DATE, Interval(None, seconds(2026, 11, 1), high_open=True)),
        ("date:2026-01..2026-03", Quantity.DATE, Interval(seconds(2026, 1, 1), seconds(2026, 4, 1), high_open=True)),
        ("date:today", Quantity.DATE, Interval(seconds(2026, 11, 25), seconds(2026, 11, 26), high_open=True)),
        ("date:7d", Quantity.DATE, Interval(seconds(2026, 11, 18, 12), None)),
    ],
)
def test_numbers_and_dates_become_intervals(text: str, quantity: Quantity, interval: Interval) -> None:
    assert parse_query(text, NOW) == NumberTerm(quantity, interval)


def test_a_size_in_pixels_compares_width_and_height() -> None:
    node = parse_query("size:>=1024x768", NOW)

    assert node == And(
        (NumberTerm(Quantity.WIDTH, Interval(1024, None)), NumberTerm(Quantity.HEIGHT, Interval(768, None)))
    )


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        ("(a OR b", 0, None),
        ("(a tag:b", 0, None),
        ("()", 0, None),
        ('say "hi', 4, '"hi"'),
        ("model:", 0, "model:sdxl"),
        ("(model:)", 1, "model:sdxl"),
        ("cat OR", 6, None),
        ("AND cat", 0, None),
        ("kind:vidoes", 5, "video"),
        ("date:2026-13", 5, "date:2026-01..2026-03"),
        ("date:yesterdy", 5, "date:2026-01..2026-03"),
        ("steps:many", 6, "steps:>30"),
        ("steps:..", 6, "steps:>30"),
        ("steps:/3/", 6, "steps:>30"),
        ("rating:6", 7, "rating:>=4"),
        ("x /(/", 2, None),
        ("model:(a b)", 9, None),
        ("model:(a,", 9, None),
        ("model:(a", 6, None),
        ("similar:1~1.5", 8, "similar:123~0.8"),
        ("similar:/cat/", 8, "similar:123"),
        ('similar:" ~0.5"', 8, "similar:123"),
    ],
)
def test_a_mistake_is_reported_with_its_position(text: str, position: int, suggestion: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text, NOW)

    assert caught.value.position == position
    assert caught.value.suggestion == suggestion


def either(text: str, term: object) -> Or:
    return Or((word(text), term))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1girl, solo", And((word("1girl"), word("solo")))),
        ("1girl,solo", And((word("1girl"), word("solo")))),
        ("1girl\uff0csolo\u3001cat,", And((word("1girl"), word("solo"), word("cat")))),
        ('"1girl, solo"', word("1girl, solo")),
        (",", word(",")),
        ("prompt:1girl,solo", And((TextTerm(Target.PROMPT, Pattern("1girl")), word("solo")))),
        ("folder:/a,b", FolderTerm("/a,b")),
        ("folder:/a, b", And((FolderTerm("/a"), word("b")))),
        ("Steps: 20", either("Steps: 20", NumberTerm(Quantity.STEPS, Interval(20, 20)))),
        ("seed: 1", either("seed: 1", NumberTerm(Quantity.SEED, Interval(1, 1)))),
        ("seed: -1", either("seed: -1", NumberTerm(Quantity.SEED, Interval(-1, -1)))),
        ("time: night", word("time: night")),
        ("similar: cat", word("similar: cat")),
        ("model:, x", And((word("model:"), word("x")))),
        ("prompt: (a b)", And((word("prompt:"), And((word("a"), word("b")))))),
        ('prompt: "a b"', TextTerm(Target.PROMPT, Pattern("a b"))),
        ("-steps: 20", Not(either("steps: 20", NumberTerm(Quantity.STEPS, Interval(20, 20))))),
        (
            "Steps: 20, Sampler: Euler a, Clip skip: -1",
            And(
                (
                    either("Steps: 20", NumberTerm(Quantity.STEPS, Interval(20, 20))),
                    either("Sampler: Euler", FacetTerm(Facet.SAMPLER, Pattern("Euler"))),
                    word("a"),
                    word("Clip"),
                    word("skip:"),
                    word("-1"),
                )
            ),
        ),
        ("prompt:\nblurry", Or((And((word("prompt:"), word("blurry"))), TextTerm(Target.PROMPT, Pattern("blurry"))))),
        ("\u201cbest quality\u201d", word("best quality")),
        ("\u201ebest quality\u201c x", And((word("best quality"), word("x")))),
        ("\u201cbest", word("\u201cbest")),
        ("name:\u201ca b\u201d", TextTerm(Target.NAME, Pattern("a b"))),
        ("it's", Or((word("it's"), word("it\u2019s")))),
        ("it\u2019s", Or((word("it's"), word("it\u2019s")))),
        ("smile :)", And((word("smile"), word(":)")))),
        (":(", word(":(")),
        (":-)", word(":-)")),
        (">_<", word(">_<")),
        ("-_-", word("-_-")),
        ("!!", word("!!")),
        ("(a", word("(a")),
        ("a)", word("a)")),
        ("a)b", word("a)b")),
        ("f() x", And((word("f()"), word("x")))),
        ("(a :))", And((And((word("a"), word(":"))), word(")")))),
        ("-!a", Not(Not(word("a")))),
        ('-"a b"', Not(word("a b"))),
        (r"folder:C:\Users\me", FolderTerm(r"C:\Users\me")),
        ('folder:"C:\\My Pics\\" cat "a"', And((FolderTerm("C:\\My Pics\\"), word("cat"), word("a")))),
        (r'folder:"C:\\My Pics"', FolderTerm(r"C:\My Pics")),
        (r'folder:"\\server\share\x"', FolderTerm(r"\\server\share\x")),
        (r"folder:\\server\share", FolderTerm(r"\\server\share")),
        (r'"W:\a b\"', word("W:\\a b\\")),
        (r"W:\pics", word(r"W:\pics")),
        ("file:///a/b.png", word("file:///a/b.png")),
    ],
)
def test_pasted_text_is_taken_as_it_is(text: str, tree: object) -> None:
    assert parse_query(text, NOW) == tree


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")

    assert parse_query("folder:~") == FolderTerm("/home/me")
    assert parse_query("folder:~/pics") == FolderTerm("/home/me/pics")
    assert parse_query("folder:~x") == FolderTerm("~x")


@pytest.mark.parametrize("text", ['say "hi', "cat OR", r'kind:x\y "', "(a OR b", "time:night", "size:big :)"])
def test_a_mistake_in_quotes_is_searched_for_as_text(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(text, NOW)

    assert parse_query(quote_text(text), NOW) == word(text)


@pytest.mark.parametrize("text", ["(" * 200 + "a" + ")" * 200, "-" * 3000 + "a", "a " * 5000, "x" * 10_001])
def test_a_hostile_query_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse_query(text, NOW)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_example_of_every_field_parses(field: object) -> None:
    assert parse_query(field.example, NOW) != Everything()
