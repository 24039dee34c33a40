"""From the tree of a query to files: sets where an index knows the answer, the real text where it only proposes.

Every part becomes a `Part`: a mask over media ids that holds every match (None: all files), and whether the mask is
the answer already. Only files inside an inexact mask are read and decided, newest first.

A compiler may be bound to ranges of ids: then the full-text index is asked for these only, and masks tell nothing of
files outside of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np

from iib._lib.text_folding import fold
from iib.model.facts import Mark
from iib.model.media import MediaKind
from iib.query.ast import (
    And,
    Everything,
    Facet,
    FacetTerm,
    FlagTerm,
    FolderTerm,
    HasTerm,
    KindTerm,
    Match,
    Node,
    Not,
    NumberTerm,
    Or,
    Pattern,
    SimilarTerm,
    Target,
    TextTerm,
)
from iib.query.patterns import literals_of
from iib.query.required import AllOf, Literal, Need, required
from iib.search.facts import FactColumns, LibraryFacts
from iib.search.filters import View
from iib.search.likeness import Likeness, similar_mask
from iib.search.names import TagNames
from iib.search.numbers import number_mask
from iib.search.order import Mask, Snapshot
from iib.search.personal import Personal
from iib.search.text import COMMON_SHORT, Ranges, TextFinder

SHORT = 3
WORTH_A_LOOK = 0.5  # share of files that hold a text; if more do, it rules out too few
SMALL = 4_000  # so few files are read rather than asked of the text index
KIND_OF = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
MARK_OF = {"prompt": Mark.PROMPT, "negative": Mark.NEGATIVE, "text": Mark.TEXT}


@dataclass(frozen=True, slots=True)
class Part:
    """`mask` None: every file. `exact`: files in the mask match; otherwise they may."""

    mask: Mask | None
    exact: bool


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the files in the view, about how many match, and how many will be proposed (0-1)."""

    hits: float
    proposed: float


