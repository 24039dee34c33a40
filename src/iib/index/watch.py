"""Watcher: a thread that follows changes on disk as they happen."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog
from watchfiles import Change, watch

from iib.errors import Cancelled
from iib.index.scan import is_any_below
from iib.model import is_in_trash

log = structlog.get_logger(__name__)

DEBOUNCE_MS = 400  # maximum time during which events are collected
STEP_MS = 60  # events are handed on if none follows within this time
SETTLE_S = 1.0  # a new folder is walked once more after this time: files in it may precede its watch
RETRY_S = 30.0
CHECK_ROOTS_EVERY_S = 5.0  # a connected drive is noticed within this time


class Watcher:
    """Watches the roots in a thread and reports changed folders.

    `reconcile(folders, trees)` receives folders to list again and folders to walk. New folders are always walked,
    because files that are written right after the creation of their folder raise no events.
    """

    def __init__(
        self,
        roots: Callable[[], Sequence[str]],
        is_media: Callable[[str], bool],
        reconcile: Callable[[Iterable[str], Iterable[str]], object],
    ) -> None:
        self._roots = roots
        self._is_media = is_media
        self._reconcile = reconcile
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._watched: tuple[str, ...] = ()

    def restart(self) -> None:
        """Watch the current roots; does nothing if they have not changed."""
        roots = tuple(sorted(self._roots()))
        if roots == self._watched and self._thread is not None and self._thread.is_alive():
            return
        self.close()
        self._watched = roots
        if roots:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._work, args=(self._stop,), name="iib-watch", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop watching and wait for the end of the thread, 10 seconds at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _work(self, stop: threading.Event) -> None:
        is_polling = False
        available = self._available_roots()
        returned: list[str] = []
        while not stop.is_set():
            try:
                self._watch_until_roots_change(available, returned, stop, is_polling=is_polling)
            except (OSError, RuntimeError) as error:
                log.warning("watching failed, changing to polling", reason=str(error))
                is_polling = True
                stop.wait(RETRY_S)
            previous, available = available, self._available_roots()
            returned = sorted(root for root, identity in available.items() if previous.get(root) != identity)

    def _watch_until_roots_change(
        self, available: dict[str, tuple[int, int]], returned: list[str], stop: threading.Event, *, is_polling: bool
    ) -> None:
        """Handle events until the available roots change because a drive is connected or removed.

        The `returned` roots are walked after the watch has started, so that no change is lost.
        """
        checked_at = time.monotonic()
        if not available:
            stop.wait(CHECK_ROOTS_EVERY_S)
            return
        for changes in watch(
            *available,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            stop_event=stop,
            rust_timeout=1000,
            yield_on_timeout=True,
            force_polling=is_polling,
            raise_interrupt=False,
        ):
            if returned and not stop.is_set():
                self._report((), returned)
                returned = []
            self._handle(changes, stop)
            if time.monotonic() - checked_at > CHECK_ROOTS_EVERY_S:
                checked_at = time.monotonic()
                if self._available_roots() != available:
                    return

    def _available_roots(self) -> dict[str, tuple[int, int]]:
        """Existing roots with device and inode, which differ if another drive has the same path."""
        identities: dict[str, tuple[int, int]] = {}
        for root in self._roots():
            with contextlib.suppress(OSError):
                status = os.stat(root)
                if stat.S_ISDIR(status.st_mode):
                    identities[root] = (status.st_dev, status.st_ino)
        return identities

    def _handle(self, changes: set[tuple[Change, str]], stop: threading.Event) -> None:
        folders, trees = changed_folders(changes, self._is_media)
        roots = self._roots()
        folders = {folder for folder in folders if is_any_below(folder, roots)}  # a removed root changes its parent
        if not folders and not trees:
            return
        self._report(sorted(folders), sorted(trees))
        new_trees = sorted(tree for tree in trees if os.path.isdir(tree))
        if new_trees and not stop.wait(SETTLE_S):
            self._report((), new_trees)

    def _report(self, folders: Iterable[str], trees: Iterable[str]) -> None:
        try:
            self._reconcile(folders, trees)
        except Cancelled:
            return  # the program is closing
        except Exception:  # worker loop: one bad event must not end the watch
            log.exception("a change on disk could not be indexed")


def changed_folders(
    changes: Iterable[tuple[Change, str]], is_media: Callable[[str], bool]
) -> tuple[set[str], set[str]]:
    """Folders to list again and folders to walk for a set of events."""
    folders: set[str] = set()
    trees: set[str] = set()
    for change, path in changes:
        if is_in_trash(path):
            continue
        item = Path(path)
        if change == Change.deleted:
            folders.add(str(item.parent))
            if not is_media(item.name):
                trees.add(path)  # perhaps a folder, whose rows then become missing
        elif item.is_dir():
            trees.add(path)
        elif is_media(item.name) or item.suffix.lower() in {".txt", ".json"}:
            folders.add(str(item.parent))
    existing = {folder for folder in folders if os.path.isdir(folder)}
    return existing - trees, trees
