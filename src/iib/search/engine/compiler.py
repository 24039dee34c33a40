"""From a query to the files that may match: each term is resolved once, and the resolved tree answers three questions.

`estimate` tells how many files a node is about, `candidates` which files may match, and `decide` which of some files
do match. Sets know the answer; of texts, the index only proposes files, whose real text is then read, newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Protocol

import numpy as np

from iib._lib.linear_regex import CompiledPattern, compile_pattern
from iib._lib.text_folding import fold
from iib.model import TextFlag
from iib.query import (
    AllOf,
    And,
    Leaf,
    Literal,
    Match,
    Matcher,
    Node,
    Not,
    Or,
    RequiredText,
    Target,
    TextTerm,
    compile_folded_matcher,
    required_texts,
)
from iib.search.engine.set_terms import QueryInputs, SetTerms
from iib.search.fulltext.searcher import TrigramSearcher
from iib.search.fulltext.trigram_selectivity import TrigramPlan
from iib.search.library.snapshot import Ids, Mask, Ranges
from iib.search.library.view import View
from iib.search.limits import SearchLimits

SHORT = 3  # characters; a text with fewer has no trigram of its own
WORTH_A_LOOK = 0.5  # share of files that hold a text; if more do, it rules out too few


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """`mask` None: every file. `exact`: files in the mask match; otherwise they may."""

    mask: Mask | None
    exact: bool


@dataclass(frozen=True, slots=True)
class Selectivity:
    """Of the files in the view, about how many match, and how many will be proposed (0-1)."""

    hits: float
    proposed: float


class TextReader(Protocol):
    """Decides text terms on the real texts of files."""

    def matching(self, term: ResolvedTerm, ids: Ids) -> Mask:
        """The files, by their place in `ids`, whose text matches the term."""
        ...


class ResolvedNode(Protocol):
    """A node of a query whose terms are resolved. Safe from two threads."""

    @property
    def holds_text(self) -> bool:
        """True if a part of it is a text term, so that files have to be read."""
        ...

    @property
    def cost(self) -> int:
        """The order in which parts are decided: 0 for sets, 1 for substrings, 2 for what reads file by file."""
        ...

    def estimate(self) -> Selectivity:
        """The share of the library that the node is about. Sets are counted, texts are judged by a sample."""
        ...

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Files inside these ranges of ids that may match; a mask tells nothing of files outside of them.

        `ranges` None: the full-text index is not asked, so any file may hold a text.
        """
        ...

    def decide(self, ids: Ids, reader: TextReader) -> Mask:
        """The files, by their place in `ids`, that match."""
        ...


class ResolvedSet:
    """A term that a set of files answers. The mask is computed when it is first needed."""

    holds_text = False
    cost = 0

    def __init__(self, term: Leaf, sets: SetTerms) -> None:
        self._term = term
        self._sets = sets

    @cached_property
    def _mask(self) -> Mask | None:
        return self._sets.mask(self._term)

    def estimate(self) -> Selectivity:
        """The exact share."""
        files = max(1, len(self._sets.view.ids))
        share = 1.0 if self._mask is None else min(1.0, int(np.count_nonzero(self._mask)) / files)
        return Selectivity(share, share)

    def candidates(self, _ranges: Ranges | None) -> CandidateSet:
        """Exactly the files of the set."""
        return CandidateSet(self._mask, exact=True)

    def decide(self, ids: Ids, _reader: TextReader) -> Mask:
        """Members of the set."""
        return np.ones(len(ids), dtype=np.bool_) if self._mask is None else self._mask[ids]


