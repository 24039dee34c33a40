"""Reads EXIF texts from a TIFF block (CIPA DC-008, TIFF 6.0). Damaged blocks are common and read as far as possible."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from iib.metadata.carriers.embedded.iptc import read_irb
from iib.metadata.carriers.embedded.xmp import read_xmp
from iib.metadata.carriers.text_encodings import decode_ascii, decode_user_comment
from iib.metadata.protocol import MAX_FILE_BYTES, Entry

TEXT_TAGS = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x0132: "DateTime",
    0x8298: "Copyright",
    0x9286: "UserComment",
    0x927C: "MakerNote",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
EXIF_IFD = 0x8769
ORIENTATION = 0x0112
USER_COMMENT, MAKER_NOTE, XMP_PACKET, IPTC_BLOCK, PHOTOSHOP_BLOCK = 0x9286, 0x927C, 0x02BC, 0x83BB, 0x8649
XP_TAGS = range(0x9C9B, 0x9CA0)
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
MAX_IFDS = 12
MAX_TAGS = 400
MIN_PRIVATE_TEXT = 12  # characters; shorter texts of private tags are ignored
GRAPH_MARK = re.compile(rb"(workflow|prompt)\s*:\s*\{", re.IGNORECASE)
MAX_GRAPHS, MAX_CUT_GRAPHS = 8, 3
MAX_GRAPH_BYTES = 2 * 1024 * 1024
BRACES = re.compile(rb'[{}"\\]')


@dataclass(frozen=True, slots=True)
class Tiff:
    """Texts and EXIF orientation (1-8) of one TIFF block."""

    entries: tuple[Entry, ...]
    orientation: int = 1


def read_tiff(data: bytes) -> Tiff:
    """Return the text tags of all directories and the orientation. Never raises: unreadable parts are skipped."""
    if data.startswith(b"Exif\0\0"):
        data = data[6:]
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return Tiff(tuple(_find_graphs(data)))
    block = _Block(data, order)
    block.walk()
    entries = block.entries
    if not any(_is_whole_graph(entry.text) for entry in entries):
        entries += _find_graphs(data)
    return Tiff(tuple(entries), block.orientation)


@dataclass(slots=True)
class _Block:
    data: bytes
    order: str
    entries: list[Entry] = field(default_factory=list)
    orientation: int = 1
    bytes_left: int = MAX_FILE_BYTES  # overlapping values count each time

    def walk(self) -> None:
        """Read all directories, each once."""
        data, order = self.data, self.order
        pending = [struct.unpack_from(order + "I", data, 4)[0]]
        visited: set[int] = set()
        while pending and len(visited) < MAX_IFDS:
            offset = pending.pop(0)
            if offset in visited or not 0 < offset <= len(data) - 2:
                continue
            visited.add(offset)
            (count,) = struct.unpack_from(order + "H", data, offset)
            for index in range(min(count, MAX_TAGS)):
                start = offset + 2 + 12 * index
                if start + 12 > len(data):
                    break
                following = self._read_tag(start)
                if following:
                    pending.append(following)
            end = offset + 2 + 12 * count
            if end + 4 <= len(data):
                pending.append(struct.unpack_from(order + "I", data, end)[0])

    def _read_tag(self, start: int) -> int:
        """Read one tag; returns the offset of the directory that it points to, otherwise 0."""
        data = self.data
        tag, kind, length, where = struct.unpack_from(self.order + "HHII", data, start)
        if tag == ORIENTATION and kind == 3:
            value = struct.unpack_from(self.order + "H", data, start + 8)[0]
            self.orientation = value if 1 <= value <= 8 else 1
        elif tag == EXIF_IFD:
            return int(where)
        elif kind in (1, 2, 7) or tag in TEXT_TAGS:
            size = length * SIZES.get(kind, 1)
            if size > 4 and where >= len(data):
                return 0
            end = min(where + size, where + self.bytes_left)
            raw = data[start + 8 : start + 8 + size] if size <= 4 else data[where:end]
            self.bytes_left -= len(raw)
            self.entries += _entries(tag, raw)
        return 0


def _entries(tag: int, raw: bytes) -> list[Entry]:
    if tag == XMP_PACKET:
        return read_xmp(raw.decode("utf-8", "replace"))
    if tag in (IPTC_BLOCK, PHOTOSHOP_BLOCK):
        return read_irb(raw)
    name = TEXT_TAGS.get(tag)
    if tag == USER_COMMENT:
        text = decode_user_comment(raw)
    elif tag in XP_TAGS:
        text = raw.decode("utf-16-le", "replace").strip("\0")
    else:
        if (name is None or tag == MAKER_NOTE) and b"\0" in raw.rstrip(b"\0"):
            return []
        text = decode_ascii(raw)
        is_binary = not text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable()
        if is_binary and (name is None or tag == MAKER_NOTE):
            return []
        if name is None and len(text) < MIN_PRIVATE_TEXT:
            return []
    text = text.strip("\0 ")
    return [Entry("exif", name or f"0x{tag:04x}", text, tag)] if text else []


def _is_whole_graph(text: str) -> bool:
    head = text[:40].lower().replace(" ", "")
    return head.startswith(("workflow:{", "prompt:{")) and text.rstrip().endswith("}")


def _find_graphs(data: bytes) -> list[Entry]:
    """Return the ComfyUI graphs inside a damaged block, whose offsets and counts are wrong."""
    graphs: list[Entry] = []
    previous_end = failed = 0
    for match in GRAPH_MARK.finditer(data):
        if len(graphs) >= MAX_GRAPHS or failed >= MAX_CUT_GRAPHS:
            break
        if match.start() < previous_end:
            continue
        end = balanced_end(data, match.end() - 1)
        failed += not end
        if end:
            previous_end = end
            body = data[match.end() - 1 : end].decode("utf-8", "replace")
            graphs.append(Entry("exif", match[1].decode().lower(), body))
    return graphs


def balanced_end(data: bytes, start: int) -> int:
    """Return the index after the JSON object that begins at `start`, or 0 if it does not end.

    >>> balanced_end(b'x{"a": {}} y', 1)
    10
    """
    depth, position, in_string = 0, start, False
    for match in BRACES.finditer(data, start, start + MAX_GRAPH_BYTES):
        if match.start() < position:
            continue
        char = match[0]
        if in_string:
            if char == b"\\":
                position = match.start() + 2
            elif char == b'"':
                in_string = False
        elif char == b'"':
            in_string = True
        elif char == b"{":
            depth += 1
        elif char == b"}":
            depth -= 1
            if depth == 0:
                return match.end()
    return 0
