"""Compiles a query into a tree of resolved terms, which answers three questions.

`estimate` returns the share of files that match, `candidates` the files that may match, and `verify` the files that do
match. Terms about sets are answered at once. For text terms the full-text index returns candidates, whose real text is
then read, newest first. Each term is resolved once.
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

TRIGRAM_LENGTH = 3  # characters; a shorter text contains no trigram
MAX_LITERAL_SHARE = 0.5  # share of files (0-1) that contain a text; above it the text excludes too few files


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """Files that may match, as a mask over media ids; None is every file. `exact`: all files of the mask match."""

    mask: Mask | None
    exact: bool


@dataclass(frozen=True, slots=True)
class Selectivity:
    """Estimated shares (0-1) of the library: files that match, and candidates that the lookup returns."""

    hits: float
    candidates: float


class TextMatcher(Protocol):
    """Matches text terms against the real texts of files."""

    def matches(self, term: ResolvedTextTerm, ids: Ids) -> Mask:
        """Return the mask over `ids` of the files whose text matches the term."""
        ...


class ResolvedNode(Protocol):
    """A node of a query with resolved terms. Safe from two threads."""

    @property
    def contains_text(self) -> bool:
        """True if the node contains a text term, so that verification reads files."""
        ...

    @property
    def cost(self) -> int:
        """The position in the order of verification: 0 for sets, 1 for substrings, 2 for terms matched file by file."""
        ...

    def estimate(self) -> Selectivity:
        """Return the estimated shares: sets are counted, texts are estimated from a sample."""
        ...

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Return the candidates inside these ranges of ids; the mask is undefined outside of them.

        `ranges` None: the full-text index is not used, so any file may contain a text.
        """
        ...

    def verify(self, ids: Ids, text_matcher: TextMatcher) -> Mask:
        """Return the mask over `ids` of the files that match."""
        ...


class ResolvedSetTerm:
    """A term about a set of files. The mask is computed on first use."""

    contains_text = False
    cost = 0

    def __init__(self, term: Leaf, sets: SetTerms) -> None:
        self._term = term
        self._sets = sets

    @cached_property
    def _mask(self) -> Mask | None:
        return self._sets.mask(self._term)

    def estimate(self) -> Selectivity:
        """Return the exact share of the set, for matches and candidates."""
        files = max(1, len(self._sets.view.ids))
        share = 1.0 if self._mask is None else min(1.0, int(np.count_nonzero(self._mask)) / files)
        return Selectivity(share, share)

    def candidates(self, _ranges: Ranges | None) -> CandidateSet:
        """Return the files of the set, which all match."""
        return CandidateSet(self._mask, exact=True)

    def verify(self, ids: Ids, _text_matcher: TextMatcher) -> Mask:
        """Return the mask over `ids` of the members of the set."""
        return np.ones(len(ids), dtype=np.bool_) if self._mask is None else self._mask[ids]


