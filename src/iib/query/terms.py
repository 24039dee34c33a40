"""Builds the tree node of one field with one value."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from iib.errors import QueryError
from iib.model import MAX_RATING, MAX_SQLITE_INTEGER
from iib.query import fields, values
from iib.query.ast import (
    SAME_SUBJECT,
    And,
    Facet,
    FacetTerm,
    FlagTerm,
    FolderTerm,
    HasTerm,
    Interval,
    KindTerm,
    Match,
    Node,
    NumberTerm,
    Or,
    Pattern,
    Quantity,
    SimilarTerm,
    Target,
    TextTerm,
)
from iib.query.fields import Field, FieldKind
from iib.query.lexer import Kind
from iib.query.patterns import pattern_of

OPERATORS = (">=", "<=", ">", "<", "=")
MIN_SIMILARITY = re.compile(r"~([0-9]*\.?[0-9]+)$")
MAX_DIGITS = 20
APOSTROPHES = re.compile("['\u2018\u2019\u02bc]")


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value as written in the query. `exact`: an equals sign precedes it."""

    text: str
    kind: Kind
    position: int
    length: int
    exact: bool = False

    def error(self, message: str, suggestion: str | None = None) -> QueryError:
        """Return the error with the position of this value."""
        return QueryError(message, self.position, self.length, suggestion)


def build_term(field: Field, value: FieldValue, now: datetime) -> Node:
    """Return the node of `field:value`. Raises `QueryError` for a value that is not valid for the field."""
    return _BUILDERS[field.kind](field, value, now)


def _text(field: Field, value: FieldValue, _now: datetime) -> Node:
    assert isinstance(field.subject, Target)  # noqa: S101  (by the table of fields)
    return text_term(field.subject, _pattern(value))


def text_term(target: Target, pattern: Pattern) -> Node:
    """Returns the term of a text; a text with an apostrophe is found with straight and with curly ones, and as written.

    >>> text_term(Target.ANY, Pattern("it's")) == text_term(Target.ANY, Pattern("it\u2019s"))
    True
    """
    return _any_of([TextTerm(target, spelling) for spelling in _spellings(pattern)])


def _spellings(pattern: Pattern) -> list[Pattern]:
    is_literal = pattern.match in (Match.REGEX, Match.EXACT)
    if is_literal or not APOSTROPHES.search(pattern.value):
        return [pattern]
    values = dict.fromkeys(
        [APOSTROPHES.sub("'", pattern.value), APOSTROPHES.sub("\u2019", pattern.value), pattern.value]
    )
    return [Pattern(value, pattern.match) for value in values]


def _any_of(terms: Sequence[Node]) -> Node:
    return terms[0] if len(terms) == 1 else Or(tuple(terms))


def _facet(field: Field, value: FieldValue, _now: datetime) -> Node:
    assert isinstance(field.subject, Facet)  # noqa: S101  (by the table of fields)
    facet, pattern = field.subject, _pattern(value)
    if facet is Facet.EXT and pattern.match is Match.CONTAINS:
        return FacetTerm(facet, Pattern(pattern.value.lstrip("."), Match.EXACT))
    spellings = _spellings(pattern)
    if facet in (Facet.TAG, Facet.ALBUM) and pattern.match is Match.CONTAINS:
        spellings = [Pattern(spelling.value, Match.EXACT) for spelling in spellings]
    return _any_of([FacetTerm(facet, spelling) for spelling in spellings])


def _pattern(value: FieldValue) -> Pattern:
    if value.kind is Kind.WORD and value.text.startswith("=") and len(value.text) > 1:
        return Pattern(value.text[1:], Match.EXACT)
    if value.exact:
        return Pattern(value.text, Match.EXACT)
    return pattern_of(value.text, value.kind, value.position, value.length)


def _number(field: Field, value: FieldValue, _now: datetime) -> Node:
    return _number_term(field, _interval(field, value, values.read_number))


def _bytes(field: Field, value: FieldValue, _now: datetime) -> Node:
    return _number_term(field, _interval(field, value, values.read_bytes))


def _duration(field: Field, value: FieldValue, _now: datetime) -> Node:
    return _number_term(field, _interval(field, value, values.read_duration))


def _date(field: Field, value: FieldValue, now: datetime) -> Node:
    return _number_term(field, _interval(field, value, values.date_reader(now)))


def _rating(field: Field, value: FieldValue, _now: datetime) -> Node:
    if value.text.lower() == "none":
        return _number_term(field, Interval(0, 0))
    interval = _interval(field, value, values.read_number)
    for end in (interval.low, interval.high):
        if end is not None and not 0 <= end <= MAX_RATING:
            raise value.error(f"a rating is a number from 0 to {MAX_RATING}", "rating:>=4")
    return _number_term(field, interval)


def _number_term(field: Field, interval: Interval) -> Node:
    assert isinstance(field.subject, Quantity)  # noqa: S101  (by the table of fields)
    return NumberTerm(field.subject, interval)


