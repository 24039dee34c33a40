"""The writer of an index run: stores parsed files in batches and marks rows as missing or restored.

Each transaction contains whole files, and the modification time of a folder is stored only together with its last file.
A killed run therefore loses at most one batch, and the next run reads the unfinished folders again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iib.index.moved_files import find_moved_rows, match_moved_content
from iib.index.scan import FoundFile
from iib.jobs import DiskLock, Progress
from iib.model import FolderId, MediaId, MediaRecord
from iib.store import Store
from iib.tags import AutoTagger

WRITE_BATCH = 2048  # files in one transaction


@dataclass(slots=True)
class RunResult:
    """Counts of one run.

    `unavailable` lists the top folders that could not be listed and were skipped, `unreadable` counts such folders
    below them.
    """

    added: int = 0
    updated: int = 0
    moved: int = 0
    missing: int = 0
    unchanged: int = 0
    problems: int = 0
    unreadable: int = 0
    unavailable: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """The result as one line of text.

        >>> RunResult(added=3, missing=1).summary()
        '3 added, 1 missing'
        >>> RunResult(unchanged=5).summary()
        'nothing changed'
        """
        parts = [
            f"{count} {word}"
            for count, word in (
                (self.added, "added"),
                (self.updated, "updated"),
                (self.moved, "moved"),
                (self.missing, "missing"),
                (self.problems, "with problems"),
                (self.unreadable, "folders unreadable"),
            )
            if count
        ]
        parts += [f"unavailable: {path}" for path in self.unavailable]
        return ", ".join(parts) or "nothing changed"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file to parse. `row_id` is the row of its path when it was compared; None for a new path."""

    folder_id: FolderId
    path: str
    file: FoundFile
    row_id: MediaId | None


