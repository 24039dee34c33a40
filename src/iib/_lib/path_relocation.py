"""Relocation of paths: leading folders are replaced by whole components, for POSIX and Windows paths. Pure."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from dataclasses import dataclass

WINDOWS = re.compile(r"[A-Za-z]:([\\/]|$)|\\\\")


@dataclass(frozen=True, slots=True)
class PathRelocation:
    """Replaces leading folders by pairs of (old folder, new folder); the longest matching old folder wins."""

    pairs: tuple[tuple[str, str], ...] = ()

    def apply(self, path: str) -> str:
        """Return the new path, normalised. A path without a match is only normalised, if it is of this system.

        >>> PathRelocation((("/img", "/x"), ("/img/b", "/y"))).apply("/img/b/1.png")
        '/y/1.png'
        """
        matches = [(old, new) for old, new in self.pairs if relocate(path, old, new) is not None]
        if matches:
            old, new = max(matches, key=lambda pair: len(pair[0]))
            return relocate(path, old, new) or path
        return os.path.normpath(path) if is_windows_path(path) == (os.name == "nt") else path


def parse_pair(text: str) -> tuple[str, str] | None:
    """Parse `old=new`; None if the text is not such a pair.

    >>> parse_pair("/old=/new")
    ('/old', '/new')
    """
    old, separator, new = text.partition("=")
    return (old.strip(), new.strip()) if separator and old.strip() and new.strip() else None


def relocate(path: str, old: str, new: str) -> str | None:
    r"""Replace the leading folder `old` of a path by `new`; None if the path is not below `old`.

    >>> relocate("/img/a.png", "/img", "/x")
    '/x/a.png'
    >>> relocate("/img2/a.png", "/img", "/x") is None
    True
    >>> relocate("C:\\out\\a.png", "c:/out", "/x")
    '/x/a.png'
    """
    if is_windows_path(path) != is_windows_path(old):
        return None
    parts, top = components(path), components(old)
    folded_parts = [part.casefold() for part in parts] if is_windows_path(path) else parts
    folded_top = [part.casefold() for part in top] if is_windows_path(old) else top
    if not folded_top or folded_parts[: len(folded_top)] != folded_top:
        return None
    rest = parts[len(top) :]
    if is_windows_path(new):
        return ntpath.normpath(ntpath.join(new, *rest))
    return posixpath.normpath(posixpath.join(new, *rest))


def components(path: str) -> list[str]:
    """Split a path into its drive or "/" and its names, without empty names, `.` and `..`.

    >>> components("/a/./b//c")
    ['/', 'a', 'b', 'c']
    """
    if is_windows_path(path):
        drive, rest = ntpath.splitdrive(ntpath.normpath(path))
        return [part for part in (drive, *rest.split("\\")) if part]
    normal = posixpath.normpath(path)
    return (["/"] if normal.startswith("/") else []) + [part for part in normal.split("/") if part]


def is_windows_path(path: str) -> bool:
    """True for paths with a drive letter and for network paths."""
    return WINDOWS.match(path) is not None
