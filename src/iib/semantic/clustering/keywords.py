"""Keywords and titles of clusters without a model: class-based TF-IDF over words and phrases.

A phrase describes a cluster when many of its prompts have it and few prompts elsewhere do.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iib._lib.text_folding import fold
from iib.semantic.embedding.local.features import STOP_WORDS, WIDE

MAX_KEYWORDS = 6
SAMPLE = 120  # prompts of a cluster that are looked at; spread over all of it
LONGEST = 3  # words of a phrase
PHRASE_BONUS = (0.0, 1.0, 1.35, 1.45)  # by words: "neon sign" says more than "neon"
LEAST_SHARE = 0.08  # of a cluster's prompts that must have a keyword
TITLE_WORDS = 3
TITLE_CHARS = 40
CHARS = 18  # of a piece in a script without blanks, at most
TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Topic:
    """A title for people and what it is about."""

    title: str
    keywords: tuple[str, ...]


def describe(clusters: Sequence[Sequence[str]]) -> list[Topic]:
    """A topic for each cluster of normalised prompts; titles differ from each other. The order of prompts counts only
    in clusters of more than `SAMPLE`."""
    known: dict[str, set[str]] = {}
    counted = [_count(_sample(texts), known) for texts in clusters]
    sizes = [min(SAMPLE, len(texts)) for texts in clusters]
    total: dict[str, float] = defaultdict(float)
    for counts, size in zip(counted, sizes, strict=True):
        for phrase, count in counts.items():
            total[phrase] += count / size  # every cluster has one voice, whatever its size
    keywords = [_keywords(counts, size, total, len(clusters)) for counts, size in zip(counted, sizes, strict=True)]
    return _titled(keywords, clusters)


def phrases_of(text: str) -> set[str]:
    """Phrases of up to three words, none of which begins or ends with a word that says nothing."""
    found: set[str] = set()
    for piece in text.split(","):
        words = TOKEN.findall(fold(piece))
        for start in range(len(words)):
            if words[start] in STOP_WORDS or (len(words[start]) == 1 and words[start].isascii()):
                continue
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                if words[end - 1] not in STOP_WORDS:
                    phrase = " ".join(words[start:end])
                    if not phrase.isdecimal() and (len(phrase) <= CHARS or not WIDE.search(phrase)):
                        found.add(phrase)
    return found


def shortened(text: str, limit: int) -> str:
    """Cut at a word's end where there is one in the second half."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:-")


def _sample(texts: Sequence[str]) -> Sequence[str]:
    step = len(texts) / SAMPLE
    return texts if step <= 1 else [texts[int(number * step)] for number in range(SAMPLE)]


def _count(texts: Sequence[str], known: dict[str, set[str]]) -> Counter[str]:
    """How many of the texts have each phrase. `known` remembers the phrases of pieces from cluster to cluster."""
    counts: Counter[str] = Counter()
    for text in texts:
        own: set[str] = set()
        for piece in text.split(","):
            phrases = known.get(piece)
            if phrases is None:
                phrases = known[piece] = phrases_of(piece)
            own |= phrases
        counts.update(own)
    return counts


def _keywords(counts: Counter[str], size: int, total: Mapping[str, float], clusters: int) -> tuple[str, ...]:
    def score(phrase: str) -> float:
        share = counts[phrase] / size
        spread = math.log(1 + clusters / total[phrase]) if clusters > 1 else 1.0
        return share * spread * PHRASE_BONUS[min(LONGEST, phrase.count(" ") + 1)]

    least = max(1.0, LEAST_SHARE * size)
    ranked = sorted((phrase for phrase in counts if counts[phrase] >= least), key=lambda item: (-score(item), item))
    chosen: list[str] = []
    for phrase in ranked:
        if len(chosen) == MAX_KEYWORDS:
            break
        words = set(phrase.split())
        if all(not words & set(other.split()) for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)


def _titled(keywords: Sequence[tuple[str, ...]], clusters: Sequence[Sequence[str]]) -> list[Topic]:
    topics: list[Topic] = []
    taken: set[str] = set()
    for words, texts in zip(keywords, clusters, strict=True):
        title = _title(words) or shortened(texts[0].split(",")[0].strip(), TITLE_CHARS) or "?"
        topics.append(Topic(unique_title(title, words, taken), words))
    return topics


def _title(words: Sequence[str]) -> str:
    title = ""
    for word in words[:TITLE_WORDS]:
        longer = f"{title}, {word}" if title else word
        if title and len(longer) > TITLE_CHARS:
            break
        title = longer
    return shortened(title, TITLE_CHARS)


def unique_title(title: str, keywords: Sequence[str], taken: set[str]) -> str:
    """The title, or one with a further keyword or a number, that is not among `taken` (folded); adds it there."""
    candidates = [title, *(f"{title}, {word}" for word in keywords if word not in title)]
    for candidate in candidates:
        if fold(candidate) not in taken:
            taken.add(fold(candidate))
            return candidate
    number = 2
    while fold(f"{title} {number}") in taken:
        number += 1
    taken.add(fold(f"{title} {number}"))
    return f"{title} {number}"