class RowWriter:
    """Writes the rows of one run and counts them. `had_rows`: the library contained media before the run."""

    def __init__(
        self,
        store: Store,
        progress: Progress,
        disk_lock: DiskLock,
        auto_tags: AutoTagger | None,
        absent_roots: Sequence[str],
        *,
        had_rows: bool,
    ) -> None:
        self._store = store
        self._progress = progress
        self._disk_lock = disk_lock
        self._auto_tags = auto_tags
        self._absent_roots = absent_roots
        self._had_rows = had_rows
        self.result = RunResult()
        self.listed_count = 0
        self.handled_count = 0
        self._parsed: list[tuple[ChangedFile, MediaRecord]] = []
        self._deleted: dict[MediaId, str] = {}
        self._unwritten_counts: dict[FolderId, int] = {}
        self._folder_mtimes: dict[FolderId, int] = {}

    def add_folder(self, folder_id: FolderId, file_count: int, changed_count: int, mtime_ns: int | None) -> None:
        """Count a listed folder. `mtime_ns` is stored after its last changed file; None leaves the stored time."""
        unchanged = file_count - changed_count
        self.listed_count += file_count
        self.handled_count += unchanged
        self.result.unchanged += unchanged
        if mtime_ns is not None:
            self._folder_mtimes[folder_id] = mtime_ns
        if changed_count:
            self._unwritten_counts[folder_id] = changed_count

    def add(self, files: Sequence[ChangedFile], records: Sequence[MediaRecord]) -> None:
        """Accept the records of parsed files; writes a batch once `WRITE_BATCH` files are collected."""
        for file, record in zip(files, records, strict=True):
            if record.problem and not record.content_hash and not os.path.lexists(file.path):
                self._handle_deleted_file(file)
            else:
                self._parsed.append((file, record))
        if len(self._parsed) >= WRITE_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write all collected records. File operations wait until it ends."""
        with self._disk_lock.hold():
            self._write_batch()

    def update_presence(self, missing: Mapping[MediaId, str], restored: Mapping[MediaId, str]) -> None:
        """Mark rows as missing or restored. Rows that a file operation moved since the scan are skipped.

        The paths are those where the scan missed or found the files.
        """
        with self._disk_lock.hold(), self._store.write() as write:
            current_paths = write.media.paths_by_id([*missing, *restored])
            still_missing = [row_id for row_id, path in missing.items() if current_paths.get(row_id) == path]
            write.media.mark_missing(still_missing, time.time_ns())
            write.media.restore([row_id for row_id, path in restored.items() if current_paths.get(row_id) == path])
        self.result.missing += len(still_missing)

    def store_finished_folders(self) -> None:
        """Store the modification times of folders whose changed files are all written."""
        finished = self._pop_finished_folders()
        if finished:
            with self._store.write() as write:
                write.folders.set_scanned(finished)

    def _handle_deleted_file(self, file: ChangedFile) -> None:
        """Drop a file that was deleted between listing and reading.

        The modification time of its folder is not stored, so the next run lists the folder again.
        """
        self._unwritten_counts[file.folder_id] -= 1
        self._folder_mtimes.pop(file.folder_id, None)
        self.handled_count += 1
        if file.row_id is not None:
            self._deleted[file.row_id] = file.path

    def _write_batch(self) -> None:
        parsed: list[tuple[ChangedFile, MediaRecord]] = []
        for file, record in self._parsed:
            if os.path.lexists(file.path):
                parsed.append((file, record))
            else:
                self._handle_deleted_file(file)
        self._parsed = []
        if self._deleted:
            self.update_presence(self._deleted, {})
            self._deleted = {}
        if not parsed:
            return
        current_ids = self._current_row_ids([file for file, _record in parsed])
        row_ids: Sequence[MediaId | None] = current_ids
        if self._had_rows:
            candidates = [(row_id, record) for row_id, (_file, record) in zip(current_ids, parsed, strict=True)]
            row_ids = match_moved_content(current_ids, find_moved_rows(self._store, candidates, self._absent_roots))
        for file, _record in parsed:
            self._unwritten_counts[file.folder_id] -= 1
        tag_names = self._auto_tags.plan([record for _file, record in parsed]) if self._auto_tags else []
        with self._store.write() as write:
            rows = [(file.folder_id, record, row_id) for (file, record), row_id in zip(parsed, row_ids, strict=True)]
            written_ids = write.media.upsert(rows)
            if self._auto_tags:
                paths = [file.path for file, _record in parsed]
                self._auto_tags.apply(write, list(zip(paths, written_ids, strict=True)), tag_names)
            write.folders.set_scanned(self._pop_finished_folders())
        self._count_rows(current_ids, row_ids)
        self.result.problems += sum(1 for _file, record in parsed if record.problem)
        self.handled_count += len(parsed)
        self._progress.update(
            stage="reading", done=self.handled_count, total=self.listed_count, errors=self.result.problems
        )

    def _current_row_ids(self, files: Sequence[ChangedFile]) -> list[MediaId | None]:
        """The row of each file at the time of comparison, or None if a file operation has moved that row since."""
        with self._store.read() as unit:
            paths = unit.media.paths_by_id([file.row_id for file in files if file.row_id is not None])
        unmoved = {file.row_id for file in files if file.row_id is not None and paths.get(file.row_id) == file.path}
        return [file.row_id if file.row_id in unmoved else None for file in files]

    def _count_rows(self, current_ids: Sequence[MediaId | None], row_ids: Sequence[MediaId | None]) -> None:
        for current_id, row_id in zip(current_ids, row_ids, strict=True):
            if row_id is None:
                self.result.added += 1
            elif row_id == current_id:
                self.result.updated += 1
            else:
                self.result.moved += 1

    def _pop_finished_folders(self) -> list[tuple[FolderId, int]]:
        finished = [
            (folder_id, mtime_ns)
            for folder_id, mtime_ns in self._folder_mtimes.items()
            if not self._unwritten_counts.get(folder_id)
        ]
        for folder_id, _mtime_ns in finished:
            del self._folder_mtimes[folder_id]
            self._unwritten_counts.pop(folder_id, None)
        return finished
