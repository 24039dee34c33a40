"""Reads and writes folders and their tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from iib.model import FolderId
from iib.store.repositories.base import Repository, below, chunked
from iib.store.rows import FolderNode, FolderRow
from iib.store.schema.core import folder, media


class FolderRepository(Repository):
    """Reads the table `folder` of indexed folders."""

    def find(self, path: str) -> FolderRow | None:
        """Return the folder with exactly this path."""
        row = self._connection.execute(sa.select(folder).where(folder.c.path == path)).one_or_none()
        return FolderRow(FolderId(row.id), row.parent_id, row.path, row.mtime_ns) if row else None

    def folders_by_path(self, tops: Sequence[str]) -> dict[str, FolderRow]:
        """Return all folders at and below the given ones by path."""
        result: dict[str, FolderRow] = {}
        for top in tops:
            for row in self._connection.execute(sa.select(folder).where(below(folder.c.path, top))):
                result[row.path] = FolderRow(FolderId(row.id), row.parent_id, row.path, row.mtime_ns)
        return result

    def list_top_level(self) -> list[FolderRow]:
        """Return the folders without a parent row."""
        rows = self._connection.execute(sa.select(folder).where(folder.c.parent_id.is_(None)))
        return [FolderRow(FolderId(row.id), None, row.path, row.mtime_ns) for row in rows]

    def ids_below(self, tops: Iterable[str]) -> list[FolderId]:
        """Return the ids of the folders at and below the given ones, ascending."""
        ids: set[FolderId] = set()
        for top in tops:
            ids.update(self._connection.execute(sa.select(folder.c.id).where(below(folder.c.path, top))).scalars())
        return sorted(ids)

    def paths_by_id(self, ids: Sequence[int]) -> dict[int, str]:
        """Return paths by folder id, in the order of `ids`; unknown ids are left out."""
        result: dict[int, str] = {}
        for chunk in chunked(ids):
            rows = self._connection.execute(sa.select(folder.c.id, folder.c.path).where(folder.c.id.in_(chunk)))
            result.update({row.id: row.path for row in rows})
        return {item: result[item] for item in ids if item in result}

    def list_paths(self) -> list[str]:
        """Return the paths of all folders, in no certain order."""
        return list(self._connection.execute(sa.select(folder.c.path)).scalars())

    def list_ids_and_paths(self) -> list[tuple[FolderId, str]]:
        """Return id and path of all folders, in no certain order."""
        rows = self._connection.execute(sa.select(folder.c.id, folder.c.path))
        return [(row.id, row.path) for row in rows]

    def list_paths_of_media(self, ids: Sequence[int]) -> list[str]:
        """Return the distinct paths of the folders of these media, in no certain order."""
        result: set[str] = set()
        for chunk in chunked(ids):
            inside = sa.select(media.c.folder_id).where(media.c.id.in_(chunk))
            result.update(self._connection.execute(sa.select(folder.c.path).where(folder.c.id.in_(inside))).scalars())
        return list(result)

    def list_children(self, parent: str | None, roots: Sequence[str]) -> list[FolderNode]:
        """Return the children of a folder, or the given roots, with counts of visible files, by name.

        Folders that no longer exist on disk are left out, although rows of their missing files may remain.
        """
        if parent is None:
            rows = [(path, self.find(path)) for path in roots]
            with_subfolders = self._paths_with_subfolders([row.id for _path, row in rows if row is not None])
            listed = [_node(path, self._visible_below(path), with_subfolders) for path, _row in rows]
        else:
            row = self.find(parent)
            listed = self._children(row) if row is not None else []
        return sorted(listed, key=lambda node: node.name.casefold())

    def _children(self, parent: FolderRow) -> list[FolderNode]:
        statement = sa.select(folder).where(folder.c.parent_id == parent.id)
        children = {row.path: row for row in self._connection.execute(statement)}
        start = len(parent.path if parent.path.endswith(os.sep) else parent.path + os.sep)
        counts: dict[str, dict[str, int]] = {path: {} for path in children}
        for path, count in self._visible_below(parent.path).items():
            end = path.find(os.sep, start)
            child = counts.get(path if end < 0 else path[:end])
            if child is not None:
                child[path] = count
        with_subfolders = self._paths_with_subfolders([row.id for row in children.values()])
        shown = [path for path, row in children.items() if counts[path] or row.mtime_ns is not None]
        return [_node(path, counts[path], with_subfolders) for path in shown]

    def _paths_with_subfolders(self, ids: Sequence[int]) -> set[str]:
        """Return the paths of those folders among `ids` that have a subfolder on disk."""
        child = folder.alias()
        result: set[str] = set()
        for chunk in chunked(ids):
            statement = sa.select(folder.c.path).where(
                folder.c.id.in_(chunk),
                sa.exists().where(child.c.parent_id == folder.c.id, child.c.mtime_ns.is_not(None)),
            )
            result.update(self._connection.execute(statement).scalars())
        return result

    def _visible_below(self, top: str) -> dict[str, int]:
        """Count visible files by folder path, at and below `top`, with two indexes.

        Folders without visible files are left out.
        """
        by_folder = sa.select(folder.c.id, folder.c.path, sa.func.count()).select_from(
            folder.join(media, media.c.folder_id == folder.c.id)
        )
        at_top = by_folder.where(below(folder.c.path, top)).group_by(folder.c.id)
        missing = sa.select(media.c.folder_id, sa.func.count()).where(media.c.missing_since_ns.is_not(None))
        missing_counts = {row[0]: row[1] for row in self._connection.execute(missing.group_by(media.c.folder_id))}
        visible = {
            path: count - missing_counts.get(folder_id, 0)
            for folder_id, path, count in self._connection.execute(at_top)
        }
        return {path: count for path, count in visible.items() if count}


def _parent_of(path: str) -> str:
    """Return the path of the parent folder; the top of a file system has the parent ""."""
    parent = os.path.dirname(path)  # noqa: PTH120
    return parent if parent != path else ""


def _node(path: str, counts: Mapping[str, int], with_children: set[str]) -> FolderNode:
    count, total = counts.get(path, 0), sum(counts.values())
    name = os.path.basename(path) or path  # noqa: PTH119
    return FolderNode(path, name, count, total, total > count or path in with_children)


class FolderWriter(FolderRepository):
    """Reads and writes the table `folder` of indexed folders."""

    def ensure(self, path: str) -> FolderId:
        """Return the id of this folder and create it if needed, linked to its parent if that has a row."""
        return self.ensure_all([path])[path]

    def ensure_all(self, paths: Sequence[str]) -> dict[str, FolderId]:
        """Return ids by path and create all folders without a row at once; the order of `paths` is free."""
        parents = {path: _parent_of(path) for path in paths}
        ids = self._ids_of({*paths, *parents.values()})
        missing = sorted(path for path in parents if path not in ids)
        if missing:
            start = self._connection.execute(sa.select(sa.func.coalesce(sa.func.max(folder.c.id), 0))).scalar_one() + 1
            ids.update({path: FolderId(start + offset) for offset, path in enumerate(missing)})
            rows = [(ids[path], ids.get(parents[path]) if parents[path] != path else None, path) for path in missing]
            self._connection.exec_driver_sql("INSERT INTO folder(id, parent_id, path) VALUES(?, ?, ?)", rows)
            self._adopt({path: ids[path] for path in missing})
        return {path: ids[path] for path in parents}

    def _ids_of(self, paths: Iterable[str]) -> dict[str, FolderId]:
        result: dict[str, FolderId] = {}
        for chunk in chunked(sorted(paths)):
            rows = self._connection.execute(sa.select(folder.c.path, folder.c.id).where(folder.c.path.in_(chunk)))
            result.update({row[0]: FolderId(row[1]) for row in rows})
        return result

    def set_scanned(self, dates: Sequence[tuple[FolderId, int]]) -> None:
        """Store (folder id, modification time in nanoseconds) of completely indexed folders."""
        if dates:
            self._connection.exec_driver_sql(
                "UPDATE folder SET mtime_ns = ? WHERE id = ?", [(mtime_ns, folder_id) for folder_id, mtime_ns in dates]
            )

    def remove_empty(self, ids: Sequence[FolderId]) -> None:
        """Clear the modification times of folders that no longer exist, and delete unneeded rows.

        A row is needed while a file (even a missing one) or a subfolder refers to it.
        """
        for chunk in chunked(list(ids)):
            self._connection.execute(folder.update().where(folder.c.id.in_(chunk)).values(mtime_ns=None))
        for folder_id in self._deepest_first(ids):
            used = sa.exists().where(media.c.folder_id == folder_id)
            child = folder.alias()
            parent = sa.exists().where(child.c.parent_id == folder_id)
            self._connection.execute(folder.delete().where(folder.c.id == folder_id, ~used, ~parent))

    def _deepest_first(self, ids: Sequence[FolderId]) -> list[FolderId]:
        lengths: dict[FolderId, int] = {}
        for chunk in chunked(list(ids)):
            statement = sa.select(folder.c.id, sa.func.length(folder.c.path)).where(folder.c.id.in_(chunk))
            lengths.update({FolderId(row[0]): row[1] for row in self._connection.execute(statement)})
        return sorted(lengths, key=lambda item: -lengths[item])

    def _adopt(self, added: Mapping[str, FolderId]) -> None:
        """Make folders that were created before their parent, such as an inner root, its children."""
        for row in self.list_top_level():
            parent = added.get(_parent_of(row.path))
            if parent is not None:
                self._connection.execute(folder.update().where(folder.c.id == row.id).values(parent_id=parent))
