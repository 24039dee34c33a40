"""Contents of folders as values that tests can compare."""

from __future__ import annotations

import os
from pathlib import Path

from iib.api import Services
from iib.model.media_types import TRASH_FOLDER
from support.services import visible

Entry = tuple[object, ...]
Known = dict[str, tuple[int, frozenset[tuple[str, str]]]]


def tree(root: Path, *, with_trash: bool = False) -> dict[str, Entry]:
    """All entries below a folder: folders, links with their targets, files with their bytes and times."""
    entries: dict[str, Entry] = {}
    for folder, folders, names in os.walk(root):
        if not with_trash and TRASH_FOLDER in folders:
            folders.remove(TRASH_FOLDER)
        for name in folders + names:
            path = Path(folder) / name
            key = path.relative_to(root).as_posix()
            if path.is_symlink():
                entries[key] = ("link", str(path.readlink()))
            elif path.is_dir():
                entries[key] = ("folder",)
            else:
                entries[key] = ("file", path.read_bytes(), path.stat().st_mtime_ns)
    return entries


def contents(root: Path) -> list[bytes]:
    """Sorted bytes of all files below a folder, including the trash but not its manifests."""
    all_bytes = []
    for path in root.rglob("*"):
        is_manifest = path.suffix == ".json" and path.parent.name == TRASH_FOLDER
        if path.is_file() and not path.is_symlink() and not is_manifest:
            all_bytes.append(path.read_bytes())
    return sorted(all_bytes)


def known(services: Services) -> Known:
    """Id and custom tags of all visible files, by path."""
    rows = visible(services)
    with services.store.read() as unit:
        tags = unit.tags.tags_by_media([row.id for row in rows])
    return {
        row.path: (row.id, frozenset((tag.kind, tag.name) for tag in tags.get(row.id, []) if tag.kind == "custom"))
        for row in rows
    }
