"""Where a page of a search ended, as an opaque text."""

from __future__ import annotations

import base64
import binascii
import re
import struct
import time
from dataclasses import dataclass

from iib.errors import InvalidRequest
from iib.model.constants import NS_PER_S

KEY = struct.Struct(">cqq")
BARE_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MAX_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Newest:
    """Go on after this row of the newest-first order: files older than `mtime_ns`, or as old with a smaller id."""

    mtime_ns: int
    media_id: int


@dataclass(frozen=True, slots=True)
class Shuffled:
    """Go on in the random order of this seed: after the key `after` (-1: from the start), or at an offset."""

    seed: int
    after: int = -1
    offset: int | None = None


def encode(cursor: Newest | Shuffled) -> str:
    """The text for clients."""
    if isinstance(cursor, Newest):
        packed = KEY.pack(b"n", cursor.mtime_ns, cursor.media_id)
    else:
        packed = KEY.pack(b"r", cursor.seed, cursor.after)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_newest(text: str) -> Newest | None:
    """A position in the newest-first order; also a bare `YYYY-MM-DD HH:MM:SS` (local) as "earlier than".

    Empty text is the beginning (None). Raises `InvalidRequest` for anything else.
    """
    if not text:
        return None
    if BARE_DATE.fullmatch(text):
        try:
            seconds = time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(f"bad cursor date: {text}") from error
        return Newest(int(seconds) * NS_PER_S, 0)
    mark, first, second = _unpack(text)
    if mark != b"n":
        raise InvalidRequest("this cursor belongs to a search in random order")
    return Newest(first, second)


def decode_shuffled(text: str, fresh_seed: int) -> Shuffled:
    """A position in a random order; also a bare offset. Empty text begins a new order with `fresh_seed`."""
    if not text:
        return Shuffled(fresh_seed)
    if text.isascii() and text.isdigit() and len(text) < 12:  # noqa: PLR2004
        return Shuffled(0, offset=int(text))
    mark, first, second = _unpack(text)
    if mark != b"r" or first < 0 or second < 0:
        raise InvalidRequest("this cursor does not belong to a search in random order")
    return Shuffled(first, second)


def _unpack(text: str) -> tuple[bytes, int, int]:
    if len(text) <= MAX_LENGTH and text.isascii():
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            mark, first, second = KEY.unpack(packed)
        except (binascii.Error, struct.error):
            pass
        else:
            if mark in (b"n", b"r"):
                return mark, first, second
    raise InvalidRequest("bad cursor: send the `next` of the previous answer")
