"""The syntax tree of a query: frozen values that need no database and no clock.

`parse` builds the tree, `evaluate` defines its meaning, and the query engine of the search room compiles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

SAME_SUBJECT = 0.9  # similarity of two prompts with the same subject (see `semantic.embedding.calibration`)


class Target(str, Enum):
    """The part of a file that a text term searches."""

    ANY = "any"  # full path and generation text
    TEXT = "text"  # generation text
    PROMPT = "prompt"
    NEGATIVE = "negative"
    PATH = "path"
    NAME = "name"


class Facet(str, Enum):
    """Named properties; a file has any number of names per property."""

    MODEL = "model"
    LORA = "lora"
    SAMPLER = "sampler"
    SCHEDULER = "scheduler"
    TOOL = "tool"
    EXT = "ext"
    TAG = "tag"
    ALBUM = "album"


class Quantity(str, Enum):
    """Numeric properties of a file. A file without a value matches no interval of that property."""

    STEPS = "steps"
    CFG = "cfg"
    SEED = "seed"
    WIDTH = "width"
    HEIGHT = "height"
    PIXELS = "pixels"
    RATIO = "ratio"  # width / height
    BYTES = "bytes"
    DATE = "date"  # seconds since the epoch
    RATING = "rating"  # 0: not rated
    DURATION = "duration"  # seconds
    ID = "id"


class Match(str, Enum):
    """The comparison of a pattern with a text; both are folded (see `iib._lib.text_folding`), except for REGEX."""

    CONTAINS = "contains"
    EXACT = "exact"
    WILDCARD = "wildcard"  # `*` any run, `?` any one character
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text to compare with; `value` is the text as written in the query."""

    value: str
    match: Match = Match.CONTAINS


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` to `high`; None: unbounded. An end is included unless its `_open` flag is set."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def contains(self, value: float) -> bool:
        """Returns True if the number is inside the interval."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.high_open)


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every file of the view."""


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Matches files whose target contains or equals the pattern."""

    target: Target
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class FacetTerm:
    """Matches files that have a name of this facet that fits the pattern."""

    facet: Facet
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class FolderTerm:
    """Matches files in this folder or below it."""

    path: str


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """Matches files whose number is inside the interval."""

    quantity: Quantity
    interval: Interval


@dataclass(frozen=True, slots=True)
class KindTerm:
    """Matches files of one kind: `image`, `video` or `audio`."""

    kind: str


@dataclass(frozen=True, slots=True)
class FlagTerm:
    """Matches files with the flag `pick`, `reject` or `none`."""

    flag: str


@dataclass(frozen=True, slots=True)
class HasTerm:
    """Matches files with any value of a property.

    `property_name` is the name of a facet or quantity, or one of prompt, negative, text, problem.
    """

    property_name: str


@dataclass(frozen=True, slots=True)
class SimilarTerm:
    """Matches files whose prompt has a similarity (0 to 1) of at least `min_similarity` to the reference.

    `reference` is a media id or a text.
    """

    reference: int | str
    min_similarity: float = SAME_SUBJECT


@dataclass(frozen=True, slots=True)
class Not:
    """Matches files that the part does not match."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """Matches files that all parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Matches files that at least one part matches."""

    parts: tuple[Node, ...]


Leaf: TypeAlias = (
    Everything | TextTerm | FacetTerm | FolderTerm | NumberTerm | KindTerm | FlagTerm | HasTerm | SimilarTerm
)
Node: TypeAlias = Leaf | Not | And | Or
