"""Ratings, flags, albums and saved searches."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from iib.model import MediaId
from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.curation.change_recorder import ChangeRecorder
from iib.store.rows import AlbumRow, RatingRow, SavedSearchRow
from iib.store.schema.core import media
from iib.store.schema.curation import album, album_item, mark, saved_search

GAP = 1 << 20  # between two neighbours of an album, so that most moves touch the moved rows only


class CurationRepository(Repository):
    """Reads what people made of files and queries."""

    def list_ratings(self, ids: Sequence[MediaId] | None = None) -> list[RatingRow]:
        """Ratings and flags of these files (None: of all), by id; files without any are left out."""
        statement = sa.select(mark).order_by(mark.c.media_id)
        if ids is None:
            return [RatingRow(*row) for row in self._connection.execute(statement)]
        found: list[RatingRow] = []
        for chunk in chunked(ids):
            rows = self._connection.execute(statement.where(mark.c.media_id.in_(chunk)))
            found += [RatingRow(*row) for row in rows]
        return found

    def list_albums(self) -> list[AlbumRow]:
        """All albums by name, with the number of their visible files and the picture that stands for each."""
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
        """One of them."""
        return next((row for row in self.list_albums() if row.id == album_id), None)

    def ids_in_album(self, album_id: int) -> list[MediaId]:
        """The album's files in its order, missing ones too."""
        statement = (
            sa.select(album_item.c.media_id)
            .where(album_item.c.album_id == album_id)
            .order_by(album_item.c.position, album_item.c.media_id)
        )
        return [MediaId(item) for item in self._connection.execute(statement).scalars()]

    def list_albums_with(self, media_id: MediaId) -> list[tuple[int, str]]:
        """(id, name) of the albums a file is in, by name."""
        statement = (
            sa.select(album.c.id, album.c.name)
            .select_from(album.join(album_item, album_item.c.album_id == album.c.id))
            .where(album_item.c.media_id == media_id)
            .order_by(album.c.name)
        )
        return [(row.id, row.name) for row in self._connection.execute(statement)]

    def list_saved_searches(self) -> list[SavedSearchRow]:
        """All of them by name."""
        rows = self._connection.execute(sa.select(saved_search).order_by(saved_search.c.name, saved_search.c.id))
        return [SavedSearchRow(*row) for row in rows]

    def _cover(self, album_id: int, cover_id: int | None) -> MediaId | None:
        """The chosen picture while it is in the album and visible, else the first one."""
        statement = (
            sa.select(album_item.c.media_id)
            .select_from(album_item.join(media, media.c.id == album_item.c.media_id))
            .where(album_item.c.album_id == album_id, media.c.missing_since_ns.is_(None))
            .order_by(album_item.c.media_id != (cover_id or 0), album_item.c.position)
            .limit(1)
        )
        found = self._connection.execute(statement).scalar_one_or_none()
        return MediaId(found) if found is not None else None


class CurationWriter(CurationRepository):
    """The writing half."""

    def __init__(self, connection: sa.Connection, recorder: ChangeRecorder) -> None:
        super().__init__(connection)
        self._recorder = recorder

    def set_ratings(self, ids: Sequence[int], *, rating: int | None = None, flag: int | None = None) -> int:
        """Rate or flag files, None leaves as it is; returns how many are different now."""
        known = self._recorder.rows_by_key("mark", [(media_id,) for media_id in ids])
        filled: list[tuple[int, int, int]] = []
        emptied: list[tuple[int, int, int]] = []
        for media_id in ids:
            _id, old_rating, old_flag = known.get((media_id,), (media_id, 0, 0))
            row = (media_id, old_rating if rating is None else rating, old_flag if flag is None else flag)
            (filled if row[1:] != (0, 0) else emptied).append(row)
        return self._recorder.put("mark", filled) + self._recorder.drop("mark", [row[:1] for row in emptied])

    def create_album(self, name: str, at_ns: int) -> int:
        """A new, empty album; the name must be free."""
        album_id = self._recorder.next_id("album")
        self._recorder.put("album", [(album_id, name, None, at_ns)])
        return album_id

    def update_album(self, album_id: int, name: str, cover_id: int | None) -> None:
        """Name and cover."""
        old = self._recorder.rows_by_key("album", [(album_id,)])[(album_id,)]
        self._recorder.put("album", [(album_id, name, cover_id, old[3])])

    def delete_album(self, album_id: int) -> None:
        """The album, not its files."""
        self._recorder.drop("album", [(album_id,)])

    def add_items(self, album_id: int, ids: Sequence[int]) -> int:
        """Append files that are not in the album yet; returns how many."""
        known = self._recorder.rows_by_key("album_item", [(album_id, media_id) for media_id in ids])
        fresh = [media_id for media_id in dict.fromkeys(ids) if (album_id, media_id) not in known]
        highest = sa.select(sa.func.coalesce(sa.func.max(album_item.c.position), 0))
        last = self._connection.execute(highest.where(album_item.c.album_id == album_id)).scalar_one()
        rows = [(album_id, media_id, last + GAP * (index + 1)) for index, media_id in enumerate(fresh)]
        return self._recorder.put("album_item", rows)

    def remove_items(self, album_id: int, ids: Sequence[int]) -> int:
        """Take files out; returns how many were in."""
        return self._recorder.drop("album_item", [(album_id, media_id) for media_id in ids])

    def move_items(self, album_id: int, ids: Sequence[int], before: int | None) -> int:
        """Put these files, in the given order, in front of another one (None: at the end); returns how many moved."""
        order = [(position, media_id) for _album, media_id, position in self._recorder.keys_where(
            "album_item", "album_id", album_id
        )]  # fmt: skip
        moving = set(ids)
        present = {media_id for _position, media_id in order}
        rest = sorted(item for item in order if item[1] not in moving)
        moved = [media_id for media_id in dict.fromkeys(ids) if media_id in present]
        places = [media_id for _position, media_id in rest]
        index = places.index(before) if before is not None else len(rest)
        low = rest[index - 1][0] if index > 0 else 0
        high = rest[index][0] if index < len(rest) else low + GAP * (len(moved) + 1)
        step = (high - low) // (len(moved) + 1)
        if step > 0:
            rows = [(album_id, media_id, low + step * (number + 1)) for number, media_id in enumerate(moved)]
        else:  # no room between the neighbours: number the whole album again
            merged = places[:index] + moved + places[index:]
            rows = [(album_id, media_id, GAP * (number + 1)) for number, media_id in enumerate(merged)]
        self._recorder.put("album_item", rows)
        return len(moved)

    def save_search(self, search_id: int | None, name: str, query: str, at_ns: int) -> int:
        """Store a query under a name; None makes a new one. Returns its id."""
        chosen = search_id if search_id is not None else self._recorder.next_id("saved_search")
        known = self._recorder.rows_by_key("saved_search", [(chosen,)]).get((chosen,))
        self._recorder.put("saved_search", [(chosen, name, query, known[3] if known else at_ns)])
        return chosen

    def delete_search(self, search_id: int) -> int:
        """Remove a saved query; returns 0 for an unknown one."""
        return self._recorder.drop("saved_search", [(search_id,)])

    def set_preference(self, name: str, json_text: str) -> None:
        """A setting that changes along with something a person can undo."""
        self._recorder.put("preference", [(name, json_text)])
