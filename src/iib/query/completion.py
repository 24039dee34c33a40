"""Finds the part of a query at the text cursor and lists its completions. Pure: reads no data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iib.query import fields
from iib.query.fields import Field, FieldKind

WORD = re.compile(r'(?:^|[\s(,])-?(?P<word>"[^"]*|[^\s(),"]*)$')
IN_FIELD = re.compile(
    r'(?:^|[\s(])-?(?P<field>[A-Za-z_]+):(?P<list>\((?:[^()]*,)?\s*)?(?P<equals>=?)(?P<value>"[^"]*|[^\s(),"]*)$'
)
PLAIN = re.compile(r"[^\s(),\"*?]+")
OPERATORS = frozenset(("AND", "OR", "NOT", "|", "||", "&&"))


@dataclass(frozen=True, slots=True)
class TypedPart:
    """The part `text[start:end]` of a query that a person types.

    `value` is its content without quotes; `field` None means a plain word.
    """

    start: int
    end: int
    value: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Completion:
    """A proposed completion: `insert` replaces the typed part."""

    insert: str
    help: str


def typed_part_at(text: str, position: int) -> TypedPart:
    """Return the part of a query that ends at `position`.

    >>> part = typed_part_at("cat model:sd", 12)
    >>> part.start, part.value, part.field.name
    (10, 'sd', 'model')
    """
    before = text[:position]
    match = IN_FIELD.search(before)
    if match is not None and match.group("field").lower() in fields.NAMES:
        start = match.start("value")
        return TypedPart(start, position, _content(match.group("value")), fields.BY_NAME[match.group("field").lower()])
    word = WORD.search(before)
    start = word.start("word") if word is not None else position
    return TypedPart(start, position, _content(before[start:]), None)


def complete_field(prefix: str) -> list[Completion]:
    """Lists the fields whose name or alias starts with `prefix`.

    >>> [completion.insert for completion in complete_field("ckp")]
    ['model:']
    """
    lowered = prefix.lower()
    return [
        Completion(f"{field.name}:", field.help)
        for field in fields.FIELDS
        if lowered and any(name.startswith(lowered) for name in (field.name, *field.aliases))
    ]


def complete_fixed_value(field: Field, prefix: str) -> list[Completion]:
    """Lists the values that start with `prefix`, for fields with a fixed set of values; empty for other fields."""
    words: tuple[str, ...] = {
        FieldKind.KIND: fields.KINDS,
        FieldKind.FLAG: fields.FLAGS,
        FieldKind.HAS: fields.HAS,
        FieldKind.RATIO: (*fields.SHAPES, "16:9", "3:2", "2:3", "1:1"),
        FieldKind.SIZE: (*fields.SHAPES, "1024x1024", ">2mp", ">5mb"),
        FieldKind.DATE: ("today", "yesterday", "7d", "1m", "1y"),
        FieldKind.RATING: (">=4", ">=3", "5", "none"),
    }.get(field.kind, ())
    return [Completion(word, "") for word in words if word.startswith(prefix.lower())]


def quote_value(value: str) -> str:
    """Return a value as a query writes it after a field: in quotes only where the language requires them.

    >>> print(quote_value("sdxl"), quote_value("Euler a"))
    sdxl "Euler a"
    """
    if PLAIN.fullmatch(value) and value[0] not in "=<>/-" and value not in OPERATORS:
        return value
    return quote_text(value)


def quote_text(text: str) -> str:
    """Returns the phrase that finds a text exactly as it is.

    >>> print(quote_text('say "hi"'))
    "say \\"hi\\""
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _content(typed: str) -> str:
    return typed.removeprefix('"').replace('\\"', '"')
