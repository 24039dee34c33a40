"""Folders and their tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from iib.model.media import FolderId
from iib.store.repositories.base import Repository, below, chunked
from iib.store.rows import FolderNode, FolderRow
from iib.store.tables import folder, media


class FolderRepository(Repository):
    """Reads and writes `folder`."""

    def find(self, path: str) -> FolderRow | None:
        """The folder of exactly this path."""
        row = self._connection.execute(sa.select(folder).where(folder.c.path == path)).one_or_none()
        return FolderRow(FolderId(row.id), row.parent_id, row.path, row.mtime_ns) if row else None

    def snapshot(self, tops: Sequence[str]) -> dict[str, FolderRow]:
        """Every known folder at and below the given ones, by path."""
        found: dict[str, FolderRow] = {}
        for top in tops:
            for row in self._connection.execute(sa.select(folder).where(below(folder.c.path, top))):
                found[row.path] = FolderRow(FolderId(row.id), row.parent_id, row.path, row.mtime_ns)
        return found

    def tops(self) -> list[FolderRow]:
        """Folders without a known parent."""
        rows = self._connection.execute(sa.select(folder).where(folder.c.parent_id.is_(None)))
        return [FolderRow(FolderId(row.id), None, row.path, row.mtime_ns) for row in rows]

    def ids_below(self, tops: Iterable[str]) -> list[FolderId]:
        """Ids of the folders at and below the given ones."""
        ids: set[FolderId] = set()
        for top in tops:
            ids.update(self._connection.execute(sa.select(folder.c.id).where(below(folder.c.path, top))).scalars())
        return sorted(ids)

    def paths(self, ids: Sequence[int]) -> dict[int, str]:
        """Paths by id, in the order of `ids`."""
        found: dict[int, str] = {}
        for chunk in chunked(ids):
            rows = self._connection.execute(sa.select(folder.c.id, folder.c.path).where(folder.c.id.in_(chunk)))
            found.update({row.id: row.path for row in rows})
        return {item: found[item] for item in ids if item in found}

    def tree(self, parent: str | None, roots: Sequence[str]) -> list[FolderNode]:
        """Children of a folder, or the given roots, with counts of visible files; sorted by name."""
        if parent is None:
            paths = list(roots)
        else:
            own = self.find(parent)
            if own is None:
                return []
            rows = self._connection.execute(sa.select(folder.c.path).where(folder.c.parent_id == own.id))
            paths = list(rows.scalars())
        return sorted((self._node(path) for path in paths), key=lambda node: node.name.casefold())

    def _node(self, path: str) -> FolderNode:
        visible = media.c.missing_since_ns.is_(None)
        joined = sa.select(sa.func.count()).select_from(media.join(folder, folder.c.id == media.c.folder_id))
        count = self._connection.execute(joined.where(folder.c.path == path, visible)).scalar_one()
        total = self._connection.execute(joined.where(below(folder.c.path, path), visible)).scalar_one()
        own = sa.select(folder.c.id).where(folder.c.path == path).scalar_subquery()
        children = sa.select(folder.c.id).where(folder.c.parent_id == own).limit(1)
        has_children = self._connection.execute(children).first() is not None
        return FolderNode(path, os.path.basename(path) or path, count, total, has_children)  # noqa: PTH119


class FolderWriter(FolderRepository):
    """The writing half."""

    def ensure(self, path: str) -> FolderId:
        """The id of this folder, made if need be; its parent is linked when that is known."""
        known = self.find(path)
        if known is not None:
            return known.id
        parent = self.find(os.path.dirname(path))  # noqa: PTH120
        result = self._connection.execute(
            folder.insert().values(path=path, parent_id=parent.id if parent and parent.path != path else None)
        )
        new_id = FolderId(int(result.inserted_primary_key[0]))  # type: ignore[index]
        self._adopt(new_id, path)
        return new_id

    def set_scanned(self, dates: Sequence[tuple[FolderId, int]]) -> None:
        """Store the dates of folders whose files are all in."""
        if dates:
            self._connection.exec_driver_sql(
                "UPDATE folder SET mtime_ns = ? WHERE id = ?", [(mtime_ns, folder_id) for folder_id, mtime_ns in dates]
            )

    def forget_dates(self, tops: Sequence[str]) -> None:
        """Let the next run look at everything below these folders."""
        for top in tops:
            self._connection.execute(folder.update().where(below(folder.c.path, top)).values(mtime_ns=None))

    def remove_empty(self, ids: Sequence[FolderId]) -> None:
        """Forget the dates of vanished folders, and the rows of those that no file (not even a missing one) needs."""
        for chunk in chunked(list(ids)):
            self._connection.execute(folder.update().where(folder.c.id.in_(chunk)).values(mtime_ns=None))
        for folder_id in sorted(ids, reverse=True):
            used = sa.exists().where(media.c.folder_id == folder_id)
            child = folder.alias()
            parent = sa.exists().where(child.c.parent_id == folder_id)
            self._connection.execute(folder.delete().where(folder.c.id == folder_id, ~used, ~parent))

    def _adopt(self, new_id: FolderId, path: str) -> None:
        """Folders that were known before their parent (an inner root) become its children."""
        orphans = self._connection.execute(
            sa.select(folder.c.id, folder.c.path).where(
                below(folder.c.path, path), folder.c.parent_id.is_(None), folder.c.id != new_id
            )
        ).all()
        for row in orphans:
            if os.path.dirname(row.path) == path:  # noqa: PTH120
                self._connection.execute(folder.update().where(folder.c.id == row.id).values(parent_id=new_id))
