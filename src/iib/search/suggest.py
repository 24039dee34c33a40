"""Suggestions while a query is typed: fields, and values with their number of files and a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iib._lib.fold import fold
from iib.model.facts import HIDDEN
from iib.model.media import MediaId
from iib.query.ast import Facet
from iib.query.complete import Typing, field_choices, fixed_choices, quoted, typing_at
from iib.query.fields import Field, FieldKind
from iib.search.facts import LibraryFacts
from iib.search.filters import View
from iib.search.names import KINDS
from iib.search.personal import PersonalSets
from iib.search.tags import TagSets
from iib.store import Store, TagRow

FIELD_OF_KIND = {
    "Model": "model", "Refiner": "model", "lora": "lora", "lyco": "lora", "Sampler": "sampler",
    "Source Identifier": "tool", "custom": "tag",
}  # fmt: skip
TERMS = "pos"
WORD_KINDS = ("custom", "Model", "lora", "lyco", "Sampler", "Source Identifier", TERMS)
TEXT_FIELDS = frozenset(("prompt", "text", "negative"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`insert` replaces the typed part. `kind`: field, value. `tag_kind` "" if it is no tag. `sample`: the newest."""

    insert: str
    label: str
    kind: str
    help: str = ""
    tag_kind: str = ""
    count: int | None = None
    sample: MediaId | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may stand in `text[start:end]`."""

    start: int
    end: int
    items: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Suggester:
    """Completes queries."""

    store: Store
    sets: TagSets
    facts: LibraryFacts
    personal: PersonalSets

    def suggest(self, text: str, position: int, view: View, limit: int) -> Suggestions:
        """Suggestions at a place of a query, the likeliest first."""
        typing = typing_at(text, min(max(position, 0), len(text)))
        if typing.field is None:
            items = self._words(typing, view, limit)
        else:
            items = self._values(typing.field, typing.value, view, limit)
        return Suggestions(typing.start, typing.end, tuple(items[:limit]))

    def _words(self, typing: Typing, view: View, limit: int) -> list[Suggestion]:
        if not typing.value:
            return []
        chosen = [Suggestion(item.insert, item.insert, "field", item.help) for item in field_choices(typing.value)]
        found = self._tags(WORD_KINDS, typing.value, limit)
        for row in found:
            field = FIELD_OF_KIND.get(row.kind)
            insert = f"{field}:{quoted(row.name)}" if field else quoted(row.name)
            chosen.append(self._value(insert, row, view))
        return chosen

    def _values(self, field: Field, value: str, view: View, limit: int) -> list[Suggestion]:
        if field.kind is FieldKind.FACET and isinstance(field.subject, Facet):
            return self._names(field.subject, value, view, limit)
        if field.name in TEXT_FIELDS:
            return [self._value(quoted(row.name), row, view) for row in self._tags((TERMS,), value, limit)]
        return [Suggestion(item.insert, item.insert, "value", item.help) for item in fixed_choices(field, value)]

    def _names(self, facet: Facet, value: str, view: View, limit: int) -> list[Suggestion]:
        if facet is Facet.ALBUM:
            albums = [album for album in self.personal.current().albums if fold(value) in fold(album.name)]
            return [
                Suggestion(quoted(album.name), album.name, "value", count=len(album.ids)) for album in albums[:limit]
            ]
        if facet is Facet.EXT:
            self.facts.columns(len(view.rank))
            names = [name for name in self.facts.extensions if name and name.startswith(value.lower())]
            return [Suggestion(name, name, "value") for name in sorted(names)]
        kinds = KINDS.get(facet)
        return [self._value(quoted(row.name), row, view) for row in self._tags(kinds, value, limit)]

    def _tags(self, kinds: Sequence[str] | None, value: str, limit: int) -> list[TagRow]:
        """By number of files; names that begin with the value stand before those that only contain it."""
        needle = fold(value)
        with self.store.read() as unit:
            rows = unit.tag_index.like(needle, kinds, limit * 4)
        rows = [row for row in rows if kinds is not None or not row.kind.startswith(HIDDEN)]
        rows.sort(key=lambda row: (not fold(row.name).startswith(needle), -row.count, row.name))
        distinct = {(row.kind, fold(row.name)): row for row in reversed(rows)}
        return list(reversed(distinct.values()))[:limit]

    def _value(self, insert: str, row: TagRow, view: View) -> Suggestion:
        ids = self.sets.ids(row.id, len(view.rank), view.snapshot.revision)
        ranks = view.rank[ids]
        ranks = ranks[ranks >= 0]
        sample = MediaId(int(view.ids[int(np.min(ranks))])) if len(ranks) else None
        return Suggestion(insert, row.name, "value", "", row.kind, len(ranks), sample)
