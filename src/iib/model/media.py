"""Media files as the index knows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, NewType

from iib.model.geninfo import GenerationInfo

MediaId = NewType("MediaId", int)
FolderId = NewType("FolderId", int)
TagId = NewType("TagId", int)


class MediaKind(IntEnum):
    """Kind of a media file, decided by its extension (and content for `.ts`)."""

    IMAGE = 0
    VIDEO = 1
    AUDIO = 2

    @property
    def word(self) -> str:
        """The word of the REST contract and of queries: `image`, `video` or `audio`."""
        return self.name.lower()


MEDIA_KIND_OF_WORD = {kind.word: kind for kind in MediaKind}


@dataclass(slots=True, unsafe_hash=True)
class FileStamp:
    """What the file system says about one file; all times in nanoseconds since the epoch."""

    size_bytes: int
    mtime_ns: int
    birth_ns: int
    inode: int


class TagName(NamedTuple):
    """A tag before it has an id: (kind, name) is unique. `kind` is the type of docs/reference/public-api.md#tags."""

    kind: str
    name: str


@dataclass(slots=True)
class ParsedMedia:
    """Everything read from one file in one visit; the unit a scan worker hands to the writer.

    `content_hash` is a 16-byte hash of size, head and tail of the file: the stamp by which a moved file is known.
    `text` is the generation text in WebUI layout (docs/reference/public-api.md#metadata), "" if none.
    `problem` says why metadata or pixels could not be read; None if all went well.
    """

    name: str
    kind: MediaKind
    stamp: FileStamp
    content_hash: bytes
    width_px: int | None
    height_px: int | None
    duration_ms: int | None
    geninfo: GenerationInfo
    text: str
    tags: tuple[TagName, ...]
    problem: str | None


@dataclass(frozen=True, slots=True)
class MediaRow:
    """One indexed file as lists and searches return it; `path` is absolute with the OS separator."""

    id: MediaId
    path: str
    name: str
    kind: MediaKind
    size_bytes: int
    mtime_ns: int
    birth_ns: int
    width_px: int | None
    height_px: int | None
