"""Computes the expected results of searches in plain Python over a list of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from iib._lib.text_folding import fold
from iib.model.media import MediaId, MediaKind
from iib.search.service import MediaPage, SearchService, TagQuery, TextQuery
from iib.store import Store
from support.library import EPOCH_NS
from support.records import Tag, give, put, record


@dataclass(frozen=True)
class ExpectedFile:
    """The expected state of one file."""

    id: MediaId
    folder: str
    name: str
    text: str = ""
    tags: frozenset[Tag] = frozenset()
    custom: frozenset[str] = frozenset()
    mtime_ns: int = EPOCH_NS
    kind: MediaKind = MediaKind.IMAGE
    is_missing: bool = False

    @property
    def path(self) -> str:
        """The full path of the file."""
        return f"{self.folder}/{self.name}"


@dataclass
class Model:
    """A store and its expected files, which change together."""

    store: Store
    files: dict[MediaId, ExpectedFile] = field(default_factory=dict)

    def add(self, folder: str, name: str, text: str = "", tags: Iterable[Tag] = (), **options: object) -> ExpectedFile:
        """Adds a file, or replaces the content of the file with this path."""
        media_record = record(name, text, folder=folder, tags=sorted(tags), **options)  # type: ignore[arg-type]
        [media_id] = put(self.store, [media_record], folder=folder)
        custom = self.files[media_id].custom if media_id in self.files else frozenset()
        row_options = {key: value for key, value in options.items() if key in ("mtime_ns", "kind")}
        file = ExpectedFile(media_id, folder, name, media_record.text, frozenset(tags), custom, **row_options)  # type: ignore[arg-type]
        self.files[media_id] = file
        return file

    def change(self, media_id: MediaId, **changes: object) -> None:
        """Edits or moves a file; its row stays the same."""
        new = replace(self.files[media_id], is_missing=False, **changes)  # type: ignore[arg-type]
        media_record = record(
            new.name, new.text, folder=new.folder, tags=sorted(new.tags), mtime_ns=new.mtime_ns, kind=new.kind
        )
        put(self.store, [media_record], folder=new.folder, ids=[media_id])
        self.files[media_id] = replace(new, text=media_record.text)

    def hide(self, media_id: MediaId) -> None:
        """Marks a file as missing."""
        with self.store.write() as unit:
            unit.media.mark_missing([media_id], 1)
        self.files[media_id] = replace(self.files[media_id], is_missing=True)

    def show(self, media_id: MediaId) -> None:
        """Marks a missing file as present again."""
        with self.store.write() as unit:
            unit.media.restore([media_id])
        self.files[media_id] = replace(self.files[media_id], is_missing=False)

    def give(self, name: str, media_id: MediaId) -> None:
        """Adds a custom tag to a file."""
        file = self.files[media_id]
        if name not in file.custom:
            with self.store.write() as unit:
                give(unit, name, [media_id])
            self.files[media_id] = replace(file, custom=file.custom | {name})

    def newest(self, is_wanted: Callable[[ExpectedFile], bool] = lambda _file: True) -> list[MediaId]:
        """Returns the ids of visible files, newest first."""
        visible = [file for file in self.files.values() if not file.is_missing and is_wanted(file)]
        return [file.id for file in sorted(visible, key=lambda file: (-file.mtime_ns, -file.id))]

    def has_place(self, folder: str, name: str) -> bool:
        """Returns True if a row, missing or not, has this path."""
        return any((file.folder, file.name) == (folder, name) for file in self.files.values())

    def tag_id(self, kind: str, name: str) -> int:
        """Returns the id of a tag; creates the tag without files if it does not exist."""
        with self.store.write() as unit:
            return unit.tags.ensure(kind, name)


def has_text(file: ExpectedFile, needle: str, *, path_only: bool = False) -> bool:
    """Returns True if the path or the generation text contains the needle, ignoring case."""
    folded = fold(needle)
    return folded in fold(file.path) or (not path_only and folded in fold(file.text))


def has_pattern(file: ExpectedFile, pattern: str, *, path_only: bool = False) -> bool:
    """Returns True if a regular expression (flags i, m, s) matches the name, path or generation text."""
    compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    targets = [file.name, file.path] + ([] if path_only else [file.text])
    return any(compiled.search(target) for target in targets)


def is_in(file: ExpectedFile, folders: Sequence[str]) -> bool:
    """Returns True if the file is in one of the folders or below, by whole path components."""
    return any(file.folder == folder or file.folder.startswith(folder.rstrip("/") + "/") for folder in folders)


def all_pages(ask: Callable[[str], MediaPage], max_pages: int = 500) -> list[list[MediaId]]:
    """Returns the ids of every page, from the first to the last. Raises `AssertionError` after `max_pages` pages."""
    pages, cursor = [], ""
    for _ in range(max_pages):
        page = ask(cursor)
        pages.append([row.id for row in page.rows])
        if not page.has_next:
            assert page.next == ""
            return pages
        assert page.next
        cursor = page.next
    raise AssertionError("these pages do not end")


def text_ids(search: SearchService, query: TextQuery) -> list[MediaId]:
    """Returns all ids of a text query, read page by page."""
    pages = all_pages(lambda cursor: search.by_text(replace(query, cursor=cursor)))
    assert all(len(page) == query.size for page in pages[:-1])
    return [media_id for page in pages for media_id in page]


def tag_ids(search: SearchService, query: TagQuery) -> list[MediaId]:
    """Returns all ids of a tag query, read page by page."""
    pages = all_pages(lambda cursor: search.by_tags(replace(query, cursor=cursor)))
    assert all(len(page) == query.size for page in pages[:-1])
    return [media_id for page in pages for media_id in page]
