"""Copying that is believed only after reading it back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass

BLOCK_BYTES = 1024 * 1024


class ChangedWhileCopied(OSError):
    """Somebody wrote to the source at the same time."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """By which a later change of a file is noticed."""

    size_bytes: int
    mtime_ns: int
    inode: int


def stamp_of(path: str) -> Stamp:
    """Of the entry itself, not of what a link points to."""
    status = os.lstat(path)
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def copy_verified(source: str, target: str) -> Stamp:
    """Copy a regular file (or a link as a link) to a name that must not exist; times and mode are kept.

    The bytes are on the disk and were compared when this returns. On any error nothing is left of the target.
    Returns the source's stamp. Raises `FileExistsError`, `ChangedWhileCopied`, `OSError`.
    """
    before = stamp_of(source)
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return before
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as copy:
            digest = _pour(source, copy.fileno())
            os.fsync(copy.fileno())
        _check_equal(source, target, before, digest)
        _keep_facts(source, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(target)
        raise
    return before


def digest_of(path: str) -> bytes:
    """A hash of the whole content."""
    digest = hashlib.blake2b()
    with open(path, "rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    return digest.digest()


def sync_folder(path: str) -> None:
    """Let new and removed names reach the disk; systems that cannot open a folder do it on their own."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _check_equal(source: str, target: str, before: Stamp, digest: bytes) -> None:
    if digest_of(target) != digest or os.path.getsize(target) != before.size_bytes or stamp_of(source) != before:
        raise ChangedWhileCopied(f"this file changed while it was copied: {source}")


def _keep_facts(source: str, target: str) -> None:
    """Times and mode, as far as the target's disk knows them: FAT has no modes, some shares let nobody set times."""
    status = os.stat(source)
    with contextlib.suppress(OSError):
        shutil.copystat(source, target)
    with contextlib.suppress(OSError):
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _pour(source: str, descriptor: int) -> bytes:
    digest = hashlib.blake2b()
    with open(source, "rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            view = memoryview(block)
            while view:
                view = view[os.write(descriptor, view) :]
    return digest.digest()
