"""Tests for vectors as bytes, and for exact search over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iib.semantic.embedding.local.lsa import unit_rows
from iib.semantic.embedding.vectors import VectorIndex, pack_vector, unpack_vector


def build(vectors: np.ndarray, pairs: list[tuple[int, int]]) -> VectorIndex:
    return VectorIndex.build(pairs, [(number, pack_vector(vector)) for number, vector in enumerate(vectors)])


def random_vectors(seed: int, count: int) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32))


def test_a_stored_vector_is_nearly_the_same() -> None:
    vector = random_vectors(1, 1)[0]

    assert float(unpack_vector(pack_vector(vector)) @ vector) > 0.9999
    assert len(pack_vector(vector)) == 16


@settings(max_examples=40)
@given(st.integers(0, 999), st.integers(1, 30), st.integers(1, 40), st.floats(-1, 1))
def test_the_nearest_are_those_of_a_plain_sort(seed: int, count: int, top_k: int, least: float) -> None:
    random = np.random.default_rng(seed)
    vectors = np.repeat(random_vectors(seed, count), 2, axis=0)  # many ties
    pairs = [(10 + number, int(random.integers(0, len(vectors)))) for number in range(2 * count)]
    index = build(vectors, pairs)
    query = random_vectors(seed + 1, 1)[0]

    ids, cosines, compared = index.nearest(query, None, top_k, least)

    values = index.cosines(query)[index.rows]
    plain = sorted((-float(value), media_id) for (media_id, _row), value in zip(pairs, values, strict=True)
                   if value >= np.float32(least))  # fmt: skip
    assert compared == len(pairs)
    assert list(zip((-cosines).tolist(), ids.tolist(), strict=True)) == [
        (pytest.approx(value), media_id) for value, media_id in plain[:top_k]
    ]


def test_only_files_of_the_scope_are_compared() -> None:
    index = build(random_vectors(1, 3), [(5, 0), (7, 1), (9, 2)])

    ids, _cosines, compared = index.nearest(random_vectors(2, 1)[0], np.asarray([1, 7, 9, 11]), 10, -1.0)

    assert sorted(ids.tolist()) == [7, 9]
    assert compared == 2


def test_blocks_of_half_precision_give_the_same_as_single() -> None:
    index = build(random_vectors(1, 50), [(number, number) for number in range(50)])
    narrow = VectorIndex(index.media_ids, index.rows, index.matrix.astype(np.float16))
    query = random_vectors(2, 1)[0]

    assert np.allclose(index.cosines(query), narrow.cosines(query), atol=1e-6)


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex.build([], [])

    ids, _cosines, compared = index.nearest(np.zeros(3, dtype=np.float32), None, 5, -1.0)

    assert (len(ids), compared) == (0, 0)
    assert index.vector_of(3) is None


def test_the_vector_of_a_file() -> None:
    vectors = random_vectors(1, 2)
    index = build(vectors, [(4, 1), (6, 0)])
    found = index.vector_of(4)

    assert found is not None
    assert np.allclose(found, vectors[1], atol=1e-3)
    assert index.vector_of(5) is None
