"""Hashes that are still missing, made by the job: pictures are drawn small, files that seem equal are read whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby

import structlog

from iib._lib.verified_copy import digest_of
from iib.errors import IIBError
from iib.jobs import Progress
from iib.model import MediaId, MediaKind, MediaRow, PictureHash, PicturePreview
from iib.store import SameSizeRow, Store

log = structlog.get_logger(__name__)

MakePreview = Callable[[str, MediaKind], PicturePreview | None]

DRAWERS = 2  # pictures drawn at once; requests come first
BATCH = 32
READ_BATCH = 16  # files read whole between two writes


class Hasher:
    """Writes every batch at once: a job that is cut off goes on where it was."""

    def __init__(self, store: Store, make_preview: MakePreview) -> None:
        self._store = store
        self._make_preview = make_preview

    def draw_missing(self, ids: Sequence[MediaId], progress: Progress) -> None:
        """Picture hashes of those of these files that have none. Raises `Cancelled`."""
        with self._store.read() as unit:
            rows = [row for block in unit.duplicates.iter_unhashed(ids) for row in block]
        progress.update(stage="drawing", done=0, total=len(rows))
        with ThreadPoolExecutor(DRAWERS, thread_name_prefix="iib-hash") as threads:
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                drawn = [
                    (row, found[0]) for row, found in zip(batch, threads.map(self._draw, batch), strict=True) if found
                ]
                with self._store.write() as write:
                    write.duplicates.set_picture_hashes(drawn)
                errors = progress.errors + len(batch) - len(drawn)
                progress.update(done=start + len(batch), errors=errors)

    def _draw(self, row: MediaRow) -> tuple[PictureHash | None] | None:
        """Inside: None for what cannot be drawn. None alone for what cannot be opened now."""
        try:
            made = self._make_preview(row.path, row.kind)
        except OSError:
            return None
        except IIBError:
            return (None,)
        except Exception:  # the worker loop: one strange file must not end the search
            log.exception("a picture could not be hashed", path=ascii(row.path))
            return (None,)
        return (made.picture if made is not None else None,)

    def equal_files(self, wanted: Callable[[MediaId], bool], progress: Progress) -> list[list[MediaId]]:
        """Those of the wanted files that are equal byte for byte, by id. Raises `Cancelled`."""
        with self._store.read() as unit:
            twins = [row for block in unit.duplicates.iter_same_size() for row in block if wanted(row.id)]
        sets = [list(rows) for _key, rows in groupby(twins, lambda row: (row.size_bytes, row.content_hash))]
        sets = [rows for rows in sets if len(rows) > 1]
        digests = {row.id: row.digest for rows in sets for row in rows if row.digest is not None}
        unread = [row for rows in sets for row in rows if row.digest is None]
        progress.update(stage="reading", done=0, total=len(unread))
        for start in range(0, len(unread), READ_BATCH):
            batch = unread[start : start + READ_BATCH]
            digests |= self._read(batch, progress)
            progress.update(done=start + len(batch))
        return [ids for rows in sets for ids in _equal(rows, digests)]

    def _read(self, batch: Sequence[SameSizeRow], progress: Progress) -> dict[MediaId, bytes]:
        with self._store.read() as unit:
            rows = unit.media.list_by_ids([twin.id for twin in batch])
        found: list[tuple[MediaRow, bytes]] = []
        for row in rows:
            progress.check()
            with suppress(OSError):
                found.append((row, digest_of(row.path)))
        with self._store.write() as write:
            write.duplicates.set_digests(found)
        progress.update(errors=progress.errors + len(batch) - len(found))
        return {row.id: digest for row, digest in found}


def _equal(rows: Sequence[SameSizeRow], digests: dict[MediaId, bytes]) -> Iterator[list[MediaId]]:
    by_digest: dict[bytes, list[MediaId]] = {}
    for row in rows:
        if row.id in digests:
            by_digest.setdefault(digests[row.id], []).append(row.id)
    yield from (ids for ids in by_digest.values() if len(ids) > 1)
