"""Chooses the embedding model of a request, fits the local model and calibrates remote ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import numpy as np
import structlog

from iib._lib.cache import RevisionCache
from iib.errors import NotConfigured, ProviderUnusable
from iib.semantic.arrays import Floats
from iib.semantic.embedding.calibration import MIN_GAP, Calibration, calibrate
from iib.semantic.embedding.calibration_pairs import PAIRS, UNRELATED_DISTANCES
from iib.semantic.embedding.local import local_model as local
from iib.semantic.embedding.local.lsa import MAX_FITTED, Lsa, fit
from iib.semantic.embedding.model import Check, EmbeddedBatch, EmbeddingModel
from iib.semantic.embedding.prompt_text import PromptText, text_hash
from iib.semantic.embedding.remote import EmbeddingClient
from iib.semantic.providers.http import AiService
from iib.settings import AiEngine, AiSettings
from iib.store import EmbeddingModelRow, Store

log = structlog.get_logger(__name__)

OPENAI = "openai"
GROWTH = 1.5  # the local model is fitted again when the library has so many times the texts of the last fit
FIT_CHARS = 4_000
READ_TEXTS = 4 * MAX_FITTED  # texts read for a fit; more than are fitted, because many prompts repeat


class OpenAiModel:
    """An embedding model of the remote service; the store holds its vectors and its calibration."""

    engine = OPENAI

    def __init__(self, row: EmbeddingModelRow, client: EmbeddingClient, calibration: Calibration) -> None:
        self.model_name = row.name
        self.model_id = row.id
        self.calibration = calibration
        self._client = client

    def embed(self, texts: Sequence[str], *, batch_size: int, check: Check) -> Iterator[EmbeddedBatch]:
        """Request embeddings from the service; see `EmbeddingModel.embed`."""
        return self._client.embed(texts, batch_size=batch_size, check=check)


class ModelRegistry:
    """All embedding models of one application. Thread-safe."""

    def __init__(
        self,
        store: Store,
        settings: AiSettings,
        service: AiService,
        prompt_text: PromptText,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._settings = settings
        self._service = service
        self._text = prompt_text
        self._clock = clock
        self._fit_lock = threading.Lock()
        self._local: local.LocalModel | None = None  # not a cache: a fit replaces it under `_fit_lock`
        self._counts: RevisionCache[int, int] = RevisionCache()

    def name_of(self, model: str | None) -> tuple[str, str]:
        """(engine, model name) of a request. Raises `NotConfigured` if it needs a service and none is configured."""
        requested = (model or "").strip()
        if requested == local.LOCAL_MODEL_NAME:
            return local.ENGINE, local.LOCAL_MODEL_NAME
        chosen = self._settings.engine
        is_remote = chosen is AiEngine.OPENAI or (chosen is AiEngine.AUTO and self._settings.has_service)
        if is_remote or requested:
            if not self._settings.has_service:
                cause = f"the model {requested!r}" if requested else "IIB_AI_ENGINE=openai"
                raise NotConfigured(f"{cause} needs an AI service: set OPENAI_API_KEY (and OPENAI_BASE_URL)")
            return OPENAI, requested or self._settings.embedding_model
        return local.ENGINE, local.LOCAL_MODEL_NAME

    def find(self, model: str | None) -> EmbeddingModelRow | None:
        """The current version of the model that a request uses, or None if it does not exist yet. Computes nothing."""
        engine, name = self.name_of(model)
        if engine == local.ENGINE:
            name = self._local_name()
        with self._store.read() as unit:
            return unit.embeddings.find_model(engine, name)

    def get(
        self, model: str | None, check: Check = lambda: None, *, may_refit: bool = True, renew: bool = False
    ) -> EmbeddingModel:
        """The embedding model of a request, ready to embed.

        A local model is fitted if it does not exist, and again if the library has outgrown it and `may_refit` is set. A
        remote model is calibrated once, and again with `renew`. Raises `ProviderError`, `NotConfigured`.
        """
        engine, name = self.name_of(model)
        if engine == local.ENGINE:
            return self._get_local(check, may_refit=may_refit)
        return self._get_openai(name, check, renew=renew)

    def is_outgrown(self) -> bool:
        """True if the library has grown so much that the local model should be fitted again."""
        row = self.find(local.LOCAL_MODEL_NAME)
        return row is not None and self._text_count() > row.text_count * GROWTH

    def _local_name(self) -> str:
        """The stored name of the local model, with the fingerprint: other normalisation rules need another model."""
        return f"{local.LOCAL_MODEL_NAME}:{self._text.fingerprint}"

    def _get_local(self, check: Check, *, may_refit: bool) -> local.LocalModel:
        with self._fit_lock:
            row = self.find(local.LOCAL_MODEL_NAME)
            if row is None or (may_refit and self._text_count() > row.text_count * GROWTH):
                return self._fit(row, check)
            if self._local is None or self._local.model_id != row.id:
                with self._store.read() as unit:
                    payload = unit.embeddings.find_model_payload(row.id)
                if payload is None:
                    return self._fit(row, check)
                calibration = Calibration(**json.loads(row.calibration))
                self._local = local.LocalModel(row.id, row.version, Lsa.load(payload), calibration)
            return self._local

    def _fit(self, old: EmbeddingModelRow | None, check: Check) -> local.LocalModel:
        started = time.monotonic()
        count, texts = self._sample(check)
        lsa = Lsa.load(fit(texts, check).dump())  # rounded as in the store: same vectors after a restart
        calibration = local.calibrate_on_texts(lsa, texts)
        version = old.version + 1 if old is not None else 1
        with self._store.write() as write:
            model_id = write.embeddings.add_model(
                local.ENGINE,
                self._local_name(),
                version=version,
                dimensions=lsa.dimensions,
                calibration=json.dumps(asdict(calibration)),
                text_count=count,
                payload=lsa.dump(),
                now=self._clock(),
            )
        log.info("local model fitted", texts=len(texts), version=version, seconds=round(time.monotonic() - started, 1))
        self._local = local.LocalModel(model_id, version, lsa, calibration)
        return self._local

    def _sample(self, check: Check) -> tuple[int, list[str]]:
        """(number of files with a text, distinct normalised texts to fit on in the order of their hashes)."""
        count = self._text_count()
        step = max(1, count // READ_TEXTS)
        distinct: set[str] = set()
        number = 0
        with self._store.read() as unit:
            for block in unit.embeddings.iter_texts(unit.embeddings.ids_of_all_folders()):
                check()
                for _media_id, stored in block:
                    if number % step == 0:
                        distinct.add(self._text.of(stored, FIT_CHARS))
                    number += 1
        distinct.discard("")
        texts = sorted(distinct, key=lambda text: text_hash("", text))[:MAX_FITTED]
        return count, texts

    def _text_count(self) -> int:
        return self._counts.get(lambda: self._store.revision, self._count_texts)

    def _count_texts(self, *_args: object) -> int:
        with self._store.read() as unit:
            return unit.embeddings.count_texts()

    def _get_openai(self, name: str, check: Check, *, renew: bool) -> OpenAiModel:
        with self._store.read() as unit:
            row = unit.embeddings.find_model(OPENAI, name)
        if row is not None and not renew:
            return self._openai(row)
        client = EmbeddingClient(self._service, name)
        calibration = json.dumps(asdict(_calibrated(client, check)))
        with self._store.write() as write:
            existing = write.embeddings.find_model(OPENAI, name)
            if existing is not None and existing.dimensions == client.dimensions:
                write.embeddings.set_calibration(existing.id, calibration)
            else:  # new, or another model behind the same name: old vectors cannot be compared with new ones
                version = existing.version + 1 if existing is not None else 1
                write.embeddings.add_model(
                    OPENAI,
                    name,
                    version=version,
                    dimensions=client.dimensions,
                    calibration=calibration,
                    now=self._clock(),
                )
            row = write.embeddings.find_model(OPENAI, name)
        assert row is not None  # noqa: S101  (just written)
        return self._openai(row)

    def _openai(self, row: EmbeddingModelRow) -> OpenAiModel:
        client = EmbeddingClient(self._service, row.name, row.dimensions)
        return OpenAiModel(row, client, Calibration(**json.loads(row.calibration)))


DEFAULT_REMOTE = Calibration(unrelated=0.2, related=0.55)


def _calibrated(client: EmbeddingClient, check: Check) -> Calibration:
    """Calibrate a remote model on the graded pairs: about 600 tokens, once for each model."""
    texts = [text for pair in PAIRS for text in pair]
    parts = []
    for batch in client.embed(texts, batch_size=len(texts), check=check):
        if batch.failed:
            raise ProviderUnusable(batch.failed[0][1])
        parts.append(batch.vectors[np.argsort(batch.done)])
    return calibrate_on_pairs(np.concatenate(parts))


def calibrate_on_pairs(vectors: Floats) -> Calibration:
    """Calibration from the vectors of the graded pairs, left and right halves in turn.

    A model that does not separate related pairs from unrelated ones gets the default calibration.
    """
    left, right = vectors[::2], vectors[1::2]
    related = (left * right).sum(axis=1)
    unrelated = np.concatenate(
        [(left * np.roll(right, shift, axis=0)).sum(axis=1) for shift in range(*UNRELATED_DISTANCES)]
    )
    if np.median(related) - np.median(unrelated) < MIN_GAP:
        return DEFAULT_REMOTE
    return calibrate(unrelated, related, DEFAULT_REMOTE, prior_pairs=0)
