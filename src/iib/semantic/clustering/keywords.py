"""Keywords and titles of clusters without a chat model: class-based TF-IDF over words and phrases.

A phrase describes a cluster if it occurs in many of its prompts and in few prompts of other clusters.
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
SAMPLE = 120  # prompts of a cluster that are examined, evenly distributed
MAX_PHRASE_WORDS = 3
PHRASE_BONUS = (0.0, 1.0, 1.35, 1.45)  # by words: "neon sign" is more specific than "neon"
MIN_SHARE = 0.08  # of the prompts of a cluster that contain a keyword
TITLE_WORDS = 3
TITLE_CHARS = 40
MAX_CHARS = 18  # of a phrase in a script without blanks, at most
TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Topic:
    """Title and keywords of a cluster."""

    title: str
    keywords: tuple[str, ...]


def describe(clusters: Sequence[Sequence[str]]) -> list[Topic]:
    """A topic for each cluster of normalised prompts, with distinct titles.

    The order of prompts matters only in clusters of more than `SAMPLE`.
    """
    phrases_by_piece: dict[str, set[str]] = {}
    counted = [_count(_sample(texts), phrases_by_piece) for texts in clusters]
    sizes = [min(SAMPLE, len(texts)) for texts in clusters]
    total: dict[str, float] = defaultdict(float)
    for counts, size in zip(counted, sizes, strict=True):
        for phrase, count in counts.items():
            total[phrase] += count / size  # every cluster has the same weight, independent of its size
    keywords = [_keywords(counts, size, total, len(clusters)) for counts, size in zip(counted, sizes, strict=True)]
    return _titled(keywords, clusters)


def phrases_of(text: str) -> set[str]:
    """Phrases of up to three words that neither begin nor end with a stop word.

    >>> sorted(phrases_of("a neon sign"))
    ['neon', 'neon sign', 'sign']
    """
    phrases: set[str] = set()
    for piece in text.split(","):
        words = TOKEN.findall(fold(piece))
        for start in range(len(words)):
            if words[start] in STOP_WORDS or (len(words[start]) == 1 and words[start].isascii()):
                continue
            for end in range(start + 1, min(start + MAX_PHRASE_WORDS, len(words)) + 1):
                if words[end - 1] not in STOP_WORDS:
                    phrase = " ".join(words[start:end])
                    if not phrase.isdecimal() and (len(phrase) <= MAX_CHARS or not WIDE.search(phrase)):
                        phrases.add(phrase)
    return phrases


def shortened(text: str, limit: int) -> str:
    """A text of at most `limit` characters, cut at the end of a word if one is in the second half.

    >>> shortened("red sports car", 12)
    'red sports'
    """
    if len(text) <= limit:
        return text
    cut = text[:limit]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:-")


def _sample(texts: Sequence[str]) -> Sequence[str]:
    step = len(texts) / SAMPLE
    return texts if step <= 1 else [texts[int(number * step)] for number in range(SAMPLE)]


def _count(texts: Sequence[str], phrases_by_piece: dict[str, set[str]]) -> Counter[str]:
    """The number of texts with each phrase. `phrases_by_piece` is a cache that all clusters share."""
    counts: Counter[str] = Counter()
    for text in texts:
        text_phrases: set[str] = set()
        for piece in text.split(","):
            phrases = phrases_by_piece.get(piece)
            if phrases is None:
                phrases = phrases_by_piece[piece] = phrases_of(piece)
            text_phrases |= phrases
        counts.update(text_phrases)
    return counts


def _keywords(counts: Counter[str], size: int, total: Mapping[str, float], clusters: int) -> tuple[str, ...]:
    def score(phrase: str) -> float:
        share = counts[phrase] / size
        spread = math.log(1 + clusters / total[phrase]) if clusters > 1 else 1.0
        return share * spread * PHRASE_BONUS[min(MAX_PHRASE_WORDS, phrase.count(" ") + 1)]

    minimum = max(1.0, MIN_SHARE * size)
    ranked = sorted((phrase for phrase in counts if counts[phrase] >= minimum), key=lambda item: (-score(item), item))
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
    """The title, if needed with a further keyword or a number, that is not in `taken` (folded); adds it to `taken`.

    >>> taken = {"cats"}
    >>> unique_title("Cats", ("tabby",), taken)
    'Cats, tabby'
    """
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
