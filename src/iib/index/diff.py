"""Compares the listing of a folder with its rows: files to read, missing rows and restored rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iib.index.scan import FolderListing, FoundFile
from iib.model import PARSER_VERSION, MediaId
from iib.store import StampRow


@dataclass(frozen=True, slots=True)
class FolderDiff:
    """`changed`: files to read, with the id of their row (None: new). `missing`, `restored`: ids of rows."""

    changed: tuple[tuple[FoundFile, MediaId | None], ...]
    missing: tuple[MediaId, ...]
    restored: tuple[MediaId, ...]


def diff_folder(listing: FolderListing, rows: Mapping[str, StampRow], *, read_all: bool = False) -> FolderDiff:
    """Compare by name, then size and modification time.

    Files whose row was written by an older parser count as changed. A listing with an error makes no row missing.
    """
    changed: list[tuple[FoundFile, MediaId | None]] = []
    restored: list[MediaId] = []
    existing_names = set(listing.unexamined)
    for file in listing.files:
        existing_names.add(file.name)
        row = rows.get(file.name)
        if row is None:
            changed.append((file, None))
            continue
        is_same = row.size_bytes == file.stamp.size_bytes and row.mtime_ns == file.stamp.mtime_ns
        if read_all or not is_same or row.parser_version < PARSER_VERSION:
            changed.append((file, row.id))
        if row.is_missing:
            restored.append(row.id)
    missing: tuple[MediaId, ...] = ()
    if listing.error is None:
        missing = tuple(row.id for name, row in rows.items() if name not in existing_names and not row.is_missing)
    return FolderDiff(tuple(changed), missing, tuple(restored))