def _size(field: Field, value: FieldValue, _now: datetime) -> Node:
    """Reads a size in pixels, megapixels or bytes, or a shape."""
    shape = values.read_shape(value.text)
    if shape is not None:
        return NumberTerm(Quantity.RATIO, shape)
    operator, rest = _split_operator(value.text)
    dimensions = values.read_dimensions(rest)
    if dimensions is not None:
        width, height = (_compare(operator, Interval(side, side)) for side in dimensions)
        return And((NumberTerm(Quantity.WIDTH, width), NumberTerm(Quantity.HEIGHT, height)))
    first = rest.partition("..")[0] or rest.partition("..")[2]
    if values.read_megapixels(first) is not None:
        return NumberTerm(Quantity.PIXELS, _interval(field, value, values.read_megapixels))
    return NumberTerm(Quantity.BYTES, _interval(field, value, values.read_bytes))


def _ratio(field: Field, value: FieldValue, _now: datetime) -> Node:
    shape = values.read_shape(value.text)
    return NumberTerm(Quantity.RATIO, shape if shape is not None else _interval(field, value, values.read_ratio))


def _kind(_field: Field, value: FieldValue, _now: datetime) -> Node:
    return KindTerm(_one_of(value, fields.KINDS))


def _flag(_field: Field, value: FieldValue, _now: datetime) -> Node:
    return FlagTerm(_one_of(value, fields.FLAGS))


def _has(_field: Field, value: FieldValue, _now: datetime) -> Node:
    return HasTerm(_one_of(value, fields.HAS))


def _folder(_field: Field, value: FieldValue, _now: datetime) -> Node:
    is_home = value.text == "~" or value.text.startswith(("~/", "~\\"))
    return FolderTerm(os.path.expanduser(value.text) if is_home else value.text)  # noqa: PTH111  (a text, not a file)


def _similar(field: Field, value: FieldValue, _now: datetime) -> Node:
    """Reads a reference: digits without quotes are a media id. `~0.8` at the end is the minimum similarity."""
    if value.kind is Kind.REGEX:
        raise value.error(f"{field.name}: takes no regular expression", field.example)
    suffix = MIN_SIMILARITY.search(value.text)
    text = (value.text[: suffix.start()] if suffix else value.text).strip()
    min_similarity = float(suffix.group(1)) if suffix else SAME_SUBJECT
    if min_similarity > 1:
        raise value.error("a similarity is a number from 0 to 1", "similar:123~0.8")
    if not text:
        raise value.error(f"{field.name}: needs the id of a file or a description", field.example)
    if value.kind is Kind.WORD and text.isascii() and text.isdigit():
        return SimilarTerm(min(int(text[:MAX_DIGITS]), MAX_SQLITE_INTEGER), min_similarity)
    return SimilarTerm(text, min_similarity)


def _one_of(value: FieldValue, words: tuple[str, ...]) -> str:
    word = value.text.lower().removesuffix("s") if value.text.lower() not in words else value.text.lower()
    if word in words:
        return word
    similar_words = get_close_matches(word, words, 1)
    raise value.error(f"{value.text!r} is none of {', '.join(words)}", similar_words[0] if similar_words else None)


def _interval(field: Field, value: FieldValue, read: values.Reader) -> Interval:
    if value.kind is Kind.REGEX:
        raise value.error(f"{field.name}: takes no regular expression", field.example)
    text = value.text.strip()
    if ".." in text:
        first, _, last = text.partition("..")
        low, high = (_read(field, value, part, read) if part else None for part in (first, last))
        if low is None and high is None:
            raise value.error("a range needs at least one end", field.example)
        return Interval(
            low.low if low else None,
            high.high if high else None,
            low.low_open if low else False,
            high.high_open if high else False,
        )
    operator, rest = _split_operator(text)
    return _compare(operator, _read(field, value, rest, read))


def _read(field: Field, value: FieldValue, text: str, read: values.Reader) -> Interval:
    interval = read(text)
    if interval is None:
        raise value.error(f"{text!r} is no value of {field.name}:", field.example)
    return interval


def _split_operator(text: str) -> tuple[str, str]:
    operator = next((operator for operator in OPERATORS if text.startswith(operator)), "")
    return operator, text[len(operator) :].strip()


def _compare(operator: str, span: Interval) -> Interval:
    """Return the numbers that are in this relation to all numbers of a span, such as a month."""
    if operator == ">":
        return Interval(span.high, None, low_open=not span.high_open)
    if operator == ">=":
        return Interval(span.low, None, low_open=span.low_open)
    if operator == "<":
        return Interval(None, span.low, high_open=not span.low_open)
    if operator == "<=":
        return Interval(None, span.high, high_open=span.high_open)
    return span


_BUILDERS: dict[FieldKind, Callable[[Field, FieldValue, datetime], Node]] = {
    FieldKind.TEXT: _text,
    FieldKind.FACET: _facet,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.SIZE: _size,
    FieldKind.RATIO: _ratio,
    FieldKind.BYTES: _bytes,
    FieldKind.DURATION: _duration,
    FieldKind.RATING: _rating,
    FieldKind.KIND: _kind,
    FieldKind.FLAG: _flag,
    FieldKind.FOLDER: _folder,
    FieldKind.HAS: _has,
    FieldKind.SIMILAR: _similar,
}
