"""The index as a service: update, rebuild, watch, and the question what is out of date."""

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
from iib.index.pipeline import IndexRun, RunResult, Scope
from iib.index.reparse import JOB_KIND as REPARSE_KIND
from iib.index.reparse import Reparser
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

EXPIRY_CACHE_S = 2.0
PUBLISH_S = 0.5  # between two "library" events while files stream in
JOB_KIND = "index"

Roots = Callable[[], Sequence[str]]
MakePreview = Callable[[str, MediaKind], PicturePreview | None]


class IndexService:
    """Owns all runs over the files. Only one run works at a time; others wait for it."""

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
        self._single = FileIndexer(store, registry, is_media, roots, auto_tags, self._disk_lock)
        self._run_lock = threading.Lock()
        self._expired: LruCache[int, list[str]] = LruCache(1, max_age_s=EXPIRY_CACHE_S)
        self._looks = itertools.count(1)
        self._look = 0  # another number after every run
        self._watcher: Watcher | None = None
        self._previews: ThumbhashWorker | None = None
        if make_preview is not None and settings.previews:
            self._previews = ThumbhashWorker(store, make_preview, self._run_lock.locked)
        self._unsubscribe = store.on_commit(self._committed)
        self._publish_lock = threading.Lock()
        self._published_total = -1
        self._published_revision = store.revision
        self._published_at = 0.0
        self._reconciling = Progress(lambda _progress: None)
        jobs.register(JOB_KIND, self._job)
        self._reparser = Reparser(store, registry, self._run_lock)
        jobs.register(REPARSE_KIND, self._reparser.job)
        self._fulltext = FullTextRebuilder(store)
        jobs.register(FULLTEXT_KIND, self._fulltext.job)

    def start_update(self, path: str | None = None) -> JobId:
        """Bring the index in line with the files (all roots, or one folder and everything below)."""
        return self._jobs.start(JOB_KIND, {"path": path, "rebuild": False})

    def start_rebuild(self, path: str | None = None) -> JobId:
        """Read every file again; ids, person-made tags and colours stay."""
        return self._jobs.start(JOB_KIND, {"path": path, "rebuild": True})

    def build_fulltext(self) -> JobId:
        """Build the full-text index anew, beside everything else."""
        return self._jobs.start(FULLTEXT_KIND, {"anew": True})

    def resume(self) -> None:
        """Bring rows of older parsers up to date, and go on with the runs that an earlier process left unfinished."""
        if self._reparser.is_needed():
            self._jobs.start(REPARSE_KIND, {})
        if self._fulltext.is_unfinished():
            self._jobs.start(FULLTEXT_KIND, {})
        for row in self._jobs.claim_interrupted():
            if row.kind == JOB_KIND:
                self._jobs.start(JOB_KIND, json.loads(row.params_json))

    def watch_start(self) -> None:
        """Follow changes under the roots from now on (again, when the roots have changed)."""
        if self._previews is not None:
            self._previews.start()
        if not self._settings.watch:
            return
        if self._watcher is None:
            self._watcher = Watcher(self._roots, self._is_media, self.reconcile)
        self._watcher.restart()

    def reconcile(self, folders: Iterable[str], trees: Iterable[str]) -> RunResult:
        """Look again at these folders alone, and at these with everything below."""
        walked = outermost_folders(trees, windows=is_windows())
        alone = [path for path in folders if path not in walked]
        with self._run_lock:
            result = self._run(Scope(tuple(alone), recursive=False), self._reconciling)
            below = self._run(Scope(walked), self._reconciling)
        result.added += below.added
        result.updated += below.updated
        result.moved += below.moved
        result.missing += below.missing
        self.announce()
        return result

    def announce(self) -> None:
        """The end of a run or a file operation: tell what changed if that was not told on the way."""
        self._forget_expiry()
        if self._published_revision != self._store.revision:
            self._publish(self._store.revision)

    def index_files(self, paths: Sequence[str]) -> dict[str, MediaId]:
        """Read these files now, whatever run is under way. Raises `NotFound`, `InvalidRequest`."""
        return self._single.add(paths)

    def bring_up_to_date(self, path: str, progress: Progress) -> None:
        """Look at a folder and all below it now, inside another job; it need not lie in a root. Waits for a run under
        way. (Never at a folder alone: one whose date is stored has its subfolders known.)

        Raises `Cancelled`.
        """
        while not self._run_lock.acquire(timeout=0.2):
            progress.check()
        try:
            self._run(Scope((path,)), progress)
        finally:
            self._run_lock.release()
            self.announce()
        if self._previews is not None:
            self._previews.wake()

    def expired_dirs(self) -> list[str]:
        """Folders whose content has (or may have) changed since they were read; remembered for two seconds."""
        return list(self._expired.get_or_load(self._look, self._find_expired))

    def close(self) -> None:
        """Stop watching and drawing previews; running jobs are the job manager's to end."""
        self._unsubscribe()
        self._reconciling.cancel()
        if self._watcher is not None:
            self._watcher.close()
        if self._previews is not None:
            self._previews.close()

    def _job(self, params: dict[str, Json], progress: Progress) -> str:
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
            self._forget_expiry()
            self._publish(self._store.revision)
        if self._previews is not None:
            self._previews.wake()
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

    def _find_expired(self) -> list[str]:
        roots = tuple(self._roots())
        with self._store.read() as unit:
            known = unit.folders.folders_by_path(outermost_folders(roots, windows=is_windows()))
        expired = [root for root in roots if os.path.isdir(root) and root not in known]
        for path, row in known.items():
            if is_in_trash(path):
                continue
            try:
                mtime_ns = os.stat(path).st_mtime_ns
            except OSError:
                continue
            if mtime_ns != row.mtime_ns:
                expired.append(path)
        return expired

    def _forget_expiry(self) -> None:
        self._look = next(self._looks)

    def _committed(self, revision: int) -> None:
        now = time.monotonic()
        is_busy = self._run_lock.locked() or self._disk_lock.is_operating
        if is_busy and now - self._published_at < PUBLISH_S:
            return  # in the middle of a run or a file operation; its end is always told
        self._published_at = now
        self._publish(revision)

    def _publish(self, revision: int) -> None:
        with self._publish_lock:
            with self._store.read() as unit:
                total = unit.media.count()
            before, self._published_total = self._published_total, total
            self._published_revision = revision
        added = max(0, total - before) if before >= 0 else 0
        removed = max(0, before - total) if before >= 0 else 0
        payload = {"revision": revision, "total": total, "added": added, "removed": removed}
        self._bus.publish("library", payload)
        if self._previews is not None:
            self._previews.wake()
