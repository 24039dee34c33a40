"""The metadata pipeline of one file: read the container, let all dialects interpret its entries, merge the results.

`parse_media` runs all steps and returns a `ParsedMedia`. `reparse_entries` repeats the last two for stored entries.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from io import BytesIO
from typing import BinaryIO

from iib.errors import MetadataError
from iib.metadata.carriers.embedded.exif import TEXT_TAGS
from iib.metadata.carriers.embedded.stealth import MAX_PIXELS, may_contain_stealth, read_stealth
from iib.metadata.derived_tags import derive_tags
from iib.metadata.protocol import GUESS_SCORE, ContainerMetadata, Context, DialectResult, Entry
from iib.metadata.registry import Registry
from iib.metadata.sidecars import read_sidecars
from iib.metadata.webui_text import render_text
from iib.model import FileStamp, GenerationInfo, MediaKind, ParsedMedia, RawEntry, extension_of, kind_of

HASHED_BYTES = 4096
SNIFFED_BYTES = 64
BUFFER_BYTES = 16 * 1024
MAX_WHOLE_BYTES = 64 * 1024  # files up to this size are read at once
READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # Windows would translate the ends of lines
MAX_RAW_CHARACTERS = 4_000_000  # of all entries of one file that are stored
MERGED_FIELDS = (
    "prompt", "negative_prompt", "models", "loras", "vae", "sampler", "scheduler", "steps", "cfg",
    "guidance", "seed", "width", "height", "denoise", "embeddings", "characters", "stages", "hires", "is_generated",
)  # fmt: skip
GUESSED_FIELDS = ("is_generated",)  # the fields that a guess may add to a better result
SEARCHED_FIELDS = ("prompt", "negative_prompt", "models", "loras", "sampler", "steps", "cfg", "seed", "width", "stages")
EMPTY_VALUES: tuple[object, ...] = (None, (), {})
PARSER_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError)
TAG_NUMBERS = {name: number for number, name in TEXT_TAGS.items()}
CONTAINER_BY_PLACE = {
    "png": "png",
    "jpeg": "jpeg",
    "gif": "gif",
    "mp4": "mp4",
    "mkv": "mkv",
    "id3": "mp3",
    "riff": "wav",
}


def read_container(path: str, registry: Registry, size_bytes: int) -> tuple[ContainerMetadata | None, bytes]:
    """Return the metadata of the container, or None if no carrier accepts the file, and the content hash.

    The hash covers the size and the first and last `HASHED_BYTES` of the file. Raises `OSError` if the file cannot be
    opened, `MetadataError` if the container is broken.
    """
    with _open(path, size_bytes) as stream:
        head = stream.read(HASHED_BYTES)
        carrier = registry.find_carrier(head[:SNIFFED_BYTES])
        metadata: ContainerMetadata | None = None
        if carrier is not None:
            stream.seek(0)
            metadata = carrier.read(stream, size_bytes)
        tail = b""
        if size_bytes > HASHED_BYTES:  # last: the carrier uses the buffered bytes after the head
            stream.seek(max(HASHED_BYTES, size_bytes - HASHED_BYTES))
            tail = stream.read(HASHED_BYTES)
        return metadata, blake2b(size_bytes.to_bytes(8, "little") + head + tail, digest_size=16).digest()


def _open(path: str, size_bytes: int) -> BinaryIO:
    """Open a file: a small one is read as a whole in one call, a large one in blocks of the buffer size."""
    if size_bytes > MAX_WHOLE_BYTES:
        return open(path, "rb", buffering=BUFFER_BYTES)  # noqa: PTH123  (the caller closes it)
    descriptor = os.open(path, READ_ONLY)  # without a file object: half the time
    try:
        data = os.read(descriptor, size_bytes + 1)
    finally:
        os.close(descriptor)
    if len(data) <= size_bytes:
        return BytesIO(data)
    return open(path, "rb", buffering=BUFFER_BYTES)  # noqa: PTH123  (the file has grown since it was listed)


def interpret(metadata: ContainerMetadata, registry: Registry, file_name: str, path: str = "") -> GenerationInfo:
    """Let all dialects interpret the entries; the result with the highest score wins, the others fill its gaps.

    Never raises: errors of dialects become notes.
    """
    context = Context(
        entries=metadata.entries,
        file_name=file_name,
        container=metadata.container,
        width_px=metadata.width_px,
        height_px=metadata.height_px,
        extract_all_prompts=registry.extract_all_prompts,
        path=path,
    )
    results: list[DialectResult] = []
    notes: list[str] = []
    present = context.keys
    for dialect, keys in registry.dialects_with_keys:
        if keys is not None and keys.isdisjoint(present):
            continue
        try:
            result = dialect.read(context)
        except MetadataError as error:
            notes.append(f"{dialect.name}: {error.message}")
            continue
        except PARSER_ERRORS as error:
            # Files are hostile input: a dialect that fails on one must not stop the other dialects.
            notes.append(f"{dialect.name}: {type(error).__name__}")
            continue
        if result is not None:
            results.append(result)
    if len(results) > 1:
        results.sort(key=lambda item: (-item.score, -count_filled_fields(item.geninfo)))
    geninfo = results[0].geninfo if results else GenerationInfo()
    is_recognised = bool(results) and results[0].score > GUESS_SCORE
    for other in results[1:]:
        is_guess = is_recognised and other.score <= GUESS_SCORE
        geninfo = merge(geninfo, other.geninfo, GUESSED_FIELDS if is_guess else MERGED_FIELDS)
    if sum([len(entry.text) for entry in metadata.entries]) > MAX_RAW_CHARACTERS:
        notes.append(f"only the first {MAX_RAW_CHARACTERS:,} characters of the raw text are stored")
    if not metadata.entries and not notes:
        return geninfo
    if geninfo.raw or geninfo.notes:  # from an earlier call: a plug-in may return the same object twice
        return replace(geninfo, raw=raw_entries(metadata.entries), notes=(*geninfo.notes, *notes))
    # The object was built for this file and nothing else refers to it. A copy of its thirty fields would take a tenth
    # of the time of a usual file.
    geninfo.raw = raw_entries(metadata.entries)
    geninfo.notes = tuple(notes)
    return geninfo


def raw_entries(entries: Sequence[Entry]) -> tuple[RawEntry, ...]:
    """Return the entries in the form that is stored, cut to `MAX_RAW_CHARACTERS` for all of them together."""
    left = MAX_RAW_CHARACTERS
    raw = []
    for entry in entries:
        text = entry.text if len(entry.text) <= left else entry.text[:left]
        left -= len(text)
        raw.append(RawEntry(entry.place, entry.key, text))
    return tuple(raw)


def count_filled_fields(geninfo: GenerationInfo) -> int:
    """Return the number of filled fields among those that people search for most."""
    return sum(getattr(geninfo, name) not in EMPTY_VALUES for name in SEARCHED_FIELDS)


def merge(best: GenerationInfo, other: GenerationInfo, names: Sequence[str]) -> GenerationInfo:
    """Return `best` with its empty fields among `names` filled from `other`.

    Parameters are joined; the values of `best` take precedence.
    """
    gaps = {}
    for name in names:
        if getattr(best, name) in EMPTY_VALUES:
            value = getattr(other, name)
            if value not in EMPTY_VALUES:
                gaps[name] = value
    if not gaps and not other.parameters:
        return best
    parameters = {**other.parameters, **best.parameters}
    return replace(best, **gaps, parameters=parameters)


def reparse_entries(
    raw: Sequence[RawEntry],
    registry: Registry,
    *,
    file_name: str,
    width_px: int | None = None,
    height_px: int | None = None,
) -> GenerationInfo:
    """Interpret stored entries again without opening the file.

    The container follows from the places of the entries, otherwise from the extension of `file_name`.
    """
    entries = tuple(Entry(item.place, item.key, item.text, TAG_NUMBERS.get(item.key)) for item in raw)
    extension = extension_of(file_name)
    container = {"jpg": "jpeg", "jpe": "jpeg", "webm": "mkv", "mov": "mp4", "m4v": "mp4"}.get(extension, extension)
    container = next(
        (CONTAINER_BY_PLACE[prefix] for item in raw if (prefix := item.place.partition(":")[0]) in CONTAINER_BY_PLACE),
        container,
    )
    return interpret(ContainerMetadata(container, entries, width_px, height_px), registry, file_name)


def parse_media(path: str, name: str, stamp: FileStamp, registry: Registry) -> ParsedMedia:
    """Read one file. Never raises for the content of the file or for disk errors: `problem` has the reason."""
    kind = kind_of(name) or MediaKind.IMAGE
    content_hash = b""
    problem: str | None = None
    metadata: ContainerMetadata | None = None
    try:
        metadata, content_hash = read_container(path, registry, stamp.size_bytes)
    except MetadataError as error:
        problem = error.message
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except (*PARSER_ERRORS, OverflowError, MemoryError) as error:
        problem = f"this file could not be read ({type(error).__name__})"
    if stamp.size_bytes == 0:
        problem = "the file is empty"
    elif metadata is None and problem is None and kind is MediaKind.IMAGE:
        problem = "the content is not that of a known image"
    if metadata is not None and metadata.problems:
        problem = "; ".join(metadata.problems[:3])
    metadata, geninfo = interpret_file(path, metadata or ContainerMetadata("unknown"), registry, name)
    width_px, height_px = metadata.width_px, metadata.height_px
    if metadata.orientation >= 5:
        width_px, height_px = height_px, width_px
    return ParsedMedia(
        name=name,
        kind=kind,
        stamp=stamp,
        content_hash=content_hash,
        width_px=width_px,
        height_px=height_px,
        duration_ms=metadata.duration_ms,
        geninfo=geninfo,
        text=render_text(geninfo),
        tags=derive_tags(geninfo, kind, width_px, height_px),
        problem=problem,
    )


def interpret_file(
    path: str, metadata: ContainerMetadata, registry: Registry, name: str
) -> tuple[ContainerMetadata, GenerationInfo]:
    """Interpret the entries of a file; without a result also its stealth text, then its sidecars and folder log.

    Returns the metadata with all entries that were read, and the generation info.
    """
    has_input = bool(metadata.entries) or registry.reads_files
    geninfo = interpret(metadata, registry, name, path) if has_input else GenerationInfo()
    if _has_generation_info(geninfo):
        return metadata, geninfo
    for read_more in (_read_stealth, _read_companions):
        entries = read_more(path, metadata, registry)
        if entries:
            metadata = replace(metadata, entries=(*metadata.entries, *entries))
            geninfo = interpret(metadata, registry, name, path)
            if _has_generation_info(geninfo):
                break
    return metadata, geninfo


def _has_generation_info(geninfo: GenerationInfo) -> bool:
    return geninfo.prompt is not None or geninfo.steps is not None or bool(geninfo.stages)


def _read_stealth(path: str, metadata: ContainerMetadata, registry: Registry) -> list[Entry]:
    if not registry.stealth or metadata.container not in ("png", "webp"):
        return []
    if (metadata.width_px or 0) * (metadata.height_px or 0) > MAX_PIXELS:
        return []
    try:
        with open(path, "rb", buffering=BUFFER_BYTES) as stream:  # noqa: PTH123
            return read_stealth(stream) if may_contain_stealth(stream, metadata.container) else []
    except OSError:
        return []


def _read_companions(path: str, _metadata: ContainerMetadata, registry: Registry) -> list[Entry]:
    entries = read_sidecars(path)
    log = registry.folder_logs.find(path)
    return [*entries, log] if log is not None else entries
