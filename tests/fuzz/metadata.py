"""Fuzzes every carrier and dialect, guided by coverage. Started by hand; not part of the test suite.

make fuzz [MINUTES=10], or: python tests/fuzz/metadata.py CORPUS [FILES...] -- [flags of libFuzzer]

A finding is any exception but `MetadataError`, an input that takes longer than a second, or 200 MB of memory. Each
finding becomes a test in `tests/unit/metadata/test_hostile_files.py`. Needs atheris (`pip install atheris`), which has
packages for Linux and macOS.
"""

from __future__ import annotations

import contextlib
import sys
from io import BytesIO
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

with atheris.instrument_imports(include=["iib"]):
    from iib.errors import MetadataError
    from iib.metadata.carriers.embedded.stealth import may_contain_stealth, read_stealth
    from iib.metadata.derived_tags import derive_tags
    from iib.metadata.protocol import ContainerMetadata, Context, Entry
    from iib.metadata.read import interpret
    from iib.metadata.registry import default_registry
    from iib.metadata.webui_text import render_text
    from iib.model.media import MediaKind

from support import metadata_files as make  # noqa: E402
from support.pictures import comfy_graph, infotext  # noqa: E402

REGISTRY = default_registry()
KEYS = (
    "parameters", "prompt", "workflow", "Comment", "Description", "Software", "UserComment", "generation_data",
    "invokeai_metadata", "sd-metadata", "dream", "sui_image_params", "fooocus_scheme", "XML:com.adobe.xmp", "Title",
)  # fmt: skip
MAX_CORPUS_BYTES = 48 * 1024  # of each corpus file
PNG = b"\x89PNG\r\n\x1a\n"
FILE, TEXTS = b"\0", b"\1"


def fuzz_input(data: bytes) -> None:
    """Read one input: the first byte says whether a file follows, or texts as a carrier returns them."""
    if data[:1] == FILE:
        fuzz_file(data[1:])
    else:
        fuzz_texts(data[1:])


def fuzz_file(content: bytes) -> None:
    """Read a file through its carrier, the hidden text of its pixels, and all dialects."""
    carrier = REGISTRY.find_carrier(content[:64])
    if carrier is None:
        return
    with contextlib.suppress(MetadataError):
        interpret_all(carrier.read(BytesIO(content), len(content)))
    if carrier.name in ("png", "webp") and may_contain_stealth(BytesIO(content), carrier.name):
        read_stealth(BytesIO(content))


def fuzz_texts(data: bytes) -> None:
    """Read pairs of a key number and a text, separated by zero bytes."""
    entries = []
    for part in data.split(b"\0")[:6]:
        if part:
            key = KEYS[part[0] % len(KEYS)]
            entries.append(Entry(f"png:{key}", key, part[1:].decode("utf-8", "replace")))
    interpret_all(ContainerMetadata("png", tuple(entries), 64, 64))


def interpret_all(metadata: ContainerMetadata) -> None:
    """Run each dialect alone, because `interpret` catches their exceptions, and then all together."""
    context = Context(metadata.entries, "a.png", metadata.container, metadata.width_px, metadata.height_px)
    for dialect in REGISTRY.dialects:
        with contextlib.suppress(MetadataError):
            dialect.read(context)
    geninfo = interpret(metadata, REGISTRY, "a.png")
    render_text(geninfo)
    derive_tags(geninfo, MediaKind.IMAGE, 64, 64)


def without_pixels(content: bytes) -> bytes:
    """Return a PNG without pixel data but with all its texts; of other files, the first bytes."""
    if not content.startswith(PNG):
        return content[:MAX_CORPUS_BYTES]
    chunks, at = [PNG], len(PNG)
    while at + 12 <= len(content) and sum(map(len, chunks)) < MAX_CORPUS_BYTES:
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] != b"IDAT":
            chunks.append(content[at : at + 12 + length])
        at += 12 + length
    return b"".join(chunks)[:MAX_CORPUS_BYTES]


def write_corpus(corpus: Path, folders: list[Path]) -> None:
    """Write the initial corpus: the files below these folders and small generated ones."""
    corpus.mkdir(parents=True, exist_ok=True)
    text, graph = infotext("a cat <lora:x:0.5>", "dog", model="sdxl"), comfy_graph("a cat", "dog")
    inputs = [
        FILE + make.png_file(make.text("parameters", text) + make.ztext("a", text)),
        FILE + make.jpeg_file(make.exif_segment(make.user_comment(text))),
        FILE + make.webp_file((b"EXIF", make.user_comment(text))),
        FILE + make.mp4_file(make.box(b"udta", make.key_table({"prompt": "{}", "comment": text}))),
        FILE + make.mkv_file({"PROMPT": "{}", "COMMENT": text}),
        TEXTS + b"\0" + text.encode(),
        TEXTS + b"\1" + graph.encode(),
    ]
    for folder in folders:
        inputs += [FILE + without_pixels(path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    for number, data in enumerate(inputs):
        (corpus / f"begin-{number}").write_bytes(data)


def main() -> None:
    """Write the corpus, then fuzz until a limit in the flags of libFuzzer is reached."""
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    corpus, *folders = map(Path, sys.argv[1:at])
    write_corpus(corpus, folders)
    atheris.Setup([sys.argv[0], str(corpus), *sys.argv[at + 1 :]], fuzz_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
