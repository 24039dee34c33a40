"""The semantic room as the rest of the program sees it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from iib.errors import Conflict, InvalidRequest, NotConfigured, NotFound
from iib.jobs.manager import JobManager
from iib.jobs.progress import Progress
from iib.model.cluster import Clustering
from iib.model.geninfo import Json
from iib.model.job import JobId, JobRow, JobStatus
from iib.model.media import MediaId
from iib.search.service import SearchService
from iib.semantic import topics
from iib.semantic.embed import EmbedCounts, Embedder, EmbedOptions
from iib.semantic.engine import Engine
from iib.semantic.engines import Engines
from iib.semantic.finder import Finder, Found
from iib.semantic.job import ClusterJob, Parts
from iib.semantic.likeness import VectorLikeness, vector_of_text
from iib.semantic.local import engine as local
from iib.semantic.providers.chat import ChatClient
from iib.semantic.providers.http import AiService
from iib.semantic.runs import ClusterParams, RunProgress, unpack
from iib.semantic.scope import FolderChange, Indexer, Scope, find_change
from iib.semantic.tag_graph.service import TagGraphs
from iib.semantic.text import PromptText
from iib.semantic.titles import TitleMaker
from iib.settings import AiSettings
from iib.store import Store

CLUSTER_KIND = "cluster"
FIT_KIND = "semantic_fit"
KEPT_ENSURED = 64


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """A clustering job: its row, how far it is, and the result once there is one."""

    row: JobRow
    progress: RunProgress
    params: ClusterParams
    result: Clustering | None


@dataclass(frozen=True, slots=True)
class CachedClustering:
    """The latest result of a question, and in what it is out of date."""

    key: str
    cached_at: float
    result: Clustering | None
    folder_change: FolderChange | None
    embeddings_changed: bool
    embeddings_count: int
    embeddings_latest: float


@dataclass(frozen=True, slots=True)
class PromptQuery:
    """A search by meaning; `hybrid` weighs the words themselves too."""

    text: str
    scope: Scope
    model: str | None = None
    top_k: int = 50
    min_score: float = 0.0
    ensure_embed: bool = True
    max_chars: int = 4000
    hybrid: bool = False


class SemanticService:
    """Embeddings, clusters, search by meaning and chat. Blocking, safe from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        jobs: JobManager,
        indexer: Indexer,
        search: SearchService,
        settings: AiSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._text = PromptText(settings.normalize, settings.normalize_mode)
        self._service = AiService(settings)
        self.chat = ChatClient(self._service)
        self.engines = Engines(store, settings, self._service, self._text, clock)
        self._embedder = Embedder(store, self._text, clock)
        self._finder = Finder(store, search, self._text)
        search.engine.likeness = VectorLikeness(store, search.views, self.engines, self._finder, self._text)
        self._clustering = ClusterJob(
            Parts(
                store=store,
                indexer=indexer,
                engines=self.engines,
                embedder=self._embedder,
                titles=TitleMaker(store, self.chat, clock),
                prompt_text=self._text,
                changed=self._finder.forget,
                clock=clock,
            )
        )
        self.graphs = TagGraphs(store, settings, self.engines, self._finder, self.chat, clock)
        self._ensured: dict[tuple[Scope, int, int], int] = {}
        jobs.register(CLUSTER_KIND, self._clustering.run)
        jobs.register(FIT_KIND, self._fit)

    def resume(self) -> None:
        """Go on with the clusterings that an earlier process left unfinished."""
        self._jobs.resume_interrupted(CLUSTER_KIND)

    def close(self) -> None:
        """Close the connections to the service."""
        self._service.close()

    # --- embeddings

    def build_embeddings(
        self, scope: Scope, model: str | None, *, force: bool, batch_size: int, max_chars: int
    ) -> tuple[EmbedCounts, Engine]:
        """Embed what lacks an embedding, now. Raises `ProviderError`, `NotConfigured`."""
        options = EmbedOptions(self._clock() if force else 0.0, batch_size, max_chars)
        self.engines.name_of(model)
        self._clustering.prepare(scope, Progress(lambda _progress: None))
        engine = self.engines.get(model, renew=force)
        return self._embed(scope, engine, options), engine

    def _embed(self, scope: Scope, engine: Engine, options: EmbedOptions) -> EmbedCounts:
        folders = scope.folder_ids(self._store)
        try:
            return self._embedder.ensure(folders, engine, options, check=lambda: None, report=lambda _counts: None)
        finally:
            self._finder.forget()

    # --- clusters

    def start_clustering(self, params: ClusterParams) -> JobId:
        """Begin a clustering, or return the running one of the same parameters."""
        return self._jobs.start(CLUSTER_KIND, asdict(params))

    def run_clustering(self, params: ClusterParams, progress: Progress) -> Clustering:
        """Cluster inside another job; `clustering_progress` tells how far that is. Raises `Cancelled`."""
        self._clustering.run(asdict(params), progress)
        with self._store.read() as unit:
            run = unit.topics.run(progress.job_id)
        assert run is not None and run.members is not None  # noqa: S101, PT018  (written just before)
        return unpack(run.summary, run.members)

    def clustering_progress(self, job_id: str) -> RunProgress:
        """How far the clustering inside this job is."""
        return self._clustering.progress_of(job_id)

    def untouched(self, found: Clustering) -> int:
        """How many visible files of its folders a clustering could not consider, since nothing is known of them."""
        scope = Scope.of(found.folders, recursive=found.recursive)
        folders = scope.folder_ids(self._store)
        with self._store.read() as unit:
            return len(unit.semantic.media_ids(folders)) - found.count

    def status(self, job_id: str) -> ClusterStatus:
        """Raises `NotFound`."""
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
        if self.status(job_id).row.status.is_final:  # also while its thread is about to leave
            return False
        return self._jobs.cancel(JobId(job_id))

    def clustering(self, job_id: str) -> Clustering:
        """The result of an ended clustering. Raises `NotFound`, `Conflict` while it runs."""
        found = self.status(job_id)
        if found.result is None:
            raise Conflict(f"this clustering is {found.row.status.value}")
        return found.result

    def latest_clustering(self, scope: Scope) -> tuple[str, Clustering] | None:
        """(cache key, result) of the newest clustering of exactly these folders."""
        with self._store.read() as unit:
            for row in unit.topics.finished_runs():
                if row.members is not None and tuple(json.loads(row.summary)["folders"]) == scope.folders:
                    return row.cache_key, unpack(row.summary, row.members)
        return None

    def clustering_of_key(self, cache_key: str) -> Clustering | None:
        """The latest result of a cache key."""
        with self._store.read() as unit:
            row = unit.topics.cached_run(cache_key)
        return unpack(row.summary, row.members) if row is not None and row.members is not None else None

    def cached(self, params: ClusterParams) -> CachedClustering:
        """What is known of a question. Computes nothing."""
        key = params.cache_key(self._text.fingerprint)
        with self._store.read() as unit:
            row = unit.topics.cached_run(key)
        model = self.engines.find(params.model)
        folders = params.scope.folder_ids(self._store)
        count, latest = 0, 0.0
        if model is not None:
            with self._store.read() as unit:
                count, latest = unit.semantic.embeddings_state(model.id, folders)
        result = unpack(row.summary, row.members) if row is not None and row.members is not None else None
        state = topics.state_of(self._store, model.id, folders) if model is not None else ""
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
        """Where these files are now."""
        with self._store.read() as unit:
            return unit.semantic.paths(ids)

    def _result(self, row: JobRow) -> Clustering | None:
        if row.status is not JobStatus.COMPLETED:
            return None
        with self._store.read() as unit:
            run = unit.topics.run(row.id)
        return unpack(run.summary, run.members) if run is not None and run.members is not None else None

    # --- search

    def search(self, query: PromptQuery) -> tuple[Found, Engine]:
        """Files whose prompts mean what the query says. Raises `InvalidRequest`, `ProviderError`, `NotConfigured`."""
        self.engines.name_of(query.model)
        if query.ensure_embed:
            self._clustering.prepare(query.scope, Progress(lambda _progress: None))
        engine = self._engine_for_search(query.model)
        if query.ensure_embed:
            self._embed_if_changed(query.scope, engine, query.max_chars)
        text = self._text.of(query.text, query.max_chars)
        if not text:
            raise InvalidRequest("query is empty")
        vector = vector_of_text(engine, text)
        top_k = max(query.top_k, 500) if query.hybrid else query.top_k
        ranked, count = self._finder.find(engine, vector, query.scope, top_k, query.min_score)
        listed = [(media_id, score, score) for media_id, score in ranked]
        if query.hybrid:
            extra = self._finder.words_in(query.text.strip(), query.scope)
            scored = dict(ranked) | self._finder.scores(engine, vector, extra)
            fused = self._finder.fuse(ranked, scored, query.text.strip(), query.scope)
            listed = [item for item in fused if item[1] >= query.min_score]
        return Found(self._finder.hits(listed[: query.top_k], query.max_chars), count), engine

    def similar(self, media_id: MediaId, *, top_k: int, min_score: float, model: str | None) -> tuple[Found, Engine]:
        """Files of the library whose prompts are nearest to that of this one, without itself. Raises `NotFound`."""
        with self._store.read() as unit:
            texts = unit.media.texts([media_id])
        if media_id not in texts:
            raise NotFound(f"no file {media_id}")
        engine = self._engine_for_search(model)
        text = self._text.of(texts[media_id][1])
        if not text:
            return Found((), 0), engine
        vector = self._finder.index(engine.model_id).vector_of(media_id)
        if vector is None:
            vector = vector_of_text(engine, text)
        ranked, count = self._finder.find(engine, vector, None, top_k + 1, min_score)
        listed = [(other, score, score) for other, score in ranked if other != media_id][:top_k]
        return Found(self._finder.hits(listed, 4000), count), engine

    def _engine_for_search(self, model: str | None) -> Engine:
        """A search does not wait for a better model if there is one: the better one is made beside it."""
        engine = self.engines.get(model, may_refit=False)
        if engine.name == local.NAME and self.engines.is_outgrown():
            self._jobs.start(FIT_KIND, {})
        return engine

    def _embed_if_changed(self, scope: Scope, engine: Engine, max_chars: int) -> None:
        key = (scope, engine.model_id, max_chars)
        revision = self._store.revision
        if self._ensured.get(key) == revision:
            return
        counts = self._embed(scope, engine, EmbedOptions(max_chars=max_chars))
        if not counts.failed:
            if len(self._ensured) > KEPT_ENSURED:
                self._ensured.clear()
            self._ensured[key] = revision

    def _fit(self, _params: dict[str, Json], progress: Progress) -> str:
        """The job that fits the local model anew and embeds the library with it."""
        progress.update(stage="fitting")
        engine = self.engines.get(local.MODEL, progress.check)
        with self._store.read() as unit:
            folders = unit.semantic.folder_ids_all()

        def report(counts: EmbedCounts) -> None:
            progress.update(stage="embedding", done=counts.embedded_done, total=counts.to_embed)

        counts = self._embedder.ensure(folders, engine, EmbedOptions(), check=progress.check, report=report)
        self._finder.forget()
        return f"{counts.scanned} files with a text"

    # --- chat

    def chat_body(self, messages: list[Json], temperature: float, max_tokens: int | None) -> Json:
        """A request to the chat model. Raises `NotConfigured`, `InvalidRequest`."""
        if not self.settings.has_service:
            raise NotConfigured("the chat needs an AI service: set OPENAI_API_KEY (and OPENAI_BASE_URL)")
        if not messages:
            raise InvalidRequest("messages must not be empty")
        body: dict[str, Json] = {"model": self.settings.chat_model, "messages": messages, "temperature": temperature}
        if max_tokens is not None:
            body["max_tokens"] = max_tokens
        return body

    def chat_stream(self, body: Json) -> AbstractContextManager[Iterator[bytes]]:
        """The answer as server-sent events."""
        return self.chat.stream(body)
