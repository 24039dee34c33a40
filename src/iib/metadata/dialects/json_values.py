"""Reads values of parsed JSON of unknown shape: a value of another type becomes None or empty."""

from __future__ import annotations

from iib.errors import MetadataError
from iib.metadata.json_text import loads_lenient
from iib.model import Json

PLACEHOLDERS = frozenset(("", "none", "null", "unknown", "undefined", "n/a"))
MAX_PARAMETER_CHARACTERS = 4000  # longer values stay in the raw text only


def json_object(text: str | None) -> dict[str, Json] | None:
    """Return the JSON object in a text; None for other values, broken JSON and an empty text."""
    if not text or "{" not in text[:64]:
        return None
    try:
        value = loads_lenient(text)
    except MetadataError:
        return None
    return value if isinstance(value, dict) else None


def as_object(value: Json) -> dict[str, Json]:
    """Return the value if it is an object, or the object in a JSON string; otherwise an empty object."""
    if isinstance(value, str):
        return json_object(value) or {}
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return the value if it is a list, otherwise an empty list."""
    return value if isinstance(value, list) else []


def real_text(value: Json) -> str | None:
    """Return a text without surrounding blanks and NULs; None for placeholders and other values.

    >>> real_text(" Euler "), real_text("None"), real_text(7)
    ('Euler', None, None)
    """
    if not isinstance(value, str):
        return None
    stripped = value.strip("\0 \t\r\n")
    return None if stripped.lower() in PLACEHOLDERS else stripped


def other_parameters(values: dict[str, Json], *used: str) -> dict[str, str]:
    """Return all plain values as texts, in order, except those of the `used` keys.

    >>> other_parameters({"steps": 20, "tiling": True, "sizes": [1, 2], "nested": {}}, "steps")
    {'tiling': 'true', 'sizes': '1, 2'}
    """
    parameters: dict[str, str] = {}
    for key, value in values.items():
        if key in used or value is None:
            continue
        text = value if isinstance(value, str) else _to_text(value)
        if text and len(text) <= MAX_PARAMETER_CHARACTERS:
            parameters[key] = text
    return parameters


def _to_text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value)
    return ""
