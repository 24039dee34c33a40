"""Ratings, flags, albums and saved searches, with undo and redo of all curation changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from iib.errors import Conflict, InvalidRequest, NotFound
from iib.jobs import EventBus
from iib.model import FLAG_OF_WORD, MAX_RATING, Json, MediaId
from iib.store import AlbumRow, ChangeRow, SavedSearchRow, Store, WriteUnit
from iib.tags.name_rules import plain_name
from iib.tags.service import check_media, publish_curation_change

MAX_QUERY = 64 * 1024

Clock = Callable[[], int]


class CurationService:
    """Changes curation; each call is one transaction in the change log and can be undone.

    Methods return the id of the change (None: nothing changed) unless stated otherwise. They raise `NotFound` for
    unknown files, albums and saved searches, and then change nothing.
    """

    def __init__(self, store: Store, bus: EventBus, clock: Clock = time.time_ns) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    def rate(self, ids: Sequence[int], rating: int) -> int | None:
        """Rate files with 0 (not rated) to 5 stars."""
        if not 0 <= rating <= MAX_RATING:
            raise InvalidRequest(f"a rating must be between 0 and {MAX_RATING}")
        return self._change("rating", str(rating), lambda unit: unit.curation.set_ratings(ids, rating=rating), ids)

    def flag(self, ids: Sequence[int], word: str) -> int | None:
        """Set the flag of files: `pick`, `reject` or `none`."""
        if word not in FLAG_OF_WORD:
            raise InvalidRequest(f"unknown flag {word!r}; known are {', '.join(FLAG_OF_WORD)}")
        return self._change("flag", word, lambda unit: unit.curation.set_ratings(ids, flag=FLAG_OF_WORD[word]), ids)

    def rating_and_flag_of(self, media_id: MediaId) -> tuple[int, int]:
        """(rating, flag) of one file; (0, 0) if it has neither."""
        with self._store.read() as unit:
            rows = unit.curation.list_ratings([media_id])
        return (rows[0].rating, rows[0].flag) if rows else (0, 0)

    def albums(self) -> list[AlbumRow]:
        """All albums in order of names, with the number of their visible files."""
        with self._store.read() as unit:
            return unit.curation.list_albums()

    def albums_of(self, media_id: MediaId) -> list[tuple[int, str]]:
        """(id, name) of the albums that contain a file, in order of names."""
        with self._store.read() as unit:
            return unit.curation.list_albums_with(media_id)

    def album_items(self, album_id: int) -> list[MediaId]:
        """Files of an album in its order, missing files included; empty for an unknown album."""
        with self._store.read() as unit:
            return unit.curation.ids_in_album(album_id)

    def album(self, album_id: int) -> AlbumRow:
        """An album by id. Raises `NotFound`."""
        with self._store.read() as unit:
            row = unit.curation.find_album(album_id)
        if row is None:
            raise NotFound("there is no such album")
        return row

    def create_album(self, raw: str) -> AlbumRow:
        """Create an album. Raises `Conflict` if the name is in use."""
        name = plain_name(raw, "an album")

        def create(unit: WriteUnit) -> int:
            self._check_name_is_free(name, {row.name: row.id for row in unit.curation.list_albums()}, None)
            return unit.curation.create_album(name, self._clock())

        created: list[int] = []
        self._change("album_create", name, lambda unit: created.append(create(unit)))
        return self.album(created[0])

    def change_album(self, album_id: int, raw: str | None, cover_id: int | None) -> int | None:
        """Change the name or the cover of an album; None leaves it unchanged."""
        old = self.album(album_id)
        name = old.name if raw is None else plain_name(raw, "an album")

        def apply(unit: WriteUnit) -> None:
            current = self._find_album(unit, album_id)
            self._check_name_is_free(name, {row.name: row.id for row in unit.curation.list_albums()}, album_id)
            if cover_id is not None and cover_id not in unit.curation.ids_in_album(album_id):
                raise InvalidRequest("the cover must be a file of the album")
            unit.curation.update_album(album_id, name, cover_id if cover_id is not None else current.cover_id)

        return self._change("album_change", name, apply)

    def delete_album(self, album_id: int) -> int | None:
        """Delete an album; its files remain."""
        name = self.album(album_id).name
        return self._change("album_delete", name, lambda unit: unit.curation.delete_album(album_id))

    def add_to_album(self, album_id: int, ids: Sequence[int]) -> int | None:
        """Append files to an album; files that it already contains keep their position."""
        return self._album_change("album_add", album_id, lambda unit: unit.curation.add_items(album_id, ids), ids)

    def remove_from_album(self, album_id: int, ids: Sequence[int]) -> int | None:
        """Remove files from an album; files that it does not contain are ignored."""
        return self._album_change("album_remove", album_id, lambda unit: unit.curation.remove_items(album_id, ids))

    def order_album(self, album_id: int, ids: Sequence[int], before: int | None) -> int | None:
        """Move files of an album, in this order, before another file of it (None: to the end)."""

        def apply(unit: WriteUnit) -> None:
            present = set(unit.curation.ids_in_album(album_id))
            if before is not None and (before not in present or before in set(ids)):
                raise InvalidRequest("`before` must be another file of the album")
            unit.curation.move_items(album_id, ids, before)

        return self._album_change("album_order", album_id, apply)

    def searches(self) -> list[SavedSearchRow]:
        """All saved searches in order of names."""
        with self._store.read() as unit:
            return unit.curation.list_saved_searches()

    def save_search(self, search_id: int | None, raw: str | None, query: dict[str, Json] | None) -> SavedSearchRow:
        """Create a saved search, or replace the name or the query of an existing one. Raises `Conflict`."""
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
            self._check_name_is_free(name, {row.name: row.id for row in rows.values()}, search_id)
            saved.append(unit.curation.save_search(search_id, name, text, self._clock()))

        self._change("search_save", raw or "", apply)
        return next(row for row in self.searches() if row.id == saved[0])

    def delete_search(self, search_id: int) -> int | None:
        """Delete a saved search; the files it finds are not affected."""

        def apply(unit: WriteUnit) -> None:
            if not unit.curation.delete_search(search_id):
                raise NotFound("there is no such saved search")

        return self._change("search_delete", "", apply)

    def changes(self, limit: int) -> list[ChangeRow]:
        """The latest changes of curation, newest first."""
        with self._store.read() as unit:
            return unit.change_log.list_latest(limit)

    def undo(self, change_id: int | None = None) -> tuple[ChangeRow, int, int]:
        """Revert a change (None: the newest that is not reverted).

        Returns the change, the number of restored rows, and the number of rows that were skipped because a later change
        touched them.
        """
        return self._revert(change_id, is_undone=False)

    def redo(self, change_id: int | None = None) -> tuple[ChangeRow, int, int]:
        """Apply a reverted change again (None: the one that was reverted last)."""
        return self._revert(change_id, is_undone=True)

    def _revert(self, change_id: int | None, *, is_undone: bool) -> tuple[ChangeRow, int, int]:
        word = "redo" if is_undone else "undo"
        with self._store.write() as unit:
            target_id = unit.change_log.find_latest_id(is_undone=is_undone) if change_id is None else change_id
            row = unit.change_log.find(target_id) if target_id is not None else None
            if row is None:
                raise NotFound(f"there is nothing to {word}")
            if row.is_undone != is_undone:
                raise Conflict(f"this change is already {word}ne")
            restored, skipped = unit.change_log.revert(row.id)
            after = unit.change_log.find(row.id)
        publish_curation_change(self._bus, self._store)
        return after or row, restored, skipped

    def _album_change(
        self, kind: str, album_id: int, action: Callable[[WriteUnit], object], ids: Sequence[int] = ()
    ) -> int | None:
        name = self.album(album_id).name

        def apply(unit: WriteUnit) -> None:
            self._find_album(unit, album_id)
            action(unit)

        return self._change(kind, name, apply, ids)

    def _change(
        self, kind: str, label: str, action: Callable[[WriteUnit], object], ids: Sequence[int] = ()
    ) -> int | None:
        with self._store.write() as unit:
            check_media(unit, ids)
            action(unit)
            change_id = unit.change_log.record(kind, label, self._clock())
        publish_curation_change(self._bus, self._store)
        return change_id

    @staticmethod
    def _find_album(unit: WriteUnit, album_id: int) -> AlbumRow:
        row = unit.curation.find_album(album_id)
        if row is None:
            raise NotFound("there is no such album")
        return row

    @staticmethod
    def _check_name_is_free(name: str, ids_by_name: dict[str, int], own_id: int | None) -> None:
        if ids_by_name.get(name, own_id) != own_id:
            raise Conflict(f"this name is in use: {name}")
