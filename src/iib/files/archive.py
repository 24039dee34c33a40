"""ZIP archives of several files, written while they are sent."""

from __future__ import annotations

import io
import os
import stat
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from iib._lib.file_names import numbered
from iib.access import TrustedPath
from iib.errors import AccessDenied, InvalidRequest

BLOCK_BYTES = 256 * 1024
MAX_ARCHIVE_BYTES = 64 * 1024**3
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the range of dates in the ZIP format
LAST_DATE = (2107, 12, 31, 23, 59, 58)
ZIP64_LIMIT = 1 << 31


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A source file and its name in the archive."""

    source: str
    name: str
    size_bytes: int
    date_time: tuple[int, int, int, int, int, int]


def plan_archive(paths: Sequence[TrustedPath], max_bytes: int = MAX_ARCHIVE_BYTES) -> list[ArchiveEntry]:
    """Choose entry names that are unique regardless of letter case.

    Raises `InvalidRequest` for an empty list, for paths that are not files and for more than `max_bytes`.
    """
    if not paths:
        raise InvalidRequest("paths is empty")
    entries: list[ArchiveEntry] = []
    taken: set[str] = set()
    for path in dict.fromkeys(paths):
        try:
            status = os.stat(path.real)
        except (OSError, ValueError) as error:
            raise InvalidRequest(f"not a file: {path.path}") from error
        if not stat.S_ISREG(status.st_mode):
            raise InvalidRequest(f"not a file: {path.path}")
        if not os.access(path.real, os.R_OK):
            raise AccessDenied(f"permission denied by the system: {path.path}")
        name = _free_name(os.path.basename(path.path).encode("utf-8", "replace").decode(), taken)
        taken.add(name.casefold())
        entries.append(ArchiveEntry(path.real, name, status.st_size, _zip_date(status.st_mtime)))
    total = sum(entry.size_bytes for entry in entries)
    if total > max_bytes:
        raise InvalidRequest(f"the files have {total:,} bytes; the limit for an archive is {max_bytes:,} bytes")
    return entries


def iter_archive(entries: Sequence[ArchiveEntry], *, compress: bool) -> Iterator[bytes]:
    """Yield the archive in blocks. An unreadable file raises `OSError` and so leaves the archive visibly incomplete."""
    sink = _Sink()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(sink, "w", method) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, entry.date_time)
            info.compress_type = method
            info.external_attr = 0o644 << 16
            is_large = entry.size_bytes >= ZIP64_LIMIT
            with open(entry.source, "rb") as stream, archive.open(info, "w", force_zip64=is_large) as member:
                while block := stream.read(BLOCK_BYTES):
                    member.write(block)
                    yield from sink.take()
            yield from sink.take()
    yield from sink.take()


def write_archive(entries: Sequence[ArchiveEntry], folder: Path, *, compress: bool) -> Path:
    """Write `iib_batch_download_<time>.zip` into a folder and return its path. An incomplete archive is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"iib_batch_download_{datetime.now():%Y-%m-%d-%H-%M-%S}.zip"  # noqa: DTZ005  (local time, as users expect)
    for number in range(1, 10_000):
        target = folder / (numbered(name, number) if number > 1 else name)
        try:
            stream = target.open("xb")
        except FileExistsError:
            continue
        try:
            with stream:
                for block in iter_archive(entries, compress=compress):
                    stream.write(block)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return target
    raise InvalidRequest("too many archives at the same time")


class _Sink(io.RawIOBase):
    """Buffers the bytes of the archive until they are taken. It cannot seek, so sizes follow their entries."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, block: bytes) -> int:  # type: ignore[override]
        self._blocks.append(bytes(block))
        return len(block)

    def take(self) -> Iterator[bytes]:
        blocks, self._blocks = self._blocks, []
        if blocks:
            yield b"".join(blocks)


def _free_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = numbered(name, number)
    return candidate


def _zip_date(mtime_s: float) -> tuple[int, int, int, int, int, int]:
    try:
        date = time.localtime(mtime_s)[:6]
    except (OSError, OverflowError, ValueError):
        return FIRST_DATE
    return min(max(date, FIRST_DATE), LAST_DATE)
