"""`iib inspect`: prints the generation info of files without an index."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer

from iib.errors import IIBError
from iib.metadata import describe_file, parse_media
from iib.model import FileStamp, GenerationInfo, ParsedMedia, is_media_name
from iib.plugins import load_readers
from iib.settings import load_settings

Paths = Annotated[list[str], typer.Argument(help="Files and folders; folders include their subfolders.")]
LABEL_WIDTH = 12


def inspect(
    paths: Paths,
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object per line.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Print the raw metadata entries too.")] = False,
) -> None:
    """Print the generation parameters of files. The files need not be indexed."""
    try:
        settings = load_settings()
    except IIBError as error:
        sys.stderr.write(f"iib: {error.message}\n")
        raise typer.Exit(1) from None
    registry = load_readers(settings).registry
    missing = 0
    for path in walk_files(paths):
        try:
            status = Path(path).stat()
        except OSError as error:
            sys.stderr.write(f"iib: {path}: {error.strerror}\n")
            missing += 1
            continue
        stamp = FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        parsed = parse_media(path, Path(path).name, stamp, registry)
        if jsonl:
            line = orjson.dumps(describe_file(path, parsed, with_raw=raw), default=str, option=orjson.OPT_NON_STR_KEYS)
            sys.stdout.write(line.decode() + "\n")
        else:
            _write("\n".join(lines_of(path, parsed, with_raw=raw)) + "\n\n")
    if missing:
        raise typer.Exit(1)


def walk_files(paths: list[str]) -> Iterator[str]:
    """Iterate the named files, and the media files below named folders, sorted by path."""
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(files):
                if is_media_name(name):
                    yield str(Path(folder) / name)


def lines_of(path: str, parsed: ParsedMedia, *, with_raw: bool = False) -> Iterator[str]:
    """Return the report of a file as lines of text. Empty fields are left out; long texts are complete."""
    yield path
    for label, value in _rows(parsed):
        if value:
            yield f"  {label:<{LABEL_WIDTH}} {value.replace(chr(10), chr(10) + ' ' * (LABEL_WIDTH + 3))}"
    if with_raw:
        for entry in parsed.geninfo.raw:
            yield f"  --- {entry.place} {entry.key}"
            yield entry.text


def _rows(parsed: ParsedMedia) -> Iterator[tuple[str, str]]:
    """Iterate (label, value) of all fields, including empty ones."""
    geninfo = parsed.geninfo
    yield "tool", " ".join(part for part in (geninfo.tool, geninfo.tool_version) if part)
    yield "pixels", f"{parsed.width_px} x {parsed.height_px}" if parsed.width_px and parsed.height_px else ""
    yield "prompt", geninfo.prompt or ""
    for character in geninfo.characters:
        yield "character", character.prompt + (f" | not: {character.negative}" if character.negative else "")
    yield "negative", geninfo.negative_prompt or ""
    for model in geninfo.models:
        yield model.kind, model.name + (f" [{model.hash}]" if model.hash else "")
    for lora in geninfo.loras:
        yield lora.kind, lora.name + ("" if lora.weight is None else f" ({lora.weight:g})")
    yield "vae", geninfo.vae or ""
    yield from _numbers(geninfo)
    yield "embeddings", ", ".join(geninfo.embeddings)
    for key, value in geninfo.parameters.items():
        if key.lower() not in ("steps", "sampler", "seed", "size", "cfg scale", "model", "model hash", "schedule type"):
            yield key, value
    yield "notes", "; ".join(geninfo.notes)
    yield "problem", parsed.problem or ""


def _numbers(geninfo: GenerationInfo) -> Iterator[tuple[str, str]]:
    yield "sampler", ", ".join(part for part in (geninfo.sampler, geninfo.scheduler) if part)
    for label, number in (("steps", geninfo.steps), ("cfg", geninfo.cfg), ("guidance", geninfo.guidance)):
        yield label, "" if number is None else f"{number:g}"
    yield "seed", "" if geninfo.seed is None else str(geninfo.seed)
    yield "size", f"{geninfo.width} x {geninfo.height}" if geninfo.width and geninfo.height else ""
    yield "denoise", "" if geninfo.denoise is None else f"{geninfo.denoise:g}"


def _write(text: str) -> None:
    """Write text to standard output. Characters that its encoding lacks are replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
