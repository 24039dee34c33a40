"""Job that parses stored metadata again after an upgrade of the parsers, without opening the files.

The next index run handles two other groups by reading the files: rows without stored entries, in which a better carrier
may find some, and rows that a plug-in has read, because it needs the file.
"""

from __future__ import annotations

import threading
import time

from iib.jobs import Progress
from iib.metadata import Registry, derive_tags, render_text, reparse_entries
from iib.model import PARSER_VERSION, FolderId, Json, MediaId, MediaRecord, ParsedMedia, to_record
from iib.store import StaleMetadataRow, Store

JOB_KIND = "reparse"
BATCH = 256
PAUSE_S = 0.005  # between two batches, because the same interpreter serves requests


class Reparser:
    """Parses stored metadata in batches. Holds the lock of index runs, which would read the same files."""

    def __init__(self, store: Store, registry: Registry, run_lock: threading.Lock) -> None:
        self._store = store
        self._registry = registry
        self._run_lock = run_lock

    def is_needed(self) -> bool:
        """True if an older parser version has written any row."""
        with self._store.read() as unit:
            return unit.stale_metadata.has_any(PARSER_VERSION)

    def job(self, _params: dict[str, Json], progress: Progress) -> str:
        """Run the job: parse batches in order of ids. Resumable, because finished rows have the new version."""
        while not self._run_lock.acquire(timeout=0.2):
            progress.check()
        try:
            return self._run(progress)
        finally:
            self._run_lock.release()

    def _run(self, progress: Progress) -> str:
        with self._store.read() as unit:
            total = unit.stale_metadata.count(PARSER_VERSION)
        done, last_id = 0, 0
        while True:
            progress.update(stage="reading stored metadata", done=done, total=total)
            with self._store.read() as unit:
                rows = unit.stale_metadata.list_after(last_id, PARSER_VERSION, BATCH)
            if not rows:
                return f"{done} files read again from their stored metadata"
            last_id = rows[-1].id
            items: list[tuple[FolderId, MediaRecord, MediaId | None]] = [
                (row.folder_id, record_of(row, self._registry), row.id) for row in rows if _can_be_reread(row)
            ]
            if items:
                with self._store.write() as write:
                    paths = write.media.paths_by_id([row.id for row in rows])
                    moved = {row.id for row in rows if paths.get(row.id) != row.path}
                    write.media.upsert([item for item in items if item[2] not in moved])
            done += len(items)
            time.sleep(PAUSE_S)


def _can_be_reread(row: StaleMetadataRow) -> bool:
    return bool(row.geninfo.raw) and not row.geninfo.source.get("prompt", "").startswith("plugin:")


def record_of(row: StaleMetadataRow, registry: Registry) -> MediaRecord:
    """Build the record of a row from its stored entries with the current parsers."""
    geninfo = reparse_entries(
        row.geninfo.raw, registry, file_name=row.name, width_px=row.width_px, height_px=row.height_px
    )
    parsed = ParsedMedia(
        name=row.name,
        kind=row.kind,
        stamp=row.stamp,
        content_hash=row.content_hash,
        width_px=row.width_px,
        height_px=row.height_px,
        duration_ms=row.duration_ms,
        geninfo=geninfo,
        text=render_text(geninfo),
        tags=derive_tags(geninfo, row.kind, row.width_px, row.height_px),
        problem=row.problem,
    )
    return to_record(row.path, parsed)
