"""Facade of `iib.semantic`: embeddings, clustering, search by meaning and titles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from iib.errors import Conflict, InvalidRequest, NotConfigured, NotFound
from iib.jobs import JobManager, Progress
from iib.model import Clustering, JobId, JobRow, JobStatus, Json, MediaId
from iib.search import SearchService, ViewCache
from iib.semantic.clustering.job import ClusterDependencies, ClusterJob
from iib.semantic.clustering.params import ClusterParams
from iib.semantic.clustering.progress import ClusteringProgress
from iib.semantic.clustering.stored_results import unpack_clustering
from iib.semantic.clustering.text_groups import embeddings_state
from iib.semantic.clustering.titles import TitleMaker
from iib.semantic.embedding.job import EmbedCounts, Embedder, EmbedOptions
from iib.semantic.embedding.library_embeddings import LibraryEmbeddings
from iib.semantic.embedding.model import EmbeddingModel
from iib.semantic.embedding.preparation import Preparation
from iib.semantic.providers.chat import ChatClient
from iib.semantic.scope import FolderChange, Indexer, Scope, find_change
from iib.semantic.search.searcher import PromptQuery, SearchHits, SemanticSearcher
from iib.semantic.tag_graph.service import TagGraphService
from iib.settings import AiSettings
from iib.store import Store

CLUSTER_KIND = "cluster"


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """A clustering job: its row, progress and parameters, and its result if it is completed."""

    row: JobRow
    progress: ClusteringProgress
    params: ClusterParams
    result: Clustering | None


@dataclass(frozen=True, slots=True)
class CachedClustering:
    """The latest result of some parameters, and the changes since then. Times in seconds since the epoch."""

    key: str
    cached_at: float
    result: Clustering | None
    folder_change: FolderChange | None
    embeddings_changed: bool
    embeddings_count: int
    embeddings_latest: float


class SemanticService:
    """Embeddings, clusters, search by meaning and chat. Blocking and thread-safe."""

    def __init__(
        self,
        *,
        store: Store,
        jobs: JobManager,
        indexer: Indexer,
        search: SearchService,
        views: ViewCache,
        embeddings: LibraryEmbeddings,
        settings: AiSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`search` is the text search, `views` are the visible files. `close` closes the service of `embeddings`."""
        self.settings = settings
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._text = embeddings.text
        self._service = embeddings.service
        self.models = embeddings.models
        self.vectors = embeddings.vectors
        self.chat = ChatClient(embeddings.service)
        embedder = Embedder(store, embeddings.text, clock)
        self._searcher = SemanticSearcher(store, search, views, embeddings)
        self._preparation = Preparation(
            store=store, jobs=jobs, indexer=indexer, embeddings=embeddings, embedder=embedder
        )
        self._clustering = ClusterJob(
            ClusterDependencies(
                store=store,
                indexer=indexer,
                models=self.models,
                embedder=embedder,
                titles=TitleMaker(store, self.chat, clock),
                prompt_text=embeddings.text,
                changed=self.vectors.forget,
                clock=clock,
            )
        )
        self.graphs = TagGraphService(store, settings, self.models, self.vectors, self.chat, clock)
        jobs.register(CLUSTER_KIND, self._clustering.run)

    def resume(self) -> None:
        """Continue the clusterings that an earlier process did not finish."""
        self._jobs.resume_interrupted(CLUSTER_KIND)

    def close(self) -> None:
        """Close the connections to the service."""
        self._service.close()

    # --- embeddings

    def build_embeddings(
        self, scope: Scope, model: str | None, *, force: bool, batch_size: int, max_chars: int
    ) -> tuple[EmbedCounts, EmbeddingModel]:
        """Embed all files of the scope without an embedding, now. Raises `ProviderError`, `NotConfigured`."""
        options = EmbedOptions(self._clock() if force else 0.0, batch_size, max_chars)
        return self._preparation.embed(scope, model, options, renew=force)

    # --- clusters

    def start_clustering(self, params: ClusterParams) -> JobId:
        """Begin a clustering, or return the running one of the same parameters."""
        return self._jobs.start(CLUSTER_KIND, asdict(params))

    def run_clustering(self, params: ClusterParams, progress: Progress) -> Clustering:
        """Cluster inside another job; `clustering_progress` returns the progress. Raises `Cancelled`."""
        self._clustering.run(asdict(params), progress)
        with self._store.read() as unit:
            run = unit.topics.find_run(progress.job_id)
        assert run is not None and run.members is not None  # noqa: S101, PT018  (written just before)
        return unpack_clustering(run.summary, run.members)

    def clustering_progress(self, job_id: str) -> ClusteringProgress:
        """Progress of the clustering inside this job."""
        return self._clustering.progress_of(job_id)

    def count_without_embedding(self, clustering: Clustering) -> int:
        """The number of visible files in the folders of a clustering that are not part of it, for lack of a prompt."""
        scope = Scope.of(clustering.folders, recursive=clustering.recursive)
        folders = scope.folder_ids(self._store)
        with self._store.read() as unit:
            return len(unit.embeddings.ids_of_media(folders)) - clustering.count

    def status(self, job_id: str) -> ClusterStatus:
        """Row, progress and result of a clustering job. Raises `NotFound`."""
        row = self._jobs.get(JobId(job_id))
        if row.kind != CLUSTER_KIND:
            raise NotFound(f"no clustering {job_id}")
        return ClusterStatus(
            row,
            self._clustering.progress_of(job_id),
            ClusterParams.load(json.loads(row.params_json)),
            self._result(row),
        )

    def cancel(self, job_id: str) -> bool:
        """Ask a clustering to stop; False if it has ended. Raises `NotFound`."""
        if self.status(job_id).row.status.is_final:  # also while its thread is about to end
            return False
        return self._jobs.cancel(JobId(job_id))

    def clustering(self, job_id: str) -> Clustering:
        """The result of an ended clustering. Raises `NotFound`, `Conflict` while it runs."""
        status = self.status(job_id)
        if status.result is None:
            raise Conflict(f"this clustering is {status.row.status.value}")
        return status.result

    def latest_clustering(self, scope: Scope) -> tuple[str, Clustering] | None:
        """(cache key, result) of the newest clustering of exactly these folders."""
        with self._store.read() as unit:
            for row in unit.topics.iter_finished_runs():
                if row.members is not None and tuple(json.loads(row.summary)["folders"]) == scope.folders:
                    return row.cache_key, unpack_clustering(row.summary, row.members)
        return None

    def clustering_of_key(self, cache_key: str) -> Clustering | None:
        """The latest result of a cache key, or None."""
        with self._store.read() as unit:
            row = unit.topics.find_cached_run(cache_key)
        return unpack_clustering(row.summary, row.members) if row is not None and row.members is not None else None

    def cached(self, params: ClusterParams) -> CachedClustering:
        """The latest result of these parameters, and whether it is out of date. Computes nothing."""
        key = params.cache_key(self._text.fingerprint)
        with self._store.read() as unit:
            row = unit.topics.find_cached_run(key)
        model = self.models.find(params.model)
        folders = params.scope.folder_ids(self._store)
        count, latest = 0, 0.0
        if model is not None:
            with self._store.read() as unit:
                count, latest = unit.embeddings.get_state(model.id, folders)
        result = unpack_clustering(row.summary, row.members) if row is not None and row.members is not None else None
        state = embeddings_state(self._store, model.id, folders) if model is not None else ""
        return CachedClustering(
            key=key,
            cached_at=row.updated_at if row is not None else 0.0,
            result=result,
            folder_change=find_change(self._store, params.scope),
            embeddings_changed=result is not None and result.state != state,
            embeddings_count=count,
            embeddings_latest=latest,
        )

    def paths(self, ids: list[MediaId]) -> dict[MediaId, str]:
        """Current paths of these files; missing files are omitted."""
        with self._store.read() as unit:
            return unit.embeddings.paths_by_id(ids)

    def _result(self, row: JobRow) -> Clustering | None:
        if row.status is not JobStatus.COMPLETED:
            return None
        with self._store.read() as unit:
            run = unit.topics.find_run(row.id)
        return unpack_clustering(run.summary, run.members) if run is not None and run.members is not None else None

    # --- search

    def search(self, query: PromptQuery) -> tuple[SearchHits, EmbeddingModel]:
        """Files by similarity to the query, and the model used.

        Raises `InvalidRequest`, `ProviderError`, `NotConfigured`.
        """
        if query.ensure_embed:
            embedding_model = self._preparation.model_after_embedding(query.scope, query.model, query.max_chars)
        else:
            embedding_model = self._preparation.model_for(query.model)
        return self._searcher.by_meaning(embedding_model, query), embedding_model

    def similar(
        self, media_id: MediaId, *, top_k: int, min_score: float, model: str | None
    ) -> tuple[SearchHits, EmbeddingModel]:
        """Files by similarity to the prompt of this file, without the file itself. Raises `NotFound`."""
        with self._store.read() as unit:
            texts = unit.media.texts_by_id([media_id])
        if media_id not in texts:
            raise NotFound(f"no file {media_id}")
        embedding_model = self._preparation.model_for(model)
        return self._searcher.near(embedding_model, media_id, texts[media_id][1], top_k, min_score), embedding_model

    # --- chat

    def chat_body(self, messages: list[Json], temperature: float, max_tokens: int | None) -> Json:
        """The body of a request to the chat model. Raises `NotConfigured`, `InvalidRequest`."""
        if not self.settings.has_service:
            raise NotConfigured("the chat needs an AI service: set OPENAI_API_KEY (and OPENAI_BASE_URL)")
        if not messages:
            raise InvalidRequest("messages must not be empty")
        body: dict[str, Json] = {"model": self.settings.chat_model, "messages": messages, "temperature": temperature}
        if max_tokens is not None:
            body["max_tokens"] = max_tokens
        return body

    def chat_stream(self, body: Json) -> AbstractContextManager[Iterator[bytes]]:
        """The answer of the chat model as server-sent events."""
        return self.chat.stream(body)