class Loaded:
    """Facts and personal sets for one query: read when first asked for, then the same to its end."""

    def __init__(self, facts: LibraryFacts, capacity: int, personal: Callable[[], Personal]) -> None:
        self._library = facts
        self._capacity = capacity
        self._load_personal = personal

    @cached_property
    def facts(self) -> FactColumns:
        """Numbers of the files."""
        return self._library.columns(self._capacity)

    @cached_property
    def facts_at_hand(self) -> FactColumns | None:
        """The same; None while they are not loaded, which takes seconds for a million files."""
        return self.facts if self._library.is_loaded else None

    @cached_property
    def personal(self) -> Personal:
        """What people said."""
        return self._load_personal()


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles for one view of the library. `ranges` None: the full-text index is not asked, any file may match."""

    view: View
    loaded: Loaded
    names: TagNames
    finder: TextFinder
    likeness: Likeness
    folder_mask: Callable[[Sequence[str], Snapshot], Mask]
    extension_mask: Callable[[FactColumns, Pattern, int], Mask]
    ranges: Ranges | None
    leaves: dict[Node, Part]  # decided leaves but texts, used again for other ranges and when files are verified

    @property
    def size(self) -> int:
        """Length of masks."""
        return len(self.view.rank)

    def within(self, ranges: Ranges | None) -> Compiler:
        """The same for other ranges of ids."""
        return replace(self, ranges=ranges)

    def shares(self, node: Node) -> Shares:
        """How much of the library the node is about; texts are judged by a sample."""
        if isinstance(node, And):
            parts = [self.shares(part) for part in node.parts]
            return Shares(min(part.hits for part in parts), min(part.proposed for part in parts))
        if isinstance(node, Or):
            parts = [self.shares(part) for part in node.parts]
            return Shares(min(1.0, sum(part.hits for part in parts)), min(1.0, sum(part.proposed for part in parts)))
        if isinstance(node, TextTerm):
            return self._text_shares(node)
        if isinstance(node, Not):
            inner = self.shares(node.part)
            return Shares(1 - inner.hits, 1.0 if holds_text(node) else 1 - inner.proposed)
        mask = self.part(node).mask
        share = 1.0 if mask is None else min(1.0, int(np.count_nonzero(mask)) / max(1, len(self.view.ids)))
        return Shares(share, share)

    def part(self, node: Node) -> Part:
        """Compile one node. Raises what `Likeness.scores` raises."""
        if isinstance(node, And):
            return self._all(node.parts)
        if isinstance(node, Or):
            return self._any([self.part(item) for item in node.parts])
        if isinstance(node, Not):
            inner = self.part(node.part)
            if not inner.exact:
                return Part(None, exact=False)
            return Part(np.zeros(self.size, np.bool_) if inner.mask is None else ~inner.mask, exact=True)
        if isinstance(node, TextTerm):
            return self._text(node)
        known = self.leaves.get(node)
        if known is None:
            known = self.leaves[node] = self._leaf(node)
        return known

    def _all(self, nodes: Sequence[Node]) -> Part:
        """Cheap and exact parts first: when they leave few files, the text index is not asked at all."""
        mask: Mask | None = None
        exact = True
        for node in sorted(nodes, key=holds_text):
            if holds_text(node) and mask is not None and self._count(mask) <= SMALL:
                exact = False
                continue
            part = self.part(node)
            exact &= part.exact
            if part.mask is not None:
                mask = part.mask if mask is None else mask & part.mask
        return Part(mask, exact)

    def _count(self, mask: Mask) -> int:
        if self.ranges is None:
            return 0
        return sum(int(np.count_nonzero(mask[first : last + 1])) for first, last in self.ranges)

    @staticmethod
    def _any(parts: Sequence[Part]) -> Part:
        """A part that may hold everything makes the whole of it uncertain, unless it certainly does."""
        if any(part.mask is None and part.exact for part in parts):
            return Part(None, exact=True)
        if any(part.mask is None for part in parts):
            return Part(None, exact=False)
        masks = [part.mask for part in parts if part.mask is not None]
        return Part(np.logical_or.reduce(masks), all(part.exact for part in parts))

    def _leaf(self, node: Node) -> Part:
        if isinstance(node, Everything):
            return Part(None, exact=True)
        if isinstance(node, SimilarTerm):
            return Part(similar_mask(self.likeness, node, self.size), exact=True)
        return Part(self._set(node), exact=True)

    def _set(self, node: Node) -> Mask:
        snapshot = self.view.snapshot
        if isinstance(node, FacetTerm):
            if node.facet is Facet.ALBUM:
                return self.loaded.personal.album_mask(node.pattern, self.size)
            if node.facet is Facet.EXT:
                return self.extension_mask(self.loaded.facts, node.pattern, self.size)
            return self.names.mask(node, self.size, snapshot.revision)
        if isinstance(node, NumberTerm):
            return number_mask(node, snapshot.columns, self.loaded, self.size)
        if isinstance(node, KindTerm):
            found: Mask = snapshot.columns.kind[: self.size] == int(KIND_OF[node.kind])
            return found
        if isinstance(node, FolderTerm):
            return self.folder_mask([node.path], snapshot)[snapshot.columns.folder_id[: self.size]]
        if isinstance(node, FlagTerm):
            return self.loaded.personal.flag_mask(node.flag, self.size)
        assert isinstance(node, HasTerm)  # noqa: S101  (the last kind of leaf)
        return self._has(node.thing)

    def _has(self, thing: str) -> Mask:
        size, loaded = self.size, self.loaded
        if thing in MARK_OF:
            marked: Mask = (loaded.facts.marks[:size] & int(MARK_OF[thing])) != 0
            return marked
        simple: dict[str, Callable[[], Mask]] = {
            "steps": lambda: loaded.facts.steps[:size] >= 0,
            "cfg": lambda: ~np.isnan(loaded.facts.cfg[:size]),
            "seed": lambda: loaded.facts.has_seed[:size] & True,
            "problem": lambda: loaded.facts.has_problem[:size] & True,
            "rating": lambda: loaded.personal.ratings(size) > 0,
            "tag": lambda: loaded.personal.tagged_mask(size),
            "album": lambda: loaded.personal.album_mask(None, size),
            "size": lambda: (self.view.columns.width_px[:size] > 0) & (self.view.columns.height_px[:size] > 0),
        }
        if thing in simple:
            return simple[thing]()
        return self.names.any_mask(Facet(thing), size, self.view.snapshot.revision)

    def _text(self, term: TextTerm) -> Part:
        if term.pattern.match is Match.REGEX:
            need = required(term.pattern.value, SHORT)
            mask = None if need is None else self._proposed(need)
            if mask is not None:
                mask |= (self.loaded.facts.marks[: self.size] & int(Mark.RESHAPED)) != 0
            return Part(mask, exact=False)
        literals = [text for text in literals_of(term.pattern) if text]
        if not literals:
            return Part(None, exact=not fold(term.pattern.value).strip("*") and term.target is Target.ANY)
        mask = self._proposed(AllOf(tuple(Literal(text) for text in literals)))
        is_one = (
            len(literals) == 1
            and len(literals[0]) <= SHORT
            and "\n" not in literals[0]
            and term.pattern.match is Match.CONTAINS
        )
        is_exact = is_one and term.target is Target.ANY and mask is not None
        return Part(mask, exact=is_exact and self.finder.is_whole)

    def rarest_literal(self, term: TextTerm) -> str | None:
        """A folded text that every match of a regular expression holds and many files do not, to look for before the
        expression is tried."""
        need = required(term.pattern.value, SHORT)
        parts = need.parts if isinstance(need, AllOf) else (need,)
        library_size = len(self.view.snapshot.order)
        shares = [
            (self.finder.share(part.text, library_size), part.text) for part in parts if isinstance(part, Literal)
        ]
        share, text = min(shares, default=(1.0, ""))
        return text if share < WORTH_A_LOOK else None

    def _text_shares(self, term: TextTerm) -> Shares:
        library_size = len(self.view.snapshot.order)
        if term.pattern.match is Match.REGEX:
            need = required(term.pattern.value, SHORT)
            plan = None if need is None else self.finder.plan(need, library_size)
            return Shares(0.0, 1.0 if plan is None else plan.share)
        literals = [text for text in literals_of(term.pattern) if text]
        if not literals:
            return Shares(1.0, 1.0)
        hits = min(self.finder.share(text, library_size) for text in literals)
        long = tuple(Literal(text) for text in literals if len(text) >= SHORT)
        plan = self.finder.plan(AllOf(long), library_size) if long else None
        return Shares(hits, hits if plan is None and not long else 1.0 if plan is None else plan.share)

    def _proposed(self, need: Need) -> Mask | None:
        """Files that may hold what is needed; None when nearly all do and asking would be wasted."""
        if self.ranges is None:
            return None
        library_size = len(self.view.snapshot.order)
        short, long = _by_length(need)
        proposed = [
            self.finder.propose_short(text, self.ranges)
            for text in short
            if self.finder.share(text, library_size) <= COMMON_SHORT
        ]
        plan = None if long is None else self.finder.plan(long, library_size)
        if plan is not None:
            proposed.append(self.finder.propose(plan, self.ranges))
        if not proposed:
            return None
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[reduce(lambda left, right: np.intersect1d(left, right, assume_unique=True), proposed)] = True
        return mask


def _by_length(need: Need) -> tuple[list[str], Need | None]:
    """The texts of one or two characters among those that are all needed, and the rest of the need."""
    if not isinstance(need, AllOf):
        return [], need
    short = [part.text for part in need.parts if isinstance(part, Literal) and len(part.text) < SHORT]
    long = tuple(part for part in need.parts if not (isinstance(part, Literal) and len(part.text) < SHORT))
    return short, AllOf(long) if long else None


def holds_text(node: Node) -> bool:
    """True if a part of it is a text term."""
    if isinstance(node, And | Or):
        return any(holds_text(part) for part in node.parts)
    return holds_text(node.part) if isinstance(node, Not) else isinstance(node, TextTerm)
