"""Text files that belong to a media file (contract 0.5): `name.txt` and `name.json` beside `name.png`."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection

from iib._lib.file_names import split_name
from iib.model.media_types import EXTENSIONS, is_media_name

SUFFIXES = (".txt", ".json")


def sidecar_names(name: str) -> tuple[str, ...]:
    """Names the sidecars of a media file have, `("a.b.txt", "a.b.json")` for `"a.b.png"`; none for other files."""
    if not is_media_name(name):
        return ()
    stem, extension = split_name(name)
    return tuple(stem + suffix for suffix in SUFFIXES) if extension else ()


def find_sidecars(path: str) -> list[str]:
    """Sidecars of a file that exist: regular files and links."""
    folder, name = os.path.split(path)
    return [place for place in (os.path.join(folder, item) for item in sidecar_names(name)) if _is_file(place)]


def has_media(sidecar: str) -> bool:
    """True if some media file beside this sidecar shares it. Knows extensions in lower and upper case."""
    stem = os.path.splitext(sidecar)[0]
    return any(os.path.lexists(f"{stem}.{word}") for name in EXTENSIONS for word in (name, name.upper()))


class Siblings:
    """Which media files share a sidecar; every folder is listed once."""

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, list[str]]] = {}

    def of(self, sidecar: str) -> Collection[str]:
        """Paths of the media files that this sidecar belongs to."""
        folder, name = os.path.split(sidecar)
        stem = os.path.splitext(name)[0]
        return [os.path.join(folder, item) for item in self._by_stem(folder).get(stem, [])]

    def _by_stem(self, folder: str) -> dict[str, list[str]]:
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = {}
            for name in _names(folder):
                if is_media_name(name):
                    known.setdefault(split_name(name)[0], []).append(name)
        return known


def _names(folder: str) -> list[str]:
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
