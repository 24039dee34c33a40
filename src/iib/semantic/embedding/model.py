"""The interface of all embedding models."""

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
    """Result of embedding a part of the texts, which are named by their positions.

    `vectors` (n, d) are unit rows in the order of `done`; `failed` are texts without an embedding, with the reason.
    """

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
        """Yield batches until every text is done or failed. `check` may raise to stop.

        Raises `ProviderError` if the service fails as a whole; batches returned before that remain valid.
        """


def vector_of_text(model: EmbeddingModel, text: str, check: Check = lambda: None) -> Floats:
    """The unit vector of one text. Raises `InvalidRequest` if the model refuses the text, `ProviderError`."""
    for batch in model.embed([text], batch_size=1, check=check):
        if batch.failed:
            raise InvalidRequest(batch.failed[0][1])
        vector: Floats = batch.vectors[0]
        return vector
    raise AssertionError("an embedding model returns a batch for every text")
