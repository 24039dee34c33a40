"""Search by meaning: exact, over any scope, alone or together with the words themselves."""

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

FUSION = 60  # of reciprocal rank fusion (Cormack, Clarke, Buettcher 2009)
FUSED_FROM = 500  # files of each list that are fused
SAMPLE_PROMPT_CHARS = 200
MAX_CHARS = 4000  # of a prompt, unless the request says otherwise
KEPT_SCOPES = 8


@dataclass(frozen=True, slots=True)
class SemanticHit:
    """A file and its public similarity. `rank_score` is what the order follows: the same, or the fused value."""

    id: MediaId
    path: str
    score: float
    rank_score: float
    sample_prompt: str


@dataclass(frozen=True, slots=True)
class SearchHits:
    """Hits, best first, equals by id; `count` is how many files were compared."""

    hits: tuple[SemanticHit, ...]
    count: int


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """A search by meaning; `hybrid` weighs the words themselves too."""

    text: str
    scope: Scope
    model: str | None = None
    top_k: int = 50
    min_score: float = 0.0
    ensure_embed: bool = True
    max_chars: int = MAX_CHARS
    hybrid: bool = False


class SemanticSearcher:
    """Searches the vectors of the library. Safe from any thread."""

    def __init__(self, store: Store, search: SearchService, views: ViewCache, embeddings: LibraryEmbeddings) -> None:
        self._store = store
        self._search = search
        self._views = views
        self._text = embeddings.text
        self._vectors = embeddings.vectors
        self._lock = threading.Lock()
        self._scopes: LruCache[tuple[Scope, int], Ints] = LruCache(KEPT_SCOPES)

    def by_meaning(self, model: EmbeddingModel, query: PromptQuery) -> SearchHits:
        """Files whose prompts mean what the query says. Raises `InvalidRequest` for an empty text, `ProviderError`."""
        text = self._text.of(query.text, query.max_chars)
        if not text:
            raise InvalidRequest("query is empty")
        vector = vector_of_text(model, text)
        top_k = max(query.top_k, FUSED_FROM) if query.hybrid else query.top_k
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
        """Files whose prompts are nearest to that of this file, without itself; none if `prompt` says nothing."""
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
        """((id, public similarity), how many were compared). No scope: everything that is visible."""
        index = self._vectors.index(model.model_id)
        least = model.calibration.raw(min_score)
        ids, cosines, compared = index.nearest(query, self._ids_of(scope), top_k, least)
        scores = model.calibration.public(cosines)
        return [(MediaId(i), float(score)) for i, score in zip(ids.tolist(), scores.tolist(), strict=True)], compared

    def _fused(
        self,
        words: str,
        ranked: Sequence[tuple[MediaId, float]],
        literal: Sequence[MediaId],
        scored: dict[MediaId, float],
    ) -> list[tuple[MediaId, float, float]]:
        """(id, similarity, fused value): files near in meaning and files that hold the words, best of both first."""
        by_meaning = {media_id: place for place, (media_id, _score) in enumerate(ranked[:FUSED_FROM], 1)}
        by_words = self._places_by_words(words, [*literal, *by_meaning])
        fused = [
            (
                media_id,
                scored.get(media_id, 0.0),
                sum(1 / (FUSION + places[media_id]) for places in (by_meaning, by_words) if media_id in places),
            )
            for media_id in {**by_meaning, **by_words}
        ]
        return sorted(fused, key=lambda item: (-item[2], -item[1], item[0]))

    def _scores(self, model: EmbeddingModel, query: Floats, ids: Sequence[MediaId]) -> dict[MediaId, float]:
        """Public similarities of some files; those without a vector are left out."""
        index = self._vectors.index(model.model_id)
        wanted = np.asarray(sorted(ids), dtype=np.int64)
        found, cosines, _count = index.nearest(query, wanted, len(wanted), -2.0)
        scores = model.calibration.public(cosines)
        return {MediaId(i): float(score) for i, score in zip(found.tolist(), scores.tolist(), strict=True)}

    def _ids_with(self, words: str, scope: Scope) -> list[MediaId]:
        """The newest files of the scope whose text or path holds the words as they are written."""
        ids = self._search.ids_by_text(words, scope.folders, FUSED_FROM)
        allowed = self._ids_of(scope)
        return [MediaId(media_id) for media_id in ids.tolist() if _has(allowed, media_id)]

    def _hits(self, found: Sequence[tuple[MediaId, float, float]], max_chars: int) -> tuple[SemanticHit, ...]:
        """With paths and prompts, in the same order; files that are gone are left out."""
        ids = [media_id for media_id, _score, _rank in found]
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
            for media_id, score, rank in found
            if media_id in paths and media_id in texts
        )

    def _places_by_words(self, query: str, candidates: Sequence[MediaId]) -> dict[MediaId, int]:
        """Places of the candidates that hold words of the query: all of it as written, all words, then some of them.

        Files of one kind share a place.
        """
        needle, words = fold(query).strip(), set(words_of(query))
        with self._store.read() as unit:
            texts = unit.media.texts_by_id(list(dict.fromkeys(candidates)))
        grades: dict[MediaId, int] = {}
        for media_id, (_path, text) in texts.items():
            prompt = fold(positive_part(text))
            shared = len(words & set(words_of(prompt)))
            if needle and needle in prompt:
                grades[media_id] = 0
            elif shared:
                grades[media_id] = 1 + len(words) - shared
        places: dict[MediaId, int] = {}
        before = 0
        for grade in sorted(set(grades.values())):
            same = [media_id for media_id, own in grades.items() if own == grade]
            places |= dict.fromkeys(same, before + 1)
            before += len(same)
        return places

    def _ids_of(self, scope: Scope | None) -> Ints:
        """Visible files of a scope, ascending; remembered until the library changes."""
        if scope is None:
            return np.sort(self._views.view().ids).astype(np.int64)
        return self._scopes.get_or_load((scope, self._store.revision), lambda: self._read_scope(scope))

    def _read_scope(self, scope: Scope) -> Ints:
        folders = scope.folder_ids(self._store)
        with self._store.read() as unit:
            return np.asarray(unit.embeddings.ids_of_media(folders), dtype=np.int64)


def _has(ids: Ints, media_id: int) -> bool:
    place = int(np.searchsorted(ids, media_id))
    return place < len(ids) and int(ids[place]) == media_id
