"""Sidecars: the text files `name.txt` and `name.json` in the folder of the media file `name.png`."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection

from iib._lib.file_names import split_name
from iib.model import EXTENSIONS, is_media_name

SIDECAR_SUFFIXES = (".txt", ".json")


def sidecar_names(name: str) -> tuple[str, ...]:
    """Names that the sidecars of a media file would have; empty for other files.

    >>> sidecar_names("a.b.png")
    ('a.b.txt', 'a.b.json')
    >>> sidecar_names("notes.md")
    ()
    """
    if not is_media_name(name):
        return ()
    stem, extension = split_name(name)
    return tuple(stem + suffix for suffix in SIDECAR_SUFFIXES) if extension else ()


def find_sidecars(path: str) -> list[str]:
    """Paths of the existing sidecars of a file: regular files and links."""
    folder, name = os.path.split(path)
    return [path for path in (os.path.join(folder, item) for item in sidecar_names(name)) if _is_file(path)]


def has_media_file(sidecar: str) -> bool:
    """True if a media file in the same folder has this sidecar. Extensions may be in lower or upper case."""
    stem = os.path.splitext(sidecar)[0]
    return any(os.path.lexists(f"{stem}.{spelling}") for name in EXTENSIONS for spelling in (name, name.upper()))


class MediaBySidecar:
    """Finds the media files of a sidecar. Each folder is listed once and then cached."""

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, list[str]]] = {}

    def find(self, sidecar: str) -> Collection[str]:
        """Paths of the media files that share this sidecar."""
        folder, name = os.path.split(sidecar)
        stem = os.path.splitext(name)[0]
        return [os.path.join(folder, item) for item in self._by_stem(folder).get(stem, [])]

    def _by_stem(self, folder: str) -> dict[str, list[str]]:
        by_stem = self._folders.get(folder)
        if by_stem is None:
            by_stem = self._folders[folder] = {}
            for name in _list_names(folder):
                if is_media_name(name):
                    by_stem.setdefault(split_name(name)[0], []).append(name)
        return by_stem


def _list_names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _is_file(path: str) -> bool:
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)
