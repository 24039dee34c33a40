"""Atomic writing of files: a file is either complete or absent."""

from __future__ import annotations

import contextlib
import os
import uuid


def write_atomically(path: str, content: bytes) -> None:
    """Write a temporary file in the same folder and rename it to `path`, replacing an existing file."""
    partial = f"{path}.{uuid.uuid4().hex}.part"
    try:
        with open(partial, "xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
