"""Media catalog: looks up indexed files and folders for other packages, which open no units of work."""

from __future__ import annotations

from collections.abc import Sequence

from iib.errors import NotFound
from iib.model import MAX_SQLITE_INTEGER, MediaId, MediaRow, PicturePreview
from iib.store import FolderNode, MediaDetail, Store


class MediaCatalog:
    """Looks up files by id or by path. Does not check permissions: the caller checks the paths."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_by_ids(self, ids: Sequence[MediaId]) -> list[MediaRow]:
        """Visible files in the order of `ids`; unknown ids are omitted."""
        with self._store.read() as unit:
            return unit.media.list_by_ids(ids)

    def get_detail(self, media_id: int) -> MediaDetail:
        """All data of one file, missing or not. Raises `NotFound`."""
        detail = None
        if 0 < media_id <= MAX_SQLITE_INTEGER:
            with self._store.read() as unit:
                detail = unit.media.find_detail(MediaId(media_id))
        if detail is None:
            raise NotFound("this file is not indexed")
        return detail

    def paths_by_id(self, ids: Sequence[MediaId]) -> dict[MediaId, str]:
        """Paths by id, missing files included; unknown ids are omitted."""
        with self._store.read() as unit:
            return {media_id: path for media_id, (path, _text) in unit.media.texts_by_id(ids).items()}

    def get_path(self, media_id: int) -> str:
        """The path of one file, missing or not. Raises `NotFound`."""
        paths = self.paths_by_id([MediaId(media_id)])
        if not paths:
            raise NotFound(f"there is no such file: {media_id}")
        return paths[MediaId(media_id)]

    def rows_by_path(self, paths: Sequence[str]) -> dict[str, MediaRow]:
        """Visible files by their exact paths; other paths are omitted."""
        with self._store.read() as unit:
            return unit.media.rows_by_path(paths)

    def texts_by_path(self, paths: Sequence[str]) -> dict[str, str]:
        """Generation texts ("" for none) of the visible files at exactly these paths, by path."""
        with self._store.read() as unit:
            rows = unit.media.rows_by_path(paths)
            texts = unit.media.texts_by_id([row.id for row in rows.values()])
        return {path: texts[row.id][1] for path, row in rows.items() if row.id in texts}

    def list_problems(self, limit: int) -> tuple[int, list[tuple[MediaId, str, str]]]:
        """Visible files with a reading problem: their number, and (id, path, reason) of the first `limit`."""
        with self._store.read() as unit:
            return unit.media.list_problems(limit)

    def list_subfolders(self, parent: str | None, roots: Sequence[str]) -> list[FolderNode]:
        """Subfolders of a folder (None: these roots) with counts of visible files, in order of names."""
        with self._store.read() as unit:
            return unit.folders.list_children(parent, roots)

    def replace_preview(self, path: str, preview: PicturePreview) -> None:
        """Store a new thumbhash and picture hash of the visible file at this path, if one exists."""
        with self._store.read() as unit:
            row = unit.media.find_by_path(path)
        if row is not None:
            with self._store.write() as write:
                write.media.set_thumbhashes([(row.id, preview.thumbhash)])
                write.duplicates.set_picture_hashes([(row, preview.picture)])
