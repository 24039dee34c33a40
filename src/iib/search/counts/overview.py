"""Counts the files of the whole library per day and month, and its most frequent tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np

from iib._lib.cache import RevisionCache
from iib.model import TagId, TagKind
from iib.search.library.local_dates import day_buckets
from iib.search.library.view import View, ViewCache
from iib.store import Store, TagRow

OVERVIEW_TAG_KINDS = {
    "top_models": TagKind.MODEL,
    "top_samplers": TagKind.SAMPLER,
    "top_source": TagKind.SOURCE,
    "top_lora": TagKind.LORA,
}


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts over the library.

    `days` ("2026-01-31") and `months` ("2026-01") ascend; `top` has the keys of `OVERVIEW_TAG_KINDS`, each with its
    most frequent tags. `made_at` is local time in ISO format.
    """

    total: int
    total_bytes: int
    days: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    top: dict[str, tuple[tuple[str, int], ...]]
    made_at: str


class OverviewCache:
    """Caches the overview of all files below active roots until the view changes. Safe from any thread."""

    def __init__(self, store: Store, views: ViewCache, max_tags: int) -> None:
        self._store = store
        self._views = views
        self._max_tags = max_tags
        self._cache: RevisionCache[View, Overview] = RevisionCache()

    def current(self) -> Overview:
        """Return the overview of the latest state."""
        return self._cache.get(self._views.view, self._build)

    def _build(self, view: View, _previous: object) -> Overview:
        days = tuple((bucket.key, bucket.count) for bucket in reversed(day_buckets(view.ids, view.columns)))
        months = tuple(
            (month, sum(count for _day, count in group)) for month, group in groupby(days, key=lambda day: day[0][:7])
        )
        with self._store.read() as unit:
            tags = [tag for tag in unit.tags.list_all() if tag.kind in OVERVIEW_TAG_KINDS.values()]
        return Overview(
            total=len(view.ids),
            total_bytes=int(view.columns.size_bytes[view.ids].sum()),
            days=days,
            months=months,
            top={
                name: self._top([tag for tag in tags if tag.kind == kind], view)
                for name, kind in OVERVIEW_TAG_KINDS.items()
            },
            made_at=datetime.now().isoformat(timespec="seconds"),  # noqa: DTZ005  (local, as all dates of the public API)
        )

    def _top(self, tags: Sequence[TagRow], view: View) -> tuple[tuple[str, int], ...]:
        """Return (name, count) of the most frequent tags.

        Counts of the whole store are upper bounds: the loop stops when no other tag can reach the list.
        """
        top_tags: list[tuple[int, str]] = []
        for tag in sorted(tags, key=lambda item: (-item.count, item.name)):
            if len(top_tags) >= self._max_tags and tag.count < sorted(top_tags, reverse=True)[self._max_tags - 1][0]:
                break
            with self._store.read() as unit:
                ids = unit.tags.ids_of_media(TagId(tag.id))
            ids = ids[ids < len(view.rank)]
            count = int(np.count_nonzero(view.rank[ids] >= 0))
            if count:
                top_tags.append((count, tag.name))
        top_tags.sort(key=lambda item: (-item[0], item[1]))
        return tuple((name, count) for count, name in top_tags[: self._max_tags])
