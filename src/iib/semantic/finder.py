"""Search by meaning: exact, over any scope, alone or together with the words themselves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iib._lib.text_folding import fold
from iib.model.media import MediaId
from iib.search.service import SearchService, TextQuery
from iib.semantic.engine import Engine, Floats
from iib.semantic.linkage import Ints
from iib.semantic.local.features import words_of
from iib.semantic.scope import Scope
from iib.semantic.text import PromptText, positive_part
from iib.semantic.vectors import VectorIndex
from iib.store import Store

FUSION = 60  # of reciprocal rank fusion (Cormack, Clarke, Buettcher 2009)
FUSED_FROM = 500  # files of each list that are fused
SAMPLE_PROMPT_CHARS = 200
KEPT_SCOPES = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """A file and its public similarity. `rank_score` is what the order follows: the same, or the fused value."""

    id: MediaId
    path: str
    score: float
    rank_score: float
    sample_prompt: str


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, equals by id; `count` is how many files were compared."""

    hits: tuple[Hit, ...]
    count: int


class Finder:
    """Keeps the vectors of the latest model in memory until they change. Safe from any thread."""

    def __init__(self, store: Store, search: SearchService, prompt_text: PromptText) -> None:
        self._store = store
        self._search = search
        self._text = prompt_text
        self._lock = threading.Lock()
        self._version = 0
        self._index: tuple[int, int, VectorIndex] | None = None
        self._scopes: dict[tuple[Scope, int], Ints] = {}

    @property
    def version(self) -> int:
        """Another number whenever embeddings have changed."""
        return self._version

    def forget(self) -> None:
        """Embeddings have changed."""
        with self._lock:
            self._version += 1

    def index(self, model_id: int) -> VectorIndex:
        """All vectors of this model."""
        with self._lock:
            version = self._version
            if self._index is not None and self._index[:2] == (model_id, version):
                return self._index[2]
            with self._store.read() as unit:
                pairs = unit.semantic.embedded_media(model_id)
                vectors = unit.semantic.all_vectors(model_id)
            built = VectorIndex.build(pairs, vectors)
            self._index = (model_id, version, built)
            return built

    def find(
        self, engine: Engine, query: Floats, scope: Scope | None, top_k: int, min_score: float
    ) -> tuple[list[tuple[MediaId, float]], int]:
        """((id, public similarity), how many were compared). No scope: everything that is visible."""
        index = self.index(engine.model_id)
        least = engine.calibration.raw(min_score)
        ids, cosines, compared = index.nearest(query, self._ids_of(scope), top_k, least)
        scores = engine.calibration.public(cosines)
        return [(MediaId(i), float(score)) for i, score in zip(ids.tolist(), scores.tolist(), strict=True)], compared

    def fuse(
        self, ranked: Sequence[tuple[MediaId, float]], scored: dict[MediaId, float], query: str, scope: Scope
    ) -> list[tuple[MediaId, float, float]]:
        """(id, similarity, fused value): files near in meaning and files that hold the words, best of both first."""
        by_meaning = {media_id: place for place, (media_id, _score) in enumerate(ranked[:FUSED_FROM], 1)}
        by_words = self._places_by_words(query, scope, list(by_meaning))
        fused = [
            (
                media_id,
                scored.get(media_id, 0.0),
                sum(1 / (FUSION + places[media_id]) for places in (by_meaning, by_words) if media_id in places),
            )
            for media_id in {**by_meaning, **by_words}
        ]
        return sorted(fused, key=lambda item: (-item[2], -item[1], item[0]))

    def scores(self, engine: Engine, query: Floats, ids: Sequence[MediaId]) -> dict[MediaId, float]:
        """Public similarities of some files; those without a vector are left out."""
        index = self.index(engine.model_id)
        wanted = np.asarray(sorted(ids), dtype=np.int64)
        found, cosines, _count = index.nearest(query, wanted, len(wanted), -2.0)
        scores = engine.calibration.public(cosines)
        return {MediaId(i): float(score) for i, score in zip(found.tolist(), scores.tolist(), strict=True)}

    def words_in(self, query: str, scope: Scope) -> list[MediaId]:
        """The newest files of the scope whose text or path holds the query as it is written."""
        page = self._search.by_text(TextQuery(text=query, folders=scope.folders, size=FUSED_FROM))
        ids = [row.id for row in page.rows]
        allowed = self._ids_of(scope)
        return ids if allowed is None else [media_id for media_id in ids if _has(allowed, media_id)]

    def hits(self, found: Sequence[tuple[MediaId, float, float]], max_chars: int) -> tuple[Hit, ...]:
        """With paths and prompts, in the same order; files that are gone are left out."""
        ids = [media_id for media_id, _score, _rank in found]
        with self._store.read() as unit:
            paths = unit.semantic.paths(ids)
            texts = unit.media.texts(ids)
        return tuple(
            Hit(
                media_id,
                paths[media_id],
                round(score, 6),
                round(rank, 6),
                self._text.of(texts[media_id][1], max_chars)[:SAMPLE_PROMPT_CHARS],
            )
            for media_id, score, rank in found
            if media_id in paths and media_id in texts
        )

    def _places_by_words(self, query: str, scope: Scope, near: list[MediaId]) -> dict[MediaId, int]:
        """Places of the files that hold words of the query: all of it as written, all words, then some of them.

        Files of one kind share a place. Those near in meaning are looked at, and those the text search finds.
        """
        needle, words = fold(query).strip(), set(words_of(query))
        candidates = list(dict.fromkeys([*self.words_in(query, scope), *near]))
        with self._store.read() as unit:
            texts = unit.media.texts(candidates)
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

    def _ids_of(self, scope: Scope | None) -> Ints | None:
        """Visible files of a scope, ascending; remembered until the library changes."""
        if scope is None:
            return np.sort(self._search.views.view().ids).astype(np.int64)
        key = (scope, self._store.revision)
        known = self._scopes.get(key)
        if known is None:
            folders = scope.folder_ids(self._store)
            with self._store.read() as unit:
                known = np.asarray(unit.semantic.media_ids(folders), dtype=np.int64)
            with self._lock:
                if len(self._scopes) >= KEPT_SCOPES:
                    self._scopes.clear()
                self._scopes[key] = known
        return known


def _has(ids: Ints, media_id: int) -> bool:
    place = int(np.searchsorted(ids, media_id))
    return place < len(ids) and int(ids[place]) == media_id