class ResolvedTerm:
    """A text term with all that is derived from its pattern: required texts, the question to the index, matchers.

    `needle` is the folded value. `finder` and `library_size` are for estimates of how frequent texts are.
    """

    holds_text = True

    def __init__(
        self, term: TextTerm, finder: TrigramSearcher, loaded: QueryInputs, view: View, common_short_share: float
    ) -> None:
        self.target = term.target
        self.pattern = term.pattern
        self.is_regex = term.pattern.match is Match.REGEX
        self.is_substring = term.pattern.match is Match.CONTAINS
        self.needle = "" if self.is_regex else fold(term.pattern.value)
        self.cost = 1 if self.is_substring else 2
        self._needed = required_texts(term.pattern)
        self._literals = _literals(self._needed)
        self._finder = finder
        self._loaded = loaded
        self._size = len(view.rank)
        self._library_size = len(view.snapshot.order)
        self._common_short_share = common_short_share

    def estimate(self) -> Selectivity:
        """Judged by a sample. Matches of a regular expression are taken to be rare."""
        if self._needed is None:
            return Selectivity(0.0 if self.is_regex else 1.0, 1.0)
        proposed = 1.0 if self._plan is None else self._plan.share
        if self.is_regex:
            return Selectivity(0.0, proposed)
        hits = min(self._shares.values())
        return Selectivity(hits, hits if self._long is None else proposed)

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """What the index proposes; exact for one text of one to three characters, which is a trigram or begins one."""
        mask = None if ranges is None else self._proposed(ranges)
        if self._needed is None:
            is_everything = not self.is_regex and not self.needle.strip("*")
            return CandidateSet(None, exact=is_everything and self.target is Target.ANY)
        if mask is None:
            return CandidateSet(None, exact=False)
        if self.is_regex:
            mask |= (self._loaded.facts.text_flags[: self._size] & int(TextFlag.FOLDING_CHANGES_TEXT)) != 0
            return CandidateSet(mask, exact=False)
        is_trigram = self.is_substring and len(self.needle) <= SHORT and "\n" not in self.needle
        return CandidateSet(mask, exact=is_trigram and self.target is Target.ANY and self._finder.is_whole)

    def decide(self, ids: Ids, reader: TextReader) -> Mask:
        """Read the texts."""
        return reader.matching(self, ids)

    @cached_property
    def regex(self) -> CompiledPattern:
        """The compiled regular expression; for terms that are one."""
        return compile_pattern(self.pattern.value)

    @cached_property
    def folded_matcher(self) -> Matcher:
        """A test of a folded text; for terms that are no regular expression."""
        return compile_folded_matcher(self.pattern, whole=False)

    @cached_property
    def rarest_literal(self) -> str:
        """A folded text that every match holds and many files do not, to look for before a regular expression is
        tried; "" if there is none."""
        share, text = min(((share, text) for text, share in self._shares.items()), default=(1.0, ""))
        return text if share < WORTH_A_LOOK else ""

    @cached_property
    def _shares(self) -> dict[str, float]:
        """By required text, about how many files (0-1) hold it."""
        return {text: self._finder.share(text, self._library_size) for text in self._literals}

    @cached_property
    def _long(self) -> RequiredText | None:
        """The required texts with trigrams."""
        if not isinstance(self._needed, AllOf):
            return self._needed
        parts = [part for part in self._needed.parts if not (isinstance(part, Literal) and len(part.text) < SHORT)]
        return AllOf(tuple(parts)) if parts else None

    @cached_property
    def _plan(self) -> TrigramPlan | None:
        """How to ask for the long texts; None when nearly all files would be proposed."""
        return None if self._long is None else self._finder.plan(self._long, self._library_size)

    def _proposed(self, ranges: Ranges) -> Mask | None:
        """Files that may hold the required texts; None when nearly all do and asking would be wasted."""
        short = [text for text in self._literals if len(text) < SHORT]
        proposed = [
            self._finder.propose_short(text, ranges) for text in short if self._shares[text] <= self._common_short_share
        ]
        if self._plan is not None:
            proposed.append(self._finder.propose(self._plan, ranges))
        if not proposed:
            return None
        mask = np.zeros(self._size, dtype=np.bool_)
        mask[reduce(lambda left, right: np.intersect1d(left, right, assume_unique=True), proposed)] = True
        return mask


class ResolvedNot:
    """The files that do not match the part."""

    def __init__(self, part: ResolvedNode, size: int) -> None:
        self._part = part
        self._size = size
        self.holds_text = part.holds_text
        self.cost = 2 if part.holds_text else 0

    def estimate(self) -> Selectivity:
        """All other files; where texts decide, any file is proposed."""
        inner = self._part.estimate()
        return Selectivity(1 - inner.hits, 1.0 if self.holds_text else 1 - inner.proposed)

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """The others where the part is certain, else any file."""
        inner = self._part.candidates(ranges)
        if not inner.exact:
            return CandidateSet(None, exact=False)
        return CandidateSet(np.zeros(self._size, np.bool_) if inner.mask is None else ~inner.mask, exact=True)

    def decide(self, ids: Ids, reader: TextReader) -> Mask:
        """The opposite of the part."""
        return ~self._part.decide(ids, reader)


