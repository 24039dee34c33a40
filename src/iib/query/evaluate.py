"""The plain meaning of a query on one file: the oracle that every faster way is compared with."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from iib._lib.text_folding import fold
from iib.errors import Unsupported
from iib.model import TagKind
from iib.query.ast import (
    And,
    Everything,
    Facet,
    FacetTerm,
    FlagTerm,
    FolderTerm,
    KindTerm,
    Match,
    Node,
    Not,
    NumberTerm,
    Or,
    Quantity,
    SimilarTerm,
    Target,
    TextTerm,
)
from iib.query.patterns import compile_matcher


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything of one file that a query can ask for. Numbers it lacks are None (rating: 0)."""

    path: str
    text: str = ""
    prompt: str = ""
    negative: str = ""
    names: dict[Facet, Sequence[str]] = field(default_factory=dict)
    tags: Sequence[tuple[str, str]] = ()  # (type, name)
    numbers: dict[Quantity, float | None] = field(default_factory=dict)
    kind: str = "image"
    flag: str = "none"
    has_problem: bool = False


ScoreOf: TypeAlias = Callable[[SimilarTerm, Subject], "float | None"]  # public similarity; None: it has no vector


def evaluate(node: Node, subject: Subject, score_of: ScoreOf | None = None) -> bool:
    """Does the file match? `score_of` decides `similar:`; without it that raises `Unsupported`."""
    if isinstance(node, Everything):
        return True
    if isinstance(node, And):
        return all(evaluate(part, subject, score_of) for part in node.parts)
    if isinstance(node, Or):
        return any(evaluate(part, subject, score_of) for part in node.parts)
    if isinstance(node, Not):
        return not evaluate(node.part, subject, score_of)
    if isinstance(node, SimilarTerm):
        score = _score(node, subject, score_of)
        return score is not None and score >= node.least
    if isinstance(node, TextTerm):
        return matches_text(node, subject.path, subject.text, subject.prompt, subject.negative)
    if isinstance(node, FacetTerm):
        return _matches_facet(node, subject)
    if isinstance(node, NumberTerm):
        value = number_of(subject, node.quantity)
        return value is not None and node.interval.holds(value)
    if isinstance(node, FolderTerm):
        return is_in_folder(subject.path, node.path)
    if isinstance(node, KindTerm):
        return subject.kind == node.kind
    if isinstance(node, FlagTerm):
        return subject.flag == node.flag
    return _has(node.thing, subject)


def similarity(node: Node, subject: Subject, score_of: ScoreOf) -> float | None:
    """How like the query's `similar:` parts the file is: of an AND the least, of an OR the greatest counts; a part
    without `similar:`, and a NOT, says nothing. None: nothing says anything, or the file has no score."""
    if isinstance(node, SimilarTerm):
        return score_of(node, subject)
    if isinstance(node, And | Or):
        scores = [similarity(part, subject, score_of) for part in node.parts if contains_similar(part)]
        known = [score for score in scores if score is not None]
        if not known or (isinstance(node, And) and len(known) < len(scores)):
            return None
        return min(known) if isinstance(node, And) else max(known)
    return None


def contains_similar(node: Node) -> bool:
    """True if a part of it that is not under a NOT is `similar:`."""
    if isinstance(node, And | Or):
        return any(contains_similar(part) for part in node.parts)
    return isinstance(node, SimilarTerm)


def _score(node: SimilarTerm, subject: Subject, score_of: ScoreOf | None) -> float | None:
    if score_of is None:
        raise Unsupported("similar: needs the search by meaning")
    return score_of(node, subject)


def matches_text(term: TextTerm, path: str, text: str, prompt: str, negative: str) -> bool:
    """The meaning of a text term: regular expressions look at the bare name too, so that `^` can match it."""
    test = compile_matcher(term.pattern, whole=False)
    if term.target is Target.ANY:
        if test(path) or test(text):
            return True
        return term.pattern.match is Match.REGEX and test(os.path.basename(path))  # noqa: PTH119
    chosen = {
        Target.TEXT: text,
        Target.PROMPT: prompt,
        Target.NEGATIVE: negative,
        Target.PATH: path,
        Target.NAME: os.path.basename(path),  # noqa: PTH119
    }[term.target]
    return test(chosen)


def number_of(subject: Subject, quantity: Quantity) -> float | None:
    """A number of the file; pixels and ratio come from its sides."""
    if quantity in (Quantity.PIXELS, Quantity.RATIO):
        width, height = subject.numbers.get(Quantity.WIDTH), subject.numbers.get(Quantity.HEIGHT)
        if not width or not height:
            return None
        return width * height if quantity is Quantity.PIXELS else width / height
    return subject.numbers.get(quantity, 0 if quantity is Quantity.RATING else None)


def is_in_folder(path: str, folder: str) -> bool:
    """Whole components; a trailing separator makes no difference."""
    top = folder.rstrip("/\\") or folder
    return path.startswith((top + "/", top + "\\")) or (top in ("/", "\\") and path.startswith(top))


def _matches_facet(term: FacetTerm, subject: Subject) -> bool:
    plain = compile_matcher(term.pattern, whole=True)

    def test(name: str) -> bool:
        return plain(fold(name))

    if term.facet is Facet.TAG:
        return any(test(name) for _kind, name in subject.tags)
    if term.facet is Facet.EXT:
        return test(extension_of(subject.path))
    return any(test(name) for name in subject.names.get(term.facet, ()))


def extension_of(path: str) -> str:
    """Folded extension without the dot."""
    return fold(os.path.splitext(path)[1][1:])  # noqa: PTH122


def _has(thing: str, subject: Subject) -> bool:
    texts = {"prompt": subject.prompt, "negative": subject.negative, "text": subject.text}
    if thing in texts:
        return bool(texts[thing].strip())
    if thing == "tag":
        custom = TagKind.CUSTOM.value
        return any(kind == custom for kind, _name in subject.tags)
    if thing == "problem":
        return subject.has_problem
    if thing == "size":
        return bool(subject.numbers.get(Quantity.WIDTH) and subject.numbers.get(Quantity.HEIGHT))
    if thing == "rating":
        return bool(subject.numbers.get(Quantity.RATING))
    if thing in ("steps", "cfg", "seed"):
        return subject.numbers.get(Quantity(thing)) is not None
    return bool(subject.names.get(Facet(thing), ()))
