"""The interfaces of carriers and dialects, and the data that passes between them.

A *carrier* extracts entries from one container format and knows nothing about generators.
A *dialect* interprets the entries of one generator and knows nothing about containers.
Built-in ones and those of plug-ins are registered in the same way (see `registry.py`); dialects compete by score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, Protocol

from iib.model import GenerationInfo

MAX_TEXT_BYTES = 8 * 1024 * 1024  # of one text, compressed or not; longer texts are cut and reported
MAX_FILE_BYTES = 16 * 1024 * 1024  # of all texts of one file together
GUESS_SCORE = 30  # results of this score or less only add parameters and `is_generated` to a better result
MAX_ENTRIES = 512  # chunks, boxes or tags that are read from one file


@dataclass(slots=True, unsafe_hash=True)
class Entry:
    """One piece of metadata: a text, its place in the container, and its key.

    `place` is one of "png:tEXt", "png:iTXt", "png:zTXt", "exif", "xmp", "iptc", "jpeg:com", "gif:comment",
    "mp4:keys", "mp4:ilst", "mp4:udta", "mkv:tag", "id3", "vorbis", "riff", "stealth:alpha", "stealth:rgb",
    "sidecar:txt", "sidecar:json", "sidecar:log", "c2pa".
    `key` is the name at that place: the PNG keyword, the EXIF tag name ("UserComment", "Make"...), "comfy:prompt"...
    `tag` is the number of an EXIF tag.
    """

    place: str
    key: str
    text: str
    tag: int | None = None


@dataclass(slots=True, unsafe_hash=True)
class ContainerMetadata:
    """The result of a carrier: entries in file order, pixel size before orientation is applied, and problems."""

    container: str  # png jpeg webp gif avif heif jxl mp4 mkv mp3 flac ogg wav avi bmp; "unknown" for all others
    entries: tuple[Entry, ...] = ()
    width_px: int | None = None
    height_px: int | None = None
    orientation: int = 1  # EXIF orientation 1-8
    duration_ms: int | None = None
    problems: tuple[str, ...] = ()


class Carrier(Protocol):
    """Reads one family of containers without decoding pixels, in bounded memory.

    `read` raises `MetadataError` only. For a truncated file it returns the entries before the cut and a problem.
    """

    name: str

    def accepts(self, head: bytes) -> bool:
        """Return True if this carrier reads the file with these first 64 bytes (extensions are not reliable)."""

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Read the metadata of a container of `size_bytes` bytes that begins at offset 0 of the stream."""


BYTE_ORDER_MARK = "\ufeff"


def _without_mark(entry: Entry) -> Entry:
    return Entry(entry.place, entry.key, entry.text.lstrip(BYTE_ORDER_MARK), entry.tag)


# Keys of entries with a whole ComfyUI graph. Other dialects skip these entries, which have many thousand characters.
GRAPH_KEYS = frozenset(("prompt", "workflow"))


@lru_cache(maxsize=256)  # all dialects use the same few keys
def _lower_case(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([key.lower() for key in keys])


@dataclass(slots=True, unsafe_hash=True)
class Context:
    """The input of a dialect: all entries of a file, its name, container and pixel size.

    A byte order mark, with which some programs begin a text, is no part of the entries.
    """

    entries: tuple[Entry, ...]
    file_name: str
    container: str
    width_px: int | None
    height_px: int | None
    extract_all_prompts: bool = False  # IIB_COMFYUI_EXTRACT_ALL_PROMPTS
    path: str = ""  # for plug-ins that open the file itself; "" while stored entries are reparsed
    keys: frozenset[str] = field(init=False, repr=False, compare=False)  # of all entries, in lower case
    has_object: bool = field(init=False, repr=False, compare=False)  # True if a text begins with "{"

    def __post_init__(self) -> None:
        self.keys = frozenset([entry.key.lower() for entry in self.entries])
        heads = [entry.text[:1] for entry in self.entries]
        if BYTE_ORDER_MARK in heads:
            self.entries = tuple([_without_mark(entry) for entry in self.entries])
            heads = [entry.text[:1] for entry in self.entries]
        self.has_object = "{" in heads

    def find(self, *keys: str) -> Entry | None:
        """Return the first non-empty entry with one of these keys, in the order of `keys`; case is ignored.

        >>> context = Context((Entry("png:tEXt", "Parameters", "a cat"),), "a.png", "png", 512, 512)
        >>> context.find("workflow", "parameters").text
        'a cat'
        """
        lower_keys = _lower_case(keys)
        if self.keys.isdisjoint(lower_keys):
            return None
        for key in lower_keys:
            if key in self.keys:
                for entry in self.entries:
                    if entry.key.lower() == key and entry.text.strip():
                        return entry
        return None


@dataclass(slots=True, unsafe_hash=True)
class DialectResult:
    """Generation info of one dialect, with a score from 0 to 100; the highest score wins.

    100 stands for the generator's own signature and complete data. Folder plug-ins of older versions score 110, so that
    they win over all built-in dialects.
    """

    score: int
    geninfo: GenerationInfo


class Dialect(Protocol):
    """Interprets the metadata of one generator or family of generators.

    `read` returns None if no entry is from this generator. It raises `MetadataError` only; other dialects then still
    read the file. A dialect with the optional attribute `keys` (a frozenset of entry keys in lower case) is called only
    for files with one of these keys.
    """

    name: str

    def read(self, context: Context) -> DialectResult | None:
        """Return the generation info of these entries, or None if no entry is from this generator."""


# Earlier names of the two classes. Existing plug-ins import them from this module; new code uses the names above.
Carried = ContainerMetadata
Reading = DialectResult
