"""What must be done to a folder's rows so that they equal its listing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iib.index.scan import FolderListing, FoundFile
from iib.model import PARSER_VERSION, MediaId
from iib.store import StampRow


@dataclass(frozen=True, slots=True)
class FolderDiff:
    """`read`: files to parse, with the id of the row to keep (None: new). `vanished`, `returned`: ids of rows."""

    read: tuple[tuple[FoundFile, MediaId | None], ...]
    vanished: tuple[MediaId, ...]
    returned: tuple[MediaId, ...]


def diff_folder(listing: FolderListing, known: Mapping[str, StampRow], *, read_all: bool = False) -> FolderDiff:
    """Compare by name, then size and modification time.

    Rows read by an older parser are read again. A listing with an error proves no absence.
    """
    read: list[tuple[FoundFile, MediaId | None]] = []
    returned: list[MediaId] = []
    seen = set(listing.unexamined)
    for file in listing.files:
        seen.add(file.name)
        row = known.get(file.name)
        if row is None:
            read.append((file, None))
            continue
        is_same = row.size_bytes == file.stamp.size_bytes and row.mtime_ns == file.stamp.mtime_ns
        if read_all or not is_same or row.parser_version < PARSER_VERSION:
            read.append((file, row.id))
        if row.is_missing:
            returned.append(row.id)
    vanished: tuple[MediaId, ...] = ()
    if listing.error is None:
        vanished = tuple(row.id for name, row in known.items() if name not in seen and not row.is_missing)
    return FolderDiff(tuple(read), vanished, tuple(returned))
