"""What every embedding engine offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from iib.errors import InvalidRequest
from iib.semantic.arrays import Floats
from iib.semantic.embedding.calibration import Calibration

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """A part of the texts. `vectors` (n, d), unit rows, belong to the texts of the numbers in `done`; `failed` are
    texts (by number) that can have none, each with the reason."""

    done: tuple[int, ...]
    vectors: Floats
    failed: tuple[tuple[int, str], ...] = ()


class EmbeddingModel(Protocol):
    """An embedding model of one version."""

    @property
    def engine(self) -> str:
        """The kind of embedding model: `openai` or `local`."""

    @property
    def model_name(self) -> str:
        """The name of the model in answers and cache keys."""

    @property
    def model_id(self) -> int:
        """The id of this version of the model in the store."""

    @property
    def calibration(self) -> Calibration:
        """The mapping of the cosines of this model to the public scale."""

    def embed(self, texts: Sequence[str], *, batch_size: int, check: Check) -> Iterator[EmbeddedBatch]:
        """Batch after batch, until every text is done or failed. `check` may raise to stop. Raises `ProviderError`
        when nothing can be embedded any more; batches that were given out stay good."""


def vector_of_text(model: EmbeddingModel, text: str, check: Check = lambda: None) -> Floats:
    """One vector. Raises `InvalidRequest` for a text that the engine refuses, `ProviderError`."""
    for batch in model.embed([text], batch_size=1, check=check):
        if batch.failed:
            raise InvalidRequest(batch.failed[0][1])
        vector: Floats = batch.vectors[0]
        return vector
    raise AssertionError("an engine gives a batch for every text")
