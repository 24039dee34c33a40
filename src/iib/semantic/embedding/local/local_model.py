"""The built-in engine: fitted on the library, measured on the library's own prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from iib.semantic.arrays import Floats
from iib.semantic.embedding.calibration import Calibration, measured
from iib.semantic.embedding.local.lsa import Lsa, LsaEmbedder
from iib.semantic.embedding.model import Check, EmbeddedBatch

ENGINE = "local"
LOCAL_MODEL_NAME = "local"
BATCH = 4096
USUAL = Calibration(unrelated=0.0, related=0.65)
MEASURED_PAIRS = 2_000
LEAST_PIECES = 4  # of a prompt that is halved


class LocalModel:
    """One fitted model. Safe from any thread, as its `LsaEmbedder` is."""

    engine = ENGINE

    def __init__(self, model_id: int, version: int, lsa: Lsa, calibration: Calibration) -> None:
        self.model_id = model_id
        self.version = version
        self.model_name = LOCAL_MODEL_NAME
        self.calibration = calibration
        self._embedder = LsaEmbedder(lsa)

    def embed(self, texts: Sequence[str], *, batch_size: int, check: Check) -> Iterator[EmbeddedBatch]:
        """See `Engine.embed`. Always whole; texts without a known word get a vector of zeros, near to nothing."""
        del batch_size  # that of a service; here larger ones are simply faster
        for start in range(0, len(texts), BATCH):
            check()
            part = texts[start : start + BATCH]
            yield EmbeddedBatch(tuple(range(start, start + len(part))), self._embedder.embed(part))


def calibrate(lsa: Lsa, texts: Sequence[str]) -> Calibration:
    """Measured on pairs of the fitted texts: two at random are unrelated, the two halves of one (every other of its
    pieces, so without a word in common) are about the same thing."""
    embedder = LsaEmbedder(lsa)
    random = np.random.default_rng(2)
    first, second = random.integers(0, max(1, len(texts)), (2, MEASURED_PAIRS))
    apart = first != second
    unrelated = _cosines(embedder, [texts[i] for i in first[apart]], [texts[i] for i in second[apart]])
    step = max(1, len(texts) // MEASURED_PAIRS)
    pieces = [text.split(", ") for text in texts[::step]]
    halved = [parts for parts in pieces if len(parts) >= LEAST_PIECES]
    related = _cosines(
        embedder, [", ".join(parts[::2]) for parts in halved], [", ".join(parts[1::2]) for parts in halved]
    )
    if len(texts) < MEASURED_PAIRS:  # a few texts make few different pairs, however often one draws
        unrelated = unrelated[: len(texts) // 2]
    return measured(unrelated, related, USUAL)


def _cosines(embedder: LsaEmbedder, left: Sequence[str], right: Sequence[str]) -> Floats:
    if not left:
        return np.empty(0, dtype=np.float32)
    cosines: Floats = (embedder.embed(left) * embedder.embed(right)).sum(axis=1)
    return cosines
