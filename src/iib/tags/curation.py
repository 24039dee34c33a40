"""Ratings, flags, albums, saved searches, and taking any of it back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from iib.errors import Conflict, InvalidRequest, NotFound
from iib.jobs import EventBus
from iib.model import FLAG_OF_WORD, MAX_RATING, Json, MediaId
from iib.store import AlbumRow, ChangeRow, SavedSearchRow, Store, WriteUnit
from iib.tags.name_rules import plain_name
from iib.tags.service import EVENT, check_media

MAX_QUERY = 64 * 1024

Clock = Callable[[], int]


class CurationService:
    """Each call is one transaction, logged so that it can be undone. Returns the change's id (None: nothing changed)
    unless stated. Raises `NotFound` for unknown files, albums and searches; nothing is done then."""

    def __init__(self, store: Store, bus: EventBus, clock: Clock = time.time_ns) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    def rate(self, ids: Sequence[int], rating: int) -> int | None:
        """0 (none) to 5 stars."""
        if not 0 <= rating <= MAX_RATING:
            raise InvalidRequest(f"a rating is a number from 0 to {MAX_RATING}")
        return self._change("rating", str(rating), lambda unit: unit.curation.set_ratings(ids, rating=rating), ids)

    def flag(self, ids: Sequence[int], word: str) -> int | None:
        """`pick`, `reject` or `none`."""
        if word not in FLAG_OF_WORD:
            raise InvalidRequest(f"unknown flag {word!r}; known are {', '.join(FLAG_OF_WORD)}")
        return self._change("flag", word, lambda unit: unit.curation.set_ratings(ids, flag=FLAG_OF_WORD[word]), ids)

    def marks_of(self, media_id: MediaId) -> tuple[int, int]:
        """(rating, flag) of one file, (0, 0) where nobody gave any."""
        with self._store.read() as unit:
            rows = unit.curation.list_ratings([media_id])
        return (rows[0].rating, rows[0].flag) if rows else (0, 0)

    def albums(self) -> list[AlbumRow]:
        """All albums by name, with the number of their visible files."""
        with self._store.read() as unit:
            return unit.curation.list_albums()

    def albums_of(self, media_id: MediaId) -> list[tuple[int, str]]:
        """(id, name) of the albums a file is in, by name."""
        with self._store.read() as unit:
            return unit.curation.list_albums_with(media_id)

    def album_items(self, album_id: int) -> list[MediaId]:
        """The files of an album in its order, missing ones too; none for an unknown album."""
        with self._store.read() as unit:
            return unit.curation.ids_in_album(album_id)

    def album(self, album_id: int) -> AlbumRow:
        """One album."""
        with self._store.read() as unit:
            found = unit.curation.find_album(album_id)
        if found is None:
            raise NotFound("there is no such album")
        return found

    def create_album(self, raw: str) -> AlbumRow:
        """A new one. Raises `Conflict` when the name is taken."""
        name = plain_name(raw, "an album")

        def create(unit: WriteUnit) -> int:
            self._check_free(name, {row.name: row.id for row in unit.curation.list_albums()}, None)
            return unit.curation.create_album(name, self._clock())

        created: list[int] = []
        self._change("album_create", name, lambda unit: created.append(create(unit)))
        return self.album(created[0])

    def change_album(self, album_id: int, raw: str | None, cover_id: int | None) -> int | None:
        """Another name, another cover; None leaves as it is."""
        old = self.album(album_id)
        name = old.name if raw is None else plain_name(raw, "an album")

        def apply(unit: WriteUnit) -> None:
            known = self._album_in(unit, album_id)
            self._check_free(name, {row.name: row.id for row in unit.curation.list_albums()}, album_id)
            if cover_id is not None and cover_id not in unit.curation.ids_in_album(album_id):
                raise InvalidRequest("the cover must be a file of the album")
            unit.curation.update_album(album_id, name, cover_id if cover_id is not None else known.cover_id)

        return self._change("album_change", name, apply)

    def delete_album(self, album_id: int) -> int | None:
        """The album goes, its files stay."""
        name = self.album(album_id).name
        return self._change("album_delete", name, lambda unit: unit.curation.delete_album(album_id))

    def add_to_album(self, album_id: int, ids: Sequence[int]) -> int | None:
        """Append; files that are in already keep their place."""
        return self._album_change("album_add", album_id, lambda unit: unit.curation.add_items(album_id, ids), ids)

    def remove_from_album(self, album_id: int, ids: Sequence[int]) -> int | None:
        """Take out; others are passed over."""
        return self._album_change("album_remove", album_id, lambda unit: unit.curation.remove_items(album_id, ids))

    def order_album(self, album_id: int, ids: Sequence[int], before: int | None) -> int | None:
        """Move files, in this order, in front of another one of the album (None: to the end)."""

        def apply(unit: WriteUnit) -> None:
            present = set(unit.curation.ids_in_album(album_id))
            if before is not None and (before not in present or before in set(ids)):
                raise InvalidRequest("`before` must be another file of the album")
            unit.curation.move_items(album_id, ids, before)

        return self._album_change("album_order", album_id, apply)

    def searches(self) -> list[SavedSearchRow]:
        """All saved searches by name."""
        with self._store.read() as unit:
            return unit.curation.list_saved_searches()

    def save_search(self, search_id: int | None, raw: str | None, query: dict[str, Json] | None) -> SavedSearchRow:
        """Store a query under a name; with an id it replaces the given parts of that one. Raises `Conflict`."""
        saved: list[int] = []

        def apply(unit: WriteUnit) -> None:
            rows = {row.id: row for row in unit.curation.list_saved_searches()}
            if search_id is not None and search_id not in rows:
                raise NotFound("there is no such saved search")
            old = rows.get(search_id) if search_id is not None else None
            name = old.name if raw is None and old else plain_name(raw or "", "a search")
            text = old.query if query is None and old else json.dumps(query or {}, ensure_ascii=False)
            if len(text) > MAX_QUERY:
                raise InvalidRequest("this query is too long")
            self._check_free(name, {row.name: row.id for row in rows.values()}, search_id)
            saved.append(unit.curation.save_search(search_id, name, text, self._clock()))

        self._change("search_save", raw or "", apply)
        return next(row for row in self.searches() if row.id == saved[0])

    def delete_search(self, search_id: int) -> int | None:
        """Remove one."""

        def apply(unit: WriteUnit) -> None:
            if not unit.curation.delete_search(search_id):
                raise NotFound("there is no such saved search")

        return self._change("search_delete", "", apply)

    def changes(self, limit: int) -> list[ChangeRow]:
        """What people changed, newest first."""
        with self._store.read() as unit:
            return unit.change_log.list_latest(limit)

    def undo(self, change_id: int | None = None) -> tuple[ChangeRow, int, int]:
        """Take back a change (None: the newest that stands).

        Returns it, how many rows are as they were, and how many were left alone because somebody changed them since.
        """
        return self._turn_back(change_id, is_undone=False)

    def redo(self, change_id: int | None = None) -> tuple[ChangeRow, int, int]:
        """Do again what was undone (None: last)."""
        return self._turn_back(change_id, is_undone=True)

    def _turn_back(self, change_id: int | None, *, is_undone: bool) -> tuple[ChangeRow, int, int]:
        word = "redo" if is_undone else "undo"
        with self._store.write() as unit:
            chosen = unit.change_log.find_latest_id(is_undone=is_undone) if change_id is None else change_id
            row = unit.change_log.find(chosen) if chosen is not None else None
            if row is None:
                raise NotFound(f"there is nothing to {word}")
            if row.is_undone != is_undone:
                raise Conflict(f"this change cannot be {word}ne: it is so already")
            done, left = unit.change_log.revert(row.id)
            after = unit.change_log.find(row.id)
        self._bus.publish(EVENT, {"marks": self._store.curation_revision})
        return after or row, done, left

    def _album_change(
        self, kind: str, album_id: int, action: Callable[[WriteUnit], object], ids: Sequence[int] = ()
    ) -> int | None:
        name = self.album(album_id).name

        def apply(unit: WriteUnit) -> None:
            self._album_in(unit, album_id)
            action(unit)

        return self._change(kind, name, apply, ids)

    def _change(
        self, kind: str, label: str, action: Callable[[WriteUnit], object], ids: Sequence[int] = ()
    ) -> int | None:
        with self._store.write() as unit:
            check_media(unit, ids)
            action(unit)
            change_id = unit.change_log.record(kind, label, self._clock())
        self._bus.publish(EVENT, {"marks": self._store.curation_revision})
        return change_id

    @staticmethod
    def _album_in(unit: WriteUnit, album_id: int) -> AlbumRow:
        found = unit.curation.find_album(album_id)
        if found is None:
            raise NotFound("there is no such album")
        return found

    @staticmethod
    def _check_free(name: str, known: dict[str, int], own: int | None) -> None:
        if name in known and known[name] != own:
            raise Conflict(f"this name is in use: {name}")
