"""Decodes the part of CBOR (RFC 8949) that C2PA claims use, within limits on items and depth."""

from __future__ import annotations

import struct

from iib.errors import MetadataError
from iib.model import Json

MAX_ITEMS = 20_000
MAX_DEPTH = 32
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_BREAK = object()


def loads_cbor(data: bytes) -> Json:
    """Return the first item. Byte strings stay bytes, tags are dropped. Raises `MetadataError`.

    >>> loads_cbor(bytes.fromhex("a1616101"))
    {'a': 1}
    """
    return _Decoder(data).item(0)


class _Decoder:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._items = 0

    def item(self, depth: int) -> Json:
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise MetadataError("CBOR is too deep or too long")
        first = self._take(1)[0]
        kind, low = first >> 5, first & 31
        if kind == 7:
            return self._simple(low)
        if low == 31:
            return self._indefinite(kind, depth)
        count = int.from_bytes(self._take(_WIDTHS[low]), "big") if low in _WIDTHS else low
        if low > 27:
            raise MetadataError("CBOR has a reserved length")
        if kind == 0:
            return count
        if kind == 1:
            return -1 - count
        if kind in (2, 3):
            text = self._take(count)
            return text if kind == 2 else text.decode("utf-8", "replace")
        if kind == 4:
            return [self.item(depth + 1) for _ in range(self._bounded(count))]
        if kind == 5:
            return {_key(self.item(depth + 1)): self.item(depth + 1) for _ in range(self._bounded(count))}
        return self.item(depth + 1)  # a tag

    def _bounded(self, count: int) -> int:
        if count > len(self._data) - self._position:
            raise MetadataError("CBOR claims more items than there are bytes")
        return count

    def _take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):
            raise MetadataError("CBOR ends inside an item")
        part = self._data[self._position : end]
        self._position = end
        return part

    def _simple(self, low: int) -> Json:
        if low == 31:
            return _BREAK
        if low in _FLOATS:
            return struct.unpack(_FLOATS[low], self._take(_WIDTHS[low]))[0]
        if low == 24:
            self._take(1)
        return _SIMPLE.get(low)

    def _indefinite(self, kind: int, depth: int) -> Json:
        items = []
        while (item := self.item(depth + 1)) is not _BREAK:
            items.append(item)
        if kind == 5:
            return {_key(key): value for key, value in zip(items[::2], items[1::2], strict=False)}
        if kind == 3:
            return "".join(item for item in items if isinstance(item, str))
        if kind == 2:
            return b"".join(item for item in items if isinstance(item, bytes))
        return items


def _key(value: Json) -> Json:
    return value if isinstance(value, str | int | bytes) else repr(value)[:100]
