"""Job that rebuilds the full-text index in the background, after an upgrade or after damage.

Until it ends, each search examines the files that are not indexed yet one by one, so results are always correct.
"""

from __future__ import annotations

import time

from iib.jobs import Progress
from iib.model import Json
from iib.store import Store

JOB_KIND = "fulltext"
BATCH = 500
PAUSE_S = 0.005  # between two batches, because the same interpreter serves requests


class FullTextRebuilder:
    """Rebuilds the full-text index in batches; an interrupted build is resumed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def is_unfinished(self) -> bool:
        """True if an earlier build was interrupted or an upgrade requires one."""
        with self._store.read() as unit:
            return unit.fulltext.find_build_position() is not None

    def job(self, params: dict[str, Json], progress: Progress) -> str:
        """Run the job: index batches in order of ids. The parameter `restart` first drops an index that is complete."""
        with self._store.read() as unit:
            total = unit.media.highest_id()
        if params.get("restart") and not self.is_unfinished():
            with self._store.write() as write:
                write.fulltext.restart_build()
        last_id: int | None = 0
        while last_id is not None:
            progress.update(stage="building the full-text index", done=last_id, total=max(total, last_id))
            with self._store.write() as write:
                last_id = write.fulltext.build(BATCH)
            time.sleep(PAUSE_S)
        return "the full-text index is complete"
