"""Read access to the indexed files for callers that open no store of their own."""

from __future__ import annotations

from collections.abc import Sequence

from iib.errors import NotFound
from iib.model import MediaId, MediaRow, PicturePreview
from iib.store import FolderNode, MediaDetail, Store

MAX_ID = 2**63 - 1  # of SQLite


class MediaCatalog:
    """Looks up files by id or by path. Knows nothing of permissions: the caller checks the paths."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self, ids: Sequence[MediaId]) -> list[MediaRow]:
        """Visible files in the order of `ids`; unknown ones are left out."""
        with self._store.read() as unit:
            return unit.media.list_by_ids(ids)

    def detail(self, media_id: int) -> MediaDetail:
        """Everything of one file, missing or not. Raises `NotFound`."""
        found = None
        if 0 < media_id <= MAX_ID:
            with self._store.read() as unit:
                found = unit.media.find_detail(MediaId(media_id))
        if found is None:
            raise NotFound("this file is not known")
        return found

    def paths(self, ids: Sequence[MediaId]) -> dict[MediaId, str]:
        """Path by id, of missing files too; unknown ids are left out."""
        with self._store.read() as unit:
            return {media_id: path for media_id, (path, _text) in unit.media.texts_by_id(ids).items()}

    def path(self, media_id: int) -> str:
        """The path of one file, missing or not. Raises `NotFound`."""
        found = self.paths([MediaId(media_id)])
        if not found:
            raise NotFound(f"there is no such file: {media_id}")
        return found[MediaId(media_id)]

    def by_paths(self, paths: Sequence[str]) -> dict[str, MediaRow]:
        """Visible files by their exact paths; the others are left out."""
        with self._store.read() as unit:
            return unit.media.rows_by_path(paths)

    def texts(self, paths: Sequence[str]) -> dict[str, str]:
        """Generation text ("" for none) of the visible files at exactly these paths."""
        with self._store.read() as unit:
            rows = unit.media.rows_by_path(paths)
            texts = unit.media.texts_by_id([row.id for row in rows.values()])
        return {path: texts[row.id][1] for path, row in rows.items() if row.id in texts}

    def problems(self, limit: int) -> tuple[int, list[tuple[MediaId, str, str]]]:
        """(how many, (id, path, reason) of the first `limit`) visible files that could not be read well."""
        with self._store.read() as unit:
            return unit.media.list_problems(limit)

    def folders(self, parent: str | None, roots: Sequence[str]) -> list[FolderNode]:
        """The subfolders of a folder (None: the given roots) with counts of visible files, by name."""
        with self._store.read() as unit:
            return unit.folders.list_children(parent, roots)

    def replace_preview(self, path: str, preview: PicturePreview) -> None:
        """Store a new thumbhash and picture hash of the visible file at this path; nothing if there is none."""
        with self._store.read() as unit:
            row = unit.media.find_by_path(path)
        if row is not None:
            with self._store.write() as write:
                write.media.set_thumbhashes([(row.id, preview.thumbhash)])
                write.duplicates.set_picture_hashes([(row, preview.picture)])
