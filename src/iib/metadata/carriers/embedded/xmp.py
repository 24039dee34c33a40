"""Reads XMP packets (ISO 16684-1): properties as attributes or elements, and the RDF containers inside them."""

from __future__ import annotations

import contextlib
from xml.parsers import expat

from iib.metadata.protocol import MAX_ENTRIES, Entry

NAMESPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "iptcExt",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
}
RDF_CONTAINERS = frozenset(("Alt", "Seq", "Bag", "li"))
OUTER_ELEMENTS = frozenset(("RDF", "Description", "xmpmeta", "xapmeta"))
NOT_PROPERTIES = frozenset(("about", "lang", "parseType", "xmptk", "ID", "nodeID", "datatype"))
SEPARATOR = " "
MAX_DEPTH = 64


class _Collector:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._path: list[str] = []
        self._texts: list[list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element; the attributes of a description are properties."""
        if len(self._path) >= MAX_DEPTH:
            raise ValueError("XMP nested too deeply")
        self._path.append(name)
        self._texts.append([])
        for key, value in attributes.items():
            local = _local_name(key)
            if local == "resource":
                self._add(name, value)
            elif local not in NOT_PROPERTIES:
                self._add(key, value)

    def text(self, data: str) -> None:
        """Add character data to the current element."""
        if self._texts:
            self._texts[-1].append(data)

    def end(self, _name: str) -> None:
        """End an element; its text belongs to the nearest property around it."""
        text = "".join(self._texts.pop()).strip()
        if text:
            for name in reversed(self._path):
                local = _local_name(name)
                if local not in RDF_CONTAINERS:
                    if local not in OUTER_ELEMENTS:
                        self._add(name, text)
                    break
        self._path.pop()

    def _add(self, name: str, text: str) -> None:
        """Add an entry with the usual prefix of a known namespace, otherwise with the prefix of the packet."""
        parts = name.split(SEPARATOR)
        prefix = NAMESPACES.get(parts[0]) or (parts[2] if len(parts) == 3 else "")
        local = parts[1] if len(parts) > 1 else parts[0]
        if text.strip() and len(self.entries) < MAX_ENTRIES:
            self.entries.append(Entry("xmp", f"{prefix}:{local}" if prefix else local, text))


def _local_name(name: str) -> str:
    parts = name.split(SEPARATOR)
    return parts[1] if len(parts) > 1 else parts[0]


def read_xmp(text: str) -> list[Entry]:
    """Return the properties of a packet, of a broken one those before the break. Entities are refused."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    parser.EntityDeclHandler = _refuse
    with contextlib.suppress(expat.ExpatError, ValueError):
        parser.Parse(text[max(0, text.find("<")) :].strip("\x00 \r\n\t"), True)
    return collector.entries


def _refuse(*_arguments: object) -> None:
    raise ValueError("XMP with entities")
