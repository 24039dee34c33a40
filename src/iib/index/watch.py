"""Following changes as they happen."""

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

DEBOUNCE_MS = 400  # events are collected for so long at most
STEP_MS = 60  # and handed on when nothing more came for so long
SETTLE_S = 1.0  # a new folder is looked at once more after this time: events inside it may come before the watch does
RETRY_S = 30.0
LOOK_EVERY_S = 5.0  # how soon a drive that was plugged in is noticed


class Watcher:
    """Watches the roots in a thread and reports folders that changed.

    `reconcile(folders, trees)` gets folders to list again and folders to walk; new folders are always walked, since
    files written right after their folder raise no events of their own.
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
        """Watch the roots as they are now; nothing happens when they are the same as before."""
        wanted = tuple(sorted(self._roots()))
        if wanted == self._watched and self._thread is not None and self._thread.is_alive():
            return
        self.close()
        self._watched = wanted
        if wanted:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._work, args=(self._stop,), name="iib-watch", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _work(self, stop: threading.Event) -> None:
        is_polling = False
        present = self._present()
        back: list[str] = []
        while not stop.is_set():
            try:
                self._follow(present, back, stop, is_polling=is_polling)
            except (OSError, RuntimeError) as error:
                log.warning("watching failed, changing to polling", reason=str(error))
                is_polling = True
                stop.wait(RETRY_S)
            before, present = present, self._present()
            back = sorted(root for root, identity in present.items() if before.get(root) != identity)

    def _follow(
        self, present: dict[str, tuple[int, int]], back: list[str], stop: threading.Event, *, is_polling: bool
    ) -> None:
        """Handle events until the roots are no longer these: a drive was plugged in or out.

        Roots that are `back` are walked once the watch has begun, so that nothing falls between.
        """
        looked_at = time.monotonic()
        if not present:
            stop.wait(LOOK_EVERY_S)
            return
        for changes in watch(
            *present,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            stop_event=stop,
            rust_timeout=1000,
            yield_on_timeout=True,
            force_polling=is_polling,
            raise_interrupt=False,
        ):
            if back and not stop.is_set():
                self._tell((), back)
                back = []
            self._handle(changes, stop)
            if time.monotonic() - looked_at > LOOK_EVERY_S:
                looked_at = time.monotonic()
                if self._present() != present:
                    return

    def _present(self) -> dict[str, tuple[int, int]]:
        """The roots that are there, each with what tells one drive from another in the same place."""
        found: dict[str, tuple[int, int]] = {}
        for root in self._roots():
            with contextlib.suppress(OSError):
                status = os.stat(root)
                if stat.S_ISDIR(status.st_mode):
                    found[root] = (status.st_dev, status.st_ino)
        return found

    def _handle(self, changes: set[tuple[Change, str]], stop: threading.Event) -> None:
        folders, trees = changed_folders(changes, self._is_media)
        roots = self._roots()
        folders = {folder for folder in folders if is_any_below(folder, roots)}  # a root that goes changes its parent
        if not folders and not trees:
            return
        self._tell(sorted(folders), sorted(trees))
        fresh = sorted(tree for tree in trees if os.path.isdir(tree))
        if fresh and not stop.wait(SETTLE_S):
            self._tell((), fresh)

    def _tell(self, folders: Iterable[str], trees: Iterable[str]) -> None:
        try:
            self._reconcile(folders, trees)
        except Cancelled:
            return  # the program ends
        except Exception:  # the worker loop: one bad event must not end the watch
            log.exception("a change could not be followed")


def changed_folders(
    changes: Iterable[tuple[Change, str]], is_media: Callable[[str], bool]
) -> tuple[set[str], set[str]]:
    """Which folders to list again, and which to walk, for a set of events."""
    folders: set[str] = set()
    trees: set[str] = set()
    for change, path in changes:
        if is_in_trash(path):
            continue
        item = Path(path)
        if change == Change.deleted:
            folders.add(str(item.parent))
            if not is_media(item.name):
                trees.add(path)  # perhaps a folder: its rows must learn that it is gone
        elif item.is_dir():
            trees.add(path)
        elif is_media(item.name) or item.suffix.lower() in {".txt", ".json"}:
            folders.add(str(item.parent))
    existing = {folder for folder in folders if os.path.isdir(folder)}
    return existing - trees, trees
