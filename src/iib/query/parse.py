"""From text to tree.

Grammar (a blank between two parts means AND; OR binds weaker than AND, NOT strongest):

    query  = or
    or     = and { ("OR" | "|" | "||") and }
    and    = not { ["AND" | "&&"] not }
    not    = ("NOT" | "-" | "!") not | atom
    atom   = "(" query ")" | field ":" value | text
    value  = "(" one { "," one } ")" | one            any of them
    one    = ("=" | ">" | ">=" | "<" | "<=") scalar | scalar ".." scalar | scalar
    text   = word | "phrase" | /regular expression/

`parse('cat -dog steps:>30')` gives And(cat, Not(dog), steps in (30, inf)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from iib.errors import QueryError
from iib.query import fields
from iib.query.ast import And, Everything, Node, Not, Or, Pattern, Target, TextTerm
from iib.query.lexer import Kind, Token, tokenize
from iib.query.patterns import pattern_of
from iib.query.terms import Scalar, make_term

MAX_PARTS = 200
MAX_DEPTH = 40
STARTS = (Kind.WORD, Kind.PHRASE, Kind.REGEX, Kind.FIELD, Kind.OPEN, Kind.NOT)


def parse_query(text: str, now: datetime | None = None) -> Node:
    """The meaning of a query; an empty one is `Everything`. `now` (local, without zone) anchors relative dates.

    Raises `QueryError` with the place of the mistake.
    """
    tokens = tokenize(text, fields.NAMES, fields.COMPARABLE)
    parser = _Parser(tokens, now or datetime.now())
    return parser.query()


@dataclass
class _Parser:
    tokens: list[Token]
    now: datetime
    place: int = 0
    parts: int = 0

    def query(self) -> Node:
        if self._peek().kind is Kind.END:
            return Everything()
        found = self._or(0)
        left = self._peek()
        if left.kind is Kind.CLOSE:
            raise QueryError("this bracket closes nothing", left.position)
        if left.kind is not Kind.END:
            raise QueryError(f"{left.text!r} is not expected here", left.position, left.length)
        return found

    def _peek(self) -> Token:
        return self.tokens[self.place]

    def _take(self) -> Token:
        token = self.tokens[self.place]
        if token.kind is not Kind.END:
            self.place += 1
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
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise QueryError(f"a query has at most {MAX_PARTS} parts", token.position, token.length)
        if token.kind is Kind.OPEN:
            return self._group(token, depth)
        if token.kind is Kind.FIELD:
            return self._field(token)
        if token.kind in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
            return TextTerm(Target.ANY, self._pattern(token))
        if token.kind is Kind.END:
            raise QueryError("something is missing at the end", token.position)
        raise QueryError(f"{token.text!r} needs something before it", token.position, token.length)

    def _group(self, opening: Token, depth: int) -> Node:
        self._check_depth(depth, opening)
        if self._peek().kind is Kind.CLOSE:
            raise QueryError("nothing stands between these brackets", opening.position, 2)
        found = self._or(depth + 1)
        if self._peek().kind is not Kind.CLOSE:
            raise QueryError("this bracket is never closed", opening.position)
        self._take()
        return found

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
        if not value.tight or value.kind in (Kind.END, Kind.CLOSE):
            raise QueryError(f"a value is missing after {token.text}:", token.position, token.length, field.example)
        if value.kind is not Kind.OPEN:
            return make_term(field, self._scalar(), self.now)
        opening = self._take()
        found: list[Node] = []
        while True:
            if self._peek().kind not in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
                raise QueryError(f"a value of {token.text}: is missing", self._peek().position)
            self.parts += 1
            found.append(make_term(field, self._scalar(), self.now))
            following = self._take()
            if following.kind is Kind.CLOSE:
                return found[0] if len(found) == 1 else Or(tuple(found))
            if following.kind is not Kind.COMMA and following.kind is not Kind.OR:
                self._not_in_list(following, opening)

    @staticmethod
    def _not_in_list(token: Token, opening: Token) -> None:
        if token.kind is Kind.END:
            raise QueryError("this bracket is never closed", opening.position)
        raise QueryError("values of a list are separated by commas", token.position, token.length)

    def _scalar(self) -> Scalar:
        """A word, or an operator directly followed by a phrase (`model:="a b"`)."""
        token = self._take()
        following = self._peek()
        if token.kind is Kind.WORD and token.text == "=" and following.kind is Kind.PHRASE and following.tight:
            self._take()
            return Scalar(following.text, Kind.PHRASE, token.position, token.length + following.length, exact=True)
        if token.kind not in (Kind.WORD, Kind.PHRASE, Kind.REGEX):
            raise QueryError("a value is missing here", token.position, token.length)
        return Scalar(token.text, token.kind, token.position, token.length)
