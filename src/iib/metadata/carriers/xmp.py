"""XMP packets (ISO 16684-1): properties as attributes or elements, with rdf containers inside."""

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
CONTAINERS = frozenset(("Alt", "Seq", "Bag", "li"))
OUTER = frozenset(("RDF", "Description", "xmpmeta", "xapmeta"))
SEPARATOR = " "


class _Collector:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._path: list[str] = []
        self._texts: list[list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; attributes of a description are properties."""
        self._path.append(name)
        self._texts.append([])
        for key, value in attributes.items():
            local = key.rpartition(SEPARATOR)[2]
            if local not in ("about", "lang", "parseType", "resource", "xmptk"):
                self._add(key, value)
            elif local == "resource":
                self._add(name, value)

    def text(self, data: str) -> None:
        """Character data."""
        if self._texts:
            self._texts[-1].append(data)

    def end(self, _name: str) -> None:
        """An element ends; its text belongs to the nearest property around it."""
        text = "".join(self._texts.pop()).strip()
        if text:
            for name in reversed(self._path):
                local = name.rpartition(SEPARATOR)[2]
                if local not in CONTAINERS:
                    if local not in OUTER:
                        self._add(name, text)
                    break
        self._path.pop()

    def _add(self, name: str, text: str) -> None:
        namespace, _, local = name.rpartition(SEPARATOR)
        prefix = NAMESPACES.get(namespace) or namespace.rstrip("/#").rpartition("/")[2]
        if text.strip() and len(self.entries) < MAX_ENTRIES:
            self.entries.append(Entry("xmp", f"{prefix}:{local}" if prefix else local, text))


def read_xmp(text: str) -> list[Entry]:
    """The properties of a packet. A broken packet gives those before the break; entities are refused."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    parser.EntityDeclHandler = _refuse
    with contextlib.suppress(expat.ExpatError, ValueError):
        parser.Parse(text[text.find("<") :].strip("\x00 \r\n\t"), True)
    return collector.entries


def _refuse(*_arguments: object) -> None:
    raise ValueError("entities are not read")
