"""Which of several files to keep: the first rule that tells them apart decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iib.model import TextFlag
from iib.search import CurationCache, Ids, MetadataColumnCache, View

RULES = ("resolution", "metadata", "rating", "older")


@dataclass(frozen=True, slots=True)
class KeepRanking:
    """By media id, as the rules compare them; the smaller the better."""

    columns: tuple[Ids, ...]

    @staticmethod
    def of(view: View, facts: MetadataColumnCache, curation_cache: CurationCache) -> KeepRanking:
        """More pixels, then a prompt or parameters inside, then more stars, then the older file."""
        size = len(view.rank)
        pixels = view.columns.width_px[:size].astype(np.int64) * view.columns.height_px[:size]
        has_text = (facts.columns(size).text_flags[:size] & int(TextFlag.TEXT | TextFlag.PROMPT)) != 0
        ratings = curation_cache.current().ratings(size).astype(np.int64)
        return KeepRanking((-pixels, -has_text.astype(np.int64), -ratings, view.columns.mtime_ns[:size]))

    def best_first(self, ids: Ids) -> Ids:
        """The order of preference; equal files by id."""
        keys = tuple(column[ids] for column in self.columns)
        ordered: Ids = ids[np.lexsort((ids, *reversed(keys)))]
        return ordered

    def reason(self, ids: Sequence[int]) -> str:
        """By which rule the first of these is kept rather than the second; "id" if they are equal in all."""
        first, second = ids[:2]
        decided = (rule for rule, column in zip(RULES, self.columns, strict=True) if column[first] != column[second])
        return next(decided, "id")
