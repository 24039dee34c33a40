"""Lock between processes, by a locked file. The system releases it when its owner ends, even by a crash."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

RETRY_S = 0.05


@contextlib.contextmanager
def process_lock(path: str) -> Iterator[None]:
    """Wait until no other process holds the lock on this file, and hold it for the block.

    If the file cannot be created or its disk does not support locks, the block runs without a lock: it is a precaution.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield
        return
    try:
        while not _try_lock(descriptor):
            time.sleep(RETRY_S)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Lock an open file. Return False if another process holds the lock, True also if locks are not supported."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
