"""What the store hands out."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model.geninfo import GenerationInfo
from iib.model.media import FileStamp, FolderId, MediaId, MediaRow, ParsedMedia, TagId
from iib.store.fold import search_body
from iib.store.payload import pack


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One known folder; `mtime_ns` None means that its listing was never finished."""

    id: FolderId
    parent_id: FolderId | None
    path: str
    mtime_ns: int | None


@dataclass(frozen=True, slots=True)
class FolderNode:
    """One folder of the tree: `count` files directly inside, `total` with everything below."""

    path: str
    name: str
    count: int
    total: int
    has_children: bool


@dataclass(frozen=True, slots=True)
class StampRow:
    """What a rescan compares."""

    id: MediaId
    size_bytes: int
    mtime_ns: int
    inode: int
    is_missing: bool
    parser_version: int


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with the number of files that carry it now."""

    id: TagId
    name: str
    kind: str
    count: int
    color: str = ""
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class RootRow:
    """A registered folder (an "extra path")."""

    path: str
    types: tuple[str, ...]
    alias: str


@dataclass(frozen=True, slots=True)
class MediaDetail:
    """Everything known of one file."""

    row: MediaRow
    text: str
    geninfo: GenerationInfo
    duration_ms: int | None
    problem: str | None
    thumbhash: bytes | None
    is_missing: bool
    tags: tuple[TagRow, ...]


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """A parsed file ready to be written: everything that costs time (folding, compressing) is done already.

    `body` is the folded search text, `payload` the compressed `GenerationInfo`, `tags` pairs of (kind, name).
    """

    name: str
    kind: int
    stamp: FileStamp
    content_hash: bytes
    width_px: int | None
    height_px: int | None
    duration_ms: int | None
    text: str
    body: str
    payload: bytes | None
    tags: tuple[tuple[str, str], ...]
    problem: str | None


def to_record(path: str, parsed: ParsedMedia) -> MediaRecord:
    """Prepare a parsed file of this path for the store. Pure; parse workers do it in their own process."""
    return MediaRecord(
        name=parsed.name,
        kind=int(parsed.kind),
        stamp=parsed.stamp,
        content_hash=parsed.content_hash,
        width_px=parsed.width_px,
        height_px=parsed.height_px,
        duration_ms=parsed.duration_ms,
        text=storable(parsed.text),
        body=search_body(storable(path), storable(parsed.text)),
        payload=pack(parsed.geninfo),
        tags=tuple((tag.kind, storable(tag.name)) for tag in parsed.tags),
        problem=parsed.problem,
    )


def storable(text: str) -> str:
    """Text without lone surrogates, which no database takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
