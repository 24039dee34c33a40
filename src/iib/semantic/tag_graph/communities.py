"""Groups of keywords without a model: communities of the graph in which keywords of like pictures are linked.

Greedy modularity (Clauset, Newman, Moore, "Finding community structure in very large networks", 2004): every keyword
begins alone, and the two groups are joined whose joining raises the modularity most, until none does. If too many are
left, the smallest joins the one it is most like, and so on. Deterministic: of equal choices the first in the order of
the keywords.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from iib.semantic.clustering.keywords import unique_title
from iib.semantic.tag_graph.graph import Grouping, KeywordGroup, SuperGroup, Tag

Weights = NDArray[np.float64]
ClusterLikeness = Callable[[slice], Weights]  # of these clusters with all: (block, clusters), 0 unrelated to 1 equal

MAX_GROUPS, MAX_SUPERS = 15, 5
MIN_SUPERS = 2
LEAST_LINK = 0.05  # weaker ones are chance
BLOCK_CLUSTERS = 512
LABEL_WORDS = 2


def affinities(tags: Sequence[Tag], sizes: Sequence[int], likeness: ClusterLikeness | None) -> Weights:
    """(n, n), 0 to 1, diagonal 0: how like each other the pictures of two keywords are on average.

    `sizes` of the clusters in pictures. Without `likeness` only pictures of one cluster are alike.
    """
    clusters = len(sizes)
    shares: Weights = np.zeros((len(tags), clusters))
    for number, tag in enumerate(tags):
        own = np.asarray([sizes[place] for place in tag.clusters], dtype=np.float64)
        shares[number, list(tag.clusters)] = own / own.sum()
    found: Weights = np.zeros((len(tags), len(tags)))
    if likeness is None:
        found += shares @ shares.T
    else:
        for start in range(0, clusters, BLOCK_CLUSTERS):
            block = slice(start, min(clusters, start + BLOCK_CLUSTERS))
            alike = likeness(block)
            places = np.arange(block.start, block.stop)
            alike[places - start, places] = 1
            found += shares[:, block] @ (alike @ shares.T)
    np.fill_diagonal(found, 0)
    return found


def communities(tags: Sequence[Tag], links: Weights) -> Grouping:
    """At most fifteen groups of at least two keywords, and two to five super-groups if there are more than five.
    Keywords that are like no other stay alone."""
    strong = np.where(links >= LEAST_LINK, links, 0)
    found = [places for places in _by_modularity(strong) if len(places) > 1]
    lists = _gathered(found, links, MAX_GROUPS)
    weight = [sum(tags[place].count for place in places) for places in lists]
    lists = [lists[number] for number in sorted(range(len(lists)), key=lambda number: (-weight[number], lists[number]))]
    lists = lists[:MAX_GROUPS]
    taken: set[str] = set()
    groups = tuple(
        KeywordGroup(_label(tags, places, taken), tuple(tags[place].key for place in places)) for places in lists
    )
    return Grouping(groups, _supers(tags, links, lists))


def _supers(tags: Sequence[Tag], links: Weights, lists: Sequence[list[int]]) -> tuple[SuperGroup, ...]:
    if len(lists) <= MAX_SUPERS:
        return ()
    place_of = {place: number for number, places in enumerate(lists) for place in places}
    joined = _gathered(lists, links, MAX_SUPERS)
    numbers = [sorted({place_of[place] for place in places}) for places in joined]
    several = [own for own in numbers if len(own) > 1]
    if not MIN_SUPERS <= len(several) <= MAX_SUPERS:
        return ()
    taken: set[str] = set()
    return tuple(
        SuperGroup(_label(tags, [place for number in own for place in lists[number]], taken), tuple(own))
        for own in several
    )


def _by_modularity(links: Weights) -> list[list[int]]:
    """Groups, ascending, by their first members."""
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
            return sorted(sorted(places) for places in members if places)
        links[first] += links[second]
        links[:, first] += links[:, second]
        links[second] = 0
        links[:, second] = 0
        ends[first] += ends[second]
        ends[second] = 0
        members[first] += members[second]
        members[second] = []


def _gathered(lists: Sequence[list[int]], links: Weights, limit: int) -> list[list[int]]:
    """At most `limit` groups that are like any other: the smallest joins the one it is most like on average (of equal
    ones the smallest). Those that are like none are kept beside."""
    groups = [sorted(places) for places in lists]
    alone: list[list[int]] = []
    while len(groups) > limit:
        smallest = min(range(len(groups)), key=lambda number: (len(groups[number]), -number))
        own = groups.pop(smallest)
        nearness = [float(links[np.ix_(own, other)].mean()) for other in groups]
        nearest = max(range(len(groups)), key=lambda number: (nearness[number], -len(groups[number]), -number))
        if nearness[nearest] > 0:
            groups[nearest] = sorted(groups[nearest] + own)
        else:
            alone.append(own)
    return sorted(groups + alone)


def _label(tags: Sequence[Tag], places: Sequence[int], taken: set[str]) -> str:
    """The keywords of most pictures."""
    words = [tags[place].label for place in sorted(places, key=lambda place: (-tags[place].count, tags[place].key))]
    return unique_title(", ".join(words[:LABEL_WORDS]), words[LABEL_WORDS:], taken)
