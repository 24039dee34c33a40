"""Reads and writes roots, the folders that a person registered (extra paths)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.rows import RootRow
from iib.store.schema.core import root


class RootRepository(Repository):
    """Reads the table `root` of registered folders."""

    def list_all(self) -> list[RootRow]:
        """Return all roots by path."""
        rows = self._connection.execute(sa.select(root).order_by(root.c.path))
        return [RootRow(row.path, tuple(row.types.split("+")), row.alias) for row in rows]

    def find(self, path: str) -> RootRow | None:
        """Return the root with exactly this path."""
        row = self._connection.execute(sa.select(root).where(root.c.path == path)).one_or_none()
        return RootRow(row.path, tuple(row.types.split("+")), row.alias) if row else None


class RootWriter(RootRepository):
    """Reads and writes the table `root` of registered folders."""

    def add(self, path: str, types: Sequence[str]) -> None:
        """Register a folder, or add types to a registered one."""
        existing = self.find(path)
        if existing is None:
            self._connection.execute(root.insert().values(path=path, types="+".join(dict.fromkeys(types))))
            return
        merged = dict.fromkeys([*existing.types, *types])
        self._connection.execute(root.update().where(root.c.path == path).values(types="+".join(merged)))

    def remove_types(self, path: str, types: Sequence[str]) -> None:
        """Remove types from a root; without any type left the root itself is removed."""
        existing = self.find(path)
        if existing is None:
            return
        remaining = [item for item in existing.types if item not in types]
        if remaining:
            self._connection.execute(root.update().where(root.c.path == path).values(types="+".join(remaining)))
        else:
            self._connection.execute(root.delete().where(root.c.path == path))

    def set_alias(self, path: str, alias: str) -> None:
        """Set the display name of a root; an empty alias removes it."""
        self._connection.execute(root.update().where(root.c.path == path).values(alias=alias))
