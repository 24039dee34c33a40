"""Tests for the hierarchy of clusters and for cutting it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iib.semantic.clustering import linkage
from iib.semantic.clustering.dendrogram_cut import CutRule, cut_dendrogram
from iib.semantic.clustering.linkage import Dendrogram, link
from iib.semantic.embedding.local.lsa import unit_rows


def points(seed: int, count: int, topics: int, noise: float) -> np.ndarray:
    """Unit vectors around random centres."""
    random = np.random.default_rng(seed)
    centers = random.standard_normal((topics, 16))
    chosen = centers[random.integers(0, topics, count)]
    return unit_rows((chosen + noise * random.standard_normal((count, 16))).astype(np.float32))


def tree_of(vectors: np.ndarray, sizes: np.ndarray) -> Dendrogram:
    return link(vectors, sizes.astype(np.float32))


def biggest(tree: Dendrogram, sizes: np.ndarray, rule: CutRule) -> int:
    found = [int(sizes[group].sum()) for group in cut_dendrogram(tree, sizes, rule)]
    return max((size for size in found if size >= rule.min_cluster_size), default=0)


libraries = st.tuples(
    st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 8), st.sampled_from([0.05, 0.4, 1.0, 3.0])
)


@settings(max_examples=30)
@given(libraries, st.floats(-1, 1), st.integers(1, 6), st.floats(-1, 1))
def test_every_item_is_in_exactly_one_group(
    library: tuple[int, int, int, float], threshold: float, least: int, assign: float
) -> None:
    vectors = points(*library)
    sizes = np.random.default_rng(library[0]).integers(1, 5, len(vectors))

    groups = cut_dendrogram(tree_of(vectors, sizes), sizes, CutRule(threshold, least, assign))

    assert sorted(int(leaf) for group in groups for leaf in group) == list(range(len(vectors)))


@settings(max_examples=30)
@given(libraries, st.integers(1, 6), st.sampled_from([0.2, 0.5, 0.8, 1.01]))
def test_a_higher_threshold_never_gives_a_larger_biggest_cluster(
    library: tuple[int, int, int, float], least: int, assign: float
) -> None:
    vectors = points(*library)
    sizes = np.random.default_rng(library[0]).integers(1, 5, len(vectors))
    tree = tree_of(vectors, sizes)

    found = [biggest(tree, sizes, CutRule(threshold, least, assign)) for threshold in np.linspace(-1, 1, 41)]

    assert found == sorted(found, reverse=True)


@settings(max_examples=20)
@given(libraries, st.integers(1, 5))
def test_a_cut_at_a_higher_threshold_refines_the_lower_one(library: tuple[int, int, int, float], least: int) -> None:
    vectors = points(*library)
    sizes = np.ones(len(vectors), dtype=np.int64)
    tree = tree_of(vectors, sizes)
    coarse = [set(group.tolist()) for group in cut_dendrogram(tree, sizes, CutRule(0.3, least, 0.6))]

    for group in cut_dendrogram(tree, sizes, CutRule(0.7, least, 0.6)):
        assert any(set(group.tolist()) <= whole for whole in coarse)


def test_the_same_points_give_the_same_tree() -> None:
    vectors = points(5, 200, 6, 0.5)
    sizes = np.ones(len(vectors), dtype=np.int64)

    first, second = tree_of(vectors, sizes), tree_of(vectors.copy(), sizes)

    assert np.array_equal(first.left, second.left)
    assert np.array_equal(first.height, second.height)


def test_well_separated_topics_are_found() -> None:
    random = np.random.default_rng(3)
    centers = np.eye(16, dtype=np.float32)[:5]
    truth = random.integers(0, 5, 300)
    vectors = unit_rows(centers[truth] + 0.05 * random.standard_normal((300, 16)).astype(np.float32))
    sizes = np.ones(300, dtype=np.int64)

    groups = cut_dendrogram(tree_of(vectors, sizes), sizes, CutRule(0.6))

    assert len(groups) == 5
    assert all(len(set(truth[group].tolist())) == 1 for group in groups)


def test_a_straggler_joins_its_neighbour_when_it_is_near_enough_to_be_assigned() -> None:
    vectors = unit_rows(np.asarray([[1, 0], [0.995, 0.1], [0.99, -0.1], [0.8, 0.6]], dtype=np.float32))
    sizes = np.ones(4, dtype=np.int64)
    tree = tree_of(vectors, sizes)

    strict = cut_dendrogram(tree, sizes, CutRule(0.95, 2, 1.01))
    kind = cut_dendrogram(tree, sizes, CutRule(0.95, 2, 0.7))

    assert [len(group) for group in strict] == [3, 1]
    assert [len(group) for group in kind] == [4]


def test_groups_come_by_size_and_equals_by_their_first_item() -> None:
    vectors = np.eye(4, dtype=np.float32)
    sizes = np.asarray([2, 5, 2, 1])

    groups = cut_dendrogram(tree_of(vectors, sizes), sizes, CutRule(0.9))

    assert [group.tolist() for group in groups] == [[1], [0], [2], [3]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_very_small_libraries_are_no_special_case(count: int) -> None:
    vectors = np.eye(3, dtype=np.float32)[:count]
    sizes = np.ones(count, dtype=np.int64)

    assert len(cut_dendrogram(tree_of(vectors, sizes), sizes, CutRule(0.9))) == count


def test_a_ring_of_equal_neighbours_ends() -> None:
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    sizes = np.ones(12, dtype=np.int64)

    assert len(tree_of(vectors, sizes).left) == 11


def test_large_libraries_lose_nothing_in_the_first_stage() -> None:
    count = linkage.EXACT_MAX + 1_500
    random = np.random.default_rng(4)
    truth = random.integers(0, 20, count)
    centers = unit_rows(random.standard_normal((20, 12)).astype(np.float32))
    vectors = unit_rows(centers[truth] + 0.03 * random.standard_normal((count, 12)).astype(np.float32))
    sizes = np.ones(count, dtype=np.int64)

    groups = cut_dendrogram(tree_of(vectors, sizes), sizes, CutRule(0.9))

    assert sum(len(group) for group in groups) == count
    assert all(len(set(truth[group].tolist())) == 1 for group in groups)
    assert len(groups) == 20
