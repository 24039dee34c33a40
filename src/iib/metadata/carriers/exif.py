"""EXIF text out of a TIFF block (CIPA DC-008, TIFF 6.0), tolerant: the field is full of damaged blocks."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from iib.metadata.protocol import Entry

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
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
MAX_IFDS = 12
MAX_TAGS = 400
UNKNOWN_TEXT_LENGTH = 12  # a private tag of this length or more that reads as text is kept
ORDINARY = re.compile(r"[^ -~\n\r\t]+")  # what is left without these is ordinary
IMPLAUSIBLE = re.compile("[\ufffd\ud800-\udfff\ue000-\uf8ff]")
GRAPH_MARK = re.compile(rb"(workflow|prompt)\s*:\s*\{", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tiff:
    """Texts and orientation of one block."""

    entries: tuple[Entry, ...]
    orientation: int = 1


def read_tiff(data: bytes) -> Tiff:
    """All text tags of all directories. Never raises: what cannot be read is left out."""
    if data.startswith(b"Exif\0\0"):
        data = data[6:]
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return Tiff(tuple(_graphs_in(data)))
    entries: list[Entry] = []
    orientation = 1
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
            tag, kind, length, where = struct.unpack_from(order + "HHII", data, start)
            if tag == ORIENTATION and kind == 3:
                value = struct.unpack_from(order + "H", data, start + 8)[0]
                orientation = value if 1 <= value <= 8 else 1
            elif tag == EXIF_IFD:
                pending.append(where)
            elif kind in (1, 2, 7) or tag in TEXT_TAGS:
                size = length * SIZES.get(kind, 1)
                raw = data[start + 8 : start + 8 + size] if size <= 4 else data[where : where + size]
                entry = _entry(tag, raw)
                if entry is not None:
                    entries.append(entry)
        following = offset + 2 + 12 * count
        if following + 4 <= len(data):
            pending.append(struct.unpack_from(order + "I", data, following)[0])
    if not any(_is_whole_graph(entry.text) for entry in entries):
        entries += _graphs_in(data)
    return Tiff(tuple(entries), orientation)


def _entry(tag: int, raw: bytes) -> Entry | None:
    name = TEXT_TAGS.get(tag)
    if tag == 0x9286:
        text = decode_user_comment(raw)
    elif 0x9C9B <= tag <= 0x9C9F:
        text = raw.decode("utf-16-le", "replace").strip("\0")
    else:
        text = _decode_ascii(raw)
        if name is None and (len(text) < UNKNOWN_TEXT_LENGTH or not text.isprintable()):
            return None
    text = text.strip("\0 ")
    return Entry("exif", name or f"0x{tag:04x}", text, tag) if text else None


def _decode_ascii(raw: bytes) -> str:
    """Tags typed ASCII often hold UTF-8."""
    raw = raw.strip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_user_comment(raw: bytes) -> str:
    """Decode UserComment by what it is, not by what its header claims (byte order and character code both lie)."""
    code, body = raw[:8], raw[8:]
    if code == b"UNICODE\0":
        return _decode_utf16(body)
    if code == b"ASCII\0\0\0" or not code.strip(b"\0"):
        return _unswap(_decode_ascii(body))
    if code == b"JIS\0\0\0\0\0":
        return body.decode("iso2022_jp", "replace")
    return _decode_utf16(raw) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else _decode_ascii(raw)


def _decode_utf16(body: bytes) -> str:
    if body[:2] == b"\xff\xfe":
        return body[2:].decode("utf-16-le", "replace").rstrip("\0")
    if body[:2] == b"\xfe\xff":
        return body[2:].decode("utf-16-be", "replace").rstrip("\0")
    body = body[: len(body) & ~1]
    candidates = [body.decode("utf-16-le", "replace"), body.decode("utf-16-be", "replace")]
    if body.isascii() and b"\0" not in body:
        candidates.append(body.decode("ascii"))
    return max(candidates, key=_plausibility).rstrip("\0")


def _plausibility(text: str) -> float:
    """Share of ordinary characters; blanks and digits weigh most, what no text holds weighs against it."""
    if not text:
        return 0.0
    sample = text[:4000]
    good = len(ORDINARY.sub("", sample))
    bad = len(IMPLAUSIBLE.findall(sample))
    return (good - 4 * bad) / len(sample)


def _unswap(text: str) -> str:
    """Undo a re-encoder that misread UTF-16 and stored the swapped characters as UTF-8."""
    sample = text[:400]
    if sum(char > "\u00ff" for char in sample) * 10 < len(sample) * 9:
        return text
    swapped = text.encode("utf-16-le", "surrogatepass").decode("utf-16-be", "replace")
    ascii_share = sum(char < "\u0080" for char in swapped[:400])
    return swapped.rstrip("\0") if ascii_share * 10 >= len(sample) * 9 else text


def _is_whole_graph(text: str) -> bool:
    head = text[:40].lower().replace(" ", "")
    return head.startswith(("workflow:{", "prompt:{")) and text.rstrip().endswith("}")


def _graphs_in(data: bytes) -> list[Entry]:
    """Graphs inside a damaged block, where offsets and counts are wrong."""
    found = []
    for match in GRAPH_MARK.finditer(data):
        end = balanced_end(data, match.end() - 1)
        if end:
            body = data[match.end() - 1 : end].decode("utf-8", "replace")
            found.append(Entry("exif", match[1].decode().lower(), body))
    return found


def balanced_end(data: bytes, start: int) -> int:
    """Index behind the JSON object that begins at `start`; 0 if it never ends."""
    depth, position, in_string = 0, start, False
    for match in re.compile(rb'[{}"\\]').finditer(data, start):
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
