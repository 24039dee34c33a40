"""Writes containers with generation metadata byte by byte, in the layouts of the generators."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from iib.metadata import Registry, default_registry, parse_media
from iib.model.geninfo import GenerationInfo
from iib.model.media import FileStamp, ParsedMedia
from support.pictures import PNG_SIGNATURE, chunk

IMAGE_DESCRIPTION, MAKE, MODEL, SOFTWARE, XP_COMMENT = 0x010E, 0x010F, 0x0110, 0x0131, 0x9C9C
USER_COMMENT, MAKER_NOTE, EXIF_IFD, ORIENTATION = 0x9286, 0x927C, 0x8769, 0x0112
ASCII, SHORT, LONG, UNDEFINED, BYTE = 2, 3, 4, 7, 1
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
Tag = tuple[int, int, bytes]


def parse(path: Path, data: bytes | None = None, registry: Registry | None = None) -> ParsedMedia:
    """Write `data` to the path (if given) and read the file as the index does."""
    if data is not None:
        path.write_bytes(data)
    status = path.stat()
    stamp = FileStamp(status.st_size, status.st_mtime_ns, 0, 0)
    return parse_media(str(path), path.name, stamp, registry or default_registry())


def tiff(main: Sequence[Tag] = (), exif: Sequence[Tag] = (), order: str = "<") -> bytes:
    """A TIFF block: tags (number, type, value) of the main and of the Exif directory."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    count = len(main) + (1 if exif else 0)
    exif_at = 8 + 2 + 12 * count + 4
    values_at = exif_at + (2 + 12 * len(exif) + 4 if exif else 0)
    values = bytearray()

    def directory(tags: Sequence[Tag], pointer: int | None) -> bytes:
        rows = [(number, kind, len(value) // {SHORT: 2, LONG: 4}.get(kind, 1), value) for number, kind, value in tags]
        if pointer is not None:
            rows.append((EXIF_IFD, LONG, 1, struct.pack(order + "I", pointer)))
        out = struct.pack(order + "H", len(rows))
        for number, kind, length, value in sorted(rows):
            out += struct.pack(order + "HHI", number, kind, length)
            if len(value) <= 4:
                out += value.ljust(4, b"\0")
            else:
                out += struct.pack(order + "I", values_at + len(values))
                values.extend(value)
        return out + b"\0\0\0\0"

    block = head + directory(main, exif_at if exif else None)
    if exif:
        block += directory(exif, None)
    return block + bytes(values)


def user_comment(text: str, code: bytes = b"UNICODE\0", encoding: str = "utf-16-be", order: str = "<") -> bytes:
    """A TIFF block with only that comment."""
    return tiff(exif=[(USER_COMMENT, UNDEFINED, code + text.encode(encoding))], order=order)


def png_file(
    before: bytes = b"",
    after: bytes = b"",
    *,
    size: tuple[int, int] = (8, 8),
    rows: bytes | None = None,
    color: int = 2,
) -> bytes:
    """A PNG with chunks before and behind its pixels; `rows` are filtered rows for `color` type 2 or 6."""
    width, height = size
    rows = rows if rows is not None else (b"\0" + b"\x40" * width * (4 if color == 6 else 3)) * height
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return (
        PNG_SIGNATURE
        + chunk(b"IHDR", header)
        + before
        + chunk(b"IDAT", zlib.compress(rows))
        + after
        + chunk(b"IEND", b"")
    )


def text(key: str, value: str, encoding: str = "latin-1") -> bytes:
    """A PNG chunk of type tEXt."""
    return chunk(b"tEXt", key.encode() + b"\0" + value.encode(encoding))


def itext(key: str, value: str, *, packed: bool = False) -> bytes:
    """A PNG chunk of type iTXt."""
    body = value.encode()
    return chunk(
        b"iTXt", key.encode() + b"\0" + bytes((packed, 0)) + b"en\0key\0" + (zlib.compress(body) if packed else body)
    )


def ztext(key: str, value: str) -> bytes:
    """A PNG chunk of type zTXt."""
    return chunk(b"zTXt", key.encode() + b"\0\0" + zlib.compress(value.encode()))


def with_wrong_checksum(part: bytes) -> bytes:
    """The same chunk with a wrong checksum, as some editors leave it."""
    return part[:-4] + bytes(byte ^ 0xFF for byte in part[-4:])


def jpeg_file(*segments: tuple[int, bytes], size: tuple[int, int] = (16, 8), start: bytes = b"\xff\xd8") -> bytes:
    """A JPEG of headers only: segments (code, body), a frame, a scan."""
    frame = struct.pack(">BHHB", 8, size[1], size[0], 1) + b"\1\x11\0"
    parts = [*segments, (0xC0, frame)]
    body = b"".join(b"\xff" + bytes((code,)) + struct.pack(">H", len(data) + 2) + data for code, data in parts)
    return start + body + b"\xff\xda\0\x08\1\1\0\0\x3f\0\0\xff\xd9"


def exif_segment(block: bytes) -> tuple[int, bytes]:
    """A JPEG segment APP1 with EXIF."""
    return 0xE1, b"Exif\0\0" + block


def webp_file(*chunks: tuple[bytes, bytes], size: tuple[int, int] = (16, 8)) -> bytes:
    """A WebP with a canvas header that claims nothing, and these chunks."""
    canvas = b"\0\0\0\0" + (size[0] - 1).to_bytes(3, "little") + (size[1] - 1).to_bytes(3, "little")
    body = b"WEBP"
    for kind, data in ((b"VP8X", canvas), *chunks):
        body += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def sub_blocks(data: bytes) -> bytes:
    """GIF sub-blocks: pieces of at most 255 bytes."""
    pieces = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def gif_file(*extensions: bytes, size: tuple[int, int] = (8, 4)) -> bytes:
    """A GIF with one picture and these extensions in front of it."""
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0) + b"\2" + sub_blocks(b"\x44\x01")
    return head + b"".join(extensions) + picture + b"\x3b"


def gif_comment(value: str) -> bytes:
    """A comment extension of a GIF file."""
    return b"\x21\xfe" + sub_blocks(value.encode())


def gif_xmp(packet: str) -> bytes:
    """A GIF extension with XMP and its trailer of descending bytes."""
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    return b"\x21\xff\x0bXMP DataXMP" + packet.encode() + trailer


def xmp_packet(properties: Mapping[str, str], namespaces: Mapping[str, str] | None = None) -> str:
    """A packet with the properties as elements: `{"dc:description": "a cat"}`."""
    known = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "exif": "http://ns.adobe.com/exif/1.0/",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        **(namespaces or {}),
    }

    def escape(value: str) -> str:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")

    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in known.items())
    elements = "".join(
        f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(value)}</rdf:li></rdf:Alt></{name}>'
        if name.startswith("dc:")
        else f"<{name}>{escape(value)}</{name}>"
        for name, value in properties.items()
    )
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def box(kind: bytes, body: bytes, *, wide: bool = False) -> bytes:
    """An ISO box; `wide` writes a 64-bit size."""
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8, kind) + body


