"""Registered folders ("extra paths")."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.rows import RootRow
from iib.store.schema.core import root


class RootRepository(Repository):
    """Reads `root`."""

    def list_all(self) -> list[RootRow]:
        """All registered folders, in the order of their paths."""
        rows = self._connection.execute(sa.select(root).order_by(root.c.path))
        return [RootRow(row.path, tuple(row.types.split("+")), row.alias) for row in rows]

    def find(self, path: str) -> RootRow | None:
        """One registered folder."""
        row = self._connection.execute(sa.select(root).where(root.c.path == path)).one_or_none()
        return RootRow(row.path, tuple(row.types.split("+")), row.alias) if row else None


class RootWriter(RootRepository):
    """The writing half."""

    def add(self, path: str, types: Sequence[str]) -> None:
        """Register a folder, or give a registered one further types."""
        known = self.find(path)
        if known is None:
            self._connection.execute(root.insert().values(path=path, types="+".join(dict.fromkeys(types))))
            return
        merged = dict.fromkeys([*known.types, *types])
        self._connection.execute(root.update().where(root.c.path == path).values(types="+".join(merged)))

    def remove_types(self, path: str, types: Sequence[str]) -> None:
        """Take types away; with the last one the entry goes."""
        known = self.find(path)
        if known is None:
            return
        left = [item for item in known.types if item not in types]
        if left:
            self._connection.execute(root.update().where(root.c.path == path).values(types="+".join(left)))
        else:
            self._connection.execute(root.delete().where(root.c.path == path))

    def set_alias(self, path: str, alias: str) -> None:
        """Name a registered folder; an empty alias takes the name away."""
        self._connection.execute(root.update().where(root.c.path == path).values(alias=alias))
