"""Lists all metadata entries of a file for the metadata browser (`GET /image_exif`)."""

from __future__ import annotations

from collections.abc import Mapping

from iib.metadata.carriers.embedded.exif import TEXT_TAGS
from iib.metadata.carriers.text_encodings import decode_ascii, decode_user_comment
from iib.model import Json, RawEntry

NUMBERS = {name: number for number, name in TEXT_TAGS.items()}
POINTERS = frozenset((0x8769, 0x8825, 0xA005, 0x014A))
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
USER_COMMENT, XP_TAGS = 0x9286, range(0x9C9B, 0x9CA0)
MAX_BINARY_BYTES = 64  # of an unknown binary value that are shown


def list_entries(path: str, raw: tuple[RawEntry, ...]) -> dict[str, str]:
    """Return EXIF tags by their decimal number and all other entries by their key.

    Entries of `raw` take precedence over the EXIF tags that Pillow reads from the file.
    """
    exif_texts: dict[str, str] = {}
    for entry in raw:
        if entry.place != "exif":
            continue
        number = NUMBERS.get(entry.key)
        if number is None and entry.key.startswith("0x"):
            number = int(entry.key, 16)
        exif_texts.setdefault(entry.key if number is None else str(number), entry.text)
    for number, text in _read_exif(path).items():
        exif_texts.setdefault(str(number), text)
    other_texts: dict[str, str] = {}
    for entry in raw:
        name = f"c2pa.{entry.key}" if entry.place == "c2pa" else entry.key
        if entry.place == "exif" or name.lower().startswith("exif") or not entry.text:
            continue
        other_texts.setdefault(name, entry.text)
    return {**exif_texts, **other_texts}


def _read_exif(path: str) -> dict[int, str]:
    """Return the EXIF tags that Pillow reads, numbers included (exposure, dates, orientation); empty on any error."""
    from PIL import Image  # used by the metadata browser only

    try:
        with Image.open(path) as image:
            exif = image.getexif()
            tags: dict[int, Json] = {**exif, **exif.get_ifd(EXIF_IFD), **_gps(exif.get_ifd(GPS_IFD))}
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, Image.DecompressionBombError):
        return {}
    except Exception:  # noqa: BLE001  (decoders of broken pictures raise what they like)
        return {}
    texts = {number: _format_value(number, value) for number, value in tags.items() if number not in POINTERS}
    return {number: text for number, text in texts.items() if text}


def _gps(tags: Mapping[int, Json]) -> dict[int, Json]:
    """Return the tags of the GPS directory. Their numbers mean other things elsewhere, but no text tag has them."""
    return {number: value for number, value in tags.items() if 0 < number < 32}


def _format_value(number: int, value: Json) -> str:
    if isinstance(value, bytes):
        if number == USER_COMMENT:
            return decode_user_comment(value)
        if number in XP_TAGS:
            return value.decode("utf-16-le", "replace").strip("\0")
        text = decode_ascii(value)
        return text if text.isprintable() else value[:MAX_BINARY_BYTES].hex(" ")
    if isinstance(value, tuple | list):
        return ", ".join(_format_value(0, item) for item in value)
    return str(value).strip("\0 ")
