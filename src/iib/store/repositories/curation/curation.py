"""Reads and writes ratings, flags, albums and saved searches."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from iib.model import MediaId
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.curation.change_recorder import ChangeRecorder
from iib.store.rows import AlbumRow, RatingRow, SavedSearchRow
from iib.store.schema.core import media
from iib.store.schema.curation import album, album_item, mark, saved_search

GAP = 1 << 20  # between the positions of neighbours in an album, so that most moves change the moved rows only


class CurationRepository(Repository):
    """Reads ratings, flags, albums and saved searches."""

    def list_ratings(self, ids: Sequence[MediaId] | None = None) -> list[RatingRow]:
        """Return the ratings and flags of these files (None: of all).

        Without `ids` they are ordered by media id. Files without rating and flag are left out.
        """
        statement = sa.select(mark).order_by(mark.c.media_id)
        if ids is None:
            return [RatingRow(*row) for row in self._connection.execute(statement)]
        result: list[RatingRow] = []
        for chunk in chunked(ids):
            rows = self._connection.execute(statement.where(mark.c.media_id.in_(chunk)))
            result += [RatingRow(*row) for row in rows]
        return result

    def list_albums(self) -> list[AlbumRow]:
        """Return all albums by name, with their numbers of visible files and their covers."""
        counted = (
            sa.select(album_item.c.album_id, sa.func.count().label("size"))
            .select_from(album_item.join(media, media.c.id == album_item.c.media_id))
            .where(media.c.missing_since_ns.is_(None))
            .group_by(album_item.c.album_id)
            .subquery()
        )
        statement = (
            sa.select(album, sa.func.coalesce(counted.c.size, 0).label("size"))
            .select_from(album.outerjoin(counted, counted.c.album_id == album.c.id))
            .order_by(album.c.name, album.c.id)
        )
        return [
            AlbumRow(row.id, row.name, row.size, self._cover(row.id, row.cover_id), row.created_ns)
            for row in self._connection.execute(statement)
        ]

    def find_album(self, album_id: int) -> AlbumRow | None:
        """Return one album; costs as much as `list_albums`."""
        return next((row for row in self.list_albums() if row.id == album_id), None)

    def ids_in_album(self, album_id: int) -> list[MediaId]:
        """Return the ids of the files of an album in its order, missing files included."""
        statement = (
            sa.select(album_item.c.media_id)
            .where(album_item.c.album_id == album_id)
            .order_by(album_item.c.position, album_item.c.media_id)
        )
        return [MediaId(item) for item in self._connection.execute(statement).scalars()]

    def list_albums_with(self, media_id: MediaId) -> list[tuple[int, str]]:
        """Return (id, name) of the albums that contain a file, by name."""
        statement = (
            sa.select(album.c.id, album.c.name)
            .select_from(album.join(album_item, album_item.c.album_id == album.c.id))
            .where(album_item.c.media_id == media_id)
            .order_by(album.c.name)
        )
        return [(row.id, row.name) for row in self._connection.execute(statement)]

    def list_saved_searches(self) -> list[SavedSearchRow]:
        """Return all saved searches by name."""
        rows = self._connection.execute(sa.select(saved_search).order_by(saved_search.c.name, saved_search.c.id))
        return [SavedSearchRow(*row) for row in rows]

    def _cover(self, album_id: int, cover_id: int | None) -> MediaId | None:
        """Return the custom cover while it is in the album and visible, else the first visible file."""
        statement = (
            sa.select(album_item.c.media_id)
            .select_from(album_item.join(media, media.c.id == album_item.c.media_id))
            .where(album_item.c.album_id == album_id, media.c.missing_since_ns.is_(None))
            .order_by(album_item.c.media_id != (cover_id or 0), album_item.c.position)
            .limit(1)
        )
        media_id = self._connection.execute(statement).scalar_one_or_none()
        return MediaId(media_id) if media_id is not None else None


class CurationWriter(CurationRepository):
    """Reads and writes ratings, flags, albums and saved searches, through the change recorder."""

    def __init__(self, connection: sa.Connection, recorder: ChangeRecorder) -> None:
        super().__init__(connection)
        self._recorder = recorder

    def set_ratings(self, ids: Sequence[int], *, rating: int | None = None, flag: int | None = None) -> int:
        """Set the rating, the flag or both of files; None leaves a value unchanged.

        Returns the number of files with a different value.
        """
        existing = self._recorder.rows_by_key("mark", [(media_id,) for media_id in ids])
        rated: list[tuple[int, int, int]] = []
        cleared: list[tuple[int, int, int]] = []
        for media_id in ids:
            _id, old_rating, old_flag = existing.get((media_id,), (media_id, 0, 0))
            row = (media_id, old_rating if rating is None else rating, old_flag if flag is None else flag)
            (rated if row[1:] != (0, 0) else cleared).append(row)
        return self._recorder.put("mark", rated) + self._recorder.drop("mark", [row[:1] for row in cleared])

    def create_album(self, name: str, at_ns: int) -> int:
        """Create an empty album and return its id. The name must not be in use."""
        album_id = self._recorder.next_id("album")
        self._recorder.put("album", [(album_id, name, None, at_ns)])
        return album_id

    def update_album(self, album_id: int, name: str, cover_id: int | None) -> None:
        """Set name and custom cover of an existing album."""
        old = self._recorder.rows_by_key("album", [(album_id,)])[(album_id,)]
        self._recorder.put("album", [(album_id, name, cover_id, old[3])])

    def delete_album(self, album_id: int) -> None:
        """Delete an album; its files stay in the library."""
        self._recorder.drop("album", [(album_id,)])

    def add_items(self, album_id: int, ids: Sequence[int]) -> int:
        """Append files to an album and return how many were not in it before."""
        existing = self._recorder.rows_by_key("album_item", [(album_id, media_id) for media_id in ids])
        added = [media_id for media_id in dict.fromkeys(ids) if (album_id, media_id) not in existing]
        highest = sa.select(sa.func.coalesce(sa.func.max(album_item.c.position), 0))
        last = self._connection.execute(highest.where(album_item.c.album_id == album_id)).scalar_one()
        rows = [(album_id, media_id, last + GAP * (index + 1)) for index, media_id in enumerate(added)]
        return self._recorder.put("album_item", rows)

    def remove_items(self, album_id: int, ids: Sequence[int]) -> int:
        """Remove files from an album and return how many were in it."""
        return self._recorder.drop("album_item", [(album_id, media_id) for media_id in ids])

    def move_items(self, album_id: int, ids: Sequence[int], before: int | None) -> int:
        """Move files of an album, in the given order, in front of `before` (None: to the end).

        Returns the number of moved files; files that are not in the album are skipped.
        """
        order = [(position, media_id) for _album, media_id, position in self._recorder.rows_where(
            "album_item", "album_id", album_id
        )]  # fmt: skip
        requested = set(ids)
        present = {media_id for _position, media_id in order}
        rest = sorted(item for item in order if item[1] not in requested)
        moved = [media_id for media_id in dict.fromkeys(ids) if media_id in present]
        rest_ids = [media_id for _position, media_id in rest]
        index = rest_ids.index(before) if before is not None else len(rest)
        low = rest[index - 1][0] if index > 0 else 0
        high = rest[index][0] if index < len(rest) else low + GAP * (len(moved) + 1)
        step = (high - low) // (len(moved) + 1)
        if step > 0:
            rows = [(album_id, media_id, low + step * (number + 1)) for number, media_id in enumerate(moved)]
        else:  # no gap between the neighbours: number the whole album again
            merged = rest_ids[:index] + moved + rest_ids[index:]
            rows = [(album_id, media_id, GAP * (number + 1)) for number, media_id in enumerate(merged)]
        self._recorder.put("album_item", rows)
        return len(moved)

    def save_search(self, search_id: int | None, name: str, query: str, at_ns: int) -> int:
        """Store a query under a name and return its id; the id None creates a saved search."""
        row_id = search_id if search_id is not None else self._recorder.next_id("saved_search")
        existing = self._recorder.rows_by_key("saved_search", [(row_id,)]).get((row_id,))
        self._recorder.put("saved_search", [(row_id, name, query, existing[3] if existing else at_ns)])
        return row_id

    def delete_search(self, search_id: int) -> int:
        """Delete a saved search; returns 0 if it does not exist, else 1."""
        return self._recorder.drop("saved_search", [(search_id,)])

    def set_preference(self, name: str, json_text: str) -> None:
        """Store a preference as part of a change that can be undone."""
        self._recorder.put("preference", [(name, json_text)])
