"""Builds the full-text index again while everything else goes on: after an upgrade, or when it is found damaged.

Files that are not in yet are looked at one by one by every search, so that answers are right all along.
"""

from __future__ import annotations

import time

import structlog

from iib.errors import StoreError
from iib.jobs.progress import Progress
from iib.model.geninfo import Json
from iib.store import Store

log = structlog.get_logger(__name__)

JOB_KIND = "fulltext"
BATCH = 500
SAMPLE = 100
PAUSE_S = 0.005  # between two batches: requests are served by the same interpreter


class FullTextBuilder:
    """The job."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def is_needed(self) -> bool:
        """Whether it is unfinished, or does not find a sample of the library."""
        try:
            with self._store.read() as unit:
                return unit.fulltext.built_to() is not None or unit.fulltext.lost(SAMPLE) > 0
        except StoreError:
            log.exception("the full-text index cannot be read")
            return True

    def job(self, params: dict[str, Json], progress: Progress) -> str:
        """Batch after batch in order of ids; resumable. `anew`: even if nothing seems to be wrong."""
        with self._store.read() as unit:
            total = unit.fulltext.highest_id()
            is_unfinished = unit.fulltext.built_to() is not None
        if not is_unfinished and (params.get("anew") or self.is_needed()):
            with self._store.write() as write:
                write.fulltext.begin_anew()
        last: int | None = 0
        while last is not None:
            progress.update(stage="building the full-text index", done=last, total=max(total, last))
            with self._store.write() as write:
                last = write.fulltext.build(BATCH)
            time.sleep(PAUSE_S)
        return "the full-text index is whole"
