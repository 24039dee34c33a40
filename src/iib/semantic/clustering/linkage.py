"""Builds one hierarchy over all points, which is cut at any threshold afterwards.

A group has the direction of the sum of its members. In each round, groups that are mutual nearest neighbours are
joined, until one group is left. The hierarchy does not depend on the threshold: a cut at a higher threshold always
refines a cut at a lower one.

Nearest neighbours are exact and are found by products of blocks. Above `EXACT_MAX` points, nearly identical points are
joined first, within small cells of neighbouring points; that is cheap and leaves few enough groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from iib.semantic.arrays import Floats, Ints

Report = Callable[[int, int], None]

EXACT_MAX = 8_000  # groups whose neighbours are searched among all others
BLOCK_VALUES = 16_000_000  # similarities held at once: 64 MB
CELL = 512  # points of one cell of the first stage
FIRST_STAGE = (0.985, 0.97, 0.95, 0.92, 0.88, 0.83, 0.77, 0.7, 0.62, 0.54, 0.46, 0.38)  # cosines of "nearly the same"
NONE = np.float32(-2)


@dataclass(frozen=True, slots=True)
class Dendrogram:
    """A hierarchy of `count` leaves; merge `k` joins the nodes `left[k]` and `right[k]` to the node `count + k`.

    `closeness` is the cosine of the two directions; `height` is the same, but never above the height of a merge below.
    """

    count: int
    left: Ints
    right: Ints
    closeness: Floats
    height: Floats


class _Groups:
    """The current groups, and the merges that created them."""

    def __init__(self, vectors: Floats, weights: Floats) -> None:
        self.count = len(vectors)
        self.sums = (vectors * weights[:, None]).astype(np.float32)
        self.nodes = np.arange(self.count, dtype=np.int64)
        self.heights = np.ones(2 * self.count, dtype=np.float32)
        self.left: list[Ints] = []
        self.right: list[Ints] = []
        self.closeness: list[Floats] = []
        self.merge_count = 0

    def directions(self, chosen: Ints | slice = slice(None)) -> Floats:
        """Unit vectors of the chosen groups, by position."""
        sums = self.sums[chosen]
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)

    def join(self, first: Ints, second: Ints, closeness: Floats) -> Ints:
        """Join pairs of groups (by position); returns the positions of the other groups. New groups come last."""
        left, right = self.nodes[first], self.nodes[second]
        new = np.arange(len(first), dtype=np.int64) + self.count + self.merge_count
        self.merge_count += len(first)
        self.heights[new] = np.minimum(closeness, np.minimum(self.heights[left], self.heights[right]))
        self.left.append(left)
        self.right.append(right)
        self.closeness.append(closeness)
        is_gone = np.zeros(len(self.nodes), dtype=bool)
        is_gone[first] = True
        is_gone[second] = True
        remaining = np.flatnonzero(~is_gone)
        self.sums = np.concatenate([self.sums[remaining], self.sums[first] + self.sums[second]])
        self.nodes = np.concatenate([self.nodes[remaining], new])
        return remaining

    def dendrogram(self) -> Dendrogram:
        """The hierarchy of all merges so far."""
        empty = np.empty(0, dtype=np.int64)
        return Dendrogram(
            self.count,
            np.concatenate([empty, *self.left]),
            np.concatenate([empty, *self.right]),
            np.concatenate([np.empty(0, dtype=np.float32), *self.closeness]),
            self.heights[self.count : self.count + self.merge_count].copy(),
        )


def link(vectors: Floats, weights: Floats, report: Report = lambda _done, _total: None) -> Dendrogram:
    """The hierarchy of unit vectors (n, d); each row represents `weights` equal items.

    The same rows in the same order return the same result. `report(done, total)` counts merges and may raise to stop.
    Memory: about 200 MB in addition to the vectors; time: quadratic up to `EXACT_MAX` points, nearly linear beyond.
    """
    groups = _Groups(vectors, weights)
    for number, minimum in enumerate(FIRST_STAGE):
        if len(groups.nodes) <= EXACT_MAX:
            break
        _join_near_identical(groups, number, np.float32(minimum), report)
    _join_all(groups, report)
    return groups.dendrogram()


def _join_near_identical(groups: _Groups, number: int, minimum: np.float32, report: Report) -> None:
    """Join mutual nearest neighbours with a closeness of at least `minimum` in each cell, until few are left."""
    is_any = True
    while is_any:
        directions = groups.directions()
        pairs: list[tuple[Ints, Ints, Floats]] = []
        for cell in _cells(directions, number):
            best, closeness = _nearest(directions[cell], directions[cell])
            first = _mutual(best, closeness, minimum)
            pairs.append((cell[first], cell[best[first]], closeness[first]))
        firsts = np.concatenate([pair[0] for pair in pairs])
        is_any = len(firsts) > len(groups.nodes) // 50
        if len(firsts):
            order = np.argsort(firsts, kind="stable")
            seconds = np.concatenate([pair[1] for pair in pairs])[order]
            groups.join(firsts[order], seconds, np.concatenate([pair[2] for pair in pairs])[order])
        report(groups.merge_count, groups.count - 1)


def _cells(directions: Floats, number: int) -> Iterator[Ints]:
    """Parts of at most `CELL` points, split at the median along an axis of large variance, which `number` selects."""
    stack = [np.arange(len(directions), dtype=np.int64)]
    while stack:
        part = stack.pop()
        if len(part) <= CELL:
            yield part
            continue
        spread = directions[part].var(axis=0)
        axis = int(np.argsort(-spread, kind="stable")[number % len(spread)])
        ranks = np.argsort(directions[part, axis], kind="stable")
        middle = len(part) // 2
        stack += [np.sort(part[ranks[middle:]]), np.sort(part[ranks[:middle]])]


def _nearest(rows: Floats, columns: Floats) -> tuple[Ints, Floats]:
    """Nearest other point of each point, and its cosine; `rows` and `columns` are the same points."""
    similarity = rows @ columns.T
    np.fill_diagonal(similarity, NONE)
    best = similarity.argmax(axis=1)
    return best, similarity[np.arange(len(rows)), best]


def _mutual(best: Ints, closeness: Floats, minimum: np.float32) -> Ints:
    """Lower numbers of all pairs of mutual nearest neighbours with a closeness of at least `minimum`."""
    numbers = np.arange(len(best))
    return np.flatnonzero((best >= 0) & (best[best] == numbers) & (numbers < best) & (closeness >= minimum))


def _join_all(groups: _Groups, report: Report) -> None:
    """Join mutual nearest neighbours in rounds until one group is left. Searches only neighbours that have changed."""
    best = np.full(len(groups.nodes), -1, dtype=np.int64)
    closeness = np.full(len(groups.nodes), NONE, dtype=np.float32)
    stale, new = np.arange(len(groups.nodes)), np.empty(0, dtype=np.int64)
    while len(groups.nodes) > 1:
        directions = groups.directions()
        _search(directions, stale, best, closeness)
        _search(directions, new, best, closeness, updates_others=True)
        first = _mutual(best, closeness, NONE)
        if not len(first):  # rounding has produced a ring of equal neighbours
            lone = int(closeness.argmax())
            first = np.asarray([min(lone, int(best[lone]))])
            second = np.asarray([max(lone, int(best[lone]))])
        else:
            second = best[first]
        remaining = groups.join(first, second, np.clip(closeness[first], -1, 1))
        position = np.full(len(best), -1, dtype=np.int64)
        position[remaining] = np.arange(len(remaining))
        new = np.arange(len(remaining), len(groups.nodes))
        best = np.concatenate([position[best[remaining]], np.full(len(new), -1, dtype=np.int64)])
        closeness = np.concatenate([closeness[remaining], np.full(len(new), NONE, dtype=np.float32)])
        stale = np.flatnonzero(best[: len(remaining)] < 0)
        report(groups.merge_count, groups.count - 1)


def _search(
    directions: Floats, positions: Ints, best: Ints, closeness: Floats, *, updates_others: bool = False
) -> None:
    """Write the nearest group of each of `positions`; with `updates_others` also to groups that are nearer to these."""
    step = max(1, BLOCK_VALUES // max(1, len(directions)))
    for begin in range(0, len(positions), step):
        rows = positions[begin : begin + step]
        similarity = directions[rows] @ directions.T
        numbers = np.arange(len(rows))
        similarity[numbers, rows] = NONE
        nearest = similarity.argmax(axis=1)
        best[rows], closeness[rows] = nearest, similarity[numbers, nearest]
        if updates_others:
            from_row = similarity.argmax(axis=0)
            value = similarity[from_row, np.arange(len(directions))]
            nearer = value > closeness
            nearer[positions] = False
            best[nearer], closeness[nearer] = rows[from_row[nearer]], value[nearer]
