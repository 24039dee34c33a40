"""Renaming that never replaces an existing entry, on every operating system."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import sys
from functools import lru_cache
from typing import Any

AT_FDCWD = -100  # fcntl.h: relative to the working directory
RENAME_NOREPLACE = 1  # linux/fs.h
RENAME_EXCL = 4  # macOS, sys/stdio.h
NOT_SUPPORTED = frozenset((errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK))


def rename_exclusive(source: str, target: str) -> None:
    """Rename a file, link or folder. Raises `FileExistsError` if `target` exists, `OSError` (EXDEV) across disks.

    A change of letter case only also works on file systems that ignore case.
    """
    if is_case_change(source, target):
        os.rename(source, target)
        return
    if os.name == "nt":
        os.rename(source, target)  # Windows refuses an existing target
        return
    try:
        _rename_by_syscall(source, target)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED:
            raise
        rename_without_syscall(source, target)


def is_case_change(source: str, target: str) -> bool:
    """True if both names are spellings of the same directory entry."""
    folder, name = os.path.split(target)
    old_folder, old_name = os.path.split(source)
    if folder != old_folder or name == old_name or name.casefold() != old_name.casefold():
        return False
    try:
        if not os.path.samestat(os.lstat(source), os.lstat(target)):
            return False
        return name not in os.listdir(folder)  # two hard links to one file would both be listed
    except OSError:
        return False


def exists_exactly(path: str) -> bool:
    """True if the folder lists exactly this spelling; file systems that ignore case also accept others."""
    try:
        return os.path.lexists(path) and os.path.basename(path) in os.listdir(os.path.dirname(path))
    except OSError:
        return False


def rename_without_syscall(source: str, target: str) -> None:
    """Rename without support of the system: by a second link for files, and by an empty target for folders."""
    if os.path.isdir(source) and not os.path.islink(source):
        os.mkdir(target)  # exclusive; a rename may replace an empty folder, but not one with entries
        try:
            os.rename(source, target)
        except OSError:
            os.rmdir(target)
            raise
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
        os.rename(source, target)  # file systems without hard links (FAT): only the check above protects the target
        return
    try:
        os.unlink(source)
    except OSError:
        os.unlink(target)
        raise


@lru_cache(maxsize=1)
def _libc() -> Any:
    return ctypes.CDLL(ctypes.util.find_library("c") or None, use_errno=True)


def _rename_by_syscall(source: str, target: str) -> None:
    libc = _libc()
    old, new = os.fsencode(source), os.fsencode(target)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(old, new, ctypes.c_uint(RENAME_EXCL))
    elif sys.platform != "darwin" and hasattr(libc, "renameat2"):
        failed = libc.renameat2(AT_FDCWD, old, AT_FDCWD, new, ctypes.c_uint(RENAME_NOREPLACE))
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), source, None, target)
