"""Exact search by meaning in any scope, alone or combined with text search."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iib._lib.cache import LruCache
from iib._lib.text_folding import fold
from iib.errors import InvalidRequest
from iib.model import MediaId
from iib.search import SearchService, ViewCache
from iib.semantic.arrays import Floats, Ints
from iib.semantic.embedding.library_embeddings import LibraryEmbeddings
from iib.semantic.embedding.local.features import words_of
from iib.semantic.embedding.model import EmbeddingModel, vector_of_text
from iib.semantic.embedding.prompt_text import positive_part
from iib.semantic.scope import Scope
from iib.store import Store

FUSION_CONSTANT = 60  # of reciprocal rank fusion (Cormack, Clarke, Buettcher 2009)
MAX_FUSED = 500  # files of each list that are fused
SAMPLE_PROMPT_CHARS = 200
MAX_CHARS = 4000  # default limit of a prompt
MAX_CACHED_SCOPES = 8


@dataclass(frozen=True, slots=True)
class SemanticHit:
    """A file and its public similarity. `rank_score` determines the order: the similarity or the fused value."""

    id: MediaId
    path: str
    score: float
    rank_score: float
    sample_prompt: str


@dataclass(frozen=True, slots=True)
class SearchHits:
    """Hits, best first, ties by id; `count` is the number of compared files."""

    hits: tuple[SemanticHit, ...]
    count: int


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """Parameters of a search by meaning; `hybrid` combines it with text search."""

    text: str
    scope: Scope
    model: str | None = None
    top_k: int = 50
    min_score: float = 0.0
    ensure_embed: bool = True
    max_chars: int = MAX_CHARS
    hybrid: bool = False


class SemanticSearcher:
    """Searches the vectors of the library. Thread-safe."""

    def __init__(self, store: Store, search: SearchService, views: ViewCache, embeddings: LibraryEmbeddings) -> None:
        self._store = store
        self._search = search
        self._views = views
        self._text = embeddings.text
        self._vectors = embeddings.vectors
        self._lock = threading.Lock()
        self._scopes: LruCache[tuple[Scope, int], Ints] = LruCache(MAX_CACHED_SCOPES)

    def by_meaning(self, model: EmbeddingModel, query: PromptQuery) -> SearchHits:
        """Files by similarity of prompts to the query. Raises `InvalidRequest` for an empty text, `ProviderError`."""
        text = self._text.of(query.text, query.max_chars)
        if not text:
            raise InvalidRequest("query is empty")
        vector = vector_of_text(model, text)
        top_k = max(query.top_k, MAX_FUSED) if query.hybrid else query.top_k
        ranked, count = self._ranked(model, vector, query.scope, top_k, query.min_score)
        if query.hybrid:
            words = query.text.strip()
            literal = self._ids_with(words, query.scope)
            scored = dict(ranked) | self._scores(model, vector, literal)
            listed = [item for item in self._fused(words, ranked, literal, scored) if item[1] >= query.min_score]
        else:
            listed = [(media_id, score, score) for media_id, score in ranked]
        return SearchHits(self._hits(listed[: query.top_k], query.max_chars), count)

    def near(self, model: EmbeddingModel, media_id: MediaId, prompt: str, top_k: int, min_score: float) -> SearchHits:
        """Files by similarity to the prompt of this file, without the file; none if `prompt` has no usable text."""
        text = self._text.of(prompt)
        if not text:
            return SearchHits((), 0)
        vector = self._vectors.index(model.model_id).vector_of(media_id)
        if vector is None:
            vector = vector_of_text(model, text)
        ranked, count = self._ranked(model, vector, None, top_k + 1, min_score)
        listed = [(other, score, score) for other, score in ranked if other != media_id][:top_k]
        return SearchHits(self._hits(listed, MAX_CHARS), count)

    def _ranked(
        self, model: EmbeddingModel, query: Floats, scope: Scope | None, top_k: int, min_score: float
    ) -> tuple[list[tuple[MediaId, float]], int]:
        """((id, public similarity), number of compared files). A scope of None covers all visible files."""
        index = self._vectors.index(model.model_id)
        minimum = model.calibration.raw(min_score)
        ids, cosines, compared = index.nearest(query, self._ids_of(scope), top_k, minimum)
        scores = model.calibration.public(cosines)
        return [(MediaId(i), float(score)) for i, score in zip(ids.tolist(), scores.tolist(), strict=True)], compared

    def _fused(
        self,
        words: str,
        ranked: Sequence[tuple[MediaId, float]],
        literal: Sequence[MediaId],
        scored: dict[MediaId, float],
    ) -> list[tuple[MediaId, float, float]]:
        """(id, similarity, fused value) of files similar in meaning and files that contain the words, best first."""
        by_meaning = {media_id: rank for rank, (media_id, _score) in enumerate(ranked[:MAX_FUSED], 1)}
        by_words = self._ranks_by_words(words, [*literal, *by_meaning])
        fused = [
            (
                media_id,
                scored.get(media_id, 0.0),
                sum(1 / (FUSION_CONSTANT + ranks[media_id]) for ranks in (by_meaning, by_words) if media_id in ranks),
            )
            for media_id in {**by_meaning, **by_words}
        ]
        return sorted(fused, key=lambda item: (-item[2], -item[1], item[0]))

    def _scores(self, model: EmbeddingModel, query: Floats, ids: Sequence[MediaId]) -> dict[MediaId, float]:
        """Public similarities of these files; files without a vector are omitted."""
        index = self._vectors.index(model.model_id)
        scope_ids = np.asarray(sorted(ids), dtype=np.int64)
        nearest_ids, cosines, _count = index.nearest(query, scope_ids, len(scope_ids), -2.0)
        scores = model.calibration.public(cosines)
        return {MediaId(i): float(score) for i, score in zip(nearest_ids.tolist(), scores.tolist(), strict=True)}

    def _ids_with(self, words: str, scope: Scope) -> list[MediaId]:
        """The newest files of the scope with the words, as written, in their text or path."""
        ids = self._search.ids_by_text(words, scope.folders, MAX_FUSED)
        allowed = self._ids_of(scope)
        return [MediaId(media_id) for media_id in ids.tolist() if _has(allowed, media_id)]

    def _hits(self, ranked: Sequence[tuple[MediaId, float, float]], max_chars: int) -> tuple[SemanticHit, ...]:
        """Hits with paths and prompts, in the same order; missing files are omitted."""
        ids = [media_id for media_id, _score, _rank in ranked]
        with self._store.read() as unit:
            paths = unit.embeddings.paths_by_id(ids)
            texts = unit.media.texts_by_id(ids)
        return tuple(
            SemanticHit(
                media_id,
                paths[media_id],
                round(score, 6),
                round(rank, 6),
                self._text.of(texts[media_id][1], max_chars)[:SAMPLE_PROMPT_CHARS],
            )
            for media_id, score, rank in ranked
            if media_id in paths and media_id in texts
        )

    def _ranks_by_words(self, query: str, candidates: Sequence[MediaId]) -> dict[MediaId, int]:
        """Ranks of the candidates with words of the query: first the query as written, then all words, then some words.

        Files with equally many words share a rank.
        """
        needle, words = fold(query).strip(), set(words_of(query))
        with self._store.read() as unit:
            texts = unit.media.texts_by_id(list(dict.fromkeys(candidates)))
        match_grades: dict[MediaId, int] = {}
        for media_id, (_path, text) in texts.items():
            prompt = fold(positive_part(text))
            shared = len(words & set(words_of(prompt)))
            if needle and needle in prompt:
                match_grades[media_id] = 0
            elif shared:
                match_grades[media_id] = 1 + len(words) - shared
        ranks: dict[MediaId, int] = {}
        before = 0
        for grade in sorted(set(match_grades.values())):
            same = [media_id for media_id, match_grade in match_grades.items() if match_grade == grade]
            ranks |= dict.fromkeys(same, before + 1)
            before += len(same)
        return ranks

    def _ids_of(self, scope: Scope | None) -> Ints:
        """Ids of the visible files of a scope, ascending; cached until the library changes."""
        if scope is None:
            return np.sort(self._views.view().ids).astype(np.int64)
        return self._scopes.get_or_load((scope, self._store.revision), lambda: self._read_scope(scope))

    def _read_scope(self, scope: Scope) -> Ints:
        folders = scope.folder_ids(self._store)
        with self._store.read() as unit:
            return np.asarray(unit.embeddings.ids_of_media(folders), dtype=np.int64)


def _has(ids: Ints, media_id: int) -> bool:
    position = int(np.searchsorted(ids, media_id))
    return position < len(ids) and int(ids[position]) == media_id
