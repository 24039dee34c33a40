"""Which of many 64-bit hashes differ in a few bits only, without comparing all with all.

Multi-index hashing (Norouzi, Punjani, Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014): the
hashes are cut into four bands of 16 bits. Two that differ in at most r bits differ in at most r // 4 bits of one band
at least, so only hashes whose band is that close are compared. Exact: nothing is missed.
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
MAX_HAMMING_RADIUS = 11  # then 137 places of each band are looked at; one more makes it 697
BLOCK = 1_000_000  # pairs compared at once: some 50 MB


class HammingIndex:
    """Over distinct hashes; `radius` is the largest distance in bits that counts as near."""

    def __init__(self, hashes: Hashes, radius: int) -> None:
        assert 0 <= radius <= MAX_HAMMING_RADIUS  # noqa: S101  (checked at the edge)
        self._hashes = hashes
        self._radius = radius
        self._masks = _masks(radius // BANDS)
        self._bands = [_Band(hashes, number) for number in range(BANDS)]

    def has_near(self, check: Callable[[], None]) -> Mask:
        """Whether any other hash is near, for each."""
        found = np.zeros(len(self._hashes), dtype=np.bool_)
        for band in self._bands:
            for mask in self._masks:
                check()
                for left, right in band.pairs(int(mask)):
                    distance = np.bitwise_count(self._hashes[left] ^ self._hashes[right])
                    is_near = distance <= self._radius
                    found[left[is_near]] = True
                    found[right[is_near]] = True
        return found

    def near(self, place: int) -> Ids:
        """Places of the hashes near this one, itself among them, ascending."""
        slices = [band.order[start:end] for band in self._bands for start, end in band.around(place, self._masks)]
        candidates = np.unique(np.concatenate(slices))
        distance = np.bitwise_count(self._hashes[candidates] ^ self._hashes[place])
        found: Ids = candidates[distance <= self._radius]
        return found


class _Band:
    """The hashes sorted by 16 of their bits: those of one value stand in `order` from `starts[value]` on."""

    def __init__(self, hashes: Hashes, number: int) -> None:
        shift = np.uint64(number * BAND_BITS)
        self.keys = ((hashes >> shift) & np.uint64(BUCKETS - 1)).astype(np.int64)
        self.order: Ids = np.argsort(self.keys, kind="stable").astype(np.int64)
        self.starts: Ids = np.concatenate(([0], np.cumsum(np.bincount(self.keys, minlength=BUCKETS))))

    def around(self, place: int, masks: Ids) -> Iterator[tuple[int, int]]:
        """Where in `order` those stand whose band is that of this hash but for the bits of one of the masks."""
        values = self.keys[place] ^ masks
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
            starts = np.arange(1, len(values) + 1)  # those that stand behind it in its own bucket
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
    """All values of a band with at most so many bits."""
    found = [
        sum(1 << bit for bit in bits) for count in range(radius + 1) for bits in combinations(range(BAND_BITS), count)
    ]
    return np.asarray(found, dtype=np.int64)
