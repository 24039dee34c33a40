"""Names of topic folders: valid on every system, with one spelling for each folder."""

from __future__ import annotations

import os
import re
import unicodedata

from iib._lib.file_names import MAX_NAME_BYTES, RESERVED
from iib.model import Cluster, FolderNaming

FALLBACK = "cluster"
KEYWORDS_IN_NAME = 3
UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
NOISE_NAMES = {"Simplified Chinese": "未分类", "Traditional Chinese": "未分類"}
NOISE_NAME = "Unsorted"


def folder_name(text: str, limit: int) -> str:
    """A folder name that is valid on every system, or "" if the text contains none. `limit` counts characters.

    >>> folder_name("cats: tabby / grey. ", 50)
    'cats tabby grey'
    >>> folder_name("CON", 50)
    '_CON'
    """
    name = _trimmed(" ".join(UNSAFE.sub(" ", unicodedata.normalize("NFC", text)).split()))
    if name.partition(".")[0].rstrip(" ").lower() in RESERVED:
        name = f"_{name}"
    name = name[:limit]
    while len(name.encode()) > MAX_NAME_BYTES:
        name = name[:-1]
    return _trimmed(name)


def name_of(cluster: Cluster, naming: FolderNaming, limit: int) -> str:
    """The folder name of a topic; `FALLBACK` if its title or keywords contain none."""
    text = {
        FolderNaming.TITLE: cluster.title,
        FolderNaming.KEYWORDS: "_".join(cluster.keywords[:KEYWORDS_IN_NAME]),
        FolderNaming.ID: f"cluster_{cluster.id}",
    }[naming]
    return folder_name(text, limit) or FALLBACK


def noise_name_of(language: str) -> str:
    """The folder name of files without a topic, by the English name of the language.

    >>> noise_name_of("German")
    'Unsorted'
    """
    return NOISE_NAMES.get(language, NOISE_NAME)


def comparable(name: str) -> str:
    """A key that is equal for names that some system treats as the same name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class FolderNames:
    """The existing folders of a destination; a name in another spelling refers to the existing folder."""

    def __init__(self, destination: str) -> None:
        self._folders: dict[str, set[str]] = {}
        self._files: set[str] = set()
        if os.path.isdir(destination):  # noqa: PTH112  (the same string as the rows have)
            with os.scandir(destination) as entries:
                for entry in entries:
                    if entry.is_dir():
                        self._folders.setdefault(comparable(entry.name), set()).add(entry.name)
                    else:
                        self._files.add(comparable(entry.name))

    def spelling(self, name: str) -> str:
        """The spelling of a folder: that of an existing folder, or a new name that no file has."""
        number = 0
        while True:
            candidate = f"{name}_{number}" if number else name
            key = comparable(candidate)
            existing = self._folders.get(key)
            if existing:
                return candidate if candidate in existing else min(existing)
            if key not in self._files:
                return candidate
            number += 1


def _trimmed(name: str) -> str:
    return name.strip(" .\u3000")
