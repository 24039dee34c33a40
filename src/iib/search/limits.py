"""The measured limits of the search engine, gathered in one value so that tests can pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Thresholds that trade one cost for another. Every value gives the same answers, at another speed."""

    zone_bits: int = 13
    """8,192 consecutive ids form a zone."""

    files_read_first: int = 3_000
    """Files that are read in order before the index is asked, where hits lie close together."""

    whole_library_proposals: int = 4_000
    """Up to this many proposals, the index is asked for all files at once instead of window by window."""

    files_read_without_index: int = 4_000
    """Up to this many files, the texts are read without asking the index."""

    common_short_share: float = 0.3
    """Share of files (0-1) above which the index is not asked for a text of one or two characters."""

    trigrams_per_question: int = 200
    """Trigrams in one question to the index."""

    ids_per_worker: int = 32_768
    """From this many ids on, two threads ask the index."""

    first_block: int = 512
    """Files that are decided first; each block is twice as large as the one before, and two threads share it."""

    max_block: int = 8_192
    """Files in the largest block."""


DEFAULT_LIMITS = SearchLimits()
