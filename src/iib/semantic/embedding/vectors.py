"""Vectors as bytes, and exact nearest-neighbour search in all vectors of a model."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iib._lib.cache import LruCache
from iib.semantic.arrays import Floats, Ints
from iib.store import Store

BLOCK_ROWS = 16_384
FLOAT32_VALUES = 24_000_000  # up to 96 MB the vectors stay in single precision; larger ones are widened block by block


def pack_vector(vector: Floats) -> bytes:
    """A vector as float16 in little-endian order: the error of a cosine is below 0.001."""
    return vector.astype("<f2").tobytes()


def unpack_vector(blob: bytes) -> Floats:
    """The unit vector of packed bytes, normalised again after rounding."""
    vector = np.frombuffer(blob, dtype="<f2").astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """All vectors of a model: `media_ids` ascending, `rows` the row in `matrix` of each of these files."""

    media_ids: Ints
    rows: NDArray[np.int32]
    matrix: NDArray[np.floating]

    @staticmethod
    def build(pairs: list[tuple[int, int]], vectors: list[tuple[int, bytes]]) -> VectorIndex:
        """Index of (media id, embedding id), ordered by media id, and (embedding id, vector), by embedding id."""
        embedding_ids = np.asarray([embedding_id for embedding_id, _blob in vectors], dtype=np.int64)
        width = len(vectors[0][1]) // 2 if vectors else 0
        matrix = np.frombuffer(b"".join(blob for _id, blob in vectors), dtype="<f2").reshape(len(vectors), width)
        table = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        rows = np.searchsorted(embedding_ids, table[:, 1]).astype(np.int32)
        has_vector = np.isin(table[:, 1], embedding_ids)
        wide = matrix.astype(np.float32) if matrix.size <= FLOAT32_VALUES else matrix
        return VectorIndex(table[has_vector, 0], rows[has_vector], wide)

    def cosines(self, query: Floats) -> Floats:
        """Cosines of a unit vector with every row of the matrix."""
        if not len(self.matrix):
            return np.empty(0, dtype=np.float32)
        if self.matrix.dtype == np.float32:
            return (self.matrix @ query).astype(np.float32)
        blocks = [
            self.matrix[start : start + BLOCK_ROWS].astype(np.float32) @ query
            for start in range(0, len(self.matrix), BLOCK_ROWS)
        ]
        return np.concatenate(blocks)

    def vector_of(self, media_id: int) -> Floats | None:
        """The vector of one file; None if it is not embedded."""
        position = int(np.searchsorted(self.media_ids, media_id))
        if position == len(self.media_ids) or self.media_ids[position] != media_id:
            return None
        vector: Floats = self.matrix[self.rows[position]].astype(np.float32)
        return vector

    def nearest(self, query: Floats, scope: Ints | None, top_k: int, minimum: float) -> tuple[Ints, Floats, int]:
        """(ids, cosines, number of compared files): the nearest files of a scope, ties by id, none below `minimum`.

        `scope` holds ascending ids; None means all files.
        """
        by_row = self.cosines(query)
        chosen = np.arange(len(self.media_ids)) if scope is None else np.flatnonzero(np.isin(self.media_ids, scope))
        values = by_row[self.rows[chosen]]
        compared = len(values)
        eligible = np.flatnonzero(values >= np.float32(minimum))
        if len(eligible) > top_k:
            limit = np.partition(values[eligible], len(eligible) - top_k)[len(eligible) - top_k]
            eligible = eligible[values[eligible] >= limit]
        order = np.lexsort((self.media_ids[chosen[eligible]], -values[eligible]))[:top_k]
        best = eligible[order]
        return self.media_ids[chosen[best]], values[best], compared


class LibraryVectors:
    """Caches the vectors of the latest model in memory until they change. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._version = 0
        self._index: LruCache[tuple[int, int], VectorIndex] = LruCache(1)

    @property
    def version(self) -> int:
        """A counter that changes whenever embeddings have changed."""
        return self._version

    def forget(self) -> None:
        """Drop the cached vectors, because embeddings have changed."""
        with self._lock:
            self._version += 1

    def index(self, model_id: int) -> VectorIndex:
        """All vectors of this model, from the cache if they are unchanged."""
        return self._index.get_or_load((model_id, self._version), lambda: self._read_index(model_id))

    def _read_index(self, model_id: int) -> VectorIndex:
        with self._store.read() as unit:
            pairs = unit.embeddings.list_embedded(model_id)
            vectors = unit.embeddings.list_vectors(model_id)
        return VectorIndex.build(pairs, vectors)