class ResolvedTextTerm:
    """A text term with everything derived from its pattern: required texts, the lookup in the index, matchers.

    `needle` is the folded value of the pattern. `common_short_share` is the limit of the same name.
    """

    contains_text = True

    def __init__(
        self,
        term: TextTerm,
        trigram_searcher: TrigramSearcher,
        inputs: QueryInputs,
        view: View,
        common_short_share: float,
    ) -> None:
        self.target = term.target
        self.pattern = term.pattern
        self.is_regex = term.pattern.match is Match.REGEX
        self.is_substring = term.pattern.match is Match.CONTAINS
        self.needle = "" if self.is_regex else fold(term.pattern.value)
        self.cost = 1 if self.is_substring else 2
        self._required = required_texts(term.pattern)
        self._literals = _literals(self._required)
        self._trigram_searcher = trigram_searcher
        self._inputs = inputs
        self._mask_size = len(view.rank)
        self._library_size = len(view.snapshot.ids)
        self._common_short_share = common_short_share

    def estimate(self) -> Selectivity:
        """Return shares estimated from the sample. Matches of a regular expression are assumed to be rare."""
        if self._required is None:
            return Selectivity(0.0 if self.is_regex else 1.0, 1.0)
        candidates = 1.0 if self._plan is None else self._plan.share
        if self.is_regex:
            return Selectivity(0.0, candidates)
        hits = min(self._shares.values())
        return Selectivity(hits, hits if self._long_texts is None else candidates)

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Return the candidates of the index.

        They are exact for one text of one to three characters, which is a trigram or begins one.
        """
        mask = None if ranges is None else self._find_candidates(ranges)
        if self._required is None:
            is_everything = not self.is_regex and not self.needle.strip("*")
            return CandidateSet(None, exact=is_everything and self.target is Target.ANY)
        if mask is None:
            return CandidateSet(None, exact=False)
        if self.is_regex:
            mask |= (
                self._inputs.metadata_columns.text_flags[: self._mask_size] & int(TextFlag.FOLDING_CHANGES_TEXT)
            ) != 0
            return CandidateSet(mask, exact=False)
        is_trigram = self.is_substring and len(self.needle) <= TRIGRAM_LENGTH and "\n" not in self.needle
        return CandidateSet(mask, exact=is_trigram and self.target is Target.ANY and self._trigram_searcher.is_complete)

    def verify(self, ids: Ids, text_matcher: TextMatcher) -> Mask:
        """Return the mask over `ids` of the matching files, whose texts are read."""
        return text_matcher.matches(self, ids)

    @cached_property
    def regex(self) -> CompiledPattern:
        """The compiled regular expression; only for terms with a regular expression."""
        return compile_pattern(self.pattern.value)

    @cached_property
    def folded_matcher(self) -> Matcher:
        """The matcher of folded texts; only for terms without a regular expression."""
        return compile_folded_matcher(self.pattern, whole=False)

    @cached_property
    def rarest_literal(self) -> str:
        """A folded text that every match and few other files contain; "" if there is none.

        It is searched for before a regular expression is applied.
        """
        share, text = min(((share, text) for text, share in self._shares.items()), default=(1.0, ""))
        return text if share < MAX_LITERAL_SHARE else ""

    @cached_property
    def _shares(self) -> dict[str, float]:
        """The estimated share of files (0-1) that contain each required text."""
        return {text: self._trigram_searcher.share(text, self._library_size) for text in self._literals}

    @cached_property
    def _long_texts(self) -> RequiredText | None:
        """The required texts of at least three characters; None without any."""
        if not isinstance(self._required, AllOf):
            return self._required
        parts = [
            part for part in self._required.parts if not (isinstance(part, Literal) and len(part.text) < TRIGRAM_LENGTH)
        ]
        return AllOf(tuple(parts)) if parts else None

    @cached_property
    def _plan(self) -> TrigramPlan | None:
        """The lookup for the long texts; None if it would return nearly all files."""
        return None if self._long_texts is None else self._trigram_searcher.plan(self._long_texts, self._library_size)

    def _find_candidates(self, ranges: Ranges) -> Mask | None:
        """Return the files that may contain the required texts; None if the lookup would return nearly all files."""
        short = [text for text in self._literals if len(text) < TRIGRAM_LENGTH]
        id_lists = [
            self._trigram_searcher.find_short_candidates(text, ranges)
            for text in short
            if self._shares[text] <= self._common_short_share
        ]
        if self._plan is not None:
            id_lists.append(self._trigram_searcher.find_candidates(self._plan, ranges))
        if not id_lists:
            return None
        mask = np.zeros(self._mask_size, dtype=np.bool_)
        mask[reduce(lambda left, right: np.intersect1d(left, right, assume_unique=True), id_lists)] = True
        return mask


class ResolvedNot:
    """A negated node: matches the files that its part does not match."""

    def __init__(self, part: ResolvedNode, size: int) -> None:
        self._part = part
        self._mask_size = size
        self.contains_text = part.contains_text
        self.cost = 2 if part.contains_text else 0

    def estimate(self) -> Selectivity:
        """Return the complement of the part; every file is a candidate if texts decide."""
        inner = self._part.estimate()
        return Selectivity(1 - inner.hits, 1.0 if self.contains_text else 1 - inner.candidates)

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Return the complement if the candidates of the part are exact, else every file."""
        inner = self._part.candidates(ranges)
        if not inner.exact:
            return CandidateSet(None, exact=False)
        return CandidateSet(np.zeros(self._mask_size, np.bool_) if inner.mask is None else ~inner.mask, exact=True)

    def verify(self, ids: Ids, text_matcher: TextMatcher) -> Mask:
        """Return the inverted mask of the part."""
        return ~self._part.verify(ids, text_matcher)


