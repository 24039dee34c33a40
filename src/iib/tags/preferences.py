"""Preferences of the page: JSON values by name."""

from __future__ import annotations

import json

from iib.errors import InvalidRequest
from iib.model import Json
from iib.store import Store
from iib.tags.rules import RULES_PREFERENCE, check_rules


class PreferenceService:
    """Reads and writes preferences. One of them contains the tag rules, which are checked before they are stored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> dict[str, Json]:
        """All preferences as decoded JSON, by name."""
        with self._store.read() as unit:
            return {name: json.loads(text) for name, text in unit.preferences.values_by_name().items()}

    def set(self, name: str, json_text: str) -> None:
        """Store a preference. Raises `InvalidRequest` for text that is not JSON, or for invalid rules."""
        try:
            json.loads(json_text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise InvalidRequest(f"value is not JSON: {error}") from error
        if name == RULES_PREFERENCE:
            check_rules(json_text)
        with self._store.write() as write:
            write.preferences.set(name, json_text)

    def delete(self, name: str) -> None:
        """Remove a preference; unknown names are ignored."""
        with self._store.write() as write:
            write.preferences.delete(name)


def _refuse_constant(word: str) -> None:
    """`NaN` and the infinities are read by Python alone."""
    raise ValueError(f"{word} is not a number in JSON")
