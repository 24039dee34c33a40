"""Scores the `similar:` terms of the search language from existing vectors. Writes nothing and embeds no file."""

from __future__ import annotations

import numpy as np

from iib._lib.cache import LruCache
from iib.errors import Conflict, InvalidRequest, NotFound
from iib.model import MediaId
from iib.query import SimilarTerm
from iib.search import QueryScores, ViewCache
from iib.semantic.arrays import Floats
from iib.semantic.embedding.library_embeddings import LibraryEmbeddings
from iib.semantic.embedding.model import EmbeddingModel, vector_of_text
from iib.semantic.embedding.vectors import VectorIndex
from iib.store import Store

MAX_CACHED_TEXTS = 256  # vectors of descriptions: the grid repeats a query for every page and facet
DECIMALS = 6  # of the returned scores
NO_EMBEDDINGS = (
    "similar: needs embeddings; create them first (cluster some folders, or POST /db/build_iib_output_embeddings)"
)


class VectorSimilarity:
    """Implements `SimilarityScorer` of search with the default embedding model."""

    def __init__(self, store: Store, views: ViewCache, embeddings: LibraryEmbeddings) -> None:
        self._store = store
        self._views = views
        self._models = embeddings.models
        self._library = embeddings.vectors
        self._text = embeddings.text
        self._vectors: LruCache[tuple[int, str], Floats] = LruCache(MAX_CACHED_TEXTS)

    @property
    def version(self) -> int:
        """A counter that changes with the vectors of the library."""
        return self._library.version

    def scores(self, term: SimilarTerm) -> QueryScores:
        """Public similarities of all embedded files to the reference of a term.

        Raises `Conflict` without embeddings, `InvalidRequest` for an empty text, `NotFound` for an unknown file.
        """
        if self._models.find(None) is None:
            raise Conflict(NO_EMBEDDINGS)
        model = self._models.get(None, may_refit=False)
        index = self._library.index(model.model_id)
        if not len(index.media_ids):
            raise Conflict(NO_EMBEDDINGS)
        if isinstance(term.reference, int):
            return self._scores_of_file(model, index, term.reference)
        text = self._text.of(term.reference)
        if not text:
            raise InvalidRequest("similar: this description has no usable text")
        return _query_scores(model, index, self._vector(model, text))

    def _scores_of_file(self, model: EmbeddingModel, index: VectorIndex, media_id: int) -> QueryScores:
        """Scores of all files to this file; files with an equal prompt, and the file itself, have 1."""
        vector = index.vector_of(media_id)
        if not self._is_visible(media_id):
            raise NotFound(f"similar: no file {media_id}")
        if vector is not None:
            result = _query_scores(model, index, vector)
            result.scores[index.rows == index.rows[np.searchsorted(index.media_ids, media_id)]] = 1.0
            return result
        with self._store.read() as unit:
            texts = unit.media.texts_by_id([MediaId(media_id)])
        text = self._text.of(texts[MediaId(media_id)][1]) if MediaId(media_id) in texts else ""
        if not text:
            raise InvalidRequest(f"similar: the file {media_id} has no prompt")
        return _query_scores(model, index, self._vector(model, text))

    def _is_visible(self, media_id: int) -> bool:
        rank = self._views.view().rank
        return media_id < len(rank) and bool(rank[media_id] >= 0)

    def _vector(self, model: EmbeddingModel, text: str) -> Floats:
        return self._vectors.get_or_load((model.model_id, text), lambda: vector_of_text(model, text))


def _query_scores(model: EmbeddingModel, index: VectorIndex, vector: Floats) -> QueryScores:
    scores = model.calibration.public(index.cosines(vector))[index.rows]
    return QueryScores(index.media_ids, np.round(scores, DECIMALS))
