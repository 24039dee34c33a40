"""What a query means, as a tree of frozen values. Pure: no database, no clock.

`parse` makes it, `evaluate` is its plain meaning, the search room compiles it, `to_text` writes it down again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

SAME_SUBJECT = 0.9  # the public similarity from which two prompts share their subject (see `semantic.calibration`)


class Target(str, Enum):
    """Where a text is looked for."""

    ANY = "any"  # full path and generation text
    TEXT = "text"  # generation text
    PROMPT = "prompt"
    NEGATIVE = "negative"
    PATH = "path"
    NAME = "name"


class Facet(str, Enum):
    """Named properties of which a file has none, one or several."""

    MODEL = "model"
    LORA = "lora"
    SAMPLER = "sampler"
    SCHEDULER = "scheduler"
    TOOL = "tool"
    EXT = "ext"
    TAG = "tag"
    ALBUM = "album"


class Quantity(str, Enum):
    """Numbers of a file. A file that lacks a number matches no interval of it."""

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
    """How a text is compared; everything is folded first (see `iib._lib.text_folding`), but for regular expressions."""

    CONTAINS = "contains"
    EXACT = "exact"
    WILDCARD = "wildcard"  # `*` any run, `?` any one character
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One text to compare with; `value` is as written."""

    value: str
    match: Match = Match.CONTAINS


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` to `high`; None is open. An end belongs to the interval unless its `_open` flag is set."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        """True if the number lies inside."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.high_open)


@dataclass(frozen=True, slots=True)
class Everything:
    """Every file."""


@dataclass(frozen=True, slots=True)
class TextTerm:
    """A text occurs in the target."""

    target: Target
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class FacetTerm:
    """One of the file's names of this facet matches."""

    facet: Facet
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class FolderTerm:
    """The file lies in this folder or below."""

    path: str


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """A number of the file lies in the interval."""

    quantity: Quantity
    interval: Interval


@dataclass(frozen=True, slots=True)
class KindTerm:
    """The file is an `image`, a `video` or an `audio`."""

    kind: str


@dataclass(frozen=True, slots=True)
class FlagTerm:
    """The file is flagged `pick` or `reject`, or `none`."""

    flag: str


@dataclass(frozen=True, slots=True)
class HasTerm:
    """The file has any value of this property (a facet or quantity name, or prompt, negative, text, problem)."""

    thing: str


@dataclass(frozen=True, slots=True)
class SimilarTerm:
    """The file's prompt means what the reference says: the public similarity of the two is `least` or more.

    `reference` is the id of a file, or a text.
    """

    reference: int | str
    least: float = SAME_SUBJECT


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """All parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part matches."""

    parts: tuple[Node, ...]


Leaf: TypeAlias = (
    Everything | TextTerm | FacetTerm | FolderTerm | NumberTerm | KindTerm | FlagTerm | HasTerm | SimilarTerm
)
Node: TypeAlias = Leaf | Not | And | Or
