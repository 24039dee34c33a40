"""Computes missing hashes: of small previews of pictures, and of the whole content of files that seem equal."""

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

RENDER_THREADS = 2  # few, so that requests have priority
BATCH = 32
READ_BATCH = 16  # files read between two writes


class Hasher:
    """Computes and stores hashes batch by batch, so that an interrupted job resumes where it stopped."""

    def __init__(self, store: Store, make_preview: MakePreview) -> None:
        self._store = store
        self._make_preview = make_preview

    def hash_pictures(self, ids: Sequence[MediaId], progress: Progress) -> None:
        """Compute the missing picture hashes of these files. Raises `Cancelled`."""
        with self._store.read() as unit:
            rows = [row for block in unit.duplicates.iter_unhashed(ids) for row in block]
        progress.update(stage="drawing", done=0, total=len(rows))
        with ThreadPoolExecutor(RENDER_THREADS, thread_name_prefix="iib-hash") as threads:
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                hashed = [
                    (row, result[0])
                    for row, result in zip(batch, threads.map(self._hash, batch), strict=True)
                    if result
                ]
                with self._store.write() as write:
                    write.duplicates.set_picture_hashes(hashed)
                errors = progress.errors + len(batch) - len(hashed)
                progress.update(done=start + len(batch), errors=errors)

    def _hash(self, row: MediaRow) -> tuple[PictureHash | None] | None:
        """(hash,), with None for a picture that cannot be rendered; None for a file that cannot be opened now."""
        try:
            preview = self._make_preview(row.path, row.kind)
        except OSError:
            return None
        except IIBError:
            return (None,)
        except Exception:  # the worker loop: one faulty file must not end the search
            log.exception("a picture could not be hashed", path=ascii(row.path))
            return (None,)
        return (preview.picture if preview is not None else None,)

    def equal_files(self, is_included: Callable[[MediaId], bool], progress: Progress) -> list[list[MediaId]]:
        """Sets of included files that are equal byte for byte, each by id. Raises `Cancelled`."""
        with self._store.read() as unit:
            same_size = [row for block in unit.duplicates.iter_same_size() for row in block if is_included(row.id)]
        sets = [list(rows) for _key, rows in groupby(same_size, lambda row: (row.size_bytes, row.content_hash))]
        sets = [rows for rows in sets if len(rows) > 1]
        digests = {row.id: row.digest for rows in sets for row in rows if row.digest is not None}
        unread = [row for rows in sets for row in rows if row.digest is None]
        progress.update(stage="reading", done=0, total=len(unread))
        for start in range(0, len(unread), READ_BATCH):
            batch = unread[start : start + READ_BATCH]
            digests |= self._read_digests(batch, progress)
            progress.update(done=start + len(batch))
        return [ids for rows in sets for ids in _equal_sets(rows, digests)]

    def _read_digests(self, batch: Sequence[SameSizeRow], progress: Progress) -> dict[MediaId, bytes]:
        with self._store.read() as unit:
            rows = unit.media.list_by_ids([candidate.id for candidate in batch])
        results: list[tuple[MediaRow, bytes]] = []
        for row in rows:
            progress.check()
            with suppress(OSError):
                results.append((row, digest_of(row.path)))
        with self._store.write() as write:
            write.duplicates.set_digests(results)
        progress.update(errors=progress.errors + len(batch) - len(results))
        return {row.id: digest for row, digest in results}


def _equal_sets(rows: Sequence[SameSizeRow], digests: dict[MediaId, bytes]) -> Iterator[list[MediaId]]:
    by_digest: dict[bytes, list[MediaId]] = {}
    for row in rows:
        if row.id in digests:
            by_digest.setdefault(digests[row.id], []).append(row.id)
    yield from (ids for ids in by_digest.values() if len(ids) > 1)
