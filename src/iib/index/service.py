"""Index service: starts updates and rebuilds, watches the roots, and lists outdated folders."""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import structlog

from iib._lib.cache import LruCache
from iib.errors import Cancelled, InvalidRequest
from iib.index.fulltext_rebuild import JOB_KIND as FULLTEXT_KIND
from iib.index.fulltext_rebuild import FullTextRebuilder
from iib.index.index_files import FileIndexer
from iib.index.index_run import IndexRun, Scope
from iib.index.reparse import JOB_KIND as REPARSE_KIND
from iib.index.reparse import Reparser
from iib.index.row_writer import RunResult
from iib.index.scan import outermost_folders
from iib.index.thumbhashes import ThumbhashWorker
from iib.index.watch import Watcher
from iib.jobs import DiskLock, EventBus, JobManager, Progress
from iib.metadata import Registry
from iib.model import JobId, Json, MediaId, MediaKind, PicturePreview, is_in_trash
from iib.settings import IndexSettings, is_windows
from iib.store import Store
from iib.tags import AutoTagger

log = structlog.get_logger(__name__)

OUTDATED_CACHE_S = 2.0
PUBLISH_S = 0.5  # between two "library" events during a run
JOB_KIND = "index"

Roots = Callable[[], Sequence[str]]
MakePreview = Callable[[str, MediaKind], PicturePreview | None]


