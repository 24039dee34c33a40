"""One file in, one `ParsedMedia` out: carrier by content, dialects by score, the rest merged."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from hashlib import blake2b

from iib.errors import MetadataError
from iib.metadata.normalise import derive_tags, render_text
from iib.metadata.protocol import Carried, Context, Reading
from iib.metadata.registry import Registry
from iib.metadata.sidecars import read_sidecars
from iib.model.geninfo import GenerationInfo, RawEntry
from iib.model.media import FileStamp, MediaKind, ParsedMedia
from iib.model.media_types import kind_of

HASHED_BYTES = 4096
SNIFFED_BYTES = 64
BUFFER_BYTES = 16 * 1024
KEPT_RAW_CHARACTERS = 4_000_000
MERGED_FIELDS = frozenset(
    (
        "prompt", "negative_prompt", "models", "loras", "vae", "sampler", "scheduler", "steps", "cfg", "guidance",
        "seed", "width", "height", "denoise", "embeddings", "characters", "stages", "hires", "is_generated",
    )
)  # fmt: skip


def read_carried(path: str, registry: Registry, size_bytes: int) -> tuple[Carried | None, bytes]:
    """What the container holds (None: nobody knows this container) and the content hash.

    Raises `OSError` when the file cannot be opened, `MetadataError` when the container is broken.
    """
    with open(path, "rb", buffering=BUFFER_BYTES) as stream:  # noqa: PTH123
        head = stream.read(HASHED_BYTES)
        hashed = blake2b(size_bytes.to_bytes(8, "little"), digest_size=16)
        hashed.update(head)
        if size_bytes > HASHED_BYTES:
            stream.seek(max(HASHED_BYTES, size_bytes - HASHED_BYTES))
            hashed.update(stream.read(HASHED_BYTES))
        carrier = registry.carrier_of(head[:SNIFFED_BYTES])
        if carrier is None:
            return None, hashed.digest()
        stream.seek(0)
        return carrier.read(stream, size_bytes), hashed.digest()


def interpret(carried: Carried, registry: Registry, file_name: str) -> GenerationInfo:
    """Let all dialects look at the entries; the best reading wins, the others fill its gaps."""
    context = Context(
        entries=carried.entries,
        file_name=file_name,
        container=carried.container,
        width_px=carried.width_px,
        height_px=carried.height_px,
        extract_all_prompts=registry.extract_all_prompts,
    )
    readings: list[Reading] = []
    notes: list[str] = []
    for dialect in registry.dialects:
        try:
            reading = dialect.read(context)
        except MetadataError as error:
            notes.append(f"{dialect.name}: {error.message}")
            continue
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
            # Files are hostile input: a dialect that trips over one must not take the others with it.
            notes.append(f"{dialect.name}: {type(error).__name__}")
            continue
        if reading is not None:
            readings.append(reading)
    readings.sort(key=lambda item: -item.score)  # stable: the order of registration breaks ties
    geninfo = readings[0].geninfo if readings else GenerationInfo()
    for other in readings[1:]:
        geninfo = merge(geninfo, other.geninfo)
    raw = tuple(
        RawEntry(entry.place, entry.key, entry.text[:KEPT_RAW_CHARACTERS])
        for entry in carried.entries
        if entry.place != "c2pa"
    )
    return replace(geninfo, raw=raw, notes=(*geninfo.notes, *notes))


def merge(best: GenerationInfo, other: GenerationInfo) -> GenerationInfo:
    """`best` with its empty fields filled from `other`."""
    gaps = {}
    for field in fields(GenerationInfo):
        if field.name in MERGED_FIELDS and getattr(best, field.name) in (None, (), {}):
            value = getattr(other, field.name)
            if value not in (None, (), {}):
                gaps[field.name] = value
    if not gaps and not other.parameters:
        return best
    parameters = {**other.parameters, **best.parameters}
    return replace(best, **gaps, parameters=parameters)


def parse_media(path: str, name: str, stamp: FileStamp, registry: Registry) -> ParsedMedia:
    """Read one file. Never raises for anything the file or the disk does: the row says what went wrong."""
    kind = kind_of(name) or MediaKind.IMAGE
    content_hash = b""
    problem: str | None = None
    carried: Carried | None = None
    try:
        carried, content_hash = read_carried(path, registry, stamp.size_bytes)
    except MetadataError as error:
        problem = error.message
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except (ValueError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        problem = f"this file could not be read ({type(error).__name__})"
    if stamp.size_bytes == 0:
        problem = "the file is empty"
    elif carried is None and problem is None and kind is MediaKind.IMAGE:
        problem = "the content is not that of a known image"
    if carried is not None and carried.problems:
        problem = "; ".join(carried.problems[:3])
    carried = carried or Carried("unknown")
    if not carried.entries and kind is MediaKind.IMAGE:
        sidecars = read_sidecars(path)
        if sidecars:
            carried = replace(carried, entries=tuple(sidecars))
    geninfo = interpret(carried, registry, os.path.basename(name)) if carried.entries else GenerationInfo()  # noqa: PTH119
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
