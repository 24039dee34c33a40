"""Following changes as they happen."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog
from watchfiles import Change, watch

from iib.errors import Cancelled
from iib.model.media_types import is_in_trash

log = structlog.get_logger(__name__)

DEBOUNCE_MS = 400  # events are collected for so long at most
STEP_MS = 60  # and handed on when nothing more came for so long
SETTLE_S = 1.0  # a new folder is looked at once more after this time: events inside it may come before the watch does
RETRY_S = 30.0


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
        wanted = tuple(sorted(root for root in self._roots() if os.path.isdir(root)))
        if wanted == self._watched and self._thread is not None and self._thread.is_alive():
            return
        self.close()
        self._watched = wanted
        if wanted:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._work, args=(wanted, self._stop), name="iib-watch", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None

    def _work(self, roots: tuple[str, ...], stop: threading.Event) -> None:
        is_polling = False
        while not stop.is_set():
            try:
                for changes in watch(
                    *roots,
                    watch_filter=None,
                    debounce=DEBOUNCE_MS,
                    step=STEP_MS,
                    stop_event=stop,
                    rust_timeout=1000,
                    yield_on_timeout=False,
                    force_polling=is_polling,
                    raise_interrupt=False,
                ):
                    self._handle(changes, stop)
            except (OSError, RuntimeError) as error:
                log.warning("watching failed, changing to polling", reason=str(error))
                is_polling = True
                stop.wait(RETRY_S)

    def _handle(self, changes: set[tuple[Change, str]], stop: threading.Event) -> None:
        folders, trees = changed_folders(changes, self._is_media)
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
