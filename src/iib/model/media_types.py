"""What counts as media: decided by extension, the same list for server and page."""

from __future__ import annotations

from iib.model.media import MEDIA_KIND_OF_WORD, MediaKind

MIME_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jpe": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "avif": "image/avif",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "avi": "video/x-msvideo",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "wmv": "video/x-ms-wmv",
    "flv": "video/x-flv",
    "ts": "video/mp2t",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "wma": "audio/x-ms-wma",
}
KINDS = {extension: MEDIA_KIND_OF_WORD[mime.partition("/")[0]] for extension, mime in MIME_TYPES.items()}
EXTENSIONS = frozenset(KINDS)
UNKNOWN_MIME = "application/octet-stream"
TRASH_FOLDER = ".iib-trash"  # at the top of each root
TS_PACKET = 188
TS_SYNC = 0x47


def extension_of(name: str) -> str:
    """Lower-case extension without the dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(name: str) -> MediaKind | None:
    """Kind by extension; None if this is no media file."""
    return KINDS.get(extension_of(name))


def is_media_name(name: str) -> bool:
    """True for the extensions of the three kinds."""
    return extension_of(name) in EXTENSIONS


def mime_of(name: str) -> str:
    """MIME type by extension, from our own table: hosts differ."""
    return MIME_TYPES.get(extension_of(name), UNKNOWN_MIME)


def is_transport_stream(head: bytes) -> bool:
    """Tell a `.ts` video from a TypeScript source by the sync bytes of its first packets (ISO/IEC 13818-1)."""
    return len(head) > TS_PACKET and head[0] == TS_SYNC and head[TS_PACKET] == TS_SYNC


def is_in_trash(path: str) -> bool:
    """True for a trash folder and everything in it; such files are never part of the library."""
    return TRASH_FOLDER in path and TRASH_FOLDER in path.replace("\\", "/").split("/")
