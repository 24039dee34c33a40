"""What is being typed at a place of a query: the part to complete, and what it may become. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iib.query import fields
from iib.query.fields import Field, FieldKind

WORD = re.compile(r'(?:^|[\s(,])-?(?P<word>"[^"]*|[^\s(),"]*)$')
IN_FIELD = re.compile(
    r'(?:^|[\s(])-?(?P<field>[A-Za-z_]+):(?P<list>\((?:[^()]*,)?\s*)?(?P<mark>=?)(?P<value>"[^"]*|[^\s(),"]*)$'
)
PLAIN = re.compile(r"[^\s(),\"*?]+")
OPERATORS = frozenset(("AND", "OR", "NOT", "|", "||", "&&"))


@dataclass(frozen=True, slots=True)
class TypedPart:
    """`text[start:end]` is being typed; `value` is its content without quotes. `field` None: a plain word."""

    start: int
    end: int
    value: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: `insert` replaces the typed part."""

    insert: str
    help: str


def typed_part_at(text: str, position: int) -> TypedPart:
    """The part of a query that ends at this place."""
    before = text[:position]
    found = IN_FIELD.search(before)
    if found is not None and found.group("field").lower() in fields.NAMES:
        start = found.start("value")
        return TypedPart(start, position, _content(found.group("value")), fields.BY_NAME[found.group("field").lower()])
    word = WORD.search(before)
    start = word.start("word") if word is not None else position
    return TypedPart(start, position, _content(before[start:]), None)


def complete_field(prefix: str) -> list[Completion]:
    """Fields whose name begins so; exact beginnings of aliases too."""
    wanted = prefix.lower()
    return [
        Completion(f"{field.name}:", field.help)
        for field in fields.FIELDS
        if wanted and any(name.startswith(wanted) for name in (field.name, *field.aliases))
    ]


def complete_fixed_value(field: Field, prefix: str) -> list[Completion]:
    """Values of fields that know only a few words."""
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
    """A value as it is written after a field: in quotes if it must be."""
    if PLAIN.fullmatch(value) and value[0] not in "=<>/-" and value not in OPERATORS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _content(typed: str) -> str:
    return typed.removeprefix('"').replace('\\"', '"')
