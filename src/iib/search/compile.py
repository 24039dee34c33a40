"""From the tree of a query to files: sets where an index knows the answer, the real text where it only proposes.

Every part becomes a `Part`: a mask over media ids that holds every match (None: all files), and whether the mask is
the answer already. Only files inside an inexact mask are read and decided, newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from iib._lib.fold import fold
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
from iib.query.required import AllOf, AnyOf, Literal, Need, required
from iib.search.facts import FactColumns
from iib.search.filters import View
from iib.search.likeness import Likeness, similar_mask
from iib.search.names import TagNames
from iib.search.numbers import number_mask
from iib.search.order import Mask, Snapshot
from iib.search.personal import Personal
from iib.search.text import TextFinder

SHORT = 3
SMALL = 2_000  # so few files are read rather than asked of the text index
KIND_OF = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
MARK_OF = {"prompt": Mark.PROMPT, "negative": Mark.NEGATIVE, "text": Mark.TEXT}


@dataclass(frozen=True, slots=True)
class Part:
    """`mask` None: every file. `exact`: files in the mask match; otherwise they may."""

    mask: Mask | None
    exact: bool


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles for one view of the library."""

    view: View
    facts: FactColumns
    names: TagNames
    finder: TextFinder
    personal: Personal
    likeness: Likeness
    folder_mask: Callable[[Sequence[str], Snapshot], Mask]
    extension_mask: Callable[[FactColumns, Pattern, int], Mask]
    leaves: dict[Node, Part]  # decided leaves, used again when single files are verified

    @property
    def size(self) -> int:
        """Length of masks."""
        return len(self.view.rank)

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
        known = self.leaves.get(node)
        if known is None:
            known = self.leaves[node] = self._leaf(node)
        return known

    def _all(self, nodes: Sequence[Node]) -> Part:
        """Cheap and exact parts first: when they leave few files, the text index is not asked at all."""
        mask: Mask | None = None
        exact = True
        for node in sorted(nodes, key=holds_text):
            if holds_text(node) and mask is not None and int(mask.sum()) <= SMALL:
                exact = False
                continue
            part = self.part(node)
            exact &= part.exact
            if part.mask is not None:
                mask = part.mask if mask is None else mask & part.mask
        return Part(mask, exact)

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
        if isinstance(node, TextTerm):
            return self._text(node)
        if isinstance(node, SimilarTerm):
            return Part(similar_mask(self.likeness, node, self.size), exact=True)
        return Part(self._set(node), exact=True)

    def _set(self, node: Node) -> Mask:
        snapshot = self.view.snapshot
        if isinstance(node, FacetTerm):
            if node.facet is Facet.ALBUM:
                return self.personal.album_mask(node.pattern, self.size)
            if node.facet is Facet.EXT:
                return self.extension_mask(self.facts, node.pattern, self.size)
            return self.names.mask(node, self.size, snapshot.revision)
        if isinstance(node, NumberTerm):
            return number_mask(node, snapshot.columns, self.facts, self.personal, self.size)
        if isinstance(node, KindTerm):
            found: Mask = snapshot.columns.kind[: self.size] == int(KIND_OF[node.kind])
            return found
        if isinstance(node, FolderTerm):
            return self.folder_mask([node.path], snapshot)[snapshot.columns.folder_id[: self.size]]
        if isinstance(node, FlagTerm):
            return self.personal.flag_mask(node.flag, self.size)
        assert isinstance(node, HasTerm)  # noqa: S101  (the last kind of leaf)
        return self._has(node.thing)

    def _has(self, thing: str) -> Mask:
        facts, size = self.facts, self.size
        if thing in MARK_OF:
            marked: Mask = (facts.marks[:size] & int(MARK_OF[thing])) != 0
            return marked
        simple: dict[str, Callable[[], Mask]] = {
            "steps": lambda: facts.steps[:size] >= 0,
            "cfg": lambda: ~np.isnan(facts.cfg[:size]),
            "seed": facts.has_seed[:size].copy,
            "problem": facts.has_problem[:size].copy,
            "rating": lambda: self.personal.ratings(size) > 0,
            "tag": lambda: self.personal.tagged_mask(size),
            "album": lambda: self.personal.album_mask(None, size),
            "size": lambda: (self.view.columns.width_px[:size] > 0) & (self.view.columns.height_px[:size] > 0),
        }
        if thing in simple:
            return simple[thing]()
        return self.names.any_mask(Facet(thing), size, self.view.snapshot.revision)

    def _text(self, term: TextTerm) -> Part:
        if term.pattern.match is Match.REGEX:
            need = required(term.pattern.value, SHORT)
            if need is None:
                return Part(None, exact=False)
            mask = self._needed(need)
            if mask is not None:
                mask |= (self.facts.marks[: self.size] & int(Mark.RESHAPED)) != 0
            return Part(mask, exact=False)
        literals = [text for text in literals_of(term.pattern) if text]
        if not literals:
            return Part(None, exact=not fold(term.pattern.value).strip("*") and term.target is Target.ANY)
        mask = self._needed(AllOf(tuple(Literal(text) for text in literals)))
        is_one = (
            len(literals) == 1
            and len(literals[0]) <= SHORT
            and "\n" not in literals[0]
            and term.pattern.match is Match.CONTAINS
        )
        is_exact = is_one and term.target is Target.ANY and mask is not None
        return Part(mask, exact=is_exact and self.finder.is_whole)

    def _needed(self, need: Need) -> Mask | None:
        """Files that may hold what is needed; None when nearly all do and asking would be wasted."""
        if isinstance(need, Literal):
            if self.finder.is_common(need.text, self.view):
                return None
            found = np.zeros(self.size, dtype=np.bool_)
            found[self.view.ids[self.finder.candidates(self.view, need.text)]] = True
            return found
        masks = [self._needed(part) for part in need.parts]
        if isinstance(need, AnyOf):
            known = [mask for mask in masks if mask is not None]
            return np.logical_or.reduce(known) if len(known) == len(masks) else None
        known = [mask for mask in masks if mask is not None]
        return np.logical_and.reduce(known) if known else None


def holds_text(node: Node) -> bool:
    """True if a part of it is a text term."""
    if isinstance(node, And | Or):
        return any(holds_text(part) for part in node.parts)
    return holds_text(node.part) if isinstance(node, Not) else isinstance(node, TextTerm)
