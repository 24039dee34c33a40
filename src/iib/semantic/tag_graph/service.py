"""Builds tag graphs of clusterings; keywords are grouped by a chat model or by their similarity."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from iib.errors import NotConfigured, ProviderBusy, ProviderError
from iib.model import Clustering, Json
from iib.semantic.embedding.calibration import UNRELATED, Calibration
from iib.semantic.embedding.local import local_model as local
from iib.semantic.embedding.registry import ModelRegistry
from iib.semantic.embedding.vectors import LibraryVectors
from iib.semantic.providers.chat import ChatClient
from iib.semantic.tag_graph import chat_grouping
from iib.semantic.tag_graph.communities import ClusterSimilarity, Weights, affinities, communities
from iib.semantic.tag_graph.graph import Grouping, Keyword, TagGraph, build, keywords_of
from iib.settings import AiSettings
from iib.store import Store

log = structlog.get_logger(__name__)

MIN_KEYWORDS = 4  # fewer keywords are not grouped
MAX_LOCAL_KEYWORDS = 500  # keywords grouped without a model
AT_ONCE = 2  # concurrent requests to the chat model; further ones wait
WAIT_S = 300.0  # the time limit of the page
VERSION = 1  # of the request; part of the key


@dataclass(frozen=True, slots=True)
class TagGraphResult:
    """A graph with its counts. `problem` is the reason why the chat model returned no groups, "" without a problem."""

    graph: TagGraph
    total_clusters: int
    total_tags: int
    problem: str = ""


class TagGraphService:
    """Builds tag graphs and stores groupings by a model. Blocking, thread-safe; takes milliseconds without a model."""

    def __init__(
        self,
        store: Store,
        settings: AiSettings,
        models: ModelRegistry,
        vectors: LibraryVectors,
        chat: ChatClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._settings = settings
        self._models = models
        self._vectors = vectors
        self._chat = chat
        self._clock = clock
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._requests: dict[str, threading.Lock] = {}

    def graph(
        self, clustering: Clustering, visible_counts: Sequence[int], language: str, may_ask: Callable[[], None]
    ) -> TagGraphResult:
        """The graph of a clustering; `visible_counts` are the pictures of each cluster that the caller may see.

        `may_ask` is called before a request to the model, and may raise. If the model fails, the graph has no groups.
        """
        sizes = [len(cluster.members) for cluster in clustering.clusters]
        keywords = keywords_of(clustering.clusters, sizes)
        problem = ""
        grouping = Grouping()
        if len(keywords) >= MIN_KEYWORDS:
            top = keywords[: self._settings.graph.tags]
            if self._has_model and len(top) <= self._settings.graph.max_tags:
                try:
                    grouping = self._by_model(top, language, may_ask)
                except ProviderError as error:
                    problem = error.message
                    log.warning("the keywords were not grouped", reason=problem)
            else:
                grouping = self._by_links(clustering, keywords[:MAX_LOCAL_KEYWORDS], sizes)
        return TagGraphResult(
            build(clustering, visible_counts, grouping), len(clustering.clusters), len(keywords), problem
        )

    @property
    def _has_model(self) -> bool:
        try:
            return self._settings.has_service and self._models.name_of(None)[0] != local.ENGINE
        except NotConfigured:
            return False

    # --- with a model

    def _by_model(self, keywords: Sequence[Keyword], language: str, may_ask: Callable[[], None]) -> Grouping:
        name = self._settings.chat_model
        key = cache_key(keywords, name, language)
        stored = self._stored(key)
        if stored is not None:
            return stored
        may_ask()
        with self._lock:
            lock = self._requests.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=WAIT_S):
            raise ProviderBusy("this graph is already being created")
        try:
            stored = self._stored(key)  # another request may have stored it
            return stored if stored is not None else self._request(key, keywords, name, language)
        finally:
            lock.release()
            with self._lock:
                self._requests.pop(key, None)

    def _request(self, key: str, keywords: Sequence[Keyword], name: str, language: str) -> Grouping:
        if not self._slots.acquire(timeout=WAIT_S):
            raise ProviderBusy("too many graphs are being created")

        def valid(answer: Json) -> Json:
            return chat_grouping.grouping_of(answer, keywords)

        try:
            grouping: Grouping = self._chat.structured(
                name,
                chat_grouping.messages(keywords, language),
                chat_grouping.TOOL,
                valid=valid,
                check=lambda: None,
                timeout_s=self._settings.graph.timeout_s,
                attempts=self._settings.graph.attempts,
            )
        finally:
            self._slots.release()
        with self._store.write() as write:
            write.topics.save_grouping(key, chat_grouping.dump(grouping), self._clock())
        return grouping

    def _stored(self, key: str) -> Grouping | None:
        with self._store.read() as unit:
            stored = unit.topics.find_grouping(key)
        return None if stored is None else chat_grouping.load(stored)

    # --- without one

    def _by_links(self, clustering: Clustering, keywords: Sequence[Keyword], sizes: Sequence[int]) -> Grouping:
        return communities(keywords, affinities(keywords, sizes, self._similarity(clustering)))

    def _similarity(self, clustering: Clustering) -> ClusterSimilarity | None:
        """The similarity of clusters by their vectors; None if the vectors no longer exist."""
        try:
            row = self._models.find(clustering.model)
        except NotConfigured:
            return None
        if row is None:
            return None
        index = self._vectors.index(row.id)
        if not len(index.media_ids):
            return None
        centres = np.zeros((len(clustering.clusters), index.matrix.shape[1]), dtype=np.float32)
        for number, cluster in enumerate(clustering.clusters):
            rows = index.rows[np.isin(index.media_ids, np.asarray(cluster.members, dtype=np.int64))]
            total = index.matrix[rows].astype(np.float32).sum(axis=0)
            length = float(np.linalg.norm(total))
            centres[number] = total / length if length else 0
        calibration = Calibration(**json.loads(row.calibration))

        def similarity(block: slice) -> Weights:
            public = calibration.public(centres[block] @ centres.T)
            squared: Weights = np.clip((public - UNRELATED) / (1 - UNRELATED), 0, 1) ** 2
            return squared

        return similarity


def cache_key(keywords: Sequence[Keyword], model: str, language: str) -> str:
    """Key of a stored grouping: SHA-1 of the set of keywords in any order, the model and the language."""
    parts = [VERSION, model, language, sorted(keyword.key for keyword in keywords)]
    return hashlib.sha1(json.dumps(parts).encode()).hexdigest()  # noqa: S324  (an identifier, not a secret)
