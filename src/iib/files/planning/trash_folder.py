"""Layout of the trash on the disk.

    <root>/.iib-trash/20261125-091800-1f3a9c20/       files as they were, under their own names
    <root>/.iib-trash/20261125-091800-1f3a9c20.json   {"folder": "/library/2026", "deleted_at": "..."}

Each entry holds files of one folder that were deleted together. Its manifest names the original folder, so that the
files can be restored without the database.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from datetime import datetime, timezone

from iib._lib.atomic_file import write_atomically
from iib.access import is_below
from iib.model import NS_PER_S, TRASH_FOLDER

TOKEN_LENGTH = 8


class TrashAllocator:
    """Chooses the paths of deleted files in the trash, for one operation. Changes nothing on the disk.

    The first usable location on the disk of the file is taken: the innermost root, the outermost folder of the root
    that is on that disk, the folder of the file. If none is usable, the trash in `fallback` is taken.
    """

    def __init__(
        self, roots: Sequence[str], fallback: str, *, token: str, at_ns: int, windows: bool = os.name == "nt"
    ) -> None:
        self._roots = sorted(roots, key=len, reverse=True)
        self._fallback = fallback
        moment = datetime.fromtimestamp(at_ns // NS_PER_S, timezone.utc)
        self._entry = f"{moment:%Y%m%d-%H%M%S}-{token[:TOKEN_LENGTH]}"
        self._windows = windows
        self._by_folder: dict[str, str] = {}
        self._entry_counts: dict[str, int] = {}

    def path_for(self, path: str) -> str:
        """The path that this file gets in the trash."""
        folder, name = os.path.split(path)
        entry = self._by_folder.get(folder)
        if entry is None:
            entry = self._by_folder[folder] = self._new_entry(self._choose_trash(folder))
        return os.path.join(entry, name)

    def _new_entry(self, trash: str) -> str:
        number = self._entry_counts.get(trash, 0)
        self._entry_counts[trash] = number + 1
        return os.path.join(trash, f"{self._entry}-{number}" if number else self._entry)

    def _choose_trash(self, folder: str) -> str:
        root = next((item for item in self._roots if is_below(folder, item, windows=self._windows)), None)
        candidates = [folder]
        if root is not None:
            candidates = list(dict.fromkeys([root, _top_of_disk(folder, root), folder]))
        for candidate in candidates:
            if _is_same_disk(candidate, folder) and _is_usable(candidate):
                return os.path.join(candidate, TRASH_FOLDER)
        return os.path.join(self._fallback, TRASH_FOLDER)


def prepare_entry(target: str, original: str, at_ns: int) -> None:
    """Create the trash entry (folder and manifest) of `target`. An existing entry is left unchanged."""
    entry = os.path.dirname(target)
    os.makedirs(entry, exist_ok=True)
    manifest = entry + ".json"
    if not os.path.lexists(manifest):
        moment = datetime.fromtimestamp(at_ns // NS_PER_S, timezone.utc)
        facts = {"folder": os.path.dirname(original), "deleted_at": moment.isoformat()}
        write_atomically(manifest, json.dumps(facts, indent=1).encode())


def remove_empty_entry(path: str) -> None:
    """Remove the entry that held this file if it is empty, and the trash folder with its last entry."""
    entry = os.path.dirname(path)
    with contextlib.suppress(OSError):
        os.rmdir(entry)
    if not os.path.lexists(entry):
        with contextlib.suppress(OSError):
            os.unlink(entry + ".json")
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(entry))


def read_manifest(entry: str) -> tuple[str, int] | None:
    """Read (original folder, time of deletion in ns) of an entry folder; None if the manifest is unreadable."""
    try:
        with open(entry + ".json", "rb") as stream:
            facts = json.loads(stream.read(1 << 20))
        moment = datetime.fromisoformat(facts["deleted_at"])
        return str(facts["folder"]), int(moment.timestamp()) * NS_PER_S
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _top_of_disk(folder: str, root: str) -> str:
    """The outermost folder inside `root` that is on the disk of `folder`."""
    top = folder
    while top != root and len(os.path.dirname(top)) < len(top) and _is_same_disk(os.path.dirname(top), folder):
        top = os.path.dirname(top)
    return top


def _is_same_disk(first: str, second: str) -> bool:
    try:
        return os.stat(first).st_dev == os.stat(second).st_dev
    except OSError:
        return False


def _is_usable(folder: str) -> bool:
    """True if this folder has a writable trash or can get one. A link named like the trash is refused."""
    trash = os.path.join(folder, TRASH_FOLDER)
    if os.path.lexists(trash):
        return os.path.isdir(trash) and not os.path.islink(trash) and os.access(trash, os.W_OK)
    return os.access(folder, os.W_OK)
