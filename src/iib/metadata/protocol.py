"""The two halves of metadata reading and what passes between them.

A *carrier* knows a container and nothing of tools: it walks the bytes and yields entries.
A *dialect* knows a tool and nothing of files: it looks at all entries and returns a `GenerationInfo`.
Built-ins and plugins are registered alike (see `registry.py`); dialects compete by score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, Protocol

from iib.model import GenerationInfo

MAX_TEXT_BYTES = 8 * 1024 * 1024  # one text, inflated or not; longer ones are cut and noted
MAX_FILE_BYTES = 16 * 1024 * 1024  # all texts of one file together
GUESS = 30  # readings of this score or less fill no gaps of a better one, except what it lacks of plain parameters
MAX_ENTRIES = 512  # chunks, boxes or tags that are kept from one file


@dataclass(slots=True, unsafe_hash=True)
class Entry:
    """One piece of text found in a container.

    `place` names the spot: "png:tEXt", "png:iTXt", "png:zTXt", "exif", "xmp", "iptc", "jpeg:com", "gif:comment",
    "mp4:keys", "mp4:ilst", "mp4:udta", "mkv:tag", "id3", "vorbis", "riff", "stealth:alpha", "stealth:rgb",
    "sidecar:txt", "sidecar:json", "sidecar:log", "c2pa".
    `key` is the name inside it: the PNG keyword, the EXIF tag name ("UserComment", "Make"...), "comfy:prompt"...
    `tag` is the numeric EXIF tag where there is one.
    """

    place: str
    key: str
    text: str
    tag: int | None = None


@dataclass(slots=True, unsafe_hash=True)
class ContainerMetadata:
    """What one container holds: pixel size as stored (before orientation), entries in file order, problems met."""

    container: str  # png jpeg webp gif avif heif jxl mp4 mkv mp3 flac ogg wav avi bmp; "unknown" if none of them
    entries: tuple[Entry, ...] = ()
    width_px: int | None = None
    height_px: int | None = None
    orientation: int = 1  # EXIF orientation 1-8
    duration_ms: int | None = None
    problems: tuple[str, ...] = ()


class Carrier(Protocol):
    """Reads one family of containers without decoding pixels, in bounded memory.

    `read` may raise `MetadataError` only; a truncated file gives what stood before the cut plus a problem.
    """

    name: str

    def accepts(self, head: bytes) -> bool:
        """Decide by the first 64 bytes of the file (the extension lies)."""

    def read(self, stream: BinaryIO, size_bytes: int) -> ContainerMetadata:
        """Walk the container from offset 0."""


# Entries with a whole ComfyUI graph; other tools' marks are not looked for in their many thousand characters.
GRAPH_KEYS = frozenset(("prompt", "workflow"))


@lru_cache(maxsize=256)  # every dialect asks for the same few
def _in_lower_case(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([key.lower() for key in keys])


@dataclass(slots=True, unsafe_hash=True)
class Context:
    """What a dialect may look at: all entries, JSON decoded at most once, the file's name and pixel size."""

    entries: tuple[Entry, ...]
    file_name: str
    container: str
    width_px: int | None
    height_px: int | None
    extract_all_prompts: bool = False  # IIB_COMFYUI_EXTRACT_ALL_PROMPTS
    path: str = ""  # for plugins that look beside the file; "" when stored entries are read again
    keys: frozenset[str] = field(init=False, repr=False, compare=False)  # of all entries, lower case
    has_object: bool = field(init=False, repr=False, compare=False)  # some text begins like a JSON object

    def __post_init__(self) -> None:
        self.keys = frozenset([entry.key.lower() for entry in self.entries])
        self.has_object = "{" in [entry.text[:1] for entry in self.entries]

    def find(self, *keys: str) -> Entry | None:
        """First non-empty entry with one of these keys (compared without case), in the order of `keys`."""
        lower_keys = _in_lower_case(keys)
        if self.keys.isdisjoint(lower_keys):
            return None
        for wanted in lower_keys:
            if wanted in self.keys:
                for entry in self.entries:
                    if entry.key.lower() == wanted and entry.text.strip():
                        return entry
        return None


@dataclass(slots=True, unsafe_hash=True)
class DialectResult:
    """One dialect's reading; `score` 0-100 says how sure and how rich (100 = own signature and full data).

    Plug-ins of the older kind have 110, since they are asked before all built-in readers.
    """

    score: int
    geninfo: GenerationInfo


class Dialect(Protocol):
    """Understands what one tool (or family) writes.

    `read` returns None if nothing here is of this tool. It may raise `MetadataError` only; others then get their turn.
    One that also has `keys` (a frozenset of keys of entries, in lower case) is asked only where one of them occurs.
    """

    name: str

    def read(self, context: Context) -> DialectResult | None:
        """Interpret the entries."""
