"""What one field with one value means."""

from __future__ import annotations

import re
from collections.abc import Callable
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
LEAST = re.compile(r"~([0-9]*\.?[0-9]+)$")
MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written. `exact`: an equals sign stood before it."""

    text: str
    kind: Kind
    position: int
    length: int
    exact: bool = False

    def wrong(self, message: str, suggestion: str | None = None) -> QueryError:
        """The error that points at this value."""
        return QueryError(message, self.position, self.length, suggestion)


def make_term(field: Field, value: Scalar, now: datetime) -> Node:
    """The node of `field:value`. Raises `QueryError` for a value that the field does not understand."""
    return _MAKERS[field.kind](field, value, now)


def _text(field: Field, value: Scalar, _now: datetime) -> Node:
    assert isinstance(field.subject, Target)  # noqa: S101  (by the table of fields)
    return TextTerm(field.subject, _pattern(value))


def _facet(field: Field, value: Scalar, _now: datetime) -> Node:
    assert isinstance(field.subject, Facet)  # noqa: S101  (by the table of fields)
    pattern = _pattern(value)
    if field.subject is Facet.EXT and pattern.match is Match.CONTAINS:
        return FacetTerm(Facet.EXT, Pattern(pattern.value.lstrip("."), Match.EXACT))
    if field.subject in (Facet.TAG, Facet.ALBUM) and pattern.match is Match.CONTAINS:
        return FacetTerm(field.subject, Pattern(pattern.value, Match.EXACT))
    return FacetTerm(field.subject, pattern)


def _pattern(value: Scalar) -> Pattern:
    if value.kind is Kind.WORD and value.text.startswith("=") and len(value.text) > 1:
        return Pattern(value.text[1:], Match.EXACT)
    if value.exact:
        return Pattern(value.text, Match.EXACT)
    return pattern_of(value.text, value.kind, value.position, value.length)


def _number(field: Field, value: Scalar, _now: datetime) -> Node:
    return _in(field, _interval(field, value, values.read_number))


def _bytes(field: Field, value: Scalar, _now: datetime) -> Node:
    return _in(field, _interval(field, value, values.read_bytes))


def _duration(field: Field, value: Scalar, _now: datetime) -> Node:
    return _in(field, _interval(field, value, values.read_duration))


def _date(field: Field, value: Scalar, now: datetime) -> Node:
    return _in(field, _interval(field, value, values.date_reader(now)))


def _rating(field: Field, value: Scalar, _now: datetime) -> Node:
    if value.text.lower() == "none":
        return _in(field, Interval(0, 0))
    found = _interval(field, value, values.read_number)
    for end in (found.low, found.high):
        if end is not None and not 0 <= end <= MAX_RATING:
            raise value.wrong(f"a rating lies between 0 and {MAX_RATING}", "rating:>=4")
    return _in(field, found)


def _in(field: Field, interval: Interval) -> Node:
    assert isinstance(field.subject, Quantity)  # noqa: S101  (by the table of fields)
    return NumberTerm(field.subject, interval)


def _size(field: Field, value: Scalar, _now: datetime) -> Node:
    """Pixels, megapixels, bytes or a shape."""
    shape = values.read_shape(value.text)
    if shape is not None:
        return NumberTerm(Quantity.RATIO, shape)
    operator, rest = _split_operator(value.text)
    dimensions = values.read_dimensions(rest)
    if dimensions is not None:
        width, height = (_compared(operator, Interval(side, side)) for side in dimensions)
        return And((NumberTerm(Quantity.WIDTH, width), NumberTerm(Quantity.HEIGHT, height)))
    first = rest.partition("..")[0] or rest.partition("..")[2]
    if values.read_megapixels(first) is not None:
        return NumberTerm(Quantity.PIXELS, _interval(field, value, values.read_megapixels))
    return NumberTerm(Quantity.BYTES, _interval(field, value, values.read_bytes))


def _ratio(field: Field, value: Scalar, _now: datetime) -> Node:
    shape = values.read_shape(value.text)
    return NumberTerm(Quantity.RATIO, shape if shape is not None else _interval(field, value, values.read_ratio))


def _kind(_field: Field, value: Scalar, _now: datetime) -> Node:
    return KindTerm(_one_of(value, fields.KINDS))


def _flag(_field: Field, value: Scalar, _now: datetime) -> Node:
    return FlagTerm(_one_of(value, fields.FLAGS))


def _has(_field: Field, value: Scalar, _now: datetime) -> Node:
    return HasTerm(_one_of(value, fields.HAS))


def _folder(_field: Field, value: Scalar, _now: datetime) -> Node:
    return FolderTerm(value.text)


def _similar(field: Field, value: Scalar, _now: datetime) -> Node:
    """Digits without quotes are the id of a file; `~0.8` at the end is the least similarity."""
    if value.kind is Kind.REGEX:
        raise value.wrong(f"{field.name}: takes no regular expression", field.example)
    marked = LEAST.search(value.text)
    text = (value.text[: marked.start()] if marked else value.text).strip()
    least = float(marked.group(1)) if marked else SAME_SUBJECT
    if least > 1:
        raise value.wrong("a similarity lies between 0 and 1", "similar:123~0.8")
    if not text:
        raise value.wrong(f"{field.name}: needs a file's number or a description", field.example)
    if value.kind is Kind.WORD and text.isascii() and text.isdigit():
        return SimilarTerm(min(int(text[:MAX_DIGITS]), MAX_SQLITE_INTEGER), least)
    return SimilarTerm(text, least)


def _one_of(value: Scalar, known: tuple[str, ...]) -> str:
    word = value.text.lower().removesuffix("s") if value.text.lower() not in known else value.text.lower()
    if word in known:
        return word
    near = get_close_matches(word, known, 1)
    raise value.wrong(f"{value.text!r} is none of {', '.join(known)}", near[0] if near else None)


def _interval(field: Field, value: Scalar, read: values.Reader) -> Interval:
    if value.kind is Kind.REGEX:
        raise value.wrong(f"{field.name}: takes no regular expression", field.example)
    text = value.text.strip()
    if ".." in text:
        first, _, last = text.partition("..")
        low, high = (_read(field, value, part, read) if part else None for part in (first, last))
        if low is None and high is None:
            raise value.wrong("a range needs at least one end", field.example)
        return Interval(
            low.low if low else None,
            high.high if high else None,
            low.low_open if low else False,
            high.high_open if high else False,
        )
    operator, rest = _split_operator(text)
    return _compared(operator, _read(field, value, rest, read))


def _read(field: Field, value: Scalar, text: str, read: values.Reader) -> Interval:
    found = read(text)
    if found is None:
        raise value.wrong(f"{text!r} is no value of {field.name}:", field.example)
    return found


def _split_operator(text: str) -> tuple[str, str]:
    operator = next((mark for mark in OPERATORS if text.startswith(mark)), "")
    return operator, text[len(operator) :].strip()


def _compared(operator: str, span: Interval) -> Interval:
    """The numbers that stand in this relation to a span of numbers."""
    if operator == ">":
        return Interval(span.high, None, low_open=not span.high_open)
    if operator == ">=":
        return Interval(span.low, None, low_open=span.low_open)
    if operator == "<":
        return Interval(None, span.low, high_open=not span.low_open)
    if operator == "<=":
        return Interval(None, span.high, high_open=span.high_open)
    return span


_MAKERS: dict[FieldKind, Callable[[Field, Scalar, datetime], Node]] = {
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
