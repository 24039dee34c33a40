"""Paths that moved: leading folders exchanged by whole components, whatever system wrote them. Pure."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from dataclasses import dataclass

WINDOWS = re.compile(r"[A-Za-z]:([\\/]|$)|\\\\")


@dataclass(frozen=True, slots=True)
class PathMap:
    """Pairs (old folder, new folder); the longest old folder that fits wins."""

    pairs: tuple[tuple[str, str], ...] = ()

    def apply(self, path: str) -> str:
        """The new path, normalised; a path that no pair fits is only normalised (when it is of this system)."""
        fitting = [(old, new) for old, new in self.pairs if relocate(path, old, new) is not None]
        if fitting:
            old, new = max(fitting, key=lambda pair: len(pair[0]))
            return relocate(path, old, new) or path
        return os.path.normpath(path) if is_windows_path(path) == (os.name == "nt") else path


def parse_pair(text: str) -> tuple[str, str] | None:
    """`"/old=/new"` gives `("/old", "/new")`; None when there is no such pair."""
    old, separator, new = text.partition("=")
    return (old.strip(), new.strip()) if separator and old.strip() and new.strip() else None


def relocate(path: str, old: str, new: str) -> str | None:
    r"""`path` with its leading folder `old` replaced by `new`; None if it does not lie there.

    `relocate("/img/a.png", "/img", "/x")` is `"/x/a.png"`, `relocate("/img2/a.png", "/img", "/x")` is None,
    `relocate("C:\\out\\a.png", "c:/out", "/x")` is `"/x/a.png"`.
    """
    if is_windows_path(path) != is_windows_path(old):
        return None
    parts, top = components(path), components(old)
    folded = [part.casefold() for part in parts] if is_windows_path(path) else parts
    wanted = [part.casefold() for part in top] if is_windows_path(old) else top
    if not wanted or folded[: len(wanted)] != wanted:
        return None
    rest = parts[len(top) :]
    if is_windows_path(new):
        return ntpath.normpath(ntpath.join(new, *rest))
    return posixpath.normpath(posixpath.join(new, *rest))


def components(path: str) -> list[str]:
    """Drive or "/" and the names, without empty ones, `.` and `..`."""
    if is_windows_path(path):
        drive, rest = ntpath.splitdrive(ntpath.normpath(path))
        return [part for part in (drive, *rest.split("\\")) if part]
    normal = posixpath.normpath(path)
    return (["/"] if normal.startswith("/") else []) + [part for part in normal.split("/") if part]


def is_windows_path(path: str) -> bool:
    """True for paths with a drive letter, and for network paths."""
    return WINDOWS.match(path) is not None
