"""One file in, one `ParsedMedia` out: carrier by content, dialects by score, the rest merged."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from io import BytesIO
from typing import BinaryIO

from iib.errors import MetadataError
from iib.metadata.carriers.embedded.exif import TEXT_TAGS
from iib.metadata.carriers.embedded.stealth import MAX_PIXELS, may_hide, read_stealth
from iib.metadata.normalise import derive_tags, render_text
from iib.metadata.protocol import GUESS, ContainerMetadata, Context, DialectResult, Entry
from iib.metadata.registry import Registry
from iib.metadata.sidecars import read_sidecars
from iib.model import FileStamp, GenerationInfo, MediaKind, ParsedMedia, RawEntry, extension_of, kind_of

HASHED_BYTES = 4096
SNIFFED_BYTES = 64
BUFFER_BYTES = 16 * 1024
WHOLE_BYTES = 64 * 1024  # up to this size a file is read at once
READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows would translate the ends of lines
KEPT_RAW_CHARACTERS = 4_000_000
MERGED_FIELDS = (
    "prompt", "negative_prompt", "models", "loras", "vae", "sampler", "scheduler", "steps", "cfg",
    "guidance", "seed", "width", "height", "denoise", "embeddings", "characters", "stages", "hires", "is_generated",
)  # fmt: skip
MARKS = ("is_generated",)  # what a guess may add to a reading
RICH_FIELDS = ("prompt", "negative_prompt", "models", "loras", "sampler", "steps", "cfg", "seed", "width", "stages")
EMPTY: tuple[object, ...] = (None, (), {})
UNEXPECTED = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)
TAG_NUMBERS = {name: number for number, name in TEXT_TAGS.items()}
CONTAINERS = {"png": "png", "jpeg": "jpeg", "gif": "gif", "mp4": "mp4", "mkv": "mkv", "id3": "mp3", "riff": "wav"}


def read_container(path: str, registry: Registry, size_bytes: int) -> tuple[ContainerMetadata | None, bytes]:
    """What the container holds (None: nobody knows this container) and the content hash.

    Raises `OSError` when the file cannot be opened, `MetadataError` when the container is broken.
    """
    with _opened(path, size_bytes) as stream:
        head = stream.read(HASHED_BYTES)
        carrier = registry.carrier_of(head[:SNIFFED_BYTES])
        carried: ContainerMetadata | None = None
        if carrier is not None:
            stream.seek(0)
            carried = carrier.read(stream, size_bytes)
        tail = b""
        if size_bytes > HASHED_BYTES:  # last: the carrier wants what is buffered behind the head
            stream.seek(max(HASHED_BYTES, size_bytes - HASHED_BYTES))
            tail = stream.read(HASHED_BYTES)
        return carried, blake2b(size_bytes.to_bytes(8, "little") + head + tail, digest_size=16).digest()


def _opened(path: str, size_bytes: int) -> BinaryIO:
    """A small file as a whole in one read; of a large one what is asked for, in pieces of the buffer."""
    if size_bytes > WHOLE_BYTES:
        return open(path, "rb", buffering=BUFFER_BYTES)  # noqa: PTH123  (the caller closes it)
    descriptor = os.open(path, READ_ONLY)  # without an object of a file around it: half the time
    try:
        data = os.read(descriptor, size_bytes + 1)
    finally:
        os.close(descriptor)
    if len(data) <= size_bytes:
        return BytesIO(data)
    return open(path, "rb", buffering=BUFFER_BYTES)  # noqa: PTH123  (it has grown since it was listed)


def interpret(carried: ContainerMetadata, registry: Registry, file_name: str, path: str = "") -> GenerationInfo:
    """Let all dialects look at the entries; the best reading wins, the others fill its gaps."""
    context = Context(
        entries=carried.entries,
        file_name=file_name,
        container=carried.container,
        width_px=carried.width_px,
        height_px=carried.height_px,
        extract_all_prompts=registry.extract_all_prompts,
        path=path,
    )
    readings: list[DialectResult] = []
    notes: list[str] = []
    present = context.keys
    for dialect, keys in registry.asked:
        if keys is not None and keys.isdisjoint(present):
            continue
        try:
            reading = dialect.read(context)
        except MetadataError as error:
            notes.append(f"{dialect.name}: {error.message}")
            continue
        except UNEXPECTED as error:
            # Files are hostile input: a dialect that trips over one must not take the others with it.
            notes.append(f"{dialect.name}: {type(error).__name__}")
            continue
        if reading is not None:
            readings.append(reading)
    if len(readings) > 1:
        readings.sort(key=lambda item: (-item.score, -richness(item.geninfo)))
    geninfo = readings[0].geninfo if readings else GenerationInfo()
    is_known = bool(readings) and readings[0].score > GUESS
    for other in readings[1:]:
        is_guess = is_known and other.score <= GUESS
        geninfo = merge(geninfo, other.geninfo, MARKS if is_guess else MERGED_FIELDS)
    if sum([len(entry.text) for entry in carried.entries]) > KEPT_RAW_CHARACTERS:
        notes.append(f"of the raw text only the first {KEPT_RAW_CHARACTERS:,} characters are kept")
    if not carried.entries and not notes:
        return geninfo
    if geninfo.raw or geninfo.notes:  # not of this call: a plug-in may give the same object twice
        return replace(geninfo, raw=raw_of(carried.entries), notes=(*geninfo.notes, *notes))
    # Made for this file a moment ago and seen by nobody yet. A copy of its thirty fields would take a tenth of the
    # time of a usual file.
    geninfo.raw = raw_of(carried.entries)
    geninfo.notes = tuple(notes)
    return geninfo


def raw_of(entries: Sequence[Entry]) -> tuple[RawEntry, ...]:
    """The entries as they are kept, within a limit for all of them together."""
    left = KEPT_RAW_CHARACTERS
    kept = []
    for entry in entries:
        text = entry.text if len(entry.text) <= left else entry.text[:left]
        left -= len(text)
        kept.append(RawEntry(entry.place, entry.key, text))
    return tuple(kept)


def richness(geninfo: GenerationInfo) -> int:
    """How many of the fields that people search for are filled."""
    return sum(getattr(geninfo, name) not in EMPTY for name in RICH_FIELDS)


def merge(best: GenerationInfo, other: GenerationInfo, names: Sequence[str]) -> GenerationInfo:
    """`best` with these of its fields, where they are empty, filled from `other`; parameters are joined."""
    gaps = {}
    for name in names:
        if getattr(best, name) in EMPTY:
            value = getattr(other, name)
            if value not in EMPTY:
                gaps[name] = value
    if not gaps and not other.parameters:
        return best
    parameters = {**other.parameters, **best.parameters}
    return replace(best, **gaps, parameters=parameters)


def reread(
    raw: Sequence[RawEntry],
    registry: Registry,
    *,
    file_name: str,
    width_px: int | None = None,
    height_px: int | None = None,
) -> GenerationInfo:
    """Interpret stored entries again, without the file. Places tell the container."""
    entries = tuple(Entry(item.place, item.key, item.text, TAG_NUMBERS.get(item.key)) for item in raw)
    extension = extension_of(file_name)
    container = {"jpg": "jpeg", "jpe": "jpeg", "webm": "mkv", "mov": "mp4", "m4v": "mp4"}.get(extension, extension)
    container = next(
        (CONTAINERS[prefix] for item in raw if (prefix := item.place.partition(":")[0]) in CONTAINERS), container
    )
    return interpret(ContainerMetadata(container, entries, width_px, height_px), registry, file_name)


def parse_media(path: str, name: str, stamp: FileStamp, registry: Registry) -> ParsedMedia:
    """Read one file. Never raises for anything the file or the disk does: the row says what went wrong."""
    kind = kind_of(name) or MediaKind.IMAGE
    content_hash = b""
    problem: str | None = None
    carried: ContainerMetadata | None = None
    try:
        carried, content_hash = read_container(path, registry, stamp.size_bytes)
    except MetadataError as error:
        problem = error.message
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except (*UNEXPECTED, OverflowError, MemoryError) as error:
        problem = f"this file could not be read ({type(error).__name__})"
    if stamp.size_bytes == 0:
        problem = "the file is empty"
    elif carried is None and problem is None and kind is MediaKind.IMAGE:
        problem = "the content is not that of a known image"
    if carried is not None and carried.problems:
        problem = "; ".join(carried.problems[:3])
    carried, geninfo = understand(path, carried or ContainerMetadata("unknown"), registry, name)
    width_px, height_px = carried.width_px, carried.height_px
    if carried.orientation >= 5:
        width_px, height_px = height_px, width_px
    return ParsedMedia(
        name=name,
        kind=kind,
        stamp=stamp,
        content_hash=content_hash,
        width_px=width_px,
        height_px=height_px,
        duration_ms=carried.duration_ms,
        geninfo=geninfo,
        text=render_text(geninfo),
        tags=derive_tags(geninfo, kind, width_px, height_px),
        problem=problem,
    )


def understand(
    path: str, carried: ContainerMetadata, registry: Registry, name: str
) -> tuple[ContainerMetadata, GenerationInfo]:
    """What the file says; where that is nothing, what is hidden in its pixels or lies beside it."""
    has_own = bool(carried.entries) or registry.reads_files
    geninfo = interpret(carried, registry, name, path) if has_own else GenerationInfo()
    if _says_something(geninfo):
        return carried, geninfo
    for more in (_hidden, _beside):
        entries = more(path, carried, registry)
        if entries:
            carried = replace(carried, entries=(*carried.entries, *entries))
            geninfo = interpret(carried, registry, name, path)
            if _says_something(geninfo):
                break
    return carried, geninfo


def _says_something(geninfo: GenerationInfo) -> bool:
    return geninfo.prompt is not None or geninfo.steps is not None or bool(geninfo.stages)


def _hidden(path: str, carried: ContainerMetadata, registry: Registry) -> list[Entry]:
    if not registry.stealth or carried.container not in ("png", "webp"):
        return []
    if (carried.width_px or 0) * (carried.height_px or 0) > MAX_PIXELS:
        return []
    try:
        with open(path, "rb", buffering=BUFFER_BYTES) as stream:  # noqa: PTH123
            return read_stealth(stream) if may_hide(stream, carried.container) else []
    except OSError:
        return []


def _beside(path: str, _carried: ContainerMetadata, registry: Registry) -> list[Entry]:
    entries = read_sidecars(path)
    log = registry.logs.find(path)
    return [*entries, log] if log is not None else entries
