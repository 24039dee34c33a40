"""The expected answer of a search, computed in plain Python over a list of known files."""

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
class Known:
    """One file in the state that the test expects."""

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
    """A store and the expected files, changed together."""

    store: Store
    files: dict[MediaId, Known] = field(default_factory=dict)

    def add(self, folder: str, name: str, text: str = "", tags: Iterable[Tag] = (), **options: object) -> Known:
        """A new file, or new content of the file of this place."""
        made = record(name, text, folder=folder, tags=sorted(tags), **options)  # type: ignore[arg-type]
        [media_id] = put(self.store, [made], folder=folder)
        custom = self.files[media_id].custom if media_id in self.files else frozenset()
        kept = {key: value for key, value in options.items() if key in ("mtime_ns", "kind")}
        known = Known(media_id, folder, name, made.text, frozenset(tags), custom, **kept)  # type: ignore[arg-type]
        self.files[media_id] = known
        return known

    def change(self, media_id: MediaId, **changes: object) -> None:
        """Edit or move a file; its row stays the same."""
        new = replace(self.files[media_id], is_missing=False, **changes)  # type: ignore[arg-type]
        made = record(
            new.name, new.text, folder=new.folder, tags=sorted(new.tags), mtime_ns=new.mtime_ns, kind=new.kind
        )
        put(self.store, [made], folder=new.folder, ids=[media_id])
        self.files[media_id] = replace(new, text=made.text)

    def hide(self, media_id: MediaId) -> None:
        """Mark a file as missing."""
        with self.store.write() as unit:
            unit.media.mark_missing([media_id], 1)
        self.files[media_id] = replace(self.files[media_id], is_missing=True)

    def show(self, media_id: MediaId) -> None:
        """Mark a missing file as present again."""
        with self.store.write() as unit:
            unit.media.restore([media_id])
        self.files[media_id] = replace(self.files[media_id], is_missing=False)

    def give(self, name: str, media_id: MediaId) -> None:
        """Give a custom tag to a file."""
        known = self.files[media_id]
        if name not in known.custom:
            with self.store.write() as unit:
                give(unit, name, [media_id])
            self.files[media_id] = replace(known, custom=known.custom | {name})

    def newest(self, is_wanted: Callable[[Known], bool] = lambda _known: True) -> list[MediaId]:
        """Ids of visible files, newest first."""
        visible = [known for known in self.files.values() if not known.is_missing and is_wanted(known)]
        return [known.id for known in sorted(visible, key=lambda known: (-known.mtime_ns, -known.id))]

    def has_place(self, folder: str, name: str) -> bool:
        """True if a row, missing or not, holds this place."""
        return any((known.folder, known.name) == (folder, name) for known in self.files.values())

    def tag_id(self, kind: str, name: str) -> int:
        """The id of a tag; an id that no file has if the tag does not exist."""
        with self.store.write() as unit:
            return unit.tags.ensure(kind, name)


def has_text(known: Known, needle: str, *, path_only: bool = False) -> bool:
    """Whether path or generation text contain the needle, ignoring case."""
    folded = fold(needle)
    return folded in fold(known.path) or (not path_only and folded in fold(known.text))


def has_pattern(known: Known, pattern: str, *, path_only: bool = False) -> bool:
    """Whether a regular expression matches bare name, full path or generation text; flags i, m, s."""
    compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    targets = [known.name, known.path] + ([] if path_only else [known.text])
    return any(compiled.search(target) for target in targets)


def is_in(known: Known, folders: Sequence[str]) -> bool:
    """Whether the file lies in the folder, by whole path components."""
    return any(known.folder == folder or known.folder.startswith(folder.rstrip("/") + "/") for folder in folders)


def all_pages(ask: Callable[[str], MediaPage], most: int = 500) -> list[list[MediaId]]:
    """The ids of every page, from the first page to the last."""
    pages, cursor = [], ""
    for _ in range(most):
        page = ask(cursor)
        pages.append([row.id for row in page.rows])
        if not page.has_next:
            assert page.next == ""
            return pages
        assert page.next
        cursor = page.next
    raise AssertionError("these pages do not end")


def text_ids(search: SearchService, query: TextQuery) -> list[MediaId]:
    """All ids of a text query, through all pages of its size."""
    pages = all_pages(lambda cursor: search.by_text(replace(query, cursor=cursor)))
    assert all(len(page) == query.size for page in pages[:-1])
    return [media_id for page in pages for media_id in page]


def tag_ids(search: SearchService, query: TagQuery) -> list[MediaId]:
    """All ids of a tag query, through all pages of its size."""
    pages = all_pages(lambda cursor: search.by_tags(replace(query, cursor=cursor)))
    assert all(len(page) == query.size for page in pages[:-1])
    return [media_id for page in pages for media_id in page]
