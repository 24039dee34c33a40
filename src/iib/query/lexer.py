"""Splits the text of a query into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from iib.errors import QueryError

MAX_LENGTH = 10_000
FIELD = re.compile(r"([A-Za-z_]+):")
COMPARED = re.compile(r"([A-Za-z_]+)(?=(?:>=|<=|>|<|=)\S)")
WORD_END = frozenset(" \t\r\n()\u3000")
PATHS = frozenset(("folder", "in", "dir"))  # fields whose values may start with a slash, which opens no regex
REGEX_END = WORD_END - {"("} | {","}


class Kind(str, Enum):
    """The kinds of tokens in a query."""

    WORD = "word"
    PHRASE = "phrase"
    REGEX = "regex"
    FIELD = "field"
    OPEN = "("
    CLOSE = ")"
    NOT = "not"
    AND = "and"
    OR = "or"
    COMMA = ","
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token: `text` is the content without quotes; `tight` is True if no blank precedes it."""

    kind: Kind
    text: str
    position: int
    length: int
    tight: bool = False


WORDS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT, "&&": Kind.AND, "||": Kind.OR, "|": Kind.OR}


def tokenize(text: str, fields: frozenset[str], comparable: frozenset[str]) -> list[Token]:
    """Return the tokens of a query; the last one is END.

    `fields` are the valid field names; the names in `comparable` may precede `>` and `<`.
    Raises `QueryError` for an unclosed quote and for a text of more than `MAX_LENGTH` characters.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"a query has at most {MAX_LENGTH} characters", MAX_LENGTH)
    tokens: list[Token] = []
    position = 0
    was_blank = True
    list_depth = 0  # inside `field:( ... )`, where commas separate
    depth = 0
    while position < len(text):
        if text[position].isspace():
            was_blank, position = True, position + 1
            continue
        after_field = bool(tokens) and tokens[-1].kind is Kind.FIELD and not was_blank
        is_path = after_field and tokens[-1].text.lower() in PATHS
        token = _next(
            text, position, fields, comparable, after_field=after_field, in_list=list_depth > 0, is_path=is_path
        )
        token = Token(token.kind, token.text, token.position, token.length, tight=not was_blank)
        if token.kind is Kind.OPEN:
            depth += 1
            if after_field:
                list_depth = depth
        elif token.kind is Kind.CLOSE:
            if depth == list_depth:
                list_depth = 0
            depth = max(0, depth - 1)
        tokens.append(token)
        position += token.length
        was_blank = False
    tokens.append(Token(Kind.END, "", len(text), 0))
    return tokens


def _next(
    text: str,
    position: int,
    fields: frozenset[str],
    comparable: frozenset[str],
    *,
    after_field: bool,
    in_list: bool,
    is_path: bool,
) -> Token:
    character = text[position]
    if character in "()":
        return Token(Kind(character), character, position, 1)
    if character == '"':
        return _quoted(text, position, '"', Kind.PHRASE)
    if character == "/" and not is_path and _closes(text, position):
        return _quoted(text, position, "/", Kind.REGEX)
    if in_list and character == ",":
        return Token(Kind.COMMA, ",", position, 1)
    if not after_field:
        if character in "-!" and position + 1 < len(text) and not text[position + 1].isspace():
            return Token(Kind.NOT, character, position, 1)
        field = FIELD.match(text, position) or COMPARED.match(text, position)
        if field and field.group(1).lower() in (fields if field.group().endswith(":") else comparable):
            return Token(Kind.FIELD, field.group(1), position, field.end() - position)
    if after_field and text.startswith('="', position):
        return Token(Kind.WORD, "=", position, 1)
    end = position
    while end < len(text) and text[end] not in WORD_END and not (in_list and text[end] == ","):
        end += 1
    word = text[position:end]
    kind = Kind.WORD if after_field else WORDS.get(word, Kind.WORD)
    return Token(kind, word, position, end - position)


def _closes(text: str, position: int) -> bool:
    """Returns True if the slash at `position` has a closing slash before a blank, a bracket, a comma or the end."""
    end = _end_of(text, position, "/")
    return end > position + 1 and (end + 1 >= len(text) or text[end + 1] in REGEX_END)


def _end_of(text: str, position: int, quote: str) -> int:
    end = position + 1
    while end < len(text):
        if text[end] == "\\":
            end += 2
            continue
        if text[end] == quote:
            return end
        end += 1
    return -1


def _quoted(text: str, position: int, quote: str, kind: Kind) -> Token:
    end = _end_of(text, position, quote)
    if end < 0:
        raise QueryError("this quote is not closed", position, len(text) - position, text[position:] + quote)
    inner = text[position + 1 : end]
    inner = re.sub(r'\\(["\\])', r"\1", inner) if kind is Kind.PHRASE else inner.replace("\\/", "/")
    return Token(kind, inner, position, end + 1 - position)