class _Combination:
    """Several parts, verified in the order of their cost; each one only for the files that are not decided yet."""

    _deciding_value: bool  # the result of one part that decides a file

    def __init__(self, parts: Sequence[ResolvedNode]) -> None:
        self._parts = parts
        self._by_cost = sorted(parts, key=lambda part: part.cost)
        self.contains_text = any(part.contains_text for part in parts)
        self.cost = 2 if self.contains_text else 0

    def verify(self, ids: Ids, text_matcher: TextMatcher) -> Mask:
        """Return the mask over `ids` of the matching files, verified part after part."""
        is_match = np.full(len(ids), not self._deciding_value)
        for part in self._by_cost:
            undecided = np.flatnonzero(is_match != self._deciding_value)
            if not len(undecided):
                break
            is_match[undecided] = part.verify(ids[undecided], text_matcher)
        return is_match


class ResolvedAnd(_Combination):
    """A conjunction: matches the files that all parts match."""

    _deciding_value = False

    def __init__(self, parts: Sequence[ResolvedNode], files_read_without_index: int) -> None:
        super().__init__(parts)
        self._files_read_without_index = files_read_without_index

    def estimate(self) -> Selectivity:
        """Return the smallest shares of all parts."""
        parts = [part.estimate() for part in self._parts]
        return Selectivity(min(part.hits for part in parts), min(part.candidates for part in parts))

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Return the intersection. Parts without texts come first: if they leave few files, the index is not used."""
        mask: Mask | None = None
        exact = True
        for part in sorted(self._parts, key=lambda part: part.contains_text):
            if (
                part.contains_text
                and mask is not None
                and _count_in_ranges(mask, ranges) <= self._files_read_without_index
            ):
                exact = False
                continue
            candidates = part.candidates(ranges)
            exact &= candidates.exact
            if candidates.mask is not None:
                mask = candidates.mask if mask is None else mask & candidates.mask
        return CandidateSet(mask, exact)


class ResolvedOr(_Combination):
    """A disjunction: matches the files that at least one part matches."""

    _deciding_value = True

    def estimate(self) -> Selectivity:
        """Return the sums of the shares: parts are assumed to have no file in common."""
        parts = [part.estimate() for part in self._parts]
        return Selectivity(min(1.0, sum(part.hits for part in parts)), min(1.0, sum(part.candidates for part in parts)))

    def candidates(self, ranges: Ranges | None) -> CandidateSet:
        """Return the union. A part with every file as candidate makes the union inexact, unless that part is exact."""
        parts = [part.candidates(ranges) for part in self._parts]
        masks = [part.mask for part in parts if part.mask is not None]
        if len(masks) < len(parts):
            return CandidateSet(None, exact=any(part.mask is None and part.exact for part in parts))
        return CandidateSet(np.logical_or.reduce(masks), all(part.exact for part in parts))


class TermResolver:
    """Resolves the queries of one view: the only place that walks a query tree. Equal terms are resolved once."""

    def __init__(self, sets: SetTerms, trigram_searcher: TrigramSearcher, limits: SearchLimits) -> None:
        self._sets = sets
        self._trigram_searcher = trigram_searcher
        self._limits = limits
        self._resolved: dict[Leaf, ResolvedNode] = {}

    def resolve(self, node: Node) -> ResolvedNode:
        """Return the same tree with resolved terms. Reads nothing: sets and texts are read on first use."""
        if isinstance(node, And):
            return ResolvedAnd([self.resolve(part) for part in node.parts], self._limits.files_read_without_index)
        if isinstance(node, Or):
            return ResolvedOr([self.resolve(part) for part in node.parts])
        if isinstance(node, Not):
            return ResolvedNot(self.resolve(node.part), len(self._sets.view.rank))
        resolved = self._resolved.get(node)
        if resolved is None:
            resolved = self._resolved[node] = self._resolve_term(node)
        return resolved

    def _resolve_term(self, term: Leaf) -> ResolvedNode:
        if not isinstance(term, TextTerm):
            return ResolvedSetTerm(term, self._sets)
        common = self._limits.common_short_share
        return ResolvedTextTerm(term, self._trigram_searcher, self._sets.inputs, self._sets.view, common)


def _literals(required: RequiredText | None) -> list[str]:
    """Return the literals that every match contains."""
    parts = required.parts if isinstance(required, AllOf) else () if required is None else (required,)
    return [part.text for part in parts if isinstance(part, Literal)]


def _count_in_ranges(mask: Mask, ranges: Ranges | None) -> int:
    if ranges is None:
        return 0
    return sum(int(np.count_nonzero(mask[first : last + 1])) for first, last in ranges)
