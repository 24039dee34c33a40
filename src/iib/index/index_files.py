"""Indexes single files immediately, for example when a person tags a file that no run has indexed yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from iib.errors import InvalidRequest, NotFound
from iib.index.moved_files import find_moved_rows, match_moved_content
from iib.index.parsing.ipc import ParseTask
from iib.index.parsing.worker import parse_all
from iib.index.scan import stamp_of
from iib.jobs import DiskLock
from iib.metadata import Registry
from iib.model import MediaId, extension_of, is_transport_stream
from iib.store import Store
from iib.tags import AutoTagger


class FileIndexer:
    """Reads files and writes their rows, also during a run.

    The path of a file decides its row, so the run then finds the file unchanged.
    """

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
        """Index all of these files or none; returns their ids by path.

        File operations wait until it ends. Raises `NotFound`, and `InvalidRequest` for other than media files.
        """
        with self._disk_lock.hold():
            return self._add(paths)

    def _add(self, paths: Sequence[str]) -> dict[str, MediaId]:
        tasks = [self._task(path) for path in dict.fromkeys(paths)]
        records = parse_all(tasks, self._registry)
        tag_names = self._auto_tags.plan(records) if self._auto_tags else []
        absent_roots = [root for root in self._roots() if not os.path.isdir(root)]
        with self._store.read() as unit:
            existing = unit.media.ids_by_path([task.path for task in tasks])
        current_ids = [existing.get(task.path) for task in tasks]
        candidates = list(zip(current_ids, records, strict=True))
        row_ids = match_moved_content(current_ids, find_moved_rows(self._store, candidates, absent_roots))
        with self._store.write() as write:
            rows = [
                (write.folders.ensure(os.path.dirname(task.path)), record, row_id)
                for task, record, row_id in zip(tasks, records, row_ids, strict=True)
            ]
            ids = write.media.upsert(rows)
            ids_by_path = {task.path: media_id for task, media_id in zip(tasks, ids, strict=True)}
            if self._auto_tags:
                self._auto_tags.apply(write, list(ids_by_path.items()), tag_names)
        return ids_by_path

    def _task(self, path: str) -> ParseTask:
        name = os.path.basename(path)
        if not self._is_media(name):
            raise InvalidRequest(f"not a media file: {path}")
        if not os.path.isfile(path):
            raise NotFound(f"this file does not exist: {path}")
        if extension_of(name) == "ts":
            with open(path, "rb") as stream:
                if not is_transport_stream(stream.read(512)):
                    raise InvalidRequest(f"not a media file: {path}")
        return ParseTask(path, name, stamp_of(os.stat(path)))
