"""Names of topic folders: safe on every system, one spelling for each."""

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
    """A name that can be a folder anywhere, or "" if nothing of the text can.

    `folder_name("cats: tabby / grey. ", 50)` gives `"cats tabby grey"`. `limit` counts characters.
    """
    name = _trimmed(" ".join(UNSAFE.sub(" ", unicodedata.normalize("NFC", text)).split()))
    if name.partition(".")[0].rstrip(" ").lower() in RESERVED:
        name = f"_{name}"
    name = name[:limit]
    while len(name.encode()) > MAX_NAME_BYTES:
        name = name[:-1]
    return _trimmed(name)


def name_of(cluster: Cluster, naming: FolderNaming, limit: int) -> str:
    """The folder of a topic."""
    text = {
        FolderNaming.TITLE: cluster.title,
        FolderNaming.KEYWORDS: "_".join(cluster.keywords[:KEYWORDS_IN_NAME]),
        FolderNaming.ID: f"cluster_{cluster.id}",
    }[naming]
    return folder_name(text, limit) or FALLBACK


def noise_name_of(language: str) -> str:
    """The folder of files without a topic, by the language's English name."""
    return NOISE_NAMES.get(language, NOISE_NAME)


def comparable(name: str) -> str:
    """Equal for names that some system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class FolderNames:
    """The folders that lie in a destination now: a name that one of them has in another spelling means that folder."""

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
        """The folder this name means: an existing one, or a new one whose name no file has."""
        number = 0
        while True:
            candidate = f"{name}_{number}" if number else name
            key = comparable(candidate)
            present = self._folders.get(key)
            if present:
                return candidate if candidate in present else min(present)
            if key not in self._files:
                return candidate
            number += 1


def _trimmed(name: str) -> str:
    return name.strip(" .\u3000")
