"""Settings of the user interface: JSON texts by name."""

from __future__ import annotations

import sqlalchemy as sa

from iib.store.repositories.base import Repository
from iib.store.schema.core import preference


class PreferenceRepository(Repository):
    """Reads `preference`."""

    def values_by_name(self) -> dict[str, str]:
        """Every setting as JSON text."""
        rows = self._connection.execute(sa.select(preference).order_by(preference.c.name))
        return {row.name: row.value for row in rows}


class PreferenceWriter(PreferenceRepository):
    """The writing half."""

    def set(self, name: str, json_text: str) -> None:
        """Store one setting."""
        self._connection.execute(preference.insert().prefix_with("OR REPLACE").values(name=name, value=json_text))

    def delete(self, name: str) -> None:
        """Remove one setting; unknown names are fine."""
        self._connection.execute(preference.delete().where(preference.c.name == name))
