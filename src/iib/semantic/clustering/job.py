"""The clustering job: index, embed, cluster, request titles. Every step may be repeated."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from iib.jobs import Progress
from iib.model import Cluster, Clustering, FolderId, Json
from iib.semantic.clustering.dendrogram_cut import CutRule
from iib.semantic.clustering.keywords import describe
from iib.semantic.clustering.params import ClusterParams
from iib.semantic.clustering.progress import ClusteringProgress
from iib.semantic.clustering.stored_results import pack_clustering, unpack_clustering
from iib.semantic.clustering.text_groups import (
    TextGroup,
    describe_groups,
    embeddings_state,
    group_texts,
    load_embedded_media,
)
from iib.semantic.clustering.titles import TitledCluster, TitleMaker, TitleOptions, TitleRequest
from iib.semantic.embedding.calibration import Calibration
from iib.semantic.embedding.job import EmbedCounts, Embedder, EmbedOptions
from iib.semantic.embedding.model import EmbeddingModel
from iib.semantic.embedding.prompt_text import PromptText
from iib.semantic.embedding.registry import ModelRegistry
from iib.semantic.scope import Indexer, index_scope
from iib.store import ClusterRunRow, Store

SAMPLE_PROMPT_CHARS = 200


@dataclass(frozen=True, slots=True)
class ClusterDependencies:
    """The services that a clustering uses. `changed` is called after embeddings were written."""

    store: Store
    indexer: Indexer
    models: ModelRegistry
    embedder: Embedder
    titles: TitleMaker
    prompt_text: PromptText
    changed: Callable[[], None]
    clock: Callable[[], float] = time.time


class ClusterJob:
    """Runs clusterings and reports their progress."""

    def __init__(self, dependencies: ClusterDependencies) -> None:
        self._dependencies = dependencies
        self._lock = threading.Lock()
        self._running: dict[str, ClusteringProgress] = {}

    def progress_of(self, job_id: str) -> ClusteringProgress:
        """Progress of a running or finished clustering."""
        with self._lock:
            running = self._running.get(job_id)
        if running is not None:
            return running
        with self._dependencies.store.read() as unit:
            row = unit.topics.find_run(job_id)
        return ClusteringProgress.load(row.progress if row is not None else "")

    def run(self, values: dict[str, Json], progress: Progress) -> str:
        """Job function: run the clustering of these parameters; returns the message of the job."""
        params = ClusterParams.load(values)
        with self._dependencies.store.read() as unit:
            earlier = unit.topics.find_run(progress.job_id)  # from before a restart
        run = _Run(
            self._dependencies,
            params,
            progress,
            earlier.created_at if earlier is not None else self._dependencies.clock(),
        )
        with self._lock:
            self._running[progress.job_id] = run.state
        try:
            return run.execute()
        finally:
            with self._lock:
                self._running.pop(progress.job_id, None)


class _Run:
    """One run of the clustering job, with its progress in `state`."""

    def __init__(
        self, dependencies: ClusterDependencies, params: ClusterParams, progress: Progress, started_at: float
    ) -> None:
        self._dependencies = dependencies
        self._params = params
        self._progress = progress
        self._started_at = started_at
        self.state = ClusteringProgress()
        self.state.counters["folder"] = params.folders[0]

    def execute(self) -> str:
        dependencies, params = self._dependencies, self._params
        self._enter("init")
        self._index()
        self._enter("embedding")
        model = dependencies.models.get(params.model, self._progress.check, renew=self._should_renew())
        folders = params.scope.folder_ids(dependencies.store)
        self._embed(folders, model)
        clustering = self._reused(model, folders)
        if clustering is None:
            clustering = self._cluster(folders, model)
        self.state.counters |= {"clusters_total": len(clustering.clusters), "clusters_done": len(clustering.clusters)}
        self.state.enter("done")
        self._save(*pack_clustering(clustering))
        return f"{len(clustering.clusters)} clusters of {clustering.count} files, {len(clustering.noise)} in no cluster"

    def _should_renew(self) -> bool:
        """True if a forced run has not calibrated the remote model yet; a restart does not repeat it."""
        row = self._dependencies.models.find(self._params.model)
        return self._params.force_embed and (row is None or row.created_at < self._started_at)

    def _index(self) -> None:
        def report(inner: Progress) -> None:
            self.state.counters |= {"index_done": inner.done, "index_total": inner.total}
            self.state.update(inner.done, inner.total)
            self._progress.update(stage="indexing", done=inner.done, total=inner.total)

        def report_folder(path: str) -> None:
            if self.state.stage != "indexing":
                self._enter("indexing")
            self.state.counters["folder"] = path
            self._progress.check()

        index_scope(
            self._dependencies.store, self._dependencies.indexer, self._params.scope, Progress(report), report_folder
        )

    def _embed(self, folders: list[FolderId], model: EmbeddingModel) -> None:
        def report(counts: EmbedCounts) -> None:
            self.state.counters |= asdict(counts)
            self.state.update(counts.embedded_done, counts.to_embed)
            self._progress.update(done=counts.embedded_done, total=counts.to_embed, errors=counts.failed)

        options = EmbedOptions(
            force_before=self._started_at if self._params.force_embed else 0.0,
            batch_size=self._params.batch_size,
            max_chars=self._params.max_chars,
        )
        self._dependencies.embedder.ensure(folders, model, options, check=self._progress.check, report=report)
        self._dependencies.changed()

    def _reused(self, model: EmbeddingModel, folders: list[FolderId]) -> Clustering | None:
        """An earlier result of the same parameters over the same embeddings, or None."""
        dependencies = self._dependencies
        if not self._params.may_reuse:
            return None
        with dependencies.store.read() as unit:
            row = unit.topics.find_cached_run(self._params.cache_key(dependencies.prompt_text.fingerprint))
        if row is None or row.members is None:
            return None
        clustering = unpack_clustering(row.summary, row.members)
        if clustering.state != embeddings_state(dependencies.store, model.model_id, folders):
            return None
        if any(cluster.is_fallback for cluster in clustering.clusters):
            return None  # the chat model may work again
        self.state.cache_hit = True
        return clustering

    def _cluster(self, folders: list[FolderId], model: EmbeddingModel) -> Clustering:
        dependencies, params = self._dependencies, self._params
        self._enter("clustering")
        embedded = load_embedded_media(dependencies.store, model.model_id, folders)

        def report(done: int, total: int) -> None:
            self.state.counters |= {"items_done": min(done + 1, total + 1), "items_total": total + 1}
            self.state.update(done, total)
            self._progress.update(done=done, total=total)

        grouped, noise = group_texts(embedded, cut_rule(params, model.calibration), report)
        self.state.counters |= {"items_done": len(embedded.files), "items_total": len(embedded.files)}
        self._enter("titling")
        groups = describe_groups(dependencies.store, dependencies.prompt_text, embedded, grouped, params.max_chars)
        titled = self._titled(groups)
        return Clustering(
            engine=model.engine,
            model=model.model_name,
            folders=params.folders,
            recursive=params.recursive,
            lang=params.lang,
            threshold=params.threshold,
            min_cluster_size=params.min_cluster_size,
            assign_noise_threshold=params.assign_noise_threshold,
            clusters=tuple(
                Cluster(
                    id=f"topic_{number}",
                    title=title.topic.title,
                    keywords=title.topic.keywords,
                    members=item.members,
                    sample_prompt=item.texts[0][:SAMPLE_PROMPT_CHARS],
                    is_fallback=title.is_fallback,
                )
                for number, (item, title) in enumerate(zip(groups, titled, strict=True))
            ),
            noise=tuple(sorted(media_id for number in noise for media_id in embedded.files[number])),
            state=embedded.state,
        )

    def _titled(self, groups: list[TextGroup]) -> list[TitledCluster]:
        params = self._params
        local = describe([item.texts for item in groups])
        self.state.counters |= {"clusters_total": len(groups), "clusters_done": 0}
        if not params.title_model:
            return [TitledCluster(topic) for topic in local]

        def report(done: int) -> None:
            self.state.counters["clusters_done"] = done
            self.state.update(done, len(groups))
            self._progress.update(done=done, total=len(groups))

        requests = [TitleRequest(item.members, item.samples, topic) for item, topic in zip(groups, local, strict=True)]
        rules = self._dependencies.prompt_text.fingerprint
        seed = f"{params.engine}:{params.model}|{params.threshold}|{params.min_cluster_size}|{rules}"
        options = TitleOptions(
            params.title_model, params.lang, seed, use_cache=params.use_title_cache, force=params.force_title
        )
        return self._dependencies.titles.titles(requests, options, check=self._progress.check, report=report)

    def _enter(self, stage: str) -> None:
        self.state.enter(stage)
        self._progress.update(stage=stage, done=0, total=0)
        self._save("", None)

    def _save(self, summary: str, members: bytes | None) -> None:
        dependencies = self._dependencies
        row = ClusterRunRow(
            job_id=self._progress.job_id,
            cache_key=self._params.cache_key(dependencies.prompt_text.fingerprint),
            created_at=self._started_at,
            updated_at=dependencies.clock(),
            progress=self.state.dump(),
            summary=summary,
            members=members,
        )
        with dependencies.store.write() as write:
            write.topics.save_run(row)


def cut_rule(params: ClusterParams, calibration: Calibration) -> CutRule:
    """The cut rule of public thresholds on the scale of the embedding model."""
    return CutRule(
        threshold=calibration.raw(params.threshold),
        min_cluster_size=params.min_cluster_size,
        assign_noise=calibration.raw(params.assign_noise_threshold),
    )
