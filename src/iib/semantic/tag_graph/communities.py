"""Groups keywords without a chat model: communities of the graph that links keywords of similar pictures.

Greedy modularity (Clauset, Newman, Moore, "Finding community structure in very large networks", 2004): each keyword
starts as a group of its own, and the join that increases the modularity most is repeated until none increases it. If
too many groups remain, the smallest one joins its most similar group. Deterministic: ties go to the first keyword.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from iib.semantic.clustering.keywords import unique_title
from iib.semantic.tag_graph.graph import Grouping, Keyword, KeywordGroup, SuperGroup

Weights = NDArray[np.float64]
ClusterSimilarity = Callable[[slice], Weights]  # of a block with all clusters: (block, clusters), 0 unrelated, 1 equal

MAX_GROUPS, MAX_SUPER_GROUPS = 15, 5
MIN_SUPER_GROUPS = 2
MIN_LINK = 0.05  # weaker links are random
BLOCK_CLUSTERS = 512
LABEL_WORDS = 2


def affinities(keywords: Sequence[Keyword], sizes: Sequence[int], similarity: ClusterSimilarity | None) -> Weights:
    """Mean similarity (n, n) of the pictures of two keywords, 0 to 1, with a diagonal of 0.

    `sizes` are the pictures of each cluster. Without `similarity` only pictures of the same cluster are similar.
    """
    clusters = len(sizes)
    shares: Weights = np.zeros((len(keywords), clusters))
    for number, keyword in enumerate(keywords):
        counts = np.asarray([sizes[position] for position in keyword.clusters], dtype=np.float64)
        shares[number, list(keyword.clusters)] = counts / counts.sum()
    means: Weights = np.zeros((len(keywords), len(keywords)))
    if similarity is None:
        means += shares @ shares.T
    else:
        for start in range(0, clusters, BLOCK_CLUSTERS):
            block = slice(start, min(clusters, start + BLOCK_CLUSTERS))
            block_similarity = similarity(block)
            positions = np.arange(block.start, block.stop)
            block_similarity[positions - start, positions] = 1
            means += shares[:, block] @ (block_similarity @ shares.T)
    np.fill_diagonal(means, 0)
    return means


def communities(keywords: Sequence[Keyword], links: Weights) -> Grouping:
    """At most 15 groups of two or more keywords, and two to five super-groups if there are more than five groups.

    Keywords that are similar to no other keyword are in no group.
    """
    strong = np.where(links >= MIN_LINK, links, 0)
    pairs_or_more = [positions for positions in _by_modularity(strong) if len(positions) > 1]
    lists = _merged_to(pairs_or_more, links, MAX_GROUPS)
    weight = [sum(keywords[position].count for position in positions) for positions in lists]
    lists = [lists[number] for number in sorted(range(len(lists)), key=lambda number: (-weight[number], lists[number]))]
    lists = lists[:MAX_GROUPS]
    taken: set[str] = set()
    groups = tuple(
        KeywordGroup(_label(keywords, positions, taken), tuple(keywords[position].key for position in positions))
        for positions in lists
    )
    return Grouping(groups, _super_groups(keywords, links, lists))


def _super_groups(keywords: Sequence[Keyword], links: Weights, lists: Sequence[list[int]]) -> tuple[SuperGroup, ...]:
    if len(lists) <= MAX_SUPER_GROUPS:
        return ()
    position_of = {position: number for number, positions in enumerate(lists) for position in positions}
    joined = _merged_to(lists, links, MAX_SUPER_GROUPS)
    numbers = [sorted({position_of[position] for position in positions}) for positions in joined]
    several = [members for members in numbers if len(members) > 1]
    if not MIN_SUPER_GROUPS <= len(several) <= MAX_SUPER_GROUPS:
        return ()
    taken: set[str] = set()
    return tuple(
        SuperGroup(
            _label(keywords, [position for number in members for position in lists[number]], taken), tuple(members)
        )
        for members in several
    )


def _by_modularity(links: Weights) -> list[list[int]]:
    """Groups with ascending members, in the order of their first members."""
    members = [[number] for number in range(len(links))]
    total = float(links.sum())
    if not total:
        return members
    links = links / total
    ends = links.sum(axis=1)
    while True:
        gains = np.where(links > 0, links - np.outer(ends, ends), 0)
        np.fill_diagonal(gains, 0)
        first, second = divmod(int(gains.argmax()), len(gains))
        if gains[first, second] <= 0:
            return sorted(sorted(positions) for positions in members if positions)
        links[first] += links[second]
        links[:, first] += links[:, second]
        links[second] = 0
        links[:, second] = 0
        ends[first] += ends[second]
        ends[second] = 0
        members[first] += members[second]
        members[second] = []


def _merged_to(lists: Sequence[list[int]], links: Weights, limit: int) -> list[list[int]]:
    """Merge groups until at most `limit` similar ones remain; groups without any similarity are kept in addition.

    The smallest group joins the group with the highest mean similarity, the smallest of these if several are equal.
    """
    groups = [sorted(positions) for positions in lists]
    isolated: list[list[int]] = []
    while len(groups) > limit:
        smallest = min(range(len(groups)), key=lambda number: (len(groups[number]), -number))
        group = groups.pop(smallest)
        similarities = [float(links[np.ix_(group, other)].mean()) for other in groups]
        nearest = max(range(len(groups)), key=lambda number: (similarities[number], -len(groups[number]), -number))
        if similarities[nearest] > 0:
            groups[nearest] = sorted(groups[nearest] + group)
        else:
            isolated.append(group)
    return sorted(groups + isolated)


def _label(keywords: Sequence[Keyword], positions: Sequence[int], taken: set[str]) -> str:
    """A unique label of a group: its keywords with the most pictures."""
    words = [
        keywords[position].label
        for position in sorted(positions, key=lambda position: (-keywords[position].count, keywords[position].key))
    ]
    return unique_title(", ".join(words[:LABEL_WORDS]), words[LABEL_WORDS:], taken)
