"""Parses texts into queries: the search language, plain substrings and regular expressions.

Grammar of the language (a blank between two parts means AND; OR binds weaker than AND, NOT strongest):

    query  = or
    or     = and { ("OR" | "|" | "||") and }
    and    = not { ["AND" | "&&"] not }
    not    = ("NOT" | "-" | "!") not | atom
    atom   = "(" query ")" | field ":" value | text
    value  = "(" item { "," item } ")" | item         any item matches
    item   = ("=" | ">" | ">=" | "<" | "<=") scalar | scalar ".." scalar | scalar
    text   = word | "phrase" | /regular expression/

A comma outside of a list separates like a blank. A blank behind the colon of a field makes it text (`_Parser._label`),
and so does a bracket without a partner (`lexer.join_lone_brackets`): pasted text finds the files that contain it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from iib.errors import InvalidRequest, QueryError
from iib.query import fields
from iib.query.ast import And, Everything, Node, Not, Or, Pattern, Target, TextTerm
from iib.query.fields import Field, FieldKind
from iib.query.lexer import Kind, Token, tokenize
from iib.query.patterns import MAX_PATTERN, pattern_of, regex_pattern, regex_problem
from iib.query.terms import FieldValue, build_term, text_term

MAX_PARTS = 200
MAX_DEPTH = 40
STARTS = (Kind.WORD, Kind.PHRASE, Kind.REGEX, Kind.FIELD, Kind.OPEN, Kind.NOT)


def parse_query(text: str, now: datetime | None = None) -> Node:
    """Parses a query of the search language; an empty text is `Everything`.

    `now` (local time without zone) anchors relative dates; None means the current time.
    Raises `QueryError` with the position of the mistake.

    >>> parse_query("rating:>=4").interval
    Interval(low=4, high=None, low_open=False, high_open=False)
    >>> parse_query("-tag:like")
    Not(part=FacetTerm(facet=<Facet.TAG: 'tag'>, pattern=Pattern(value='like', match=<Match.EXACT: 'exact'>)))
    """
    tokens = tokenize(text, fields.NAMES, fields.COMPARABLE)
    return _Parser(text, tokens, now or datetime.now()).query()


def substring_query(text: str, *, path_only: bool = False) -> Node:
    """Return the query for a text taken literally, in the path or (unless `path_only`) the generation text.

    >>> substring_query("a b").pattern.value
    'a b'
    """
    return TextTerm(Target.PATH if path_only else Target.ANY, Pattern(text)) if text else Everything()


def regex_query(pattern: str, *, path_only: bool = False) -> Node:
    """Return the query for a regular expression in path, file name or (unless `path_only`) generation text.

    Raises `InvalidRequest` with the reason if the pattern is too long or not a regular expression.
    """
    if len(pattern) > MAX_PATTERN:
        raise InvalidRequest(f"this regular expression is too long (more than {MAX_PATTERN} characters)")
    problem = regex_problem(pattern)
    if problem is not None:
        raise InvalidRequest(f"bad regular expression: {problem}")
    regex = regex_pattern(pattern)
    if path_only:
        return Or((TextTerm(Target.NAME, regex), TextTerm(Target.PATH, regex)))
    return TextTerm(Target.ANY, regex)


@dataclass
class _Parser:
    text: str
    tokens: list[Token]
    now: datetime
    index: int = 0  # of the next token
    part_count: int = 0

    def query(self) -> Node:
        if self._peek().kind is Kind.END:
            return Everything()
        node = self._or(0)
        rest = self._peek()
        if rest.kind is Kind.CLOSE:
            raise QueryError("this bracket has no opening bracket", rest.position)
        if rest.kind is not Kind.END:
            raise QueryError(f"{rest.text!r} is not expected here", rest.position, rest.length)
        return node

    def _peek(self) -> Token:
        return self.tokens[self.index]

    def _take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind is not Kind.END:
            self.index += 1
        return token

    def _or(self, depth: int) -> Node:
        parts = [self._and(depth)]
        while self._peek().kind is Kind.OR:
            self._take()
            parts.append(self._and(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self, depth: int) -> Node:
        parts = [self._not(depth)]
        while True:
            token = self._peek()
            if token.kind is Kind.AND:
                self._take()
            elif token.kind not in STARTS:
                break
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self, depth: int) -> Node:
        token = self._peek()
        if token.kind is not Kind.NOT:
            return self._atom(depth)
        self._take()
        self._check_depth(depth, token)
        return Not(self._not(depth + 1))

    def _atom(self, depth: int) -> Node:
        token = self._take()
        self.part_count += 1
        if self.part_count > MAX_PARTS:
            raise QueryError(f"a query has at most {MAX_PARTS} parts", token.position, token.length)
        if token.kind is Kind.OPEN:
            return self._group(token, depth)
        if token.kind is Kind.FIELD:
            return self._field(token)
        if token.kind in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
            return text_term(Target.ANY, self._pattern(token))
        if token.kind is Kind.END:
            raise QueryError("the query ends too early", token.position)
        raise QueryError(f"{token.text!r} needs a term before it", token.position, token.length)

    def _group(self, opening: Token, depth: int) -> Node:
        self._check_depth(depth, opening)
        if self._peek().kind is Kind.CLOSE:
            raise QueryError("these brackets are empty", opening.position, 2)
        node = self._or(depth + 1)
        if self._peek().kind is not Kind.CLOSE:
            raise QueryError("this bracket is not closed", opening.position)
        self._take()
        return node

    @staticmethod
    def _check_depth(depth: int, token: Token) -> None:
        if depth >= MAX_DEPTH:
            raise QueryError(f"brackets are nested more than {MAX_DEPTH} deep", token.position)

    @staticmethod
    def _pattern(token: Token) -> Pattern:
        return pattern_of(token.text, token.kind, token.position, token.length)

    def _field(self, token: Token) -> Node:
        field = fields.BY_NAME[token.text.lower()]
        value = self._peek()
        if value.kind in (Kind.END, Kind.CLOSE):
            raise QueryError(f"a value is missing after {token.text}:", token.position, token.length, field.example)
        if not value.tight and value.kind not in (Kind.PHRASE, Kind.REGEX):
            return self._label(field, token)
        if value.kind is not Kind.OPEN:
            return build_term(field, self._field_value(), self.now)
        opening = self._take()
        terms: list[Node] = []
        while True:
            if self._peek().kind not in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
                raise QueryError(f"a value of {token.text}: is missing", self._peek().position)
            self.part_count += 1
            terms.append(build_term(field, self._field_value(), self.now))
            following = self._take()
            if following.kind is Kind.CLOSE:
                return terms[0] if len(terms) == 1 else Or(tuple(terms))
            if following.kind is not Kind.COMMA and following.kind is not Kind.OR:
                self._raise_list_error(following, opening)

    def _label(self, field: Field, token: Token) -> Node:
        """Reads a field with a blank behind its colon, as in `Steps: 20`: the text, or the value of the field.

        What is no value of the field, and the description of `similar:`, is text only.
        """
        name, value = self.text[token.position : token.position + token.length], self._peek()
        gap = self.text[token.position + token.length : value.position]
        if value.kind is not Kind.WORD or not gap.isspace():
            return text_term(Target.ANY, Pattern(name))
        self._take()
        self.part_count += 1
        written = pattern_of(value.text, value.kind, value.position, value.length)
        if gap == " ":
            literal = text_term(Target.ANY, Pattern(f"{name} {written.value}", written.match))
        else:
            literal = And((text_term(Target.ANY, Pattern(name)), text_term(Target.ANY, written)))
        if field.kind is FieldKind.SIMILAR:
            return literal
        try:
            term = build_term(field, FieldValue(value.text, value.kind, value.position, value.length), self.now)
        except QueryError:
            return literal
        return Or((literal, term))

    @staticmethod
    def _raise_list_error(token: Token, opening: Token) -> None:
        if token.kind is Kind.END:
            raise QueryError("this bracket is not closed", opening.position)
        raise QueryError("values of a list are separated by commas", token.position, token.length)

    def _field_value(self) -> FieldValue:
        """Takes a word, a phrase, a regular expression, or "=" directly followed by a phrase (`model:="a b"`)."""
        token = self._take()
        following = self._peek()
        if token.kind is Kind.WORD and token.text == "=" and following.kind is Kind.PHRASE and following.tight:
            self._take()
            return FieldValue(following.text, Kind.PHRASE, token.position, token.length + following.length, exact=True)
        if token.kind not in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
            raise QueryError("a value is missing here", token.position, token.length)
        return FieldValue(token.text, token.kind, token.position, token.length)
