"""Reads and writes preferences of the user interface: JSON texts by name."""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.schema.core import preference


class PreferenceRepository(Repository):
    """Reads the table `preference` of user interface settings."""

    def values_by_name(self) -> dict[str, str]:
        """Return all preferences as JSON texts, ordered by name."""
        rows = self._connection.execute(sa.select(preference).order_by(preference.c.name))
        return {row.name: row.value for row in rows}


class PreferenceWriter(PreferenceRepository):
    """Reads and writes the table `preference` of user interface settings."""

    def set(self, name: str, json_text: str) -> None:
        """Store one preference, replacing an existing value."""
        self._connection.execute(preference.insert().prefix_with("OR REPLACE").values(name=name, value=json_text))

    def delete(self, name: str) -> None:
        """Delete one preference; an unknown name is ignored."""
        self._connection.execute(preference.delete().where(preference.c.name == name))
