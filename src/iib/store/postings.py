"""Which files carry a derived tag: per tag and zone of 8,192 ids one small set, as a list or as a bitmap.

Twenty tags a file would be twenty rows in two trees; as sets they are a hundredth of the writes, and a tag query reads
a few blobs. The two forms are those of Roaring bitmaps (Chambi, Lemire et al. 2016) at a smaller container size.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

ZONE_BITS = 13
ZONE_SIZE = 1 << ZONE_BITS
LIST, BITMAP = b"l", b"b"
MAX_LISTED = ZONE_SIZE // 16  # from here on the bitmap is smaller

Lows = npt.NDArray[np.uint16]


def zone_of(media_id: int) -> tuple[int, int]:
    """(zone, number inside the zone)."""
    return media_id >> ZONE_BITS, media_id & (ZONE_SIZE - 1)


def encode(lows: Lows) -> bytes:
    """A set of ascending numbers inside a zone."""
    if len(lows) <= MAX_LISTED:
        return LIST + lows.astype("<u2").tobytes()
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8)
    bits[lows] = 1
    return BITMAP + np.packbits(bits).tobytes()


def decode(blob: bytes) -> Lows:
    """The numbers, ascending."""
    if blob[:1] == LIST:
        return np.frombuffer(blob, dtype="<u2", offset=1).astype(np.uint16)
    return np.flatnonzero(np.unpackbits(np.frombuffer(blob, dtype=np.uint8, offset=1))).astype(np.uint16)


def add(blob: bytes | None, lows: Sequence[int]) -> tuple[bytes, int]:
    """The set with further numbers, and its size. `lows` may come in any order."""
    fresh = sorted(set(lows))
    appended = _appended(blob, fresh)
    if appended is not None:
        return appended
    numbers = np.asarray(fresh, dtype=np.uint16)
    merged = numbers if blob is None else np.union1d(decode(blob), numbers)
    return encode(merged), len(merged)


def _appended(blob: bytes | None, fresh: Sequence[int]) -> tuple[bytes, int] | None:
    """The usual case while files are added, ids only grow: a short list gets a longer tail. Without numpy, whose calls
    cost more than such small sets."""
    if blob is None:
        blob = LIST
    size = (len(blob) - 1) // 2
    if blob[:1] != LIST or not fresh or size + len(fresh) > MAX_LISTED:
        return None
    if size and fresh[0] <= int.from_bytes(blob[-2:], "little"):
        return None
    return blob + struct.pack(f"<{len(fresh)}H", *fresh), size + len(fresh)


def remove(blob: bytes, lows: Iterable[int]) -> tuple[bytes, int]:
    """The set without these numbers, and its size."""
    left = np.setdiff1d(decode(blob), np.asarray(list(lows), dtype=np.uint16), assume_unique=True)
    return encode(left), len(left)


def size_of(blob: bytes | None) -> int:
    """How many numbers a stored set has."""
    if blob is None:
        return 0
    if blob[:1] == LIST:
        return (len(blob) - 1) // 2
    return int.from_bytes(blob[1:], "little").bit_count()


def pack_ids(ids: Iterable[int]) -> bytes:
    """Tag ids of one file."""
    return np.fromiter(ids, dtype="<u4").tobytes()


def unpack_ids(blob: bytes | None) -> list[int]:
    """The reverse."""
    return np.frombuffer(blob, dtype="<u4").tolist() if blob else []
