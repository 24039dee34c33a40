"""Connects the query engine with semantic search: similarities of files to a text or a file."""

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
    """Similarities of files to one reference: `ids` ascending, `scores` (same length) between 0 and 1."""

    ids: Ids
    scores: Scores

    def by_media_id(self, size: int) -> Scores:
        """Return the scores as an array over media ids of length `size`; NaN for files without a score."""
        scores = np.full(size, np.nan)
        is_inside = self.ids < size
        scores[self.ids[is_inside]] = self.scores[is_inside]
        return scores


class SimilarityScorer(Protocol):
    """Scores files by the similarity of their prompts."""

    @property
    def version(self) -> int:
        """A number that changes whenever scores may have changed."""
        ...

    def scores(self, term: SimilarTerm) -> QueryScores:
        """Return the scores of all files with an embedding.

        Raises `Conflict` while there are no embeddings, `NotFound` for an unknown file, `InvalidRequest` for a text
        without meaning, `ProviderError`, `NotConfigured`.
        """
        ...


class NoSimilarity:
    """The scorer of a library without semantic search."""

    version = 0

    def scores(self, _term: SimilarTerm) -> QueryScores:
        """Raises `Unsupported` for every term."""
        raise Unsupported("similar: requires semantic search")


def similar_mask(similarity: SimilarityScorer, term: SimilarTerm, size: int) -> Mask:
    """Return the mask over media ids of the files whose similarity reaches the minimum of the term."""
    scores = similarity.scores(term).by_media_id(size)
    with np.errstate(invalid="ignore"):
        mask: Mask = scores >= term.min_similarity
    return mask


def sort_by_similarity(node: Node, ids: Ids, similarity: SimilarityScorer, size: int) -> Ids:
    """Sorts ids by similarity to the `similar:` terms of the query (see `query.evaluate.similarity`), highest first.

    Equal scores keep their order; files without a score come last.
    """
    scores = _combined_scores(node, similarity, size)[ids]
    return ids[np.argsort(-np.nan_to_num(scores, nan=-1.0), kind="stable")]


def _combined_scores(node: Node, similarity: SimilarityScorer, size: int) -> Scores:
    if isinstance(node, SimilarTerm):
        return similarity.scores(node).by_media_id(size)
    assert isinstance(node, And | Or)  # noqa: S101  (called only for nodes that contain a similar term)
    scores = [_combined_scores(part, similarity, size) for part in node.parts if contains_similar(part)]
    combine = np.minimum if isinstance(node, And) else np.fmax  # fmax ignores NaN, minimum propagates it
    combined: Scores = combine.reduce(scores)
    return combined
