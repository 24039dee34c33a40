"""Makes graphs of tags: of the latest clustering of some folders, grouped by a chat model or without one."""

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
from iib.semantic.tag_graph.communities import ClusterLikeness, Weights, affinities, communities
from iib.semantic.tag_graph.graph import Grouping, Tag, TagGraph, build, tags_of
from iib.settings import AiSettings
from iib.store import Store

log = structlog.get_logger(__name__)

LEAST_TAGS = 4  # fewer keywords are not grouped
MOST_LOCAL = 500  # keywords grouped without a model
AT_ONCE = 2  # chat models asked at once; the others wait
WAIT_S = 300.0  # as long as the page waits
VERSION = 1  # of the question; part of the key
NOTHING = Grouping()


@dataclass(frozen=True, slots=True)
class TagGraphResult:
    """A graph with the counts of the answer. `problem`: why the chat model gave no groups; "" if all went well."""

    graph: TagGraph
    total_clusters: int
    total_tags: int
    problem: str = ""


class TagGraphService:
    """Blocking, safe from any thread. Groupings by a model are stored; the rest takes milliseconds."""

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
        self._under_way: dict[str, threading.Lock] = {}

    def graph(
        self, clustering: Clustering, shown: Sequence[int], language: str, may_ask: Callable[[], None]
    ) -> TagGraphResult:
        """Of a clustering; `shown` is the number of pictures of each cluster that the caller may see.

        `may_ask` is called before a model is, and raises if it must not be. A model that fails costs the groups only.
        """
        sizes = [len(cluster.members) for cluster in clustering.clusters]
        tags = tags_of(clustering.clusters, sizes)
        problem = ""
        grouping = NOTHING
        if len(tags) >= LEAST_TAGS:
            asked = tags[: self._settings.graph.tags]
            if self._has_model and len(asked) <= self._settings.graph.max_tags:
                try:
                    grouping = self._by_model(asked, language, may_ask)
                except ProviderError as error:
                    problem = error.message
                    log.warning("the keywords were not grouped", reason=problem)
            else:
                grouping = self._by_links(clustering, tags[:MOST_LOCAL], sizes)
        return TagGraphResult(build(clustering, shown, grouping), len(clustering.clusters), len(tags), problem)

    @property
    def _has_model(self) -> bool:
        try:
            return self._settings.has_service and self._models.name_of(None)[0] != local.ENGINE
        except NotConfigured:
            return False

    # --- with a model

    def _by_model(self, tags: Sequence[Tag], language: str, may_ask: Callable[[], None]) -> Grouping:
        name = self._settings.chat_model
        key = cache_key(tags, name, language)
        known = self._known(key)
        if known is not None:
            return known
        may_ask()
        with self._lock:
            mine = self._under_way.setdefault(key, threading.Lock())
        if not mine.acquire(timeout=WAIT_S):
            raise ProviderBusy("others wait for this graph already")
        try:
            known = self._known(key)  # somebody asked for the same meanwhile
            return known if known is not None else self._ask(key, tags, name, language)
        finally:
            mine.release()
            with self._lock:
                self._under_way.pop(key, None)

    def _ask(self, key: str, tags: Sequence[Tag], name: str, language: str) -> Grouping:
        if not self._slots.acquire(timeout=WAIT_S):
            raise ProviderBusy("too many graphs are being made")

        def valid(answer: Json) -> Json:
            return chat_grouping.grouping_of(answer, tags)

        try:
            grouping: Grouping = self._chat.structured(
                name,
                chat_grouping.messages(tags, language),
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

    def _known(self, key: str) -> Grouping | None:
        with self._store.read() as unit:
            stored = unit.topics.find_grouping(key)
        return None if stored is None else chat_grouping.load(stored)

    # --- without one

    def _by_links(self, clustering: Clustering, tags: Sequence[Tag], sizes: Sequence[int]) -> Grouping:
        return communities(tags, affinities(tags, sizes, self._likeness(clustering)))

    def _likeness(self, clustering: Clustering) -> ClusterLikeness | None:
        """How like each other clusters are; None when their vectors are not there any more."""
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

        def likeness(block: slice) -> Weights:
            public = calibration.public(centres[block] @ centres.T)
            found: Weights = np.clip((public - UNRELATED) / (1 - UNRELATED), 0, 1) ** 2
            return found

        return likeness


def cache_key(tags: Sequence[Tag], model: str, language: str) -> str:
    """Of a grouping: the set of keywords, in whatever order they came, the model and the language."""
    parts = [VERSION, model, language, sorted(tag.key for tag in tags)]
    return hashlib.sha1(json.dumps(parts).encode()).hexdigest()  # noqa: S324  (a name, not a secret)
