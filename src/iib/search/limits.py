"""Defines the measured limits of the search engine as one value, so that tests can pass smaller ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Thresholds between search strategies. All values return the same results, at different speed."""

    zone_bits: int = 13
    """Binary logarithm of the ids per zone: 8,192 consecutive ids."""

    files_read_first: int = 3_000
    """Files that are read in order before the index is used, for queries with frequent matches."""

    whole_library_candidates: int = 4_000
    """Up to this number of candidates, one lookup covers all files; above it, lookups go window by window."""

    files_read_without_index: int = 4_000
    """Up to this number of candidates, texts are read without a lookup in the index."""

    common_short_share: float = 0.3
    """Share of files (0-1) above which the index is not used for texts of one or two characters."""

    trigrams_per_lookup: int = 200
    """Trigrams in one lookup in the index."""

    ids_per_worker: int = 32_768
    """From this number of ids on, two threads share a lookup."""

    first_block: int = 512
    """Files in the first block of verification.

    Each block has twice the size of the previous one; two threads share all but the first."""

    max_block: int = 8_192
    """Maximum number of files in a block of verification."""


DEFAULT_LIMITS = SearchLimits()
