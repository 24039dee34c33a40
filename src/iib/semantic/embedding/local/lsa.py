"""Latent semantic analysis in numpy: TF-IDF over words and their character pieces, then a truncated SVD.

A text is a weighted sum of its words, and a word is the sum of its own vector and the vectors of its character pieces.
The model therefore consists of one vector per word and one per bucket of pieces, and embedding a text is one sum.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from iib.semantic.arrays import Floats
from iib.semantic.embedding.local.features import BUCKETS, RowBuilder, Rows, pieces_of, rows_of, words_of

DIMENSIONS = 128
MIN_DIMENSIONS = 8  # of a small library; otherwise a third of its texts, so that texts must share directions
OVERSAMPLE = 24
POWER_STEPS = 3
MAX_FITTED = 16_384  # texts the model is fitted on; more make no measurable difference
MAX_WORDS = 32_768
CENTERED = 0.9  # share of the common part that is subtracted; not all, so that a library of one prompt has a direction
PIECE_SHARE = 0.35  # weight of all character pieces of a word; the word itself has 1
TINY = 1e-7  # of squared singular values, in single precision

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Lsa:
    """A fitted model. `word_vectors` (words, d) and `piece_vectors` (buckets, d) include the idf.

    `center` (d,) is the mean vector of the library's texts and is subtracted from every vector: otherwise, in a library
    of prompts with the same words of style, clusters grow towards each other until they are one.
    """

    words: tuple[str, ...]
    word_vectors: Floats
    piece_vectors: Floats
    center: Floats

    @property
    def dimensions(self) -> int:
        """The number of dimensions of every vector."""
        return int(self.word_vectors.shape[1])

    def dump(self) -> bytes:
        """The model as compressed bytes; vectors are rounded to float16."""
        target = io.BytesIO()
        np.savez_compressed(
            target,
            words=np.frombuffer("\n".join(self.words).encode(), dtype=np.uint8),
            word_vectors=self.word_vectors.astype(np.float16),
            piece_vectors=self.piece_vectors.astype(np.float16),
            center=self.center,
        )
        return target.getvalue()

    @staticmethod
    def load(payload: bytes) -> Lsa:
        """The model from the bytes of `dump`."""
        with np.load(io.BytesIO(payload), allow_pickle=False) as stored:
            text = stored["words"].tobytes().decode()
            return Lsa(
                tuple(text.split("\n")) if text else (),
                stored["word_vectors"].astype(np.float32),
                stored["piece_vectors"].astype(np.float32),
                stored["center"],
            )


class LsaEmbedder:
    """Embeds texts with a fitted model. Thread-safe: only the cache of its `RowBuilder` changes."""

    def __init__(self, model: Lsa) -> None:
        self._model = model
        self._index = {word: number for number, word in enumerate(model.words)}
        self._rows = RowBuilder(self._index)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Vectors (n, d) float32 with rows of unit length; a text without any known word or piece is a row of zeros."""
        vectors = self._rows.rows(texts).times(self._model.word_vectors)
        for number in np.flatnonzero(~vectors.any(axis=1)).tolist():
            vectors[number] = self._from_pieces(texts[number])
        vectors = unit_rows(vectors)
        is_nonzero = vectors.any(axis=1)
        vectors[is_nonzero] -= CENTERED * self._model.center
        return unit_rows(vectors)

    def _from_pieces(self, text: str) -> Floats:
        """The vector of a text without any known word, from the character pieces of its words."""
        total = np.zeros(self._model.dimensions, dtype=np.float32)
        for word in words_of(text):
            buckets = pieces_of(word)
            if buckets:
                total += self._model.piece_vectors[buckets].sum(axis=0) / math.sqrt(len(buckets))
        return total


