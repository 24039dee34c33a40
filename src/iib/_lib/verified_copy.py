"""File copies that are verified by reading them back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass

BLOCK_BYTES = 1024 * 1024


class ChangedWhileCopied(OSError):
    """The source changed while it was copied."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size, time and inode of a file, to detect later changes."""

    size_bytes: int
    mtime_ns: int
    inode: int


def stamp_of(path: str) -> Stamp:
    """Return the stamp of an entry; links are not followed."""
    status = os.lstat(path)
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def copy_verified(source: str, target: str) -> Stamp:
    """Copy a file (or a link as a link) with its times and mode to a new name, and return the stamp of the source.

    On return the bytes are flushed to the disk and verified. After an error the target does not exist. Raises
    `FileExistsError`, `ChangedWhileCopied`, `OSError`.
    """
    before = stamp_of(source)
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return before
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as copy:
            digest = _copy_bytes(source, copy.fileno())
            os.fsync(copy.fileno())
        _check_equal(source, target, before, digest)
        _copy_times_and_mode(source, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(target)
        raise
    return before


def digest_of(path: str) -> bytes:
    """Return the BLAKE2b hash of the file's content."""
    digest = hashlib.blake2b()
    with open(path, "rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    return digest.digest()


def sync_folder(path: str) -> None:
    """Flush the names in a folder to the disk. Does nothing where folders cannot be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_equal(source: str, target: str, before: Stamp, digest: bytes) -> None:
    if digest_of(target) != digest or os.path.getsize(target) != before.size_bytes or stamp_of(source) != before:
        raise ChangedWhileCopied(f"the file changed while it was copied: {source}")


def _copy_times_and_mode(source: str, target: str) -> None:
    """Copy times and mode as far as the target supports them: FAT has no modes, some shares refuse to set times."""
    status = os.stat(source)
    with contextlib.suppress(OSError):
        shutil.copystat(source, target)
    with contextlib.suppress(OSError):
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_bytes(source: str, descriptor: int) -> bytes:
    digest = hashlib.blake2b()
    with open(source, "rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[os.write(descriptor, view) :]
    return digest.digest()
