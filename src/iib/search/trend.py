"""Statistics over the library: when files were made, and with what."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np

from iib.model.media import TagId
from iib.search.filters import View
from iib.search.results import day_buckets
from iib.search.service import SearchService
from iib.store import TagRow

KINDS = {"top_models": "Model", "top_samplers": "Sampler", "top_source": "Source Identifier", "top_lora": "lora"}


@dataclass(frozen=True, slots=True)
class Trend:
    """Days ("2026-01-31") and months ("2026-01") ascending with their counts; `top` by the names of `KINDS`."""

    total: int
    total_bytes: int
    days: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    top: dict[str, tuple[tuple[str, int], ...]]
    made_at: str


class Trends:
    """Counts files below active roots; remembered until the library or what it looks at changes."""

    def __init__(self, search: SearchService, max_tags: int) -> None:
        self._search = search
        self._max_tags = max_tags
        self._lock = threading.Lock()
        self._kept: tuple[View, Trend] | None = None

    def trend(self) -> Trend:
        """The statistics of the latest state."""
        view = self._search.views.view()
        with self._lock:
            if self._kept is None or self._kept[0] is not view:
                self._kept = (view, self._make(view))
            return self._kept[1]

    def _make(self, view: View) -> Trend:
        days = tuple((bucket.key, bucket.count) for bucket in reversed(day_buckets(view.ids, view.columns)))
        months = tuple(
            (month, sum(count for _day, count in found)) for month, found in groupby(days, key=lambda day: day[0][:7])
        )
        with self._search.store.read() as unit:
            tags = [tag for tag in unit.tags.list_all() if tag.kind in KINDS.values()]
        return Trend(
            total=len(view.ids),
            total_bytes=int(view.columns.size_bytes[view.ids].sum()),
            days=days,
            months=months,
            top={name: self._top([tag for tag in tags if tag.kind == kind], view) for name, kind in KINDS.items()},
            made_at=datetime.now().isoformat(timespec="seconds"),  # noqa: DTZ005  (local, as all dates of the public API)
        )

    def _top(self, tags: Sequence[TagRow], view: View) -> tuple[tuple[str, int], ...]:
        """The most used ones. Counts of the whole store are an upper bound: stop when no other can reach the list."""
        found: list[tuple[int, str]] = []
        for tag in sorted(tags, key=lambda item: (-item.count, item.name)):
            if len(found) >= self._max_tags and tag.count < sorted(found, reverse=True)[self._max_tags - 1][0]:
                break
            with self._search.store.read() as unit:
                ids = unit.tags.media_ids(TagId(tag.id))
            ids = ids[ids < len(view.rank)]
            count = int(np.count_nonzero(view.rank[ids] >= 0))
            if count:
                found.append((count, tag.name))
        found.sort(key=lambda item: (-item[0], item[1]))
        return tuple((name, count) for count, name in found[: self._max_tags])
