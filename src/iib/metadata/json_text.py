"""Parses the JSON of image tools, which does not always follow the standard."""

from __future__ import annotations

import json

import orjson

from iib.errors import MetadataError
from iib.model import Json

_MAX_NESTING_OF_STRINGS = 2
_LONG = 1_000_000  # characters; the values of longer texts are counted before parsing
_MAX_VALUES = 1_000_000  # in one text; an empty object takes 64 bytes, a long workflow has some ten thousand values


def loads_lenient(text: str) -> Json:
    """Parse JSON. Accepts NaN and Infinity, surrounding blanks and NULs, and JSON inside a JSON string.

    Raises `MetadataError` for other texts and for more than a million values.

    >>> loads_lenient('{"a": NaN}\\x00')
    {'a': nan}
    """
    stripped = text.strip("\x00\ufeff \t\r\n")
    value: Json = _loads_once(stripped)
    for _ in range(_MAX_NESTING_OF_STRINGS):
        if isinstance(value, str) and value[:1] in "{[":
            value = _loads_once(value)
        else:
            break
    return value


def _loads_once(text: str) -> Json:
    if len(text) > _LONG and text.count(",") + text.count("{") + text.count("[") > _MAX_VALUES:
        raise MetadataError("JSON with too many values")
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        pass
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise MetadataError(f"not JSON: {error}") from error
