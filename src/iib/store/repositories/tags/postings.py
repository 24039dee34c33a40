"""Which files carry a derived tag: per tag and zone of 8,192 ids one small set, as a list or as a bitmap.

Twenty tags a file would be twenty rows in two trees; as sets they are a hundredth of the writes, and a tag query reads
a few blobs. The two forms are those of Roaring bitmaps (Chambi, Lemire et al. 2016) at a smaller container size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

ZONE_BITS = 13
ZONE_SIZE = 1 << ZONE_BITS
LIST, BITMAP = b"l", b"b"
MAX_LISTED = ZONE_SIZE // 16  # from here on the bitmap is smaller

Lows = npt.NDArray[np.uint16]
Bits = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.int64]
LOW, TAG_ID = np.dtype("<u2"), np.dtype("<u4")  # as they are stored
Id = TypeVar("Id", int, npt.NDArray[np.int64])


def zone_of(media_id: Id) -> tuple[Id, Id]:
    """(zone, number inside the zone) of one id, or of many."""
    return media_id >> ZONE_BITS, media_id & (ZONE_SIZE - 1)


def encode(lows: npt.NDArray[np.integer]) -> bytes:
    """A set of ascending numbers inside a zone."""
    if len(lows) <= MAX_LISTED:
        return LIST + lows.astype(LOW).tobytes()
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8)
    bits[lows] = 1
    return _bitmap(bits)


def decode(blob: bytes) -> Lows:
    """The numbers, ascending."""
    if blob[:1] == LIST:
        return np.frombuffer(blob, dtype=LOW, offset=1).astype(np.uint16)
    return np.flatnonzero(_bits(blob)).astype(np.uint16)


def decode_all(zones: Sequence[int], blobs: Sequence[bytes]) -> tuple[Ids, Ids]:
    """(place in the list, id) of every member of many sets, in no certain order: a few calls of numpy instead of some
    for each set."""
    is_list = np.fromiter((blob[:1] == LIST for blob in blobs), dtype=np.bool_, count=len(blobs))
    listed = [blob for blob in blobs if blob[:1] == LIST]
    lengths = np.fromiter(((len(blob) - 1) // 2 for blob in listed), dtype=np.int64, count=len(listed))
    lows = np.frombuffer(b"".join(blob[1:] for blob in listed), dtype=LOW)
    packed = np.frombuffer(b"".join(blob[1:] for blob in blobs if blob[:1] == BITMAP), dtype=np.uint8)
    members = np.flatnonzero(np.unpackbits(packed))
    places = np.concatenate(
        [np.repeat(np.flatnonzero(is_list), lengths), np.flatnonzero(~is_list)[members >> ZONE_BITS]]
    )
    numbers = np.concatenate([lows.astype(np.int64), members & (ZONE_SIZE - 1)])
    bases = np.asarray(zones, dtype=np.int64) << ZONE_BITS
    return places, bases[places] + numbers


def _bitmap(bits: Bits) -> bytes:
    return BITMAP + np.packbits(bits).tobytes()


def _bits(blob: bytes) -> Bits:
    """One byte a number of the zone, 0 or 1."""
    if blob[:1] == BITMAP:
        return np.unpackbits(np.frombuffer(blob, dtype=np.uint8, offset=1))
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8)
    bits[decode(blob)] = 1
    return bits


def grouped(tag_ids: npt.NDArray[np.uint32], lows: npt.NDArray[np.int64]) -> dict[int, Lows]:
    """The numbers of each tag, ascending and each once, out of pairs in any order; tags ascending."""
    pairs = np.sort((tag_ids.astype(np.int64) << ZONE_BITS) | lows)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    owners = pairs >> ZONE_BITS
    numbers = (pairs & (ZONE_SIZE - 1)).astype(LOW)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    found = owners[starts].tolist()
    bounds = [*starts.tolist(), len(numbers)]
    return {tag_id: numbers[bounds[at] : bounds[at + 1]] for at, tag_id in enumerate(found)}


def add(blob: bytes | None, lows: Lows) -> tuple[bytes, int]:
    """The set with further numbers, which are ascending, and its size."""
    appended = _appended(blob, lows)
    if appended is not None:
        return appended
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8) if blob is None else _bits(blob)
    bits[lows] = 1
    size = int(np.count_nonzero(bits))
    return (encode(np.flatnonzero(bits)) if size <= MAX_LISTED else _bitmap(bits)), size


def _appended(blob: bytes | None, fresh: Lows) -> tuple[bytes, int] | None:
    """The usual case while files are added, ids only grow: a short list gets a longer tail. Numpy's own calls would
    cost more than such small sets."""
    if blob is None:
        blob = LIST
    size = (len(blob) - 1) // 2
    if blob[:1] != LIST or size + len(fresh) > MAX_LISTED:
        return None
    tail = fresh.tobytes()
    if size and tail and int.from_bytes(tail[:2], "little") <= int.from_bytes(blob[-2:], "little"):
        return None
    return blob + tail, size + len(fresh)


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


def unpack_ids(blob: bytes | None) -> list[int]:
    """Tag ids of one file, which are stored one behind the other."""
    return np.frombuffer(blob, dtype=TAG_ID).tolist() if blob else []


class ZonedMask:
    """Some of the files, zone by zone, to count what sets have in common with them.

    `whole` are zones of which every file belongs to them, `parts` those of which only some do; of the others none does.
    """

    def __init__(self, wanted: npt.NDArray[np.bool_], others: npt.NDArray[np.int64]) -> None:
        """`wanted` by media id; `others` are the ids of all other files that sets may hold."""
        padded = np.zeros(-(-len(wanted) // ZONE_SIZE) * ZONE_SIZE, dtype=np.bool_)
        padded[: len(wanted)] = wanted
        masks = padded.reshape(-1, ZONE_SIZE)
        held = np.flatnonzero(masks.any(axis=1)).tolist()
        mixed = set(np.unique(others >> ZONE_BITS).tolist())
        self.whole = [zone for zone in held if zone not in mixed]
        self._masks = {zone: masks[zone] for zone in held if zone in mixed}
        self._numbers = {zone: int.from_bytes(np.packbits(mask).tobytes(), "big") for zone, mask in self._masks.items()}

    @property
    def parts(self) -> list[int]:
        """ZonedMask to look into."""
        return list(self._masks)

    def common(self, zone: int, blob: bytes) -> int:
        """How many numbers of a stored set of one of the `parts` are wanted."""
        if blob[:1] == LIST:
            return int(np.count_nonzero(self._masks[zone][np.frombuffer(blob, dtype=LOW, offset=1)]))
        return (int.from_bytes(blob[1:], "big") & self._numbers[zone]).bit_count()
