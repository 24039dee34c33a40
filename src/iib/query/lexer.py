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
COMMAS = frozenset(",\uff0c\u3001")  # a comma, its full-width form, the ideographic comma
CURLY_QUOTES = frozenset("\u201c\u201d\u201e\u201f\uff02")
PATHS = frozenset(("folder", "in", "dir"))  # fields whose values may start with a slash, which opens no regex
COMMA_PATHS = PATHS | {"path", "name", "file", "filename"}  # fields whose values may contain a comma
DRIVE_LETTERS = frozenset("hw")  # fields whose names are also drive letters: `W:\\pictures`
WINDOWS_PATH = re.compile(r'"(?:[A-Za-z]:\\|\\\\)')
REGEX_END = WORD_END - {"("} | COMMAS


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


STRUCTURE = frozenset((Kind.FIELD, Kind.NOT, Kind.AND, Kind.OR, Kind.COMMA))
WORDS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT, "&&": Kind.AND, "||": Kind.OR, "|": Kind.OR}


def tokenize(text: str, fields: frozenset[str], comparable: frozenset[str]) -> list[Token]:
    """Return the tokens of a query; the last one is END.

    Commas outside of lists separate words like blanks. Brackets without a partner are parts of words.
    `fields` are the valid field names; the names in `comparable` may precede `>` and `<`.
    Raises `QueryError` for an unclosed quote and for a text of more than `MAX_LENGTH` characters.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"a query has at most {MAX_LENGTH} characters", MAX_LENGTH)
    tokens = _Lexer(text, fields, comparable).tokens()
    if not tokens and text.strip():  # commas only
        stripped = text.strip()
        tokens = [Token(Kind.WORD, stripped, text.index(stripped), len(stripped))]
    return [*join_lone_brackets(text, tokens), Token(Kind.END, "", len(text), 0)]


class _Lexer:
    """Splits one text into tokens, from the start to the end."""

    def __init__(self, text: str, fields: frozenset[str], comparable: frozenset[str]) -> None:
        self._text = text
        self._fields = fields
        self._comparable = comparable
        self._tokens: list[Token] = []
        self._is_tight = False  # no blank precedes
        self._list_depth = 0  # inside `field:( ... )`, where commas are tokens
        self._depth = 0

    def tokens(self) -> list[Token]:
        """Returns all tokens without the END."""
        text, position = self._text, 0
        while position < len(text):
            is_separator = text[position] in COMMAS and not (self._list_depth or self._follows_path_field)
            if text[position].isspace() or is_separator:
                self._is_tight, position = False, position + 1
                continue
            token = self._next(position)
            self._track_brackets(token)
            self._tokens.append(
                Token(token.kind, token.text, token.position, token.length, tight=self._is_tight and position > 0)
            )
            position += token.length
            self._is_tight = True
        return self._tokens

    @property
    def _follows_field(self) -> bool:
        return bool(self._tokens) and self._tokens[-1].kind is Kind.FIELD and self._is_tight

    @property
    def _follows_path_field(self) -> bool:
        return self._follows_field and self._tokens[-1].text.lower() in COMMA_PATHS

    @property
    def _follows_label(self) -> bool:
        """True after a blank behind a colon, as in `Clip skip: -1`: what follows is text."""
        if not self._tokens or self._is_tight:
            return False
        last = self._tokens[-1]
        return last.kind is Kind.FIELD or (last.kind is Kind.WORD and last.text.endswith(":"))

    def _track_brackets(self, token: Token) -> None:
        if token.kind is Kind.OPEN:
            self._depth += 1
            if self._follows_field:
                self._list_depth = self._depth
        elif token.kind is Kind.CLOSE:
            if self._depth == self._list_depth:
                self._list_depth = 0
            self._depth = max(0, self._depth - 1)

    def _next(self, position: int) -> Token:
        text, character, after_field = self._text, self._text[position], self._follows_field
        if character in "()":
            return Token(Kind(character), character, position, 1)
        if character == '"':
            if WINDOWS_PATH.match(text, position) and (text[position + 1] != "\\" or self._follows_path_field):
                return _windows_path(text, position)
            return _quoted(text, position, '"', Kind.PHRASE)
        if character in CURLY_QUOTES and (phrase := _curly(text, position)):
            return phrase
        is_path = after_field and self._tokens[-1].text.lower() in PATHS
        if character == "/" and not is_path and _closes(text, position):
            return _quoted(text, position, "/", Kind.REGEX)
        if character in COMMAS and self._list_depth:
            return Token(Kind.COMMA, ",", position, 1)
        if not after_field:
            if self._is_negation(position):
                return Token(Kind.NOT, character, position, 1)
            if field := self._field_at(position):
                return Token(Kind.FIELD, field.group(1), position, field.end() - position)
        if after_field and text.startswith('="', position):
            return Token(Kind.WORD, "=", position, 1)
        word = text[position : self._end_of_word(position)]
        kind = Kind.WORD if after_field or self._follows_label else WORDS.get(word, Kind.WORD)
        return Token(kind, word, position, len(word))

    def _end_of_word(self, position: int) -> int:
        """Returns the end of the word; a comma inside a path belongs to it."""
        text, end = self._text, position + 1
        while end < len(text) and text[end] not in WORD_END:
            if text[end] in COMMAS:
                is_last = end + 1 >= len(text) or text[end + 1] in WORD_END
                if is_last or self._list_depth or not self._follows_path_field:
                    break
            end += 1
        return end

    def _is_negation(self, position: int) -> bool:
        """Returns True for a minus before something to exclude; not for `-_-`, `--` or the `-1` of `Clip skip: -1`."""
        text = self._text
        if text[position] not in "-!" or position + 1 >= len(text) or self._follows_label:
            return False
        end = position
        while end < len(text) and text[end] not in WORD_END and text[end] not in COMMAS and text[end] not in '"/':
            if text[end].isalnum() or text[end] in "*?" or text[end] in CURLY_QUOTES:
                return True
            end += 1
        return end < len(text) and text[end] in '("/' and not text[position:end].strip("-!")

    def _field_at(self, position: int) -> re.Match[str] | None:
        text = self._text
        field = FIELD.match(text, position) or COMPARED.match(text, position)
        if field is None:
            return None
        name, is_compared = field.group(1).lower(), not field.group().endswith(":")
        if name not in (self._comparable if is_compared else self._fields):
            return None
        following = text[field.end() : field.end() + 2]
        is_drive = name in DRIVE_LETTERS and following[:1] in ("\\", "/")
        is_address = following == "//" and name not in PATHS
        return None if is_drive or is_address else field


def join_lone_brackets(text: str, tokens: list[Token]) -> list[Token]:
    """Makes brackets without a partner, and empty ones behind a word, parts of the words that they touch: `:)`, `f()`.

    An opening bracket stays one where operators or fields follow, because its partner was probably forgotten.
    """
    lone = _lone_brackets(tokens)
    joined: list[Token] = []
    for index, token in enumerate(tokens):
        last = joined[-1] if joined else None
        is_word = index in lone or _is_plain(text, token)
        touches = token.tight and last is not None and _is_plain(text, last)
        touches_lone = index in lone or (index - 1) in lone
        if is_word and touches and touches_lone and last is not None:
            end = token.position + token.length
            joined[-1] = Token(Kind.WORD, text[last.position : end], last.position, end - last.position, last.tight)
        elif index in lone:
            joined.append(Token(Kind.WORD, token.text, token.position, token.length, token.tight))
        else:
            joined.append(token)
    return joined


def _lone_brackets(tokens: list[Token]) -> set[int]:
    """Returns the indexes of the brackets that are text."""
    lone: set[int] = set()
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            opened.append(index)
        elif token.kind is Kind.CLOSE:
            if not opened:
                lone.add(index)
                continue
            opening = opened.pop()
            if opening == index - 1 and tokens[opening].tight and opening and tokens[opening - 1].kind is Kind.WORD:
                lone |= {opening, index}
    last_structure = max((index for index in range(len(tokens)) if _is_structure(tokens, index)), default=-1)
    for opening in opened:
        is_list = opening > 0 and tokens[opening - 1].kind is Kind.FIELD and tokens[opening].tight
        if not is_list and opening > last_structure:
            lone.add(opening)
    return lone


def _is_structure(tokens: list[Token], index: int) -> bool:
    """Returns True for operators, and for fields with a value; `Steps: 20` is a label."""
    is_label = tokens[index].kind is Kind.FIELD and not (index + 1 < len(tokens) and tokens[index + 1].tight)
    return tokens[index].kind in STRUCTURE and not is_label


def _is_plain(text: str, token: Token) -> bool:
    """Returns True for a word that is written as it is meant."""
    return token.kind is Kind.WORD and text[token.position : token.position + token.length] == token.text


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


def _curly(text: str, position: int) -> Token | None:
    """Returns the phrase in curly quotes that starts here; None if no quote closes it: then it is part of a word."""
    for closing in (CURLY_QUOTES, '"'):
        for end in range(position + 1, len(text)):
            if text[end] in closing:
                return Token(Kind.PHRASE, text[position + 1 : end], position, end + 1 - position)
    return None


def _windows_path(text: str, position: int) -> Token:
    """Returns the phrase of a Windows path: no such path contains a quote, and a backslash may end it.

    Backslashes may be doubled, as in other phrases.
    """
    end = text.find('"', position + 1)
    if end < 0:
        raise QueryError("this quote is not closed", position, len(text) - position, text[position:] + '"')
    inner = text[position + 1 : end]
    single = re.sub(r"\\+", lambda _run: "\\", inner)
    return Token(Kind.PHRASE, "\\" * inner.startswith("\\\\") + single, position, end + 1 - position)
