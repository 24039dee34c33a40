"""Single files, indexed at once: a person tags what no run has seen yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from iib.errors import InvalidRequest, NotFound
from iib.index.moved_content import match_moved_content
from iib.index.moved_files import find_moved_rows
from iib.index.parsing.ipc import ParseTask
from iib.index.parsing.pool import parse_here
from iib.index.scan import stamp_of
from iib.jobs import DiskLock
from iib.metadata import Registry
from iib.model import MediaId, extension_of, is_transport_stream
from iib.store import Store
from iib.tags import AutoTagger


class FileIndexer:
    """Reads files and writes their rows beside any run: the place of a file decides which row it keeps, so the run
    finds them done."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        is_media: Callable[[str], bool],
        roots: Callable[[], Sequence[str]],
        auto_tags: AutoTagger | None,
        disk_lock: DiskLock,
    ) -> None:
        self._store = store
        self._registry = registry
        self._is_media = is_media
        self._roots = roots
        self._auto_tags = auto_tags
        self._disk_lock = disk_lock

    def add(self, paths: Sequence[str]) -> dict[str, MediaId]:
        """Index these files; all or none. Raises `NotFound`, `InvalidRequest` for what is no media file.

        No file operation takes one of them away between reading it and writing its row.
        """
        with self._disk_lock.hold():
            return self._add(paths)

    def _add(self, paths: Sequence[str]) -> dict[str, MediaId]:
        tasks = [self._task(path) for path in dict.fromkeys(paths)]
        records = parse_here(tasks, self._registry)
        planned = self._auto_tags.plan(records) if self._auto_tags else []
        absent = [root for root in self._roots() if not os.path.isdir(root)]
        with self._store.read() as unit:
            known = unit.media.ids_by_path([task.path for task in tasks])
        own = [known.get(task.path) for task in tasks]
        kept = match_moved_content(own, find_moved_rows(self._store, list(zip(own, records, strict=True)), absent))
        with self._store.write() as write:
            rows = [
                (write.folders.ensure(os.path.dirname(task.path)), record, keep)
                for task, record, keep in zip(tasks, records, kept, strict=True)
            ]
            ids = write.media.upsert(rows)
            found = {task.path: media_id for task, media_id in zip(tasks, ids, strict=True)}
            if self._auto_tags:
                self._auto_tags.apply(write, list(found.items()), planned)
        return found

    def _task(self, path: str) -> ParseTask:
        name = os.path.basename(path)
        if not self._is_media(name):
            raise InvalidRequest(f"this is no media file: {path}")
        if not os.path.isfile(path):
            raise NotFound(f"this file does not exist: {path}")
        if extension_of(name) == "ts":
            with open(path, "rb") as stream:
                if not is_transport_stream(stream.read(512)):
                    raise InvalidRequest(f"this is no media file: {path}")
        return ParseTask(path, name, stamp_of(os.stat(path)))
