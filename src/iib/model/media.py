"""Media files: identifiers, kinds, rows and the data that is read or computed from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, NewType

from iib.model.geninfo import GenerationInfo

MediaId = NewType("MediaId", int)
FolderId = NewType("FolderId", int)
TagId = NewType("TagId", int)


class MediaKind(IntEnum):
    """Kind of a media file by its extension, and by its content for `.ts`."""

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
    """Size, times and inode of a file from the file system. Times are nanoseconds since the epoch."""

    size_bytes: int
    mtime_ns: int
    birth_ns: int
    inode: int


class TagName(NamedTuple):
    """Kind and name of a tag, which together are unique. `kind` is the type of docs/reference/public-api.md#tags."""

    kind: str
    name: str


@dataclass(slots=True)
class ParsedMedia:
    """All data that a parse worker reads from one file.

    `content_hash` is a 16-byte hash of size, head and tail of the file; moved files are recognised by it.
    `text` is the generation text in WebUI layout (docs/reference/public-api.md#metadata), "" if none.
    `problem` is the reason why metadata or pixels could not be read, or None.
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
    """An indexed file in lists and search results; `path` is absolute with the separator of the system."""

    id: MediaId
    path: str
    name: str
    kind: MediaKind
    size_bytes: int
    mtime_ns: int
    birth_ns: int
    width_px: int | None
    height_px: int | None


@dataclass(frozen=True, slots=True)
class PictureHash:
    """Perceptual hash of a picture.

    `bits`: 64 bits, few of which change when the picture is saved again or resized. `certain`: the number of bits (0 to
    64) so far from the threshold that no such change flips them; plain pictures have few. `colours`: 48 bytes, the mean
    red, green and blue of each cell of a 4 x 4 grid.
    """

    bits: int
    certain: int
    colours: bytes


@dataclass(frozen=True, slots=True)
class PicturePreview:
    """Thumbhash and perceptual hash of a picture, computed together from one small rendering."""

    thumbhash: bytes
    picture: PictureHash
