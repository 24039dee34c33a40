"""Suggests completions of a query: fields, and values with their number of files and a sample file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from iib._lib.text_folding import fold
from iib.model import HIDDEN, MediaId, TagKind
from iib.query import (
    Facet,
    Field,
    FieldKind,
    TypedPart,
    complete_field,
    complete_fixed_value,
    quote_value,
    typed_part_at,
)
from iib.search.engine.tag_matcher import TAG_KINDS_BY_FACET
from iib.search.library.curation import CurationCache
from iib.search.library.metadata_columns import MetadataColumnCache
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import View
from iib.store import Store, TagRow

FIELD_OF_KIND: dict[str, str] = {
    TagKind.MODEL: "model",
    TagKind.REFINER: "model",
    TagKind.LORA: "lora",
    TagKind.LYCO: "lora",
    TagKind.SAMPLER: "sampler",
    TagKind.SOURCE: "tool",
    TagKind.CUSTOM: "tag",
}
MAX_EXAMINED_TAGS = 500  # to find some that files of the view have
WORD_KINDS = (
    TagKind.CUSTOM, TagKind.MODEL, TagKind.LORA, TagKind.LYCO, TagKind.SAMPLER, TagKind.SOURCE, TagKind.PROMPT_TERM,
)  # fmt: skip
TEXT_FIELDS = frozenset(("prompt", "text", "negative"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion: `insert` replaces the typed part.

    `kind` is "field" or "value"; `tag_kind` is "" for values that are not tags; `sample` is the newest file.
    """

    insert: str
    label: str
    kind: str
    help: str = ""
    tag_kind: str = ""
    count: int | None = None
    sample: MediaId | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Suggestions for the part `text[start:end]` of a query."""

    start: int
    end: int
    items: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Suggester:
    """Suggests completions of the query that a person types."""

    store: Store
    tag_sets: TagSets
    metadata_columns: MetadataColumnCache
    curation_cache: CurationCache

    def suggest(self, text: str, position: int, view: View, limit: int) -> Suggestions:
        """Return suggestions for the part at `position`, the most likely first, at most `limit`."""
        typed = typed_part_at(text, min(max(position, 0), len(text)))
        if typed.field is None:
            items = self._words(typed, view, limit)
        else:
            items = self._values(typed.field, typed.value, view, limit)
        return Suggestions(typed.start, typed.end, tuple(items[:limit]))

    def _words(self, typed: TypedPart, view: View, limit: int) -> list[Suggestion]:
        if not typed.value:
            return []
        suggestions = [Suggestion(item.insert, item.insert, "field", item.help) for item in complete_field(typed.value)]
        rows = self._tags(WORD_KINDS, typed.value, view, limit)
        for row in rows:
            field = FIELD_OF_KIND.get(row.kind)
            insert = f"{field}:{quote_value(row.name)}" if field else quote_value(row.name)
            suggestions.append(self._value(insert, row, view))
        return suggestions

    def _values(self, field: Field, value: str, view: View, limit: int) -> list[Suggestion]:
        if field.kind is FieldKind.FACET and isinstance(field.subject, Facet):
            return self._names(field.subject, value, view, limit)
        if field.name in TEXT_FIELDS:
            return [
                self._value(quote_value(row.name), row, view)
                for row in self._tags((TagKind.PROMPT_TERM,), value, view, limit)
            ]
        return [Suggestion(item.insert, item.insert, "value", item.help) for item in complete_fixed_value(field, value)]

    def _names(self, facet: Facet, value: str, view: View, limit: int) -> list[Suggestion]:
        if facet is Facet.ALBUM:
            albums = [album for album in self.curation_cache.current().albums if fold(value) in fold(album.name)]
            return [
                Suggestion(quote_value(album.name), album.name, "value", count=view.count_of(album.ids))
                for album in albums[:limit]
            ]
        if facet is Facet.EXT:
            names = [name for name in self._extensions(view) if name and name.startswith(value.lower())]
            return [Suggestion(name, name, "value") for name in sorted(names)]
        kinds = TAG_KINDS_BY_FACET.get(facet)
        return [self._value(quote_value(row.name), row, view) for row in self._tags(kinds, value, view, limit)]

    def _extensions(self, view: View) -> Sequence[str]:
        """Return the extensions of the files in the view."""
        columns = self.metadata_columns.columns(len(view.rank))
        if view.is_whole:
            return self.metadata_columns.extensions
        return [
            self.metadata_columns.extensions[code] for code in np.flatnonzero(np.bincount(columns.extension[view.ids]))
        ]

    def _tags(self, kinds: Sequence[str] | None, value: str, view: View, limit: int) -> list[TagRow]:
        """Return tags whose name contains the value: first those that start with it, then by number of files."""
        needle = fold(value)
        rows = self._starting_with(needle, kinds, view, limit)
        rows = [row for row in rows if kinds is not None or not row.kind.startswith(HIDDEN)]
        rows.sort(key=lambda row: (not fold(row.name).startswith(needle), -row.count, row.name))
        distinct = {(row.kind, fold(row.name)): row for row in reversed(rows)}
        return list(reversed(distinct.values()))[:limit]

    def _starting_with(self, needle: str, kinds: Sequence[str] | None, view: View, limit: int) -> list[TagRow]:
        """Return the tags that the store lists for the needle.

        If the view excludes files, the counts are those of the view and tags without files in it are omitted.
        """
        row_limit = limit * 4
        custom = TagKind.CUSTOM.value
        while True:
            with self.store.read() as unit:
                rows = unit.tag_index.list_starting_with(needle, kinds, row_limit)
            if view.is_whole:
                return rows
            counted = [replace(row, count=self._count(row, view)) for row in rows]
            visible = [row for row in counted if row.count or row.kind == custom]
            if len(visible) >= limit or len(rows) < row_limit or row_limit >= MAX_EXAMINED_TAGS:
                return visible
            row_limit *= 4

    def _count(self, row: TagRow, view: View) -> int:
        return view.count_of(self.tag_sets.media_ids(row.id, len(view.rank), view.snapshot.revision))

    def _value(self, insert: str, row: TagRow, view: View) -> Suggestion:
        ids = self.tag_sets.media_ids(row.id, len(view.rank), view.snapshot.revision)
        ranks = view.rank[ids]
        ranks = ranks[ranks >= 0]
        sample = MediaId(int(view.ids[int(np.min(ranks))])) if len(ranks) else None
        return Suggestion(insert, row.name, "value", "", row.kind, len(ranks), sample)
