"""Range and precondition headers of RFC 9110, evaluated before a file is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

SPEC = re.compile(r"\s*([0-9]{0,19})\s*-\s*([0-9]{0,19})\s*")


def satisfiable_ranges(header: str, size_bytes: int) -> str | None:
    """Reduce a Range header to the ranges that can be served: "" if none can, None if the header is malformed.

    A malformed header is ignored by the caller.

    >>> satisfiable_ranges("bytes=0-4, 900-", 100)
    'bytes=0-4'
    """
    unit, separator, specs = header.partition("=")
    if not separator or unit.strip().lower() != "bytes":
        return None
    served = []
    for spec in specs.split(","):
        match = SPEC.fullmatch(spec)
        if match is None or not (match[1] or match[2]):
            return None
        first, last = match[1], match[2]
        if first and last and int(last) < int(first):
            return None
        if int(first) < size_bytes if first else int(last) > 0 and size_bytes > 0:
            served.append(f"{first}-{last}")
    return f"bytes={','.join(served)}" if served else ""


def is_not_modified(headers: Mapping[str, str], etag: str, mtime_s: int) -> bool:
    """True if the copy of the client is current (304): by `If-None-Match`, else by `If-Modified-Since`."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (item.strip().removeprefix("W/") for item in tags.split(","))
    since = _seconds(headers.get("if-modified-since"))
    return since is not None and mtime_s <= since


def matches_if_range(if_range: str | None, etag: str, last_modified: str) -> bool:
    """True if ranges may be served: `If-Range` is absent or names the present version of the file."""
    return if_range is None or if_range.strip() in (etag, last_modified)


def _seconds(date: str | None) -> int | None:
    if date is None:
        return None
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
