"""A library on disk: writes real pictures with the modification times that a test chooses."""

from __future__ import annotations

import os
from pathlib import Path

from support.pictures import a1111_png

EPOCH_NS = 1_750_000_000_000_000_000
SECOND_NS = 1_000_000_000


class Library:
    """Writes real files below `root`; each new file is one second newer than the previous one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.root.mkdir(parents=True, exist_ok=True)
        self._clock = 0

    def path(self, name: str) -> Path:
        """Path of a file; `name` may contain folders."""
        return self.root / name

    def add(
        self,
        name: str,
        prompt: str = "a cat",
        negative: str = "",
        *,
        mtime_ns: int | None = None,
        content: bytes | None = None,
        **settings: object,
    ) -> Path:
        """Write a file: a WebUI picture with this prompt, or `content`."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(a1111_png(prompt, negative, **settings) if content is None else content)
        self.date(name, mtime_ns)
        return path

    def date(self, name: str, mtime_ns: int | None = None) -> None:
        """Set the modification time of a file; None: one second after the previous one."""
        if mtime_ns is None:
            self._clock += 1
            mtime_ns = EPOCH_NS + self._clock * SECOND_NS
        os.utime(self.path(name), ns=(mtime_ns, mtime_ns))

    def fill(self, count: int, folder: str = "", prompt: str = "a cat") -> list[Path]:
        """Write `count` numbered pictures with different prompts."""
        prefix = f"{folder}/" if folder else ""
        return [self.add(f"{prefix}{number:05}.png", f"{prompt}, number {number}") for number in range(count)]
