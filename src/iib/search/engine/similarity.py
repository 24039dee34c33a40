"""The seam to the search by meaning: how like a text or a file the files of the library are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from iib.errors import Unsupported
from iib.query import And, Node, Or, SimilarTerm, contains_similar
from iib.search.library.snapshot import Ids, Mask

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QueryScores:
    """`ids` ascending; `scores` (as many) are public similarities between 0 and 1."""

    ids: Ids
    scores: Scores

    def spread(self, size: int) -> Scores:
        """By media id, `size` long; NaN for files without a vector."""
        spread = np.full(size, np.nan)
        is_known = self.ids < size
        spread[self.ids[is_known]] = self.scores[is_known]
        return spread


class SimilarityScorer(Protocol):
    """Knows the vectors of the library."""

    @property
    def version(self) -> int:
        """Another number whenever the scores may have changed."""
        ...

    def scores(self, term: SimilarTerm) -> QueryScores:
        """Of every file that has a vector. Raises `Conflict` while there are none, `NotFound` for an unknown file,
        `InvalidRequest` for a text that says nothing, `ProviderError`, `NotConfigured`."""
        ...


class NoSimilarity:
    """For a library that is searched without vectors."""

    version = 0

    def scores(self, _term: SimilarTerm) -> QueryScores:
        """Raises `Unsupported`."""
        raise Unsupported("similar: needs the search by meaning")


def similar_mask(similarity: SimilarityScorer, term: SimilarTerm, size: int) -> Mask:
    """Files by id that are as like the reference as the term wants."""
    scores = similarity.scores(term).spread(size)
    with np.errstate(invalid="ignore"):
        mask: Mask = scores >= term.min_similarity
    return mask


def by_similarity(node: Node, ids: Ids, similarity: SimilarityScorer, size: int) -> Ids:
    """Most like the query's `similar:` parts first (see `query.evaluate.similarity`), equal ones in the order they
    came in, those without a score last."""
    scores = _scores(node, similarity, size)[ids]
    return ids[np.argsort(-np.nan_to_num(scores, nan=-1.0), kind="stable")]


def _scores(node: Node, similarity: SimilarityScorer, size: int) -> Scores:
    if isinstance(node, SimilarTerm):
        return similarity.scores(node).spread(size)
    assert isinstance(node, And | Or)  # noqa: S101  (asked only for what holds one)
    scores = [_scores(part, similarity, size) for part in node.parts if contains_similar(part)]
    combine = np.minimum if isinstance(node, And) else np.fmax  # fmax passes over NaN, minimum keeps it
    found: Scores = combine.reduce(scores)
    return found
