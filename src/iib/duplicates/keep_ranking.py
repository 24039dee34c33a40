"""Ranks duplicate files by preference for keeping: the first rule that distinguishes two files decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iib.model import TextFlag
from iib.search import CurationCache, Ids, MetadataColumnCache, View

RULES = ("resolution", "metadata", "rating", "older")


@dataclass(frozen=True, slots=True)
class KeepRanking:
    """The values of each rule by media id; smaller values are preferred."""

    columns: tuple[Ids, ...]

    @staticmethod
    def of(view: View, metadata: MetadataColumnCache, curation_cache: CurationCache) -> KeepRanking:
        """Rank a view: more pixels, then a prompt or parameters, then a higher rating, then the older file."""
        size = len(view.rank)
        pixels = view.columns.width_px[:size].astype(np.int64) * view.columns.height_px[:size]
        has_text = (metadata.columns(size).text_flags[:size] & int(TextFlag.TEXT | TextFlag.PROMPT)) != 0
        ratings = curation_cache.current().ratings(size).astype(np.int64)
        return KeepRanking((-pixels, -has_text.astype(np.int64), -ratings, view.columns.mtime_ns[:size]))

    def best_first(self, ids: Ids) -> Ids:
        """These ids in the order of preference, ties by id."""
        keys = tuple(column[ids] for column in self.columns)
        ordered: Ids = ids[np.lexsort((ids, *reversed(keys)))]
        return ordered

    def reason(self, ids: Sequence[int]) -> str:
        """The rule that prefers the first of these ids to the second; "id" if all rules are equal."""
        first, second = ids[:2]
        deciding = (rule for rule, column in zip(RULES, self.columns, strict=True) if column[first] != column[second])
        return next(deciding, "id")
