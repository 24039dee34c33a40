"""Immutable rows that repositories return."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model import FolderId, GenerationInfo, MediaId, MediaRow, TagId


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One indexed folder; `mtime_ns` is None if its listing was never finished."""

    id: FolderId
    parent_id: FolderId | None
    path: str
    mtime_ns: int | None


@dataclass(frozen=True, slots=True)
class FolderNode:
    """One folder of the tree: `count` files directly inside it, `total` including all folders below."""

    path: str
    name: str
    count: int
    total: int
    has_children: bool


@dataclass(frozen=True, slots=True)
class StampRow:
    """The stored stamp of one file, which an index run compares with the disk."""

    id: MediaId
    size_bytes: int
    mtime_ns: int
    inode: int
    is_missing: bool
    parser_version: int


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag with its number of media."""

    id: TagId
    name: str
    kind: str
    count: int
    color: str = ""
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class RootRow:
    """A root (an extra path) with its types and display name."""

    path: str
    types: tuple[str, ...]
    alias: str


@dataclass(frozen=True, slots=True)
class MediaDetail:
    """All that is stored about one file."""

    row: MediaRow
    text: str
    geninfo: GenerationInfo
    duration_ms: int | None
    problem: str | None
    thumbhash: bytes | None
    is_missing: bool
    tags: tuple[TagRow, ...]


@dataclass(frozen=True, slots=True)
class TextBody:
    """The path and the texts of one file, as queries compare them.

    The prompts are slices of `text`; None if there is no prompt or it is not verbatim in the text.
    """

    path: str
    text: str
    prompt_start: int | None = None
    prompt_length: int | None = None
    negative_start: int | None = None
    negative_length: int | None = None

    @property
    def prompt(self) -> str | None:
        """The prompt as it is written in the text."""
        if self.prompt_start is None or self.prompt_length is None:
            return None
        return self.text[self.prompt_start : self.prompt_start + self.prompt_length]

    @property
    def negative(self) -> str | None:
        """The negative prompt as it is written in the text."""
        if self.negative_start is None or self.negative_length is None:
            return None
        return self.text[self.negative_start : self.negative_start + self.negative_length]


@dataclass(frozen=True, slots=True)
class CustomTagRow:
    """The group of a tag ("": none) and the time of its last use in nanoseconds (0: never)."""

    group: str = ""
    used_ns: int = 0


@dataclass(frozen=True, slots=True)
class RatingRow:
    """Rating (0-5) and flag (1 pick, 0 none, -1 reject) of a file."""

    media_id: MediaId
    rating: int = 0
    flag: int = 0


@dataclass(frozen=True, slots=True)
class AlbumRow:
    """An album; `count` and `cover_id` consider visible files only."""

    id: int
    name: str
    count: int
    cover_id: MediaId | None
    created_ns: int


@dataclass(frozen=True, slots=True)
class SavedSearchRow:
    """A saved search; `query` is JSON text."""

    id: int
    name: str
    query: str
    created_ns: int


@dataclass(frozen=True, slots=True)
class SameSizeRow:
    """A file that shares size and `content_hash` with another one. `digest` hashes the whole content."""

    id: MediaId
    size_bytes: int
    content_hash: bytes
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class DuplicateRunRow:
    """The result of a search for duplicates; `params` is JSON text, `groups` is packed."""

    job_id: str
    created_at: float
    params: str
    groups: bytes


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One entry of the change log: `kind` is a slug, `label` the name of its subject, `size` its number of rows."""

    id: int
    at_ns: int
    kind: str
    label: str
    size: int
    is_undone: bool
