"""Evaluates a query on one file in plain Python. Tests use it as the oracle of the query engine."""

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
from iib.query.folders import compile_folder, folder_of
from iib.query.patterns import compile_matcher


@dataclass(frozen=True, slots=True)
class Subject:
    """All properties of one file that a query can test. Missing numbers are None; a missing rating is 0."""

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


ScoreOf: TypeAlias = Callable[[SimilarTerm, Subject], "float | None"]  # similarity 0 to 1; None: no vector


def evaluate(node: Node, subject: Subject, score_of: ScoreOf | None = None) -> bool:
    """Returns True if the file matches. `score_of` scores `similar:` terms; without it they raise `Unsupported`."""
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
        return score is not None and score >= node.min_similarity
    if isinstance(node, TextTerm):
        return matches_text(node, subject.path, subject.text, subject.prompt, subject.negative)
    if isinstance(node, FacetTerm):
        return _matches_facet(node, subject)
    if isinstance(node, NumberTerm):
        value = number_of(subject, node.quantity)
        return value is not None and node.interval.contains(value)
    if isinstance(node, FolderTerm):
        return is_in_folder(subject.path, node.path)
    if isinstance(node, KindTerm):
        return subject.kind == node.kind
    if isinstance(node, FlagTerm):
        return subject.flag == node.flag
    return _has_property(node.property_name, subject)


def similarity(node: Node, subject: Subject, score_of: ScoreOf) -> float | None:
    """Return the similarity of the file to the `similar:` terms of the query.

    An AND takes the minimum, an OR the maximum of its parts. Parts without `similar:` and NOT parts do not count.
    None: no part counts, or the file has no score.
    """
    if isinstance(node, SimilarTerm):
        return score_of(node, subject)
    if isinstance(node, And | Or):
        scores = [similarity(part, subject, score_of) for part in node.parts if contains_similar(part)]
        present = [score for score in scores if score is not None]
        if not present or (isinstance(node, And) and len(present) < len(scores)):
            return None
        return min(present) if isinstance(node, And) else max(present)
    return None


def contains_similar(node: Node) -> bool:
    """Returns True if the tree contains a `similar:` term outside of every NOT."""
    if isinstance(node, And | Or):
        return any(contains_similar(part) for part in node.parts)
    return isinstance(node, SimilarTerm)


def _score(node: SimilarTerm, subject: Subject, score_of: ScoreOf | None) -> float | None:
    if score_of is None:
        raise Unsupported("similar: requires semantic search")
    return score_of(node, subject)


def matches_text(term: TextTerm, path: str, text: str, prompt: str, negative: str) -> bool:
    """Returns True if the text term matches. Regular expressions also test the file name, so that `^` can match it."""
    matches = compile_matcher(term.pattern, whole=False)
    if term.target is Target.ANY:
        if matches(path) or matches(text):
            return True
        return term.pattern.match is Match.REGEX and matches(os.path.basename(path))  # noqa: PTH119
    target_text = {
        Target.TEXT: text,
        Target.PROMPT: prompt,
        Target.NEGATIVE: negative,
        Target.PATH: path,
        Target.NAME: os.path.basename(path),  # noqa: PTH119
    }[term.target]
    return matches(target_text)


def number_of(subject: Subject, quantity: Quantity) -> float | None:
    """Return a number of the file; pixels and ratio are computed from width and height."""
    if quantity in (Quantity.PIXELS, Quantity.RATIO):
        width, height = subject.numbers.get(Quantity.WIDTH), subject.numbers.get(Quantity.HEIGHT)
        if not width or not height:
            return None
        return width * height if quantity is Quantity.PIXELS else width / height
    return subject.numbers.get(quantity, 0 if quantity is Quantity.RATING else None)


def is_in_folder(path: str, folder: str) -> bool:
    """Returns True if the path is below the folder, compared by whole components (see `iib.query.folders`).

    >>> is_in_folder("/lib/cats/a.png", "/lib/"), is_in_folder("/library/a.png", "/lib")
    (True, False)
    """
    return compile_folder(folder)(folder_of(path))


def _matches_facet(term: FacetTerm, subject: Subject) -> bool:
    matches_folded = compile_matcher(term.pattern, whole=True)

    def matches(name: str) -> bool:
        return matches_folded(fold(name))

    if term.facet is Facet.TAG:
        return any(matches(name) for _kind, name in subject.tags)
    if term.facet is Facet.EXT:
        return matches(extension_of(subject.path))
    return any(matches(name) for name in subject.names.get(term.facet, ()))


def extension_of(path: str) -> str:
    """Return the folded extension of a path without the dot.

    >>> extension_of("/lib/Cat.PNG")
    'png'
    """
    return fold(os.path.splitext(path)[1][1:])  # noqa: PTH122


def _has_property(property_name: str, subject: Subject) -> bool:
    texts = {"prompt": subject.prompt, "negative": subject.negative, "text": subject.text}
    if property_name in texts:
        return bool(texts[property_name].strip())
    if property_name == "tag":
        custom = TagKind.CUSTOM.value
        return any(kind == custom for kind, _name in subject.tags)
    if property_name == "problem":
        return subject.has_problem
    if property_name == "size":
        return bool(subject.numbers.get(Quantity.WIDTH) and subject.numbers.get(Quantity.HEIGHT))
    if property_name == "rating":
        return bool(subject.numbers.get(Quantity.RATING))
    if property_name in ("steps", "cfg", "seed"):
        return subject.numbers.get(Quantity(property_name)) is not None
    return bool(subject.names.get(Facet(property_name), ()))
