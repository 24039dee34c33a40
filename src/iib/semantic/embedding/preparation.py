"""Prepares a search by meaning: chooses the embedding model, indexes the files of a scope and embeds them."""

from __future__ import annotations

from iib.jobs import JobManager, Progress
from iib.model import Json
from iib.semantic.embedding.job import EmbedCounts, Embedder, EmbedOptions
from iib.semantic.embedding.library_embeddings import LibraryEmbeddings
from iib.semantic.embedding.local import local_model
from iib.semantic.embedding.model import EmbeddingModel
from iib.semantic.scope import Indexer, Scope, index_scope
from iib.store import Store

FIT_KIND = "semantic_fit"
MAX_EMBEDDED_SCOPES = 64


class Preparation:
    """Chooses the embedding model of a request and embeds files without an embedding. Blocking and thread-safe."""

    def __init__(
        self, *, store: Store, jobs: JobManager, indexer: Indexer, embeddings: LibraryEmbeddings, embedder: Embedder
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._indexer = indexer
        self._models = embeddings.models
        self._vectors = embeddings.vectors
        self._embedder = embedder
        self._embedded_scopes: dict[tuple[Scope, int, int], int] = {}
        jobs.register(FIT_KIND, self._fit)

    def model_for(self, model_name: str | None) -> EmbeddingModel:
        """The embedding model to search with.

        A search uses the existing local model even if the library has outgrown it; a background job fits a new one.
        Raises `ProviderError`, `NotConfigured`.
        """
        model = self._models.get(model_name, may_refit=False)
        if model.engine == local_model.ENGINE and self._models.is_outgrown():
            self._jobs.start(FIT_KIND, {})
        return model

    def model_after_embedding(self, scope: Scope, model_name: str | None, max_chars: int) -> EmbeddingModel:
        """Index and embed the files of the scope; return the embedding model to search with.

        A scope is embedded again if the library has changed or if some of its texts failed. Raises `ProviderError`,
        `NotConfigured`.
        """
        self._index(scope, model_name)
        model = self.model_for(model_name)
        key = (scope, model.model_id, max_chars)
        revision = self._store.revision
        if self._embedded_scopes.get(key) != revision:
            counts = self._embed(scope, model, EmbedOptions(max_chars=max_chars))
            if not counts.failed:
                if len(self._embedded_scopes) > MAX_EMBEDDED_SCOPES:
                    self._embedded_scopes.clear()
                self._embedded_scopes[key] = revision
        return model

    def embed(
        self, scope: Scope, model_name: str | None, options: EmbedOptions, *, renew: bool
    ) -> tuple[EmbedCounts, EmbeddingModel]:
        """Index the files of the scope and embed them; `renew` repeats the calibration of a remote model.

        Raises `ProviderError`, `NotConfigured`.
        """
        self._index(scope, model_name)
        model = self._models.get(model_name, renew=renew)
        return self._embed(scope, model, options), model

    def _index(self, scope: Scope, model_name: str | None) -> None:
        """Index new and changed folders of the scope. Raises `NotConfigured` first if the model is not available."""
        self._models.name_of(model_name)
        index_scope(self._store, self._indexer, scope, Progress(lambda _progress: None))

    def _embed(self, scope: Scope, model: EmbeddingModel, options: EmbedOptions) -> EmbedCounts:
        folders = scope.folder_ids(self._store)
        try:
            return self._embedder.ensure(folders, model, options, check=lambda: None, report=lambda _counts: None)
        finally:
            self._vectors.forget()

    def _fit(self, _params: dict[str, Json], progress: Progress) -> str:
        """Job function: fit a new local model and embed the library with it."""
        progress.update(stage="fitting")
        model = self._models.get(local_model.LOCAL_MODEL_NAME, progress.check)
        with self._store.read() as unit:
            folders = unit.embeddings.ids_of_all_folders()

        def report(counts: EmbedCounts) -> None:
            progress.update(stage="embedding", done=counts.embedded_done, total=counts.to_embed)

        counts = self._embedder.ensure(folders, model, EmbedOptions(), check=progress.check, report=report)
        self._vectors.forget()
        return f"{counts.scanned} files with a text"
