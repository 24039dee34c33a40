"""Cuts the linkage hierarchy into clusters; every item is in exactly one cluster or in the noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iib.semantic.arrays import Floats, Ints
from iib.semantic.clustering.linkage import Dendrogram


@dataclass(frozen=True, slots=True)
class CutRule:
    """Parameters of a cut: cosines on the scale of the embedding model, sizes in items.

    A group below the minimum size joins its neighbour if their closeness is at least `assign_noise`.
    """

    threshold: float
    min_cluster_size: int = 2
    assign_noise: float = 1.01


def cut_dendrogram(tree: Dendrogram, sizes: Ints, rule: CutRule) -> list[Ints]:
    """Groups of leaves with every leaf in exactly one group, largest first, ties by their first leaf.

    `sizes` are the items of each leaf. Groups smaller than `min_cluster_size` are noise and therefore come last.

    Each merge is a bond between the heaviest leaves of its two sides, and it holds if the merge is high enough. Bonds
    that hold at a threshold hold at every lower one, so the largest cluster never grows with the threshold.
    """
    node_sizes = np.concatenate([sizes, np.zeros(len(tree.left), dtype=np.int64)])
    heaviest = np.concatenate([np.arange(tree.count), np.zeros(len(tree.left), dtype=np.int64)])
    parents = np.arange(tree.count)
    threshold, assign = np.float32(rule.threshold), np.float32(rule.assign_noise)
    columns = zip(tree.left.tolist(), tree.right.tolist(), tree.height.tolist(), tree.closeness.tolist(), strict=True)
    for number, (left, right, height, closeness) in enumerate(columns, tree.count):
        small, big = sorted((int(node_sizes[left]), int(node_sizes[right])))
        node_sizes[number] = small + big
        is_left = (-node_sizes[left], heaviest[left]) <= (-node_sizes[right], heaviest[right])
        heaviest[number] = heaviest[left if is_left else right]
        is_assigned = small < rule.min_cluster_size <= big and closeness >= assign
        if height >= threshold or is_assigned:
            _unite(parents, int(heaviest[left]), int(heaviest[right]))
    roots = np.asarray([_root(parents, leaf) for leaf in range(tree.count)], dtype=np.int64)
    return _ordered(roots, sizes)


def _ordered(roots: Ints, sizes: Ints) -> list[Ints]:
    if not len(roots):
        return []
    order = np.argsort(roots, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(roots[order]) != 0)))
    groups = np.split(order, starts[1:])
    return sorted(groups, key=lambda group: (-int(sizes[group].sum()), int(group[0])))


def _root(parents: NDArray[np.int64], leaf: int) -> int:
    while parents[leaf] != leaf:
        parents[leaf] = parents[parents[leaf]]
        leaf = int(parents[leaf])
    return leaf


def _unite(parents: NDArray[np.int64], first: int, second: int) -> None:
    roots = _root(parents, first), _root(parents, second)
    parents[max(roots)] = min(roots)


def direction(vectors: Floats, weights: Floats) -> Floats:
    """The unit vector of the weighted sum of unit vectors; zeros if the sum is zero."""
    total = (vectors * weights[:, None]).sum(axis=0)
    length = float(np.linalg.norm(total))
    unit: Floats = (total / length if length > 0 else total).astype(np.float32)
    return unit