def data_box(value: bytes, kind: int = 1) -> bytes:
    """A box `data` of an item list."""
    return box(b"data", struct.pack(">II", kind, 0) + value)


def key_table(values: Mapping[str, str]) -> bytes:
    """A box `meta` with a key table, as ffmpeg writes free names."""
    keys = b"".join(box(b"mdta", name.encode()) for name in values)
    items = b"".join(
        box(struct.pack(">I", number), data_box(value.encode())) for number, value in enumerate(values.values(), 1)
    )
    handler = box(b"hdlr", b"\0" * 8 + b"mdta" + b"\0" * 13)
    return box(
        b"meta",
        b"\0\0\0\0" + handler + box(b"keys", struct.pack(">II", 0, len(values)) + keys) + box(b"ilst", items),
    )


def item_list(values: Mapping[bytes, str], *, old: bool = False) -> bytes:
    """A box `meta` of the iTunes style; `old` leaves out the version as QuickTime does."""
    items = b"".join(box(name, data_box(value.encode())) for name, value in values.items())
    handler = box(b"hdlr", b"\0" * 8 + b"mdir" + b"\0" * 13)
    return box(b"meta", (b"" if old else b"\0\0\0\0") + handler + box(b"ilst", items))


def mp4_file(inside_moov: bytes, *, behind: bytes = b"", size: tuple[int, int] = (64, 48)) -> bytes:
    """A movie whose `moov` comes after its media data."""
    header = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 2500) + b"\0" * 80)
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    track = box(b"tkhd", b"\0" * 40 + matrix + struct.pack(">II", size[0] << 16, size[1] << 16))
    moov = box(b"moov", header + box(b"trak", track) + inside_moov)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2") + box(b"mdat", b"\0" * 5000, wide=True) + moov + behind


