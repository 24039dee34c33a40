"""One index run: walks folders, compares stamps, parses changed files in worker processes and writes their rows."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import structlog

from iib._lib.reduced_gc import reduced_gc
from iib.index.diff import diff_folder
from iib.index.parsing.ipc import ParseTask
from iib.index.parsing.pool import ParserPool
from iib.index.parsing.worker import parse_all
from iib.index.row_writer import ChangedFile, RowWriter, RunResult
from iib.index.scan import FolderListing, is_any_below, outermost_folders, walk_folders
from iib.jobs import DiskLock, Progress
from iib.metadata import Registry
from iib.model import MediaId, MediaRecord
from iib.settings import is_windows
from iib.store import FolderRow, Store
from iib.tags import AutoTagger

log = structlog.get_logger(__name__)

PARSE_CHUNK = 256  # files per request to a worker
CHUNKS_AHEAD = 4  # per worker: as many as it reads while a batch is written
LISTING_BATCH = 4096  # files (and folders) compared at once
SMALL_RUN = 48  # up to this number files are read in this process, because starting a worker costs more


@dataclass(frozen=True, slots=True)
class Scope:
    """Folders of a run, each with its subfolders or alone; `read_all` reads unchanged files too."""

    tops: tuple[str, ...]
    recursive: bool = True
    read_all: bool = False


class IndexRun:
    """A single run; each object runs once. `roots` are all roots of the library, whether or not they exist now."""

    def __init__(
        self,
        *,
        store: Store,
        registry: Registry,
        is_media: Callable[[str], bool],
        progress: Progress,
        roots: Sequence[str] = (),
        disk_lock: DiskLock | None = None,
        workers: int = 0,
        auto_tags: AutoTagger | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self._is_media = is_media
        self._progress = progress
        self._workers = workers
        self._pool: ParserPool | None = None
        self._pending_chunks: deque[tuple[list[ChangedFile], Future[list[MediaRecord]]]] = deque()
        self._changed: list[ChangedFile] = []
        self._absent_roots = tuple(root for root in roots if not os.path.isdir(root))
        with store.read() as unit:
            self._had_rows = unit.media.has_any()
        self._writer = RowWriter(
            store, progress, disk_lock or DiskLock(), auto_tags, self._absent_roots, had_rows=self._had_rows
        )

    def run(self, scope: Scope) -> RunResult:
        """Execute the run. Raises `Cancelled` between steps if a stop was requested; written rows remain."""
        self._progress.update(stage="scanning", done=0, total=0)
        tops = (
            outermost_folders(scope.tops, windows=is_windows()) if scope.recursive else tuple(dict.fromkeys(scope.tops))
        )
        try:
            with reduced_gc():
                for top in tops:
                    self._run_top(top, scope)
                self._finish()
        finally:
            if self._pool is not None:
                self._pool.close()
        writer = self._writer
        self._progress.update(done=writer.handled_count, total=writer.listed_count, errors=writer.result.problems)
        return writer.result

    def _run_top(self, top: str, scope: Scope) -> None:
        with self._store.read() as unit:
            top_row = unit.folders.find(top) if not scope.recursive else None
            existing = unit.folders.folders_by_path([top]) if scope.recursive else {top: top_row} if top_row else {}
        visited: set[str] = set()
        unreadable = list(self._absent_roots)  # a root inside this one may be on another drive
        listings = self._start_workers_early(walk_folders(top, self._is_media, recursive=scope.recursive))
        for batch in _batched(listings):
            first = batch[0]
            if first.path == top and first.error is not None and not first.files:
                self._handle_unlistable_top(top, existing)
                return
            visited.update(listing.path for listing in batch)
            unreadable += self._unreadable_folders(batch)
            self._compare(batch, existing, scope)
        if scope.recursive:
            removed = [
                row for path, row in existing.items() if path not in visited and not is_any_below(path, unreadable)
            ]
            self._remove_folders(removed)

    def _start_workers_early(self, listings: Iterable[FolderListing]) -> Iterator[FolderListing]:
        """Yield the listings. In a new library all files will be read, so the workers start during the listing."""
        count = 0
        for listing in listings:
            count += len(listing.files)
            if self._pool is None and not self._had_rows and count > PARSE_CHUNK:
                self._pool = ParserPool(self._registry.recipe, self._workers)
                self._pool.warm()
            yield listing

    def _unreadable_folders(self, batch: Sequence[FolderListing]) -> list[str]:
        """Log, count and return the folders whose listing is incomplete; rows below them remain unchanged."""
        failed = [listing for listing in batch if listing.error is not None]
        for listing in failed:
            log.warning("a folder could not be read", path=ascii(listing.path), reason=listing.error)
        self._writer.result.unreadable += len(failed)
        return [listing.path for listing in failed]

    def _handle_unlistable_top(self, top: str, existing: Mapping[str, FolderRow]) -> None:
        """Skip an unavailable root, and remove a folder that was deleted from an existing parent."""
        parent = os.path.dirname(top)
        is_root = top in self._absent_roots
        if (
            not is_root
            and top in existing
            and existing[top].parent_id is not None
            and os.path.isdir(parent)
            and not os.path.lexists(top)
        ):
            self._remove_folders(list(existing.values()))
        else:
            self._writer.result.unavailable.append(top)

    def _compare(self, batch: Sequence[FolderListing], existing: Mapping[str, FolderRow], scope: Scope) -> None:
        ids = {listing.path: existing[listing.path].id for listing in batch if listing.path in existing}
        new_paths = [listing.path for listing in batch if listing.path not in existing and listing.error is None]
        if new_paths:
            with self._store.write() as write:
                ids.update(write.folders.ensure_all(new_paths))
        with self._store.read() as unit:
            stamps = unit.media.stamps_by_folder([existing[item.path].id for item in batch if item.path in existing])
        missing: dict[MediaId, str] = {}
        restored: dict[MediaId, str] = {}
        for listing in batch:
            folder_id = ids.get(listing.path)
            if folder_id is None:
                continue
            rows = stamps.get(folder_id, {})
            diff = diff_folder(listing, rows, read_all=scope.read_all)
            if diff.missing or diff.restored:
                paths = {row.id: os.path.join(listing.path, name) for name, row in rows.items()}
                missing |= {row_id: paths[row_id] for row_id in diff.missing}
                restored |= {row_id: paths[row_id] for row_id in diff.restored}
            stored_mtime = existing[listing.path].mtime_ns if listing.path in existing else None
            is_outdated = listing.error is None and (stored_mtime != listing.mtime_ns or bool(diff.changed))
            new_mtime = listing.mtime_ns if is_outdated else None
            self._writer.add_folder(folder_id, len(listing.files), len(diff.changed), new_mtime)
            if diff.changed:
                prefix = os.path.join(listing.path, "")
                self._changed += [
                    ChangedFile(folder_id, prefix + file.name, file, row_id) for file, row_id in diff.changed
                ]
        if missing or restored:
            self._writer.update_presence(missing, restored)
        self._progress.update(stage="scanning", done=self._writer.handled_count, total=self._writer.listed_count)
        self._parse_changed(PARSE_CHUNK)
        self._writer.store_finished_folders()

    def _remove_folders(self, rows: Iterable[FolderRow]) -> None:
        """Mark the files of deleted folders as missing, and remove the folders that then contain no rows."""
        paths = {row.id: row.path for row in rows}
        if not paths:
            return
        with self._store.read() as unit:
            stamps = unit.media.stamps_by_folder(list(paths))
        missing = {
            row.id: os.path.join(paths[folder_id], name)
            for folder_id, rows_by_name in stamps.items()
            for name, row in rows_by_name.items()
            if not row.is_missing
        }
        self._writer.update_presence(missing, {})
        with self._store.write() as write:
            write.folders.remove_empty(list(paths))

    def _parse_changed(self, minimum: int) -> None:
        """Send changed files to the workers while at least `minimum` wait, and collect the chunks that are ready.

        Blocks while more than `CHUNKS_AHEAD` chunks per worker are pending.
        """
        while len(self._changed) >= minimum and self._changed:
            chunk, self._changed = self._changed[:PARSE_CHUNK], self._changed[PARSE_CHUNK:]
            if self._pool is None and (len(chunk) > SMALL_RUN or self._pending_chunks):
                self._pool = ParserPool(self._registry.recipe, self._workers)
            tasks = [ParseTask(item.path, item.file.name, item.file.stamp) for item in chunk]
            if self._pool is None:
                self._writer.add(chunk, parse_all(tasks, self._registry))
                continue
            self._pending_chunks.append((chunk, self._pool.submit(tasks)))
            while self._pending_chunks and (
                self._pending_chunks[0][1].done() or len(self._pending_chunks) > CHUNKS_AHEAD * self._pool.size
            ):
                self._collect_chunk()

    def _collect_chunk(self) -> None:
        files, future = self._pending_chunks.popleft()
        self._writer.add(files, future.result())

    def _finish(self) -> None:
        self._progress.update(stage="reading")
        self._parse_changed(1)
        while self._pending_chunks:
            self._collect_chunk()
        self._writer.flush()
        self._writer.store_finished_folders()


def _batched(listings: Iterator[FolderListing]) -> Iterator[list[FolderListing]]:
    """Group listings so that one comparison handles a few thousand files or folders."""
    batch: list[FolderListing] = []
    weight = 0
    for listing in listings:
        batch.append(listing)
        weight += len(listing.files) + 4
        if weight >= LISTING_BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
