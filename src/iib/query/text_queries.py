"""Translates requests of the public API into queries."""

from __future__ import annotations

from iib.errors import InvalidRequest
from iib.query.ast import Everything, Match, Node, Or, Pattern, Target, TextTerm
from iib.query.patterns import MAX_PATTERN, regex_problem


def substring_query(text: str, *, path_only: bool = False) -> Node:
    """The whole text, blanks and signs included, in the path or (unless `path_only`) the generation text."""
    return TextTerm(Target.PATH if path_only else Target.ANY, Pattern(text)) if text else Everything()


def regex_query(pattern: str, *, path_only: bool = False) -> Node:
    """Found in the full path, the bare name or (unless `path_only`) the generation text.

    Raises `InvalidRequest` with the reason for what is no regular expression.
    """
    if len(pattern) > MAX_PATTERN:
        raise InvalidRequest(f"this regular expression is too long (more than {MAX_PATTERN} characters)")
    problem = regex_problem(pattern)
    if problem is not None:
        raise InvalidRequest(f"bad regular expression: {problem}")
    wanted = Pattern(pattern, Match.REGEX)
    if path_only:
        return Or((TextTerm(Target.NAME, wanted), TextTerm(Target.PATH, wanted)))
    return TextTerm(Target.ANY, wanted)
