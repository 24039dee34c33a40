"""Files that are either complete or not there."""

from __future__ import annotations

import contextlib
import os
import uuid


def write_atomically(path: str, content: bytes) -> None:
    """Write a file beside its place and rename it into it, replacing what is there."""
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
