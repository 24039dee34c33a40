"""Finds 64-bit hashes that differ in a few bits, without comparing all pairs.

Multi-index hashing (Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014): each
hash is divided into four bands of 16 bits. Two hashes that differ in at most r bits differ in at most r // 4 bits in
one of the bands, so only hashes with such a band are compared. The search is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt

from iib.search import Ids, Mask

Hashes = npt.NDArray[np.uint64]

BANDS, BAND_BITS = 4, 16
BUCKETS = 1 << BAND_BITS
MAX_HAMMING_RADIUS = 11  # needs 137 look-ups in each band; a radius of 12 needs 697
BLOCK = 1_000_000  # pairs compared at once: about 50 MB


class HammingIndex:
    """Index over distinct hashes; `radius` is the largest distance, in bits, of near hashes.

    >>> index = HammingIndex(np.asarray([0b0000, 0b0011, 0b1111], dtype=np.uint64), radius=2)
    >>> index.near(0).tolist()
    [0, 1]
    """

    def __init__(self, hashes: Hashes, radius: int) -> None:
        assert 0 <= radius <= MAX_HAMMING_RADIUS  # noqa: S101  (checked at the edge)
        self._hashes = hashes
        self._radius = radius
        self._masks = _masks(radius // BANDS)
        self._bands = [_Band(hashes, number) for number in range(BANDS)]

    def has_near(self, check: Callable[[], None]) -> Mask:
        """Mask of the hashes with another near hash. `check` may raise to stop."""
        is_any_near = np.zeros(len(self._hashes), dtype=np.bool_)
        for band in self._bands:
            for mask in self._masks:
                check()
                for left, right in band.pairs(int(mask)):
                    distance = np.bitwise_count(self._hashes[left] ^ self._hashes[right])
                    is_near = distance <= self._radius
                    is_any_near[left[is_near]] = True
                    is_any_near[right[is_near]] = True
        return is_any_near

    def near(self, position: int) -> Ids:
        """Positions of the hashes near the one at this position, which is included, ascending."""
        slices = [
            band.order[start:end] for band in self._bands for start, end in band.ranges_near(position, self._masks)
        ]
        candidates = np.unique(np.concatenate(slices))
        distance = np.bitwise_count(self._hashes[candidates] ^ self._hashes[position])
        near: Ids = candidates[distance <= self._radius]
        return near


class _Band:
    """The hashes sorted by 16 of their bits: hashes of one value begin in `order` at `starts[value]`."""

    def __init__(self, hashes: Hashes, number: int) -> None:
        shift = np.uint64(number * BAND_BITS)
        self.keys = ((hashes >> shift) & np.uint64(BUCKETS - 1)).astype(np.int64)
        self.order: Ids = np.argsort(self.keys, kind="stable").astype(np.int64)
        self.starts: Ids = np.concatenate(([0], np.cumsum(np.bincount(self.keys, minlength=BUCKETS))))

    def ranges_near(self, position: int, masks: Ids) -> Iterator[tuple[int, int]]:
        """Ranges (start, end) in `order` of the hashes whose band differs from this one by exactly one of the masks."""
        values = self.keys[position] ^ masks
        starts, ends = self.starts[values], self.starts[values + 1]
        is_filled = ends > starts
        yield from zip(starts[is_filled].tolist(), ends[is_filled].tolist(), strict=True)

    def pairs(self, mask: int) -> Iterator[tuple[Ids, Ids]]:
        """Blocks of pairs whose bands differ in exactly the bits of the mask, each pair once."""
        values = self.keys[self.order] ^ mask
        starts, ends = self.starts[values], self.starts[values + 1]
        if mask:
            ends = np.where(values > self.keys[self.order], ends, starts)
        else:
            starts = np.arange(1, len(values) + 1)  # the hashes after it in the same bucket
        counts = ends - starts
        chosen = np.flatnonzero(counts)
        totals = np.cumsum(counts[chosen])
        begin = 0
        while begin < len(chosen):
            before = int(totals[begin - 1]) if begin else 0
            end = max(begin + 1, int(np.searchsorted(totals, before + BLOCK, side="right")))
            part = chosen[begin:end]
            sizes = counts[part]
            left = np.repeat(self.order[part], sizes)
            inner = np.arange(len(left)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            yield left, self.order[np.repeat(starts[part], sizes) + inner]
            begin = end


def _masks(radius: int) -> Ids:
    """All values of a band with at most `radius` bits."""
    masks = [
        sum(1 << bit for bit in bits) for count in range(radius + 1) for bits in combinations(range(BAND_BITS), count)
    ]
    return np.asarray(masks, dtype=np.int64)