def unit_rows(vectors: Floats) -> Floats:
    """Scale rows to unit length; rows of zeros are unchanged."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def fit(texts: Sequence[str], check: Check = lambda: None) -> Lsa:
    """Fit a model to these distinct texts. The same texts in the same order return the same model.

    `check` is called between steps and may raise to stop.
    """
    words, idf = _vocabulary(texts)
    check()
    if not words:
        zeros = np.zeros((BUCKETS, 1), dtype=np.float32)
        return Lsa((), zeros[:0], zeros, zeros[0])
    index = {word: number for number, word in enumerate(words)}
    rows = RowBuilder(index).rows(texts)
    features = _features(words, idf)
    squares = np.add.reduceat(np.append((rows.values * idf[rows.columns]) ** 2, 0), rows.starts[:-1])
    squares = np.where(np.diff(rows.starts) > 0, squares, 0)
    rows = rows.scaled((1 / np.sqrt(np.where(squares > 0, squares, 1))).astype(np.float32))
    basis = _right_singular_vectors(rows, features, check)
    word_vectors = features.times(basis)
    center = unit_rows(rows.times(word_vectors)).mean(axis=0)
    return Lsa(tuple(words), word_vectors, basis[len(words) :] * _mean_idf(idf) * PIECE_SHARE, center)


def _vocabulary(texts: Sequence[str]) -> tuple[list[str], Floats]:
    """Words of at least two texts (all words of a small library), and their inverse document frequencies."""
    words_by_piece: dict[str, tuple[str, ...]] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        text_words: set[str] = set()
        for piece in text.split(","):
            words = words_by_piece.get(piece)
            if words is None:
                words = words_by_piece[piece] = tuple(words_of(piece))
            text_words.update(words)
        counts.update(text_words)
    minimum = 2 if len(texts) >= SMALL else 1
    common = sorted((-count, word) for word, count in counts.items() if count >= minimum)[:MAX_WORDS]
    vocabulary = sorted(word for _count, word in common)
    frequencies = np.asarray([counts[word] for word in vocabulary], dtype=np.float32)
    return vocabulary, (np.log((1 + len(texts)) / (1 + frequencies)) + 1).astype(np.float32)


def _features(words: Sequence[str], idf: Floats) -> Rows:
    """One row per word: the word itself and its character pieces."""

    def row(number: int, word: str) -> tuple[list[int], list[float]]:
        buckets = pieces_of(word)
        weight = float(idf[number])
        share = weight * PIECE_SHARE / math.sqrt(len(buckets)) if buckets else 0.0
        return [number, *(len(words) + bucket for bucket in buckets)], [weight, *[share] * len(buckets)]

    return rows_of((row(number, word) for number, word in enumerate(words)), len(words) + BUCKETS)


def _right_singular_vectors(rows: Rows, features: Rows, check: Check) -> Floats:
    """Directions (width of features, d) of largest variance, by block power iteration (Halko, Martinsson, Tropp)."""
    depth = max(1, min(DIMENSIONS, rows.width, len(rows), max(MIN_DIMENSIONS, len(rows) // 3)))
    transposed_rows, transposed_features = rows.transposed(), features.transposed()
    random = np.random.default_rng(1).standard_normal((features.width, depth + OVERSAMPLE)).astype(np.float32)
    block = _orthogonal(random)
    for _ in range(POWER_STEPS):
        check()
        left = _orthogonal(rows.times(features.times(block)))
        block = _orthogonal(transposed_features.times(transposed_rows.times(left)))
    check()
    projected = rows.times(features.times(block)).astype(np.float64)
    _values, vectors = np.linalg.eigh(projected.T @ projected)
    basis: Floats = (block @ vectors[:, ::-1][:, :depth]).astype(np.float32)
    return basis


def _orthogonal(matrix: Floats) -> Floats:
    """An orthonormal basis of the columns by their inner products: here ten times as fast as Householder's QR.

    Directions as weak as rounding errors are dropped, so the basis may have fewer columns.
    """
    values, vectors = np.linalg.eigh((matrix.T @ matrix).astype(np.float64))
    strong = values > values[-1] * TINY
    basis: Floats = (matrix @ (vectors[:, strong] / np.sqrt(values[strong]))).astype(np.float32)
    return basis


def _mean_idf(idf: Floats) -> float:
    return float(idf.mean()) if len(idf) else 1.0


SMALL = 200
