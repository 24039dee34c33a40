"""The built-in embedding model: fitted on the library and calibrated on the prompts of the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from iib.semantic.arrays import Floats
from iib.semantic.embedding.calibration import Calibration, calibrate
from iib.semantic.embedding.local.lsa import Lsa, LsaEmbedder
from iib.semantic.embedding.model import Check, EmbeddedBatch

ENGINE = "local"
LOCAL_MODEL_NAME = "local"
BATCH = 4096
DEFAULT = Calibration(unrelated=0.0, related=0.65)
CALIBRATION_PAIRS = 2_000
MIN_PIECES = 4  # of a prompt that is halved


class LocalModel:
    """A fitted local model. Thread-safe, like its `LsaEmbedder`."""

    engine = ENGINE

    def __init__(self, model_id: int, version: int, lsa: Lsa, calibration: Calibration) -> None:
        self.model_id = model_id
        self.version = version
        self.model_name = LOCAL_MODEL_NAME
        self.calibration = calibration
        self._embedder = LsaEmbedder(lsa)

    def embed(self, texts: Sequence[str], *, batch_size: int, check: Check) -> Iterator[EmbeddedBatch]:
        """See `EmbeddingModel.embed`. No text fails; a text without any known word gets a vector of zeros."""
        del batch_size  # the batch size of a remote service; locally, larger batches are faster
        for start in range(0, len(texts), BATCH):
            check()
            part = texts[start : start + BATCH]
            yield EmbeddedBatch(tuple(range(start, start + len(part))), self._embedder.embed(part))


def calibrate_on_texts(lsa: Lsa, texts: Sequence[str]) -> Calibration:
    """Calibration measured on the fitted texts.

    Two random texts are a pair of unrelated ones. The two halves of one text (every other of its pieces, so without a
    common word) are a related pair.
    """
    embedder = LsaEmbedder(lsa)
    random = np.random.default_rng(2)
    first, second = random.integers(0, max(1, len(texts)), (2, CALIBRATION_PAIRS))
    apart = first != second
    unrelated = _cosines(embedder, [texts[i] for i in first[apart]], [texts[i] for i in second[apart]])
    step = max(1, len(texts) // CALIBRATION_PAIRS)
    pieces = [text.split(", ") for text in texts[::step]]
    halved = [parts for parts in pieces if len(parts) >= MIN_PIECES]
    related = _cosines(
        embedder, [", ".join(parts[::2]) for parts in halved], [", ".join(parts[1::2]) for parts in halved]
    )
    if len(texts) < CALIBRATION_PAIRS:  # few texts form few different pairs, however often pairs are drawn
        unrelated = unrelated[: len(texts) // 2]
    return calibrate(unrelated, related, DEFAULT)


def _cosines(embedder: LsaEmbedder, left: Sequence[str], right: Sequence[str]) -> Floats:
    if not left:
        return np.empty(0, dtype=np.float32)
    cosines: Floats = (embedder.embed(left) * embedder.embed(right)).sum(axis=1)
    return cosines
