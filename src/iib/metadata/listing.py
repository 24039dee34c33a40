"""Lists every metadata entry of a file under its own name, as `GET /image_exif` gives it."""

from __future__ import annotations

from collections.abc import Mapping

from iib.metadata.carriers.embedded.exif import TEXT_TAGS
from iib.metadata.carriers.text_encodings import decode_ascii, decode_user_comment
from iib.model import Json, RawEntry

NUMBERS = {name: number for number, name in TEXT_TAGS.items()}
POINTERS = frozenset((0x8769, 0x8825, 0xA005, 0x014A))
EXIF_IFD, GPS_IFD = 0x8769, 0x8825
USER_COMMENT, XP_TAGS = 0x9286, range(0x9C9B, 0x9CA0)
LONGEST_BINARY = 64  # bytes of an unknown binary value that are shown


def list_entries(path: str, raw: tuple[RawEntry, ...]) -> dict[str, str]:
    """EXIF tags by decimal number, other entries by their names; entries of the container win."""
    found: dict[str, str] = {}
    for entry in raw:
        if entry.place != "exif":
            continue
        number = NUMBERS.get(entry.key)
        if number is None and entry.key.startswith("0x"):
            number = int(entry.key, 16)
        found.setdefault(entry.key if number is None else str(number), entry.text)
    for number, text in _numbers_too(path).items():
        found.setdefault(str(number), text)
    named: dict[str, str] = {}
    for entry in raw:
        name = f"c2pa.{entry.key}" if entry.place == "c2pa" else entry.key
        if entry.place == "exif" or name.lower().startswith("exif") or not entry.text:
            continue
        named.setdefault(name, entry.text)
    return {**found, **named}


def _numbers_too(path: str) -> dict[int, str]:
    """What a picture library reads beside the texts: exposure, dates, orientation..."""
    from PIL import Image  # only the metadata browser asks for it

    try:
        with Image.open(path) as image:
            exif = image.getexif()
            tags: dict[int, Json] = {**exif, **exif.get_ifd(EXIF_IFD), **_gps(exif.get_ifd(GPS_IFD))}
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, Image.DecompressionBombError):
        return {}
    except Exception:  # noqa: BLE001  (decoders of broken pictures raise what they like)
        return {}
    shown = {number: _shown(number, value) for number, value in tags.items() if number not in POINTERS}
    return {number: text for number, text in shown.items() if text}


def _gps(tags: Mapping[int, Json]) -> dict[int, Json]:
    """Their numbers are small and stand for other things elsewhere, but no text tag has them."""
    return {number: value for number, value in tags.items() if 0 < number < 32}


def _shown(number: int, value: Json) -> str:
    if isinstance(value, bytes):
        if number == USER_COMMENT:
            return decode_user_comment(value)
        if number in XP_TAGS:
            return value.decode("utf-16-le", "replace").strip("\0")
        text = decode_ascii(value)
        return text if text.isprintable() else value[:LONGEST_BINARY].hex(" ")
    if isinstance(value, tuple | list):
        return ", ".join(_shown(0, item) for item in value)
    return str(value).strip("\0 ")
