"""Tests for near hashes and their groups, compared with a search over all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iib.duplicates.hamming import BLOCK, MAX_HAMMING_RADIUS, HammingIndex
from iib.duplicates.near_duplicates import MAX_COLOUR, MIN_CERTAIN, PictureColumns, find_near_duplicates
from iib.errors import Cancelled

COLOURS = np.full(48, 100, dtype=np.uint8)


def nothing() -> None:
    """A cancellation check that never cancels."""


def crowd(seed: int, count: int, spread: int) -> np.ndarray:
    """Distinct hashes, each a few bits from one of a few others."""
    chosen = np.random.default_rng(seed)
    centres = chosen.integers(0, 2**64, max(1, count // 8), dtype=np.uint64)
    hashes = centres[chosen.integers(0, len(centres), count)]
    for _ in range(spread):
        hashes = hashes ^ (np.uint64(1) << chosen.integers(0, 64, count).astype(np.uint64))
    return np.unique(hashes)


def pictures(bits: list[int], **columns: object) -> PictureColumns:
    count = len(bits)
    given: dict[str, np.ndarray] = {
        "certain": np.full(count, 64),
        "colours": np.tile(COLOURS, (count, 1)),
        "aspect": np.zeros(count),
        "kind": np.zeros(count, dtype=np.int8),
    }
    given |= {name: np.asarray(value) for name, value in columns.items()}
    return PictureColumns(bits=np.asarray(bits, dtype=np.uint64), **given)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 120), st.integers(0, 14), st.integers(0, MAX_HAMMING_RADIUS))
def test_the_index_finds_exactly_the_near_ones(seed: int, count: int, spread: int, radius: int) -> None:
    hashes = crowd(seed, count, spread)
    is_near = np.bitwise_count(hashes[:, None] ^ hashes[None, :]) <= radius

    index = HammingIndex(hashes, radius)

    assert [index.near(place).tolist() for place in range(len(hashes))] == [
        np.flatnonzero(row).tolist() for row in is_near
    ]
    assert index.has_near(nothing).tolist() == (is_near.sum(axis=1) > 1).tolist()


def test_more_pairs_than_fit_a_block_are_compared_too() -> None:
    count = 2_000
    hashes = np.arange(count, dtype=np.uint64) << np.uint64(16)  # all of one value in three bands

    assert count * (count - 1) // 2 > BLOCK
    assert HammingIndex(hashes, 1).has_near(nothing).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 150), st.integers(0, 6), st.integers(0, MAX_HAMMING_RADIUS))
def test_a_group_holds_what_is_near_its_best(seed: int, count: int, spread: int, threshold: int) -> None:
    bits = np.random.default_rng(seed).permutation(np.repeat(crowd(seed, count, spread), 2)).tolist()

    groups = find_near_duplicates(pictures(bits), threshold, nothing)

    expected: list[list[int]] = []
    taken: set[int] = set()
    for leader in range(len(bits)):
        if leader not in taken:
            near = [row for row in range(len(bits)) if (bits[leader] ^ bits[row]).bit_count() <= threshold]
            group = [row for row in near if row not in taken]
            taken |= set(group)
            if len(group) > 1:
                expected.append(group)
    assert groups == expected


def test_a_chain_of_small_steps_joins_no_strangers() -> None:
    chain = [(1 << 4 * step) - 1 for step in range(16)]  # each four bits from the next, sixty from end to end

    groups = find_near_duplicates(pictures(chain), 4, nothing)

    assert groups
    assert all((chain[row] ^ chain[group[0]]).bit_count() <= 4 for group in groups for row in group)
    assert max(len(group) for group in groups) <= 3


def test_plain_pictures_are_similar_to_none() -> None:
    found = find_near_duplicates(pictures([7, 7, 7, 7], certain=[64, MIN_CERTAIN - 1, MIN_CERTAIN, 0]), 6, nothing)

    assert found == [[0, 2]]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("colours", [COLOURS, COLOURS + MAX_COLOUR, COLOURS + MAX_COLOUR + 1]),
        ("aspect", [0.0, 0.02, 0.3]),
        ("kind", [0, 0, 1]),
    ],
)
def test_equal_hashes_are_not_enough(column: str, values: list[object]) -> None:
    assert find_near_duplicates(pictures([7, 7, 7], **{column: np.asarray(values)}), 6, nothing) == [[0, 1]]


def test_an_unknown_shape_hinders_nothing() -> None:
    assert find_near_duplicates(pictures([7, 7], aspect=[0.1, np.nan]), 6, nothing) == [[0, 1]]


def test_no_pictures_give_no_groups() -> None:
    assert find_near_duplicates(pictures([]), 6, nothing) == []


def test_the_search_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        find_near_duplicates(pictures([1, 1]), 6, stop)
