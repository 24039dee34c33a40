"""Limits of numbers and units of time."""

from __future__ import annotations

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

MAX_SQLITE_INTEGER = 2**63 - 1  # the largest id of a row
MAX_JSON_INTEGER = 2**53  # up to here a JavaScript number holds every integer exactly

MAX_RATING = 5  # stars; 0 means not rated
