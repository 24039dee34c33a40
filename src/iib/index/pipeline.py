"""One index run: walk, compare, parse, write.

Every transaction holds whole files, and a folder's date is stored only with the last of its files: a run that is
killed loses at most one chunk, and the next run finds the folder unfinished and goes on.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from iib._lib.reduced_gc import reduced_gc
from iib.index.diff import diff_folder
from iib.index.moved_content import match_moved_content
from iib.index.moved_files import find_moved_rows
from iib.index.parsing.ipc import ParseTask
from iib.index.parsing.pool import ParserPool, parse_here
from iib.index.scan import FolderListing, FoundFile, is_any_below, outermost_folders, walk_folders
from iib.jobs import DiskLock, Progress
from iib.metadata import Registry
from iib.model import FolderId, MediaId, MediaRecord
from iib.settings import is_windows
from iib.store import FolderRow, Store
from iib.tags import AutoTagger

log = structlog.get_logger(__name__)

PARSE_CHUNK = 256  # files a worker reads before it answers
CHUNKS_AHEAD = 4  # for each worker: as many as it reads while a batch is written
WRITE_BATCH = 2048  # files in one transaction
LISTING_BATCH = 4096  # files (and folders) compared at once
SMALL_RUN = 48  # up to so many files are read in this process: starting a worker costs more


@dataclass(frozen=True, slots=True)
class Scope:
    """Which folders to walk, each with all below it or alone; `read_all` reads unchanged files too."""

    tops: tuple[str, ...]
    recursive: bool = True
    read_all: bool = False


@dataclass(slots=True)
class RunResult:
    """Counts of one run; `unavailable` are tops that could not be listed and were left alone, `unreadable` counts
    folders below them of which the same is true."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    missing: int = 0
    unchanged: int = 0
    problems: int = 0
    unreadable: int = 0
    unavailable: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line for people."""
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
class _Item:
    """One file on its way through the run."""

    folder_id: FolderId
    path: str
    file: FoundFile
    keep_id: MediaId | None


class IndexRun:
    """The state of one run. Use once. `roots` are all folders of the library, whether or not they are there now."""

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
        self._disk_lock = disk_lock or DiskLock()
        self._workers = workers
        self._auto_tags = auto_tags
        self._pool: ParserPool | None = None
        self._result = RunResult()
        self._in_flight: deque[tuple[list[_Item], Future[list[MediaRecord]] | None]] = deque()
        self._waiting: list[_Item] = []
        self._parsed: list[tuple[_Item, MediaRecord]] = []
        self._unfinished: dict[FolderId, int] = {}
        self._dates: dict[FolderId, int] = {}
        self._gone: dict[MediaId, str] = {}
        self._absent_roots = tuple(root for root in roots if not os.path.isdir(root))
        self._found = 0
        self._handled = 0
        self._had_rows = True

    def run(self, scope: Scope) -> RunResult:
        """Do it. Raises `Cancelled` between steps when asked to stop; what was written stays."""
        self._progress.update(stage="scanning", done=0, total=0)
        with self._store.read() as unit:
            self._had_rows = unit.media.has_any()
        tops = (
            outermost_folders(scope.tops, windows=is_windows()) if scope.recursive else tuple(dict.fromkeys(scope.tops))
        )
        try:
            with reduced_gc():
                for top in tops:
                    self._run_top(top, scope)
                self._drain()
        finally:
            if self._pool is not None:
                self._pool.close()
        self._progress.update(done=self._handled, total=self._found, errors=self._result.problems)
        return self._result

    def _run_top(self, top: str, scope: Scope) -> None:
        with self._store.read() as unit:
            own = unit.folders.find(top) if not scope.recursive else None
            known = unit.folders.folders_by_path([top]) if scope.recursive else {top: own} if own else {}
        visited: set[str] = set()
        unreadable = list(self._absent_roots)  # a root inside this one may lie on a drive of its own
        listings = self._awaited(walk_folders(top, self._is_media, recursive=scope.recursive))
        for batch in _batched(listings):
            first = batch[0]
            if first.path == top and first.error is not None and not first.files:
                self._top_unavailable(top, known)
                return
            visited.update(listing.path for listing in batch)
            unreadable += self._unreadable(batch)
            self._compare(batch, known, scope)
        if scope.recursive:
            gone = [row for path, row in known.items() if path not in visited and not is_any_below(path, unreadable)]
            self._folders_gone(gone)

    def _awaited(self, listings: Iterable[FolderListing]) -> Iterator[FolderListing]:
        """In a new library all files will be read: the workers start while the first folders are listed."""
        count = 0
        for listing in listings:
            count += len(listing.files)
            if self._pool is None and not self._had_rows and count > PARSE_CHUNK:
                self._pool = ParserPool(self._registry.recipe, self._workers)
                self._pool.warm()
            yield listing

    def _unreadable(self, batch: Sequence[FolderListing]) -> list[str]:
        """Folders that could not be listed to their end; what is known below them stays as it is."""
        failed = [listing for listing in batch if listing.error is not None]
        for listing in failed:
            log.warning("a folder could not be read", path=ascii(listing.path), reason=listing.error)
        self._result.unreadable += len(failed)
        return [listing.path for listing in failed]

    def _top_unavailable(self, top: str, known: Mapping[str, FolderRow]) -> None:
        """A root that cannot be seen costs nothing; a folder that vanished below a living parent is gone."""
        parent = os.path.dirname(top)
        is_root = top in self._absent_roots
        if (
            not is_root
            and top in known
            and known[top].parent_id is not None
            and os.path.isdir(parent)
            and not os.path.lexists(top)
        ):
            self._folders_gone(list(known.values()))
        else:
            self._result.unavailable.append(top)

    def _compare(self, batch: Sequence[FolderListing], known: Mapping[str, FolderRow], scope: Scope) -> None:
        ids = {listing.path: known[listing.path].id for listing in batch if listing.path in known}
        fresh = [listing.path for listing in batch if listing.path not in known and listing.error is None]
        if fresh:
            with self._store.write() as write:
                ids.update(write.folders.ensure_all(fresh))
        with self._store.read() as unit:
            stamps = unit.media.stamps_by_folder([known[item.path].id for item in batch if item.path in known])
        vanished: dict[MediaId, str] = {}
        returned: dict[MediaId, str] = {}
        for listing in batch:
            folder_id = ids.get(listing.path)
            if folder_id is None:
                continue
            rows = stamps.get(folder_id, {})
            diff = diff_folder(listing, rows, read_all=scope.read_all)
            if diff.vanished or diff.returned:
                places = {row.id: os.path.join(listing.path, name) for name, row in rows.items()}
                vanished |= {row: places[row] for row in diff.vanished}
                returned |= {row: places[row] for row in diff.returned}
            self._found += len(listing.files)
            self._handled += len(listing.files) - len(diff.read)
            self._result.unchanged += len(listing.files) - len(diff.read)
            stored = known[listing.path].mtime_ns if listing.path in known else None
            if listing.error is None and (stored != listing.mtime_ns or diff.read):
                self._dates[folder_id] = listing.mtime_ns
            if diff.read:
                self._unfinished[folder_id] = len(diff.read)
                top = os.path.join(listing.path, "")
                self._waiting += [_Item(folder_id, top + file.name, file, keep) for file, keep in diff.read]
        if vanished or returned:
            self._mark(vanished, returned)
        self._progress.update(stage="scanning", done=self._handled, total=self._found)
        self._send(PARSE_CHUNK)
        self._store_finished_dates()

    def _folders_gone(self, rows: Iterable[FolderRow]) -> None:
        folders = {row.id: row.path for row in rows}
        if not folders:
            return
        with self._store.read() as unit:
            stamps = unit.media.stamps_by_folder(list(folders))
        vanished = {
            row.id: os.path.join(folders[folder_id], name)
            for folder_id, names in stamps.items()
            for name, row in names.items()
            if not row.is_missing
        }
        self._mark(vanished, {})
        with self._store.write() as write:
            write.folders.remove_empty(list(folders))

    def _mark(self, vanished: Mapping[MediaId, str], returned: Mapping[MediaId, str]) -> None:
        """Rows by the place where the scan missed or found their file; rows that left it since are let be."""
        with self._disk_lock.hold(), self._store.write() as write:
            now = write.media.paths_by_id([*vanished, *returned])
            gone = [row for row, path in vanished.items() if now.get(row) == path]
            write.media.mark_missing(gone, time.time_ns())
            write.media.restore([row for row, path in returned.items() if now.get(row) == path])
        self._result.missing += len(gone)

    def _send(self, at_least: int) -> None:
        """Hand waiting files to the workers, and take back what is ready when enough is under way."""
        while len(self._waiting) >= at_least and self._waiting:
            chunk, self._waiting = self._waiting[:PARSE_CHUNK], self._waiting[PARSE_CHUNK:]
            if self._pool is None and (len(chunk) > SMALL_RUN or self._in_flight):
                self._pool = ParserPool(self._registry.recipe, self._workers)
            tasks = [ParseTask(item.path, item.file.name, item.file.stamp) for item in chunk]
            if self._pool is None:
                self._take(chunk, parse_here(tasks, self._registry))
                continue
            self._in_flight.append((chunk, self._pool.submit(tasks)))
            while self._in_flight and (
                self._in_flight_is_done() or len(self._in_flight) > CHUNKS_AHEAD * self._pool.size
            ):
                self._receive()

    def _in_flight_is_done(self) -> bool:
        future = self._in_flight[0][1]
        return future is not None and future.done()

    def _receive(self) -> None:
        items, future = self._in_flight.popleft()
        if future is not None:
            self._take(items, future.result())

    def _take(self, items: Sequence[_Item], parsed: Sequence[MediaRecord]) -> None:
        for item, record in zip(items, parsed, strict=True):
            if record.problem and not record.content_hash and not os.path.lexists(item.path):
                self._vanished(item)
            else:
                self._parsed.append((item, record))
        if len(self._parsed) >= WRITE_BATCH:
            self._write()

    def _vanished(self, item: _Item) -> None:
        """A file that was deleted between listing and reading; the date of its folder is left for the next run."""
        self._unfinished[item.folder_id] -= 1
        self._dates.pop(item.folder_id, None)
        self._handled += 1
        if item.keep_id is not None:
            self._gone[item.keep_id] = item.path

    def _drain(self) -> None:
        self._progress.update(stage="reading")
        self._send(1)
        while self._in_flight:
            self._receive()
        self._write()
        self._store_finished_dates()

    def _write(self) -> None:
        with self._disk_lock.hold():
            self._write_batch()

    def _write_batch(self) -> None:
        parsed: list[tuple[_Item, MediaRecord]] = []
        for item, record in self._parsed:
            if os.path.lexists(item.path):
                parsed.append((item, record))
            else:
                self._vanished(item)
        self._parsed = []
        if self._gone:
            self._mark(self._gone, {})
            self._gone = {}
        if not parsed:
            return
        own = self._rows_in_place([item for item, _record in parsed])
        ids: Sequence[MediaId | None] = own
        if self._had_rows:
            places = [(row, record) for row, (_item, record) in zip(own, parsed, strict=True)]
            ids = match_moved_content(own, find_moved_rows(self._store, places, self._absent_roots))
        for item, _record in parsed:
            self._unfinished[item.folder_id] -= 1
        planned = self._auto_tags.plan([media for _item, media in parsed]) if self._auto_tags else []
        with self._store.write() as write:
            rows = [(item.folder_id, record, row) for (item, record), row in zip(parsed, ids, strict=True)]
            written = write.media.upsert(rows)
            if self._auto_tags:
                files = [item.path for item, _record in parsed]
                self._auto_tags.apply(write, list(zip(files, written, strict=True)), planned)
            write.folders.set_scanned(self._finished_dates())
        self._count(own, ids)
        self._result.problems += sum(1 for _item, record in parsed if record.problem)
        self._handled += len(parsed)
        self._progress.update(stage="reading", done=self._handled, total=self._found, errors=self._result.problems)

    def _rows_in_place(self, items: Sequence[_Item]) -> list[MediaId | None]:
        """The row each file had when it was compared, unless a file operation has moved that row since."""
        with self._store.read() as unit:
            places = unit.media.paths_by_id([item.keep_id for item in items if item.keep_id is not None])
        kept = {item.keep_id for item in items if item.keep_id is not None and places.get(item.keep_id) == item.path}
        return [item.keep_id if item.keep_id in kept else None for item in items]

    def _count(self, own: Sequence[MediaId | None], ids: Sequence[MediaId | None]) -> None:
        for before, now in zip(own, ids, strict=True):
            if now is None:
                self._result.added += 1
            elif now == before:
                self._result.updated += 1
            else:
                self._result.moved += 1

    def _finished_dates(self) -> list[tuple[FolderId, int]]:
        done = [(folder, date) for folder, date in self._dates.items() if not self._unfinished.get(folder)]
        for folder, _date in done:
            del self._dates[folder]
            self._unfinished.pop(folder, None)
        return done

    def _store_finished_dates(self) -> None:
        done = self._finished_dates()
        if done:
            with self._store.write() as write:
                write.folders.set_scanned(done)


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
