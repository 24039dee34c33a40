"""What the store hands out."""

from __future__ import annotations

from dataclasses import dataclass

from iib.model import FolderId, GenerationInfo, MediaId, MediaRow, TagId


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
class TextBody:
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


@dataclass(frozen=True, slots=True)
class CustomTagRow:
    """What a person added to a tag: its group ("": none) and when it was last used (0: never)."""

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
    """An album; `count` and `cover_id` take visible files only."""

    id: int
    name: str
    count: int
    cover_id: MediaId | None
    created_ns: int


@dataclass(frozen=True, slots=True)
class SavedSearchRow:
    """A query under a name; `query` is JSON text."""

    id: int
    name: str
    query: str
    created_ns: int


@dataclass(frozen=True, slots=True)
class SameSizeRow:
    """A file that shares size, head and tail (`content_hash`) with another one. `digest` is of the whole file."""

    id: MediaId
    size_bytes: int
    content_hash: bytes
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class DuplicateRunRow:
    """What a search for duplicates found; `params` is JSON text, `groups` is packed."""

    job_id: str
    created_at: float
    params: str
    groups: bytes


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something a person changed: `kind` is a slug, `label` the name it was about, `size` the number of rows."""

    id: int
    at_ns: int
    kind: str
    label: str
    size: int
    is_undone: bool
