"""What the store hands out."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model.geninfo import GenerationInfo
from iib.model.media import FolderId, MediaId, MediaRow, TagId


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
class Body:
    """What a query reads of one file. The prompts are parts of `text`; None: not there, or in other words."""

    path: str
    text: str
    prompt_start: int | None = None
    prompt_length: int | None = None
    negative_start: int | None = None
    negative_length: int | None = None

    @property
    def prompt(self) -> str | None:
        """The prompt as it stands in the text."""
        if self.prompt_start is None or self.prompt_length is None:
            return None
        return self.text[self.prompt_start : self.prompt_start + self.prompt_length]

    @property
    def negative(self) -> str | None:
        """The negative prompt as it stands in the text."""
        if self.negative_start is None or self.negative_length is None:
            return None
        return self.text[self.negative_start : self.negative_start + self.negative_length]