class _Combination:
    """Several parts. Each is decided only for the files that the parts before it left open, the cheap ones first."""

    _settles_with: bool  # the answer of one part that settles a file

    def __init__(self, parts: Sequence[ResolvedNode]) -> None:
        self._parts = parts
        self._by_cost = sorted(parts, key=lambda part: part.cost)
        self.holds_text = any(part.holds_text for part in parts)
        self.cost = 2 if self.holds_text else 0

    def decide(self, ids: Ids, reader: TextReader) -> Mask:
        """Part after part."""
        found = np.full(len(ids), not self._settles_with)
        for part in self._by_cost:
            open_ones = np.flatnonzero(found != self._settles_with)
            if not len(open_ones):
                break
            found[open_ones] = part.decide(ids[open_ones], reader)
        return found


class ResolvedAnd(_Combination):
    """The files that match all parts."""

    _settles_with = False

    def __init__(self, parts: Sequence[ResolvedNode], files_read_without_index: int) -> None:
        super().__init__(parts)
        self._few = files_read_without_index

    def estimate(self) -> Selectivity:
        """The rarest part."""
        shares = [part.estimate() for part in self._parts]
        return Selectivity(min(share.hits for share in shares), min(share.proposed for share in shares))

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Cheap and exact parts first: when they leave few files, the text index is not asked at all."""
        mask: Mask | None = None
        exact = True
        for part in sorted(self._parts, key=lambda part: part.holds_text):
            if part.holds_text and mask is not None and _count(mask, ranges) <= self._few:
                exact = False
                continue
            own = part.candidates(ranges)
            exact &= own.exact
            if own.mask is not None:
                mask = own.mask if mask is None else mask & own.mask
        return CandidateSet(mask, exact)


class ResolvedOr(_Combination):
    """The files that match at least one part."""

    _settles_with = True

    def estimate(self) -> Selectivity:
        """The sum: parts are taken to have no file in common."""
        shares = [part.estimate() for part in self._parts]
        return Selectivity(
            min(1.0, sum(share.hits for share in shares)), min(1.0, sum(share.proposed for share in shares))
        )

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """A part that may hold every file makes the whole uncertain, unless it certainly holds every file."""
        parts = [part.candidates(ranges) for part in self._parts]
        masks = [part.mask for part in parts if part.mask is not None]
        if len(masks) < len(parts):
            return CandidateSet(None, exact=any(part.mask is None and part.exact for part in parts))
        return CandidateSet(np.logical_or.reduce(masks), all(part.exact for part in parts))


class TermResolver:
    """Resolves the queries of one view: the one place that walks the tree of a query. Equal terms are resolved once."""

    def __init__(self, sets: SetTerms, finder: TrigramSearcher, limits: SearchLimits) -> None:
        self._sets = sets
        self._finder = finder
        self._limits = limits
        self._known: dict[Leaf, ResolvedNode] = {}

    def resolve_terms(self, node: Node) -> ResolvedNode:
        """The same tree with resolved terms. Reads nothing: sets and texts are read when they are needed."""
        if isinstance(node, And):
            return ResolvedAnd([self.resolve_terms(part) for part in node.parts], self._limits.files_read_without_index)
        if isinstance(node, Or):
            return ResolvedOr([self.resolve_terms(part) for part in node.parts])
        if isinstance(node, Not):
            return ResolvedNot(self.resolve_terms(node.part), len(self._sets.view.rank))
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._leaf(node)
        return known

    def _leaf(self, term: Leaf) -> ResolvedNode:
        if not isinstance(term, TextTerm):
            return ResolvedSet(term, self._sets)
        common = self._limits.common_short_share
        return ResolvedTerm(term, self._finder, self._sets.loaded, self._sets.view, common)


def _literals(need: RequiredText | None) -> list[str]:
    """The texts that are needed in any case."""
    parts = need.parts if isinstance(need, AllOf) else () if need is None else (need,)
    return [part.text for part in parts if isinstance(part, Literal)]


def _count(mask: Mask, ranges: Ranges | None) -> int:
    if ranges is None:
        return 0
    return sum(int(np.count_nonzero(mask[first : last + 1])) for first, last in ranges)
