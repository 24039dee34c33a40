"""Posting lists of derived tags: the media of one tag in one zone of 8,192 ids, stored as an array or as a bitmap.

Twenty tags per file would be twenty rows in two trees; as posting lists they cost a hundredth of the writes, and a tag
query reads a few blobs. The two forms are those of Roaring bitmaps (Chambi, Lemire et al. 2016) with smaller
containers. An *offset* is the number of a media id inside its zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

ZONE_BITS = 13
ZONE_SIZE = 1 << ZONE_BITS
ARRAY, BITMAP = b"l", b"b"  # first byte of a posting list
ARRAY_LIMIT = ZONE_SIZE // 16  # offsets; a longer array is larger than the bitmap

Offsets = npt.NDArray[np.uint16]
ZoneBits = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.int64]
OFFSET_TYPE, TAG_ID_TYPE = np.dtype("<u2"), np.dtype("<u4")  # the stored forms
Id = TypeVar("Id", int, npt.NDArray[np.int64])


def split_id(media_id: Id) -> tuple[Id, Id]:
    """Split one media id, or an array of them, into (zone, offset inside the zone).

    >>> split_id(8194)
    (1, 2)
    """
    return media_id >> ZONE_BITS, media_id & (ZONE_SIZE - 1)


def encode(offsets: npt.NDArray[np.integer]) -> bytes:
    """Encode ascending distinct offsets of one zone as a posting list.

    >>> encode(np.array([1, 2]))
    b'l\\x01\\x00\\x02\\x00'
    """
    if len(offsets) <= ARRAY_LIMIT:
        return ARRAY + offsets.astype(OFFSET_TYPE).tobytes()
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8)
    bits[offsets] = 1
    return _bitmap(bits)


def decode(blob: bytes) -> Offsets:
    """Decode a posting list into ascending offsets.

    >>> decode(encode(np.array([1, 2]))).tolist()
    [1, 2]
    """
    if blob[:1] == ARRAY:
        return np.frombuffer(blob, dtype=OFFSET_TYPE, offset=1).astype(np.uint16)
    return np.flatnonzero(_bits(blob)).astype(np.uint16)


def decode_all(zones: Sequence[int], blobs: Sequence[bytes]) -> tuple[Ids, Ids]:
    """Decode many posting lists at once into (index of the list, media id) pairs, in no certain order.

    `zones` and `blobs` have the same length. A few numpy calls in all cost less than some for each list.

    >>> indexes, ids = decode_all([0, 1], [encode(np.array([3, 5])), encode(np.array([2]))])
    >>> indexes.tolist(), ids.tolist()
    ([0, 0, 1], [3, 5, 8194])
    """
    is_array = np.fromiter((blob[:1] == ARRAY for blob in blobs), dtype=np.bool_, count=len(blobs))
    arrays = [blob for blob in blobs if blob[:1] == ARRAY]
    lengths = np.fromiter(((len(blob) - 1) // 2 for blob in arrays), dtype=np.int64, count=len(arrays))
    listed = np.frombuffer(b"".join(blob[1:] for blob in arrays), dtype=OFFSET_TYPE)
    packed = np.frombuffer(b"".join(blob[1:] for blob in blobs if blob[:1] == BITMAP), dtype=np.uint8)
    bits = np.flatnonzero(np.unpackbits(packed))
    indexes = np.concatenate(
        [np.repeat(np.flatnonzero(is_array), lengths), np.flatnonzero(~is_array)[bits >> ZONE_BITS]]
    )
    offsets = np.concatenate([listed.astype(np.int64), bits & (ZONE_SIZE - 1)])
    bases = np.asarray(zones, dtype=np.int64) << ZONE_BITS
    return indexes, bases[indexes] + offsets


def _bitmap(bits: ZoneBits) -> bytes:
    return BITMAP + np.packbits(bits).tobytes()


def _bits(blob: bytes) -> ZoneBits:
    """Decode a posting list into 8,192 bytes of 0 or 1, one per offset."""
    if blob[:1] == BITMAP:
        return np.unpackbits(np.frombuffer(blob, dtype=np.uint8, offset=1))
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8)
    bits[decode(blob)] = 1
    return bits


def offsets_by_tag(tag_ids: npt.NDArray[np.uint32], offsets: npt.NDArray[np.int64]) -> dict[int, Offsets]:
    """Group pairs (tag id, offset), in any order, into ascending distinct offsets by tag id; tag ids ascend.

    >>> groups = offsets_by_tag(np.array([7, 2, 7, 7], dtype=np.uint32), np.array([5, 1, 3, 5]))
    >>> {tag_id: members.tolist() for tag_id, members in groups.items()}
    {2: [1], 7: [3, 5]}
    """
    pairs = np.sort((tag_ids.astype(np.int64) << ZONE_BITS) | offsets)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    owners = pairs >> ZONE_BITS
    members = (pairs & (ZONE_SIZE - 1)).astype(OFFSET_TYPE)
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    owner_ids = owners[starts].tolist()
    bounds = [*starts.tolist(), len(members)]
    return {tag_id: members[bounds[index] : bounds[index + 1]] for index, tag_id in enumerate(owner_ids)}


def add(blob: bytes | None, offsets: Offsets) -> tuple[bytes, int]:
    """Add ascending offsets to a posting list (None: empty). Returns the new list and its number of members."""
    appended = _appended(blob, offsets)
    if appended is not None:
        return appended
    bits = np.zeros(ZONE_SIZE, dtype=np.uint8) if blob is None else _bits(blob)
    bits[offsets] = 1
    size = int(np.count_nonzero(bits))
    return (encode(np.flatnonzero(bits)) if size <= ARRAY_LIMIT else _bitmap(bits)), size


def _appended(blob: bytes | None, added: Offsets) -> tuple[bytes, int] | None:
    """Append to a short array, the usual case while new media get ever higher ids; None if it does not apply.

    Plain bytes are used because numpy calls would cost more than such small lists.
    """
    if blob is None:
        blob = ARRAY
    size = (len(blob) - 1) // 2
    if blob[:1] != ARRAY or size + len(added) > ARRAY_LIMIT:
        return None
    tail = added.tobytes()
    if size and tail and int.from_bytes(tail[:2], "little") <= int.from_bytes(blob[-2:], "little"):
        return None
    return blob + tail, size + len(added)


def remove(blob: bytes, offsets: Iterable[int]) -> tuple[bytes, int]:
    """Remove offsets from a posting list. Returns the new list and its number of members."""
    remaining = np.setdiff1d(decode(blob), np.asarray(list(offsets), dtype=np.uint16), assume_unique=True)
    return encode(remaining), len(remaining)


def count_members(blob: bytes | None) -> int:
    """Count the members of a posting list without decoding it; None counts as empty."""
    if blob is None:
        return 0
    if blob[:1] == ARRAY:
        return (len(blob) - 1) // 2
    return int.from_bytes(blob[1:], "little").bit_count()


def unpack_ids(blob: bytes | None) -> list[int]:
    """Unpack the tag ids of one media file, stored as consecutive uint32 values; None counts as empty."""
    return np.frombuffer(blob, dtype=TAG_ID_TYPE).tolist() if blob else []


class ZonedMask:
    """A media mask cut into zones, to count the selected members of posting lists.

    In `full_zones` every media file that a list may contain is selected; in `partial_zones` only some are. No media
    file of any other zone is selected.
    """

    def __init__(self, mask: npt.NDArray[np.bool_], other_ids: npt.NDArray[np.int64]) -> None:
        """Take the mask over media ids, and the ids of all other media that posting lists may contain."""
        padded = np.zeros(-(-len(mask) // ZONE_SIZE) * ZONE_SIZE, dtype=np.bool_)
        padded[: len(mask)] = mask
        masks = padded.reshape(-1, ZONE_SIZE)
        selected = np.flatnonzero(masks.any(axis=1)).tolist()
        mixed = set(np.unique(other_ids >> ZONE_BITS).tolist())
        self.full_zones = [zone for zone in selected if zone not in mixed]
        self._masks = {zone: masks[zone] for zone in selected if zone in mixed}
        self._bitmaps = {zone: int.from_bytes(np.packbits(part).tobytes(), "big") for zone, part in self._masks.items()}

    @property
    def partial_zones(self) -> list[int]:
        """ZonedMask whose posting lists must be compared with the mask, member by member."""
        return list(self._masks)

    def count_common(self, zone: int, blob: bytes) -> int:
        """Count the selected members of a posting list of one of the `partial_zones`."""
        if blob[:1] == ARRAY:
            return int(np.count_nonzero(self._masks[zone][np.frombuffer(blob, dtype=OFFSET_TYPE, offset=1)]))
        return (int.from_bytes(blob[1:], "big") & self._bitmaps[zone]).bit_count()