def heif_file(
    *, exif: bytes = b"", xmp: str = "", brand: bytes = b"avif", in_item_data: bool = False, turned: int | None = None
) -> bytes:
    """A still image of items: Exif and XMP lie in `mdat`, or in the item data box."""
    items = [(b"Exif", b"\0\0\0\0" + exif)] if exif else []
    items += [(b"mime", xmp.encode())] if xmp else []
    info = struct.pack(">IH", 0, len(items) + 1) + box(b"infe", struct.pack(">IHH", 2 << 24, 1, 0) + b"av01\0")
    for number, (kind, _data) in enumerate(items, 2):
        content_type = b"application/rdf+xml\0" if kind == b"mime" else b""
        info += box(b"infe", struct.pack(">IHH", 2 << 24, number, 0) + kind + b"\0" + content_type)
    properties = box(b"ispe", struct.pack(">III", 0, 32, 16))
    properties += box(b"irot", bytes((turned,))) if turned is not None else b""
    stored = b"".join(data for _kind, data in items)

    def meta(first: int) -> bytes:
        method = 1 if in_item_data else 0
        places = struct.pack(">IBBH", 1 << 24, 0x44, 0x00, len(items))
        offset = 0 if in_item_data else first
        for number, (_kind, data) in enumerate(items, 2):
            places += struct.pack(">HHHHII", number, method, 0, 1, offset, len(data))
            offset += len(data)
        parts = (
            box(b"hdlr", b"\0" * 8 + b"pict" + b"\0" * 13),
            box(b"iinf", info),
            box(b"iloc", places),
            box(b"iprp", box(b"ipco", properties)),
            box(b"idat", stored) if in_item_data else b"",
        )
        return box(b"meta", b"\0\0\0\0" + b"".join(parts))

    head = box(b"ftyp", brand + b"\0\0\0\0mif1" + brand)
    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + (b"" if in_item_data else box(b"mdat", stored))


def element(number: int, body: bytes, *, endless: bool = False) -> bytes:
    """An EBML element with an eight-byte size."""
    name = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return name + (b"\x01" + b"\xff" * 7 if endless else b"\x01" + len(body).to_bytes(7, "big")) + body


def mkv_file(tags: Mapping[str, str], *, endless: bool = False, value_first: bool = False) -> bytes:
    """A Matroska file with one cluster and its tags behind it."""
    simple = b""
    for name, value in tags.items():
        parts = [element(0x45A3, name.encode()), element(0x4487, value.encode())]
        simple += element(0x67C8, b"".join(reversed(parts) if value_first else parts))
    info = element(0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4489, struct.pack(">d", 1500.0)))
    video = element(0xE0, element(0xB0, b"\x02\xd0") + element(0xBA, b"\x01\xe0"))
    tracks = element(0x1654AE6B, element(0xAE, video))
    cluster = element(0x1F43B675, element(0xE7, b"\0") + element(0xA3, b"\x81\0\0\x80" + b"x" * 300), endless=endless)
    body = info + tracks + cluster + element(0x1254C367, element(0x7373, simple))
    return element(0x1A45DFA3, element(0x4282, b"matroska")) + element(0x18538067, body, endless=endless)


def id3_file(frames: Mapping[str, str], version: int = 4, encoding: int = 3) -> bytes:
    """An MP3 file: a tag of TXXX frames, then some sound."""
    codec = {0: "latin-1", 1: "utf-16", 3: "utf-8"}[encoding]
    body = b""
    for name, value in frames.items():
        end = b"\0\0" if encoding == 1 else b"\0"
        content = bytes((encoding,)) + name.encode(codec) + end + value.encode(codec)
        size = synchsafe(len(content)) if version == 4 else struct.pack(">I", len(content))
        body += (b"TXX" + struct.pack(">I", len(content))[1:] if version == 2 else b"TXXX" + size + b"\0\0") + content
    return b"ID3" + bytes((version, 0, 0)) + synchsafe(len(body)) + body + b"\xff\xfb\x90\x00" + b"\0" * 400


def synchsafe(value: int) -> bytes:
    """A number of four bytes with seven bits each, as ID3 writes it."""
    return bytes((value >> shift) & 0x7F for shift in (21, 14, 7, 0))


def vorbis_comments(values: Mapping[str, str]) -> bytes:
    """A block of Vorbis comments."""
    out = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(values))
    for name, value in values.items():
        line = f"{name}={value}".encode()
        out += struct.pack("<I", len(line)) + line
    return out


def flac_file(values: Mapping[str, str]) -> bytes:
    """A FLAC file: STREAMINFO, then comments."""
    comments = vorbis_comments(values)
    return b"fLaC" + b"\0\0\0\x22" + b"\0" * 34 + b"\x84" + len(comments).to_bytes(3, "big") + comments


