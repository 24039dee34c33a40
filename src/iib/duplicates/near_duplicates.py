"""Groups similar pictures around the best picture of each group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iib.duplicates.hamming import HammingIndex, Hashes
from iib.search import Ids, Mask

# The hash of a picture with fewer certain bits is noise, so it is similar to no other picture. Flat colours and
# gradients have 0 to 17 of 64 certain bits, photographs and drawings 49 and more.
MIN_CERTAIN = 24
# Largest difference of the mean colours of a cell of the 4 x 4 grid, of 255. Saving at quality 30 changes them by 4;
# another object in the same scene, or another hue, by 35 and more.
MAX_COLOUR = 12
MAX_SHAPE = 0.03  # logarithm of the ratio of the aspects: resizing rounds to whole pixels
# Bits. Saving again and resizing change at most 2 of 64; unrelated pictures differ in 20 and more.
DEFAULT_NEAR_THRESHOLD = 6
CHECK_EVERY = 256


@dataclass(frozen=True, slots=True)
class PictureColumns:
    """Columns of pictures, best first.

    `aspect` is the logarithm of width / height, NaN if unknown; `colours` is (n, 48) uint8.
    """

    bits: Hashes
    certain: npt.NDArray[np.int64]
    colours: npt.NDArray[np.uint8]
    aspect: npt.NDArray[np.float64]
    kind: npt.NDArray[np.int8]


def find_near_duplicates(pictures: PictureColumns, threshold: int, check: Callable[[], None]) -> list[list[int]]:
    """Groups of two or more rows, each ascending, in the order of their first rows. `check` may raise to stop.

    The best picture outside all groups forms a group with all pictures similar to it. Every picture of a group is
    similar to its first one, so that a chain of small differences cannot join unlike pictures. The result depends on
    the order of rows alone.
    """
    rows = np.flatnonzero(pictures.certain >= MIN_CERTAIN)
    distinct, vertex = np.unique(pictures.bits[rows], return_inverse=True)
    if not len(rows):
        return []
    index = HammingIndex(distinct, threshold)
    sizes = np.bincount(vertex, minlength=len(distinct))
    is_candidate = index.has_near(check) | (sizes > 1)
    members = rows[np.argsort(vertex, kind="stable")]
    ends = np.cumsum(sizes)
    is_taken = np.zeros(len(pictures.bits), dtype=np.bool_)
    groups: list[list[int]] = []
    for number, place in enumerate(np.flatnonzero(is_candidate[vertex]).tolist()):
        if number % CHECK_EVERY == 0:
            check()
        leader = int(rows[place])
        if is_taken[leader]:
            continue
        near = index.near(int(vertex[place])).tolist()
        around = np.concatenate([members[ends[item] - sizes[item] : ends[item]] for item in near])
        free = around[~is_taken[around]]
        group = np.sort(free[_similar_to(pictures, leader, free)])
        is_taken[group] = True
        if len(group) > 1:
            groups.append(group.tolist())
    return groups


def _similar_to(pictures: PictureColumns, leader: int, rows: Ids) -> Mask:
    """Mask of the rows with the kind, the colours and the shape of the leader."""
    colours = pictures.colours[rows].astype(np.int16) - pictures.colours[leader].astype(np.int16)
    shapes = np.abs(pictures.aspect[rows] - pictures.aspect[leader])
    has_kind = pictures.kind[rows] == pictures.kind[leader]
    is_similar: Mask = has_kind & (np.abs(colours).max(axis=1) <= MAX_COLOUR) & ~(shapes > MAX_SHAPE)
    return is_similar
