"""Small doors to parsed JSON of unknown shape: what is not of the wished type is None or empty."""

from __future__ import annotations

from iib.errors import MetadataError
from iib.metadata.json_text import loads_lenient
from iib.model import Json

PLACEHOLDERS = frozenset(("", "none", "null", "unknown", "undefined", "n/a"))
LONGEST_PARAMETER = 4000  # characters of one further value that is kept beside the raw text


def json_object(text: str | None) -> dict[str, Json] | None:
    """The JSON object in a text; None if it is anything else."""
    if not text or "{" not in text[:64]:
        return None
    try:
        value = loads_lenient(text)
    except MetadataError:
        return None
    return value if isinstance(value, dict) else None


def as_object(value: Json) -> dict[str, Json]:
    """An object, also one that is JSON inside a string; else an empty one."""
    if isinstance(value, str):
        return json_object(value) or {}
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def real_text(value: Json) -> str | None:
    """Text that is no placeholder, without blanks and NULs around."""
    if not isinstance(value, str):
        return None
    stripped = value.strip("\0 \t\r\n")
    return None if stripped.lower() in PLACEHOLDERS else stripped


def further(values: dict[str, Json], *used: str) -> dict[str, str]:
    """All plain values but those under the `used` keys, as text, in order."""
    kept: dict[str, str] = {}
    for key, value in values.items():
        if key in used or value is None:
            continue
        text = value if isinstance(value, str) else _plain(value)
        if text and len(text) <= LONGEST_PARAMETER:
            kept[key] = text
    return kept


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value)
    return ""