def ogg_file(values: Mapping[str, str], mark: bytes = b"OpusTags") -> bytes:
    """Two pages: the head, and the comments spread over as many segments as they need."""
    packet = mark + vorbis_comments(values)
    pages = b""
    for number, whole in enumerate((b"OpusHead" + b"\0" * 11, packet)):
        data = whole
        while data:
            part, data = data[: 255 * 200], data[255 * 200 :]
            table = bytes([255] * (len(part) // 255)) + (bytes((len(part) % 255,)) if not data else b"")
            pages += b"OggS" + b"\0" * 14 + struct.pack("<II", number, 0) + bytes((len(table),)) + table + part
    return pages


def riff_file(form: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A RIFF file, such as WAV or AVI."""
    body = form
    for kind, data in chunks:
        body += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def info_list(values: Mapping[bytes, str]) -> tuple[bytes, bytes]:
    """A LIST of INFO chunks."""
    body = b"INFO"
    for kind, value in values.items():
        data = value.encode() + b"\0"
        body += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)
    return b"LIST", body


def stealth_png(payload: bytes, *, alpha: bool = True, packed: bool = False, size: tuple[int, int] = (64, 64)) -> bytes:
    """A PNG whose lowest bits hold a text, column by column. Every row has another filter."""
    width, height = size
    channels = 4 if alpha else 3
    mark = b"stealth_" + (b"png" if alpha else b"rgb") + (b"comp" if packed else b"info")
    body = gzip.compress(payload) if packed else payload
    message = mark + struct.pack(">I", len(body) * 8) + body
    bits = "".join(f"{byte:08b}" for byte in message)
    pixels = [bytearray(b"\x80\x81\x82\xff"[:channels] * width) for _ in range(height)]
    step = 1 if alpha else 3
    assert len(bits) <= width * height * step, "the picture is too small for this text"
    for index, bit in enumerate(bits):
        pixel, band = divmod(index, step)
        x, y = divmod(pixel, height)
        at = x * channels + (3 if alpha else band)
        pixels[y][at] = pixels[y][at] & 0xFE | int(bit)
    rows = b""
    above = bytearray(width * channels)
    for y, row in enumerate(pixels):
        rows += filtered(row, above, channels, y % 5)
        above = row
    return png_file(size=size, rows=rows, color=6 if alpha else 2)


def filtered(row: bytearray, above: bytearray, channels: int, kind: int) -> bytes:
    """One PNG row with a filter type (0 None, 1 Sub, 2 Up, 3 Average, 4 Paeth)."""
    out = bytearray((kind,))
    for at, value in enumerate(row):
        left = row[at - channels] if at >= channels else 0
        up = above[at]
        corner = above[at - channels] if at >= channels else 0
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda other: abs(guess - other))
        out.append(value - (0, left, up, (left + up) // 2, nearest)[kind] & 0xFF)
    return bytes(out)


def cbor(value: object) -> bytes:
    """Encode maps, lists, texts, integers and booleans as CBOR."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _cbor_head(0, value)
    if isinstance(value, str):
        return _cbor_head(3, len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return _cbor_head(2, len(value)) + value
    if isinstance(value, Mapping):
        return _cbor_head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())
    assert isinstance(value, Sequence)
    return _cbor_head(4, len(value)) + b"".join(cbor(item) for item in value)


def _cbor_head(kind: int, count: int) -> bytes:
    return bytes((kind << 5 | count,)) if count < 24 else bytes((kind << 5 | 26,)) + struct.pack(">I", count)


def superbox(label: str, *inside: bytes, kind: bytes = b"") -> bytes:
    """A JUMBF superbox with its description; `kind` is the beginning of its type."""
    return box(b"jumb", box(b"jumd", kind.ljust(16, b"\0") + b"\x03" + label.encode() + b"\0") + b"".join(inside))


def c2pa_manifest(claim: Mapping[str, object], actions: Sequence[Mapping[str, object]], issuer: str = "") -> bytes:
    """A manifest store with one manifest: assertions, claim, and a signature that signs nothing."""
    return c2pa_store((claim, actions, issuer))


def c2pa_store(
    *manifests: tuple[Mapping[str, object], Sequence[Mapping[str, object]], str], label: str = "urn:c2pa:{}"
) -> bytes:
    """A store of manifests (claim, actions, issuer); the last one is the active one."""
    return superbox("c2pa", *(_manifest(label.format(index), *parts) for index, parts in enumerate(manifests)))


def _manifest(label: str, claim: Mapping[str, object], actions: Sequence[Mapping[str, object]], issuer: str) -> bytes:
    name = issuer.encode()
    certificate = b"\x06\x03\x55\x04\x0a\x0c" + bytes((len(name),)) + name
    return superbox(
        label,
        superbox("c2pa.assertions", superbox("c2pa.actions.v2", box(b"cbor", cbor({"actions": actions})))),
        superbox("c2pa.claim.v2", box(b"cbor", cbor(claim))),
        superbox("c2pa.signature", box(b"cbor", cbor([certificate]))),
        kind=b"c2ma",
    )


def iptc_block(values: Mapping[int, str]) -> bytes:
    """A Photoshop block with IPTC records of the application record."""
    records = b"".join(
        b"\x1c\x02" + struct.pack(">BH", number, len(v.encode())) + v.encode() for number, v in values.items()
    )
    return b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records


def core(info: GenerationInfo) -> tuple[object, ...]:
    """The fields that nearly every tool writes."""
    return info.tool, info.prompt, info.negative_prompt, info.model, info.sampler, info.steps, info.cfg, info.seed
