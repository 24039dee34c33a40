"""Builds the full-text index again while everything else goes on: after an upgrade, or when it is found damaged.

Files that are not in yet are looked at one by one by every search, so that answers are right all along.
"""

from __future__ import annotations

import time

from iib.jobs import Progress
from iib.model import Json
from iib.store import Store

JOB_KIND = "fulltext"
BATCH = 500
PAUSE_S = 0.005  # between two batches: requests are served by the same interpreter


class FullTextRebuilder:
    """The job."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def is_unfinished(self) -> bool:
        """Whether an earlier run, or an upgrade, has left something to do."""
        with self._store.read() as unit:
            return unit.fulltext.find_build_position() is not None

    def job(self, params: dict[str, Json], progress: Progress) -> str:
        """Batch after batch in order of ids; resumable. `anew`: a whole index is thrown away first."""
        with self._store.read() as unit:
            total = unit.media.highest_id()
        if params.get("anew") and not self.is_unfinished():
            with self._store.write() as write:
                write.fulltext.restart_build()
        last: int | None = 0
        while last is not None:
            progress.update(stage="building the full-text index", done=last, total=max(total, last))
            with self._store.write() as write:
                last = write.fulltext.build(BATCH)
            time.sleep(PAUSE_S)
        return "the full-text index is whole"
