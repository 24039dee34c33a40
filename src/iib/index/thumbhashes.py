"""The second, low-priority job: a thumbhash for every picture, newest first, so that the grid has colours at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import structlog

from iib.errors import IIBError
from iib.model import MediaKind, MediaRow, PicturePreview
from iib.store import Store

log = structlog.get_logger(__name__)

BATCH = 24
BUSY_S = 0.5  # how often to look whether an index run has ended
PAUSE_S = 0.02  # between two pictures: requests come first


class ThumbhashWorker:
    """One background thread; asleep while there is nothing to draw."""

    def __init__(
        self, store: Store, make_preview: Callable[[str, MediaKind], PicturePreview | None], is_busy: Callable[[], bool]
    ) -> None:
        self._is_busy = is_busy
        self._store = store
        self._make_preview = make_preview
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin (once)."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="iib-previews", daemon=True)
            self._thread.start()
        self._wake.set()

    def wake(self) -> None:
        """There may be new pictures."""
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            try:
                self._pass()
            except IIBError:
                log.exception("previews stopped until the library changes")

    def _pass(self) -> None:
        """Once from the newest to the oldest; from the top again when the library changes on the way."""
        after: MediaRow | None = None
        while not self._stop.is_set():
            if self._wake.is_set():
                self._wake.clear()
                after = None
            after = self._draw_batch(after)
            if after is None and not self._wake.is_set():
                return

    def _draw_batch(self, after: MediaRow | None) -> MediaRow | None:
        """Draw a few, and return the last of them; None when there is nothing left."""
        while self._is_busy():
            if self._stop.wait(BUSY_S):
                return None
        with self._store.read() as unit:
            rows = unit.media.list_without_thumbhash(BATCH, after)
        drawn: list[tuple[MediaRow, PicturePreview | None]] = []
        for row in rows:
            if self._stop.wait(PAUSE_S):
                return None
            with contextlib.suppress(OSError):  # cannot be opened now: another time
                drawn.append((row, self._draw(row)))
        if drawn:
            with self._store.write() as write:
                write.media.set_thumbhashes([(row.id, made.thumbhash if made else b"") for row, made in drawn])
                write.duplicates.set_picture_hashes([(row, made.picture if made else None) for row, made in drawn])
        return rows[-1] if rows else None

    def _draw(self, row: MediaRow) -> PicturePreview | None:
        """None for what cannot be drawn. Raises `OSError`."""
        try:
            return self._make_preview(row.path, row.kind)
        except OSError:
            raise
        except IIBError:
            return None
        except Exception:  # the worker loop: one strange file must not end the previews
            log.exception("a preview failed", path=ascii(row.path))
            return None
