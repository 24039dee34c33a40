"""Background thread that computes a thumbhash for each picture, newest first, for immediate colours in the grid."""

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
BUSY_S = 0.5  # interval of checks whether an index run has ended
PAUSE_S = 0.02  # between two pictures, because requests have priority


class ThumbhashWorker:
    """Computes missing thumbhashes and picture hashes in one thread, which sleeps while none are missing.

    `is_busy` returns True during an index run, while the thread pauses.
    """

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
        """Start the thread, or wake it if it already runs."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="iib-previews", daemon=True)
            self._thread.start()
        self._wake.set()

    def wake(self) -> None:
        """Report that new pictures may exist."""
        self._wake.set()

    def close(self) -> None:
        """Stop the thread and wait for its end, 30 seconds at most."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            try:
                self._run_pass()
            except IIBError:
                log.exception("previews stopped until the library changes")

    def _run_pass(self) -> None:
        """Process all pictures from the newest to the oldest; restart at the newest when the library changes."""
        after: MediaRow | None = None
        while not self._stop.is_set():
            if self._wake.is_set():
                self._wake.clear()
                after = None
            after = self._process_batch(after)
            if after is None and not self._wake.is_set():
                return

    def _process_batch(self, after: MediaRow | None) -> MediaRow | None:
        """Process one batch and return its last row; None after the last batch."""
        while self._is_busy():
            if self._stop.wait(BUSY_S):
                return None
        with self._store.read() as unit:
            rows = unit.media.list_without_thumbhash(BATCH, after)
        results: list[tuple[MediaRow, PicturePreview | None]] = []
        for row in rows:
            if self._stop.wait(PAUSE_S):
                return None
            with contextlib.suppress(OSError):  # cannot be opened now; a later pass tries again
                results.append((row, self._preview(row)))
        if results:
            with self._store.write() as write:
                write.media.set_thumbhashes(
                    [(row.id, preview.thumbhash if preview else b"") for row, preview in results]
                )
                write.duplicates.set_picture_hashes(
                    [(row, preview.picture if preview else None) for row, preview in results]
                )
        return rows[-1] if rows else None

    def _preview(self, row: MediaRow) -> PicturePreview | None:
        """Preview of a file, or None if it cannot be rendered. Raises `OSError` if it cannot be opened."""
        try:
            return self._make_preview(row.path, row.kind)
        except OSError:
            raise
        except IIBError:
            return None
        except Exception:  # worker loop: one bad file must not end the thread
            log.exception("a preview failed", path=ascii(row.path))
            return None
