"""Requests embeddings from an OpenAI-compatible service, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog

from iib.errors import (
    ProviderBusy,
    ProviderError,
    ProviderInputRefused,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnusable,
)
from iib.model import Json
from iib.semantic.arrays import Floats
from iib.semantic.embedding.model import EmbeddedBatch
from iib.semantic.embedding.prompt_text import estimate_tokens
from iib.semantic.providers.http import AiService

log = structlog.get_logger(__name__)

MAX_BATCH_TOKENS = 7_600
HALVED_ATTEMPTS = 2  # for parts of a failed batch: the whole batch has used up the configured attempts
MAX_SUSPECTS = 3  # single texts that may fail in a row for a reason of the service; then the service is at fault

Check = Callable[[], None]


@dataclass(slots=True)
class _Outcome:
    """Results of one batch so far. `suspects` failed singly, perhaps through a fault of the service."""

    done: list[int] = field(default_factory=list)
    vectors: list[Floats] = field(default_factory=list)
    failed: list[tuple[int, str]] = field(default_factory=list)
    suspects: list[tuple[int, ProviderError]] = field(default_factory=list)

    def add(self, numbers: Sequence[int], vectors: Floats) -> None:
        self.done += numbers
        self.vectors.append(vectors)
        self.failed += [(number, error.message) for number, error in self.suspects]  # the service works for others
        self.suspects.clear()


class EmbeddingClient:
    """Sends texts in batches. `dimensions` is the expected length of vectors; 0 accepts that of the first answer."""

    def __init__(self, service: AiService, model: str, dimensions: int = 0) -> None:
        self._service = service
        self._model = model
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str], *, batch_size: int, check: Check) -> Iterator[EmbeddedBatch]:
        """See `EmbeddingModel.embed`. A failed batch is halved until the texts that fail are isolated."""
        for numbers in batches(texts, batch_size):
            outcome = _Outcome()
            self._embed(texts, numbers, outcome, check, None)
            if outcome.suspects:
                if not outcome.done:
                    raise outcome.suspects[0][1]
                outcome.failed += [(number, error.message) for number, error in outcome.suspects]
            if self._service.settings.debug:
                log.info("embedded", texts=len(outcome.done), failed=len(outcome.failed), model=self._model)
            vectors = np.concatenate(outcome.vectors) if outcome.vectors else np.empty((0, 0), dtype=np.float32)
            yield EmbeddedBatch(tuple(outcome.done), vectors, tuple(outcome.failed))

    def _embed(
        self, texts: Sequence[str], numbers: Sequence[int], outcome: _Outcome, check: Check, attempts: int | None
    ) -> None:
        try:
            vectors = self._request([texts[number] for number in numbers], check, attempts)
        except ProviderInputRefused as error:
            if len(numbers) == 1:
                outcome.failed.append((numbers[0], error.message))
                return
        except (ProviderRefused, ProviderBusy, ProviderUnreachable):
            raise
        except ProviderError as error:
            if len(numbers) == 1:
                outcome.suspects.append((numbers[0], error))
                if len(outcome.suspects) >= MAX_SUSPECTS:
                    raise
                return
        else:
            outcome.add(numbers, vectors)
            return
        middle = len(numbers) // 2
        self._embed(texts, numbers[:middle], outcome, check, HALVED_ATTEMPTS)
        self._embed(texts, numbers[middle:], outcome, check, HALVED_ATTEMPTS)

    def _request(self, texts: list[str], check: Check, attempts: int | None) -> Floats:
        def parse(answer: Json) -> Floats:
            return parse_vectors(answer, len(texts), self.dimensions)

        body = {"model": self._model, "input": texts}
        vectors: Floats = self._service.post("embeddings", body, parse, check=check, attempts=attempts)
        self.dimensions = vectors.shape[1]
        return vectors


def batches(texts: Sequence[str], batch_size: int) -> Iterator[list[int]]:
    """Positions of texts in batches, in order; at most `batch_size` texts and `MAX_BATCH_TOKENS` tokens a batch.

    >>> list(batches(["a", "b", "c"], batch_size=2))
    [[0, 1], [2]]
    """
    batch: list[int] = []
    tokens = 0
    for number, text in enumerate(texts):
        text_tokens = estimate_tokens(text)
        if batch and (len(batch) >= batch_size or tokens + text_tokens > MAX_BATCH_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(number)
        tokens += text_tokens
    if batch:
        yield batch


def parse_vectors(answer: Json, count: int, dimensions: int) -> Floats:
    """Unit vectors in the order of the inputs. Raises `ProviderUnusable`."""
    items = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(items, list) or len(items) != count:
        raise ProviderUnusable("the AI service did not answer with one embedding for each text")
    try:
        ordered = sorted(enumerate(items), key=lambda pair: int(pair[1].get("index", pair[0])))
        rows = [item["embedding"] for _position, item in ordered]
        widths = {len(row) for row in rows}
        vectors = np.asarray(rows, dtype=np.float32) if len(widths) == 1 else None
    except (TypeError, ValueError, KeyError, AttributeError):
        raise ProviderUnusable("the embeddings of the AI service cannot be read") from None
    expected = dimensions or (min(widths) if widths else 0)
    if vectors is None or vectors.ndim != 2 or vectors.shape[1] != expected or expected == 0:  # noqa: PLR2004  (a matrix)
        raise ProviderUnusable(
            f"the AI service returned embeddings of {sorted(widths)} dimensions instead of {expected}; "
            "embed again with force if the model behind this name has changed"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(vectors).all() or not (lengths > 0).all():
        raise ProviderUnusable("the embeddings of the AI service are empty or not numeric")
    unit: Floats = (vectors / lengths).astype(np.float32)
    return unit
