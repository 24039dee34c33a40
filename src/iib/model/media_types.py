"""Media types by file extension; server and page use the same list."""

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
    """Lower-case extension without the dot, "" for none.

    >>> extension_of("A.Png"), extension_of("README")
    ('png', '')
    """
    return name.rpartition(".")[2].lower() if "." in name else ""


def kind_of(name: str) -> MediaKind | None:
    """Media kind by extension, or None for other files.

    >>> kind_of("clip.MP4"), kind_of("notes.txt")
    (<MediaKind.VIDEO: 1>, None)
    """
    return KINDS.get(extension_of(name))


def is_media_name(name: str) -> bool:
    """True if the extension belongs to an image, a video or an audio file."""
    return extension_of(name) in EXTENSIONS


def mime_of(name: str) -> str:
    """MIME type by extension. The table is built in because the tables of operating systems differ.

    >>> mime_of("a.jpe"), mime_of("a.xyz")
    ('image/jpeg', 'application/octet-stream')
    """
    return MIME_TYPES.get(extension_of(name), UNKNOWN_MIME)


def is_transport_stream(head: bytes) -> bool:
    """True if a `.ts` file is a video and not TypeScript: its first packets begin with sync bytes (ISO/IEC 13818-1)."""
    return len(head) > TS_PACKET and head[0] == TS_SYNC and head[TS_PACKET] == TS_SYNC


def is_in_trash(path: str) -> bool:
    """True for a trash folder and everything in it; such files are never part of the library.

    >>> is_in_trash("/pictures/.iib-trash/1/a.png"), is_in_trash("/pictures/a.png")
    (True, False)
    """
    return TRASH_FOLDER in path and TRASH_FOLDER in path.replace("\\", "/").split("/")