class IndexService:
    """Owns all index runs. One run works at a time; others wait for it."""

    def __init__(
        self,
        *,
        store: Store,
        jobs: JobManager,
        bus: EventBus,
        registry: Registry,
        roots: Roots,
        is_media: Callable[[str], bool],
        settings: IndexSettings,
        make_preview: MakePreview | None = None,
        disk_lock: DiskLock | None = None,
        auto_tags: AutoTagger | None = None,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._bus = bus
        self._registry = registry
        self._roots = roots
        self._is_media = is_media
        self._settings = settings
        self._disk_lock = disk_lock or DiskLock()
        self._auto_tags = auto_tags
        self._file_indexer = FileIndexer(store, registry, is_media, roots, auto_tags, self._disk_lock)
        self._run_lock = threading.Lock()
        self._outdated: LruCache[int, list[str]] = LruCache(1, max_age_s=OUTDATED_CACHE_S)
        self._cache_keys = itertools.count(1)
        self._cache_key = 0  # changes after each run
        self._watcher: Watcher | None = None
        self._thumbhashes: ThumbhashWorker | None = None
        if make_preview is not None and settings.previews:
            self._thumbhashes = ThumbhashWorker(store, make_preview, self._run_lock.locked)
        self._unsubscribe = store.on_commit(self._on_commit)
        self._publish_lock = threading.Lock()
        self._published_total = -1
        self._published_revision = store.revision
        self._published_at = 0.0
        self._reconcile_progress = Progress(lambda _progress: None)
        jobs.register(JOB_KIND, self._run_job)
        self._reparser = Reparser(store, registry, self._run_lock)
        jobs.register(REPARSE_KIND, self._reparser.job)
        self._fulltext = FullTextRebuilder(store)
        jobs.register(FULLTEXT_KIND, self._fulltext.job)

    def start_update(self, path: str | None = None) -> JobId:
        """Start a job that indexes changed files in all roots, or in one folder and below."""
        return self._jobs.start(JOB_KIND, {"path": path, "rebuild": False})

    def start_rebuild(self, path: str | None = None) -> JobId:
        """Start a job that reads all files again; ids, custom tags and colours are kept."""
        return self._jobs.start(JOB_KIND, {"path": path, "rebuild": True})

    def build_fulltext(self) -> JobId:
        """Start a job that rebuilds the full-text index in the background."""
        return self._jobs.start(FULLTEXT_KIND, {"restart": True})

    def resume(self) -> None:
        """Start jobs for rows of older parsers and for runs that an earlier process left unfinished."""
        if self._reparser.is_needed():
            self._jobs.start(REPARSE_KIND, {})
        if self._fulltext.is_unfinished():
            self._jobs.start(FULLTEXT_KIND, {})
        for row in self._jobs.claim_interrupted():
            if row.kind == JOB_KIND:
                self._jobs.start(JOB_KIND, json.loads(row.params_json))

    def start_watching(self) -> None:
        """Start to watch the roots; call it again after the roots have changed."""
        if self._thumbhashes is not None:
            self._thumbhashes.start()
        if not self._settings.watch:
            return
        if self._watcher is None:
            self._watcher = Watcher(self._roots, self._is_media, self.reconcile)
        self._watcher.restart()

    def reconcile(self, folders: Iterable[str], trees: Iterable[str]) -> RunResult:
        """Index these folders without their subfolders, and these trees with them. Waits for a current run."""
        walked = outermost_folders(trees, windows=is_windows())
        single_folders = [path for path in folders if path not in walked]
        with self._run_lock:
            result = self._run(Scope(tuple(single_folders), recursive=False), self._reconcile_progress)
            below = self._run(Scope(walked), self._reconcile_progress)
        result.added += below.added
        result.updated += below.updated
        result.moved += below.moved
        result.missing += below.missing
        self.publish_changes()
        return result

    def publish_changes(self) -> None:
        """Publish changes that are not published yet; called at the end of a run or a file operation."""
        self._clear_outdated()
        if self._published_revision != self._store.revision:
            self._publish(self._store.revision)

    def index_files(self, paths: Sequence[str]) -> dict[str, MediaId]:
        """Index these files now, even during a run; returns ids by path. Raises `NotFound`, `InvalidRequest`."""
        return self._file_indexer.add(paths)

    def bring_up_to_date(self, path: str, progress: Progress) -> None:
        """Index a folder and its subfolders within another job; the folder may be outside all roots.

        Always recursive, because the subfolders of a folder with a stored time must be stored too. Waits for a current
        run. Raises `Cancelled`.
        """
        while not self._run_lock.acquire(timeout=0.2):
            progress.check()
        try:
            self._run(Scope((path,)), progress)
        finally:
            self._run_lock.release()
            self.publish_changes()
        if self._thumbhashes is not None:
            self._thumbhashes.wake()

    def list_outdated_folders(self) -> list[str]:
        """Folders whose content has (or may have) changed since they were read; cached for two seconds."""
        return list(self._outdated.get_or_load(self._cache_key, self._find_outdated))

    def close(self) -> None:
        """Stop the watcher and the thumbhash thread; the job manager ends running jobs."""
        self._unsubscribe()
        self._reconcile_progress.cancel()
        if self._watcher is not None:
            self._watcher.close()
        if self._thumbhashes is not None:
            self._thumbhashes.close()

    def _run_job(self, params: dict[str, Json], progress: Progress) -> str:
        path = params.get("path")
        tops = (str(path),) if path else tuple(self._roots())
        if path and not os.path.isdir(str(path)):
            raise InvalidRequest(f"not a folder: {path}")
        while not self._run_lock.acquire(timeout=0.2):
            progress.check()
        is_rebuild = bool(params.get("rebuild"))
        try:
            result = self._run(Scope(tops, read_all=is_rebuild), progress)
            if is_rebuild:
                with self._store.write() as unit:
                    unit.tags.drop_unused()
        finally:
            self._run_lock.release()
            self._clear_outdated()
            self._publish(self._store.revision)
        if self._thumbhashes is not None:
            self._thumbhashes.wake()
        return result.summary()

    def _run(self, scope: Scope, progress: Progress) -> RunResult:
        run = IndexRun(
            store=self._store,
            registry=self._registry,
            is_media=self._is_media,
            progress=progress,
            roots=self._roots(),
            disk_lock=self._disk_lock,
            workers=self._settings.workers,
            auto_tags=self._auto_tags,
        )
        try:
            return run.run(scope)
        except Cancelled:
            log.info("index run cancelled")
            raise

    def _find_outdated(self) -> list[str]:
        roots = tuple(self._roots())
        with self._store.read() as unit:
            indexed = unit.folders.folders_by_path(outermost_folders(roots, windows=is_windows()))
        outdated = [root for root in roots if os.path.isdir(root) and root not in indexed]
        for path, row in indexed.items():
            if is_in_trash(path):
                continue
            try:
                mtime_ns = os.stat(path).st_mtime_ns
            except OSError:
                continue
            if mtime_ns != row.mtime_ns:
                outdated.append(path)
        return outdated

    def _clear_outdated(self) -> None:
        self._cache_key = next(self._cache_keys)

    def _on_commit(self, revision: int) -> None:
        now = time.monotonic()
        is_busy = self._run_lock.locked() or self._disk_lock.is_operating
        if is_busy and now - self._published_at < PUBLISH_S:
            return  # during a run or a file operation, whose end always publishes
        self._published_at = now
        self._publish(revision)

    def _publish(self, revision: int) -> None:
        with self._publish_lock:
            with self._store.read() as unit:
                total = unit.media.count()
            previous_total, self._published_total = self._published_total, total
            self._published_revision = revision
        added = max(0, total - previous_total) if previous_total >= 0 else 0
        removed = max(0, previous_total - total) if previous_total >= 0 else 0
        payload = {"revision": revision, "total": total, "added": added, "removed": removed}
        self._bus.publish("library", payload)
        if self._thumbhashes is not None:
            self._thumbhashes.wake()
