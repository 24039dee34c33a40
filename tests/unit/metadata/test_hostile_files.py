"""Arbitrary bytes make every carrier and dialect return a value or raise `MetadataError`, within limits."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import metadata_files as make
from support.pictures import comfy_graph, infotext

from iib.errors import MetadataError
from iib.metadata.carriers.embedded.cbor import loads_cbor
from iib.metadata.carriers.embedded.stealth import may_contain_stealth, read_stealth
from iib.metadata.derived_tags import derive_tags
from iib.metadata.dialects.builtin import builtin_dialects
from iib.metadata.dialects.webui.infotext import parse_infotext
from iib.metadata.folder_logs import parse_log
from iib.metadata.protocol import ContainerMetadata, Context, Entry
from iib.metadata.read import interpret
from iib.metadata.registry import builtin_carriers, default_registry
from iib.metadata.values import find_loras
from iib.metadata.webui_text import render_text
from iib.model.media import MediaKind

MAX_CPU_S = 1.0  # of processor time; the machine may be busy
MAX_MEMORY_BYTES = 200 * 1024 * 1024
CARRIERS = {carrier.name: carrier for carrier in builtin_carriers()}
DIALECTS = {dialect.name: dialect for dialect in builtin_dialects()}
TEXT = infotext("a cat <lora:x:0.5>", "dog", model="sdxl")
BLOCK = make.user_comment(TEXT)
PACKET = make.xmp_packet({"dc:description": "words"})
MANIFEST = make.c2pa_manifest({"claim_generator": "x"}, [{"action": "c2pa.created", "digitalSourceType": "y"}], "z")
SEEDS = {
    "png": make.png_file(
        make.text("parameters", TEXT)
        + make.ztext("a", TEXT)
        + make.chunk(b"eXIf", BLOCK)
        + make.chunk(b"caBX", MANIFEST)
    ),
    "jpeg": make.jpeg_file(
        make.exif_segment(BLOCK), (0xFE, b"words"), (0xED, make.iptc_block({120: "caption"})),
        (0xEB, b"JP\0\1\0\0\0\1" + MANIFEST), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PACKET.encode()),
    ),
    "webp": make.webp_file((b"EXIF", BLOCK), (b"XMP ", PACKET.encode()), (b"C2PA", MANIFEST)),
    "gif": make.gif_file(make.gif_comment(TEXT), make.gif_xmp(PACKET)),
    "isobmff": make.heif_file(exif=BLOCK, xmp=PACKET),
    "movie": make.mp4_file(make.box(b"udta", make.key_table({"prompt": "{}", "comment": TEXT}))),
    "matroska": make.mkv_file({"PROMPT": "{}", "COMMENT": TEXT}),
    "riff": make.riff_file(b"WAVE", make.info_list({b"ICMT": TEXT}), (b"id3 ", make.id3_file({"prompt": "{}"}))),
    "audio": make.id3_file({"prompt": "{}", "comment": TEXT}),
    "flac": make.flac_file({"prompt": "{}"}),
    "ogg": make.ogg_file({"prompt": "{}"}),
    "bmp": b"BM" + b"\0" * 12 + struct.pack("<Iii", 40, 30, -20) + b"\0" * 30,
}  # fmt: skip
KEYS = (
    "parameters", "prompt", "workflow", "UserComment", "Comment", "Description", "Software", "Source", "sd-metadata",
    "Dream", "invokeai_metadata", "invokeai_graph", "generation_data", "parameters-json", "smproj", "fooocus_scheme",
    "MakerNote", "ImageDescription", "txt", "json", "dc:description", "xmp:CreatorTool", "stealth", "Make", "AIGC",
)  # fmt: skip
PLACES = ("png:tEXt", "exif", "xmp", "sidecar:txt", "sidecar:json", "sidecar:log", "stealth:alpha", "c2pa", "mp4:keys")


def read_with_all(data: bytes) -> list[ContainerMetadata]:
    """Return the results of all carriers that accept these bytes."""
    results = []
    for carrier in builtin_carriers():
        if carrier.accepts(data[:64]):
            try:
                results.append(carrier.read(io.BytesIO(data), len(data)))
            except MetadataError:
                continue
    return results


def run_dialects(context: Context) -> None:
    """Run every dialect, and derive tags and text from each result."""
    for dialect in DIALECTS.values():
        try:
            result = dialect.read(context)
        except MetadataError:
            continue
        if result is not None:
            assert isinstance(render_text(result.geninfo), str)
            derive_tags(result.geninfo, MediaKind.IMAGE, 1, 1)


def assert_cheap(work: Callable[[], object]) -> None:
    """Assert that the call ends soon and uses little memory."""
    tracemalloc.start()
    started = time.process_time()
    try:
        work()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 8 * MAX_CPU_S  # tracing allocations is slow itself
    assert peak < MAX_MEMORY_BYTES


def mutations() -> st.SearchStrategy[bytes]:
    """Return valid files with bytes changed, removed, doubled and cut off."""

    def change(seed: bytes, edits: list[tuple[int, int, int]], cut: int) -> bytes:
        data = bytearray(seed)
        for at, kind, value in edits:
            place = at % max(1, len(data))
            if kind == 0:
                data[place : place + 1] = bytes((value,))
            elif kind == 1:
                del data[place : place + value]
            elif kind == 2:
                data[place:place] = data[place : place + value]
            else:
                data[place : place + 4] = struct.pack(">I", (0, 1, 0x7FFFFFFF, 0xFFFFFFFF)[value % 4])
        return bytes(data[: len(data) - cut % 40])

    edit = st.tuples(st.integers(0, 5000), st.integers(0, 3), st.integers(0, 255))
    return st.builds(change, st.sampled_from(list(SEEDS.values())), st.lists(edit, max_size=12), st.integers(0, 39))


@given(mutations())
@settings(max_examples=250)
def test_damaged_files_return_a_value_or_raise_a_metadata_error(data: bytes) -> None:
    for metadata in read_with_all(data):
        run_dialects(Context(metadata.entries, "a.png", metadata.container, metadata.width_px, metadata.height_px))


@pytest.mark.parametrize("name", list(CARRIERS))
@given(tail=st.binary(max_size=600))
@settings(max_examples=40)
def test_any_bytes_behind_a_signature(name: str, tail: bytes) -> None:
    head = next(seed[:24] for seed in SEEDS.values() if CARRIERS[name].accepts(seed[:64]))

    for metadata in read_with_all(head + tail):
        assert isinstance(metadata, ContainerMetadata)


@pytest.mark.parametrize("name", list(DIALECTS))
@given(
    entries=st.lists(
        st.builds(
            Entry,
            st.sampled_from(PLACES),
            st.sampled_from(KEYS),
            st.one_of(
                st.text(max_size=200),
                st.sampled_from([TEXT, comfy_graph(), '{"sui_image_params": {"loras": 1}}', '"a" -s', "Job ID: x"]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                    lambda inner: (
                        st.lists(inner, max_size=3)
                        | st.dictionaries(
                            st.sampled_from(
                                ["prompt", "seed", "loras", "model", "steps", "v4_prompt", "image", "nodes", "c"]
                            ),
                            inner,
                            max_size=5,
                        )
                    ),
                    max_leaves=12,
                ).map(json.dumps),
            ),
        ),
        max_size=4,
    )
)
@settings(max_examples=40)
def test_any_entries_into_any_dialect(name: str, entries: list[Entry]) -> None:
    context = Context(tuple(entries), "a.png", "png", 8, 8)

    try:
        reading = DIALECTS[name].read(context)
    except MetadataError:
        return

    if reading is not None:
        render_text(reading.geninfo)
        derive_tags(reading.geninfo, MediaKind.IMAGE, 8, 8)


@given(st.binary(max_size=400))
def test_any_bytes_as_cbor(data: bytes) -> None:
    with contextlib.suppress(MetadataError):
        loads_cbor(data)


@given(st.binary(max_size=300), st.integers(0, 600))
def test_any_image_may_be_read_for_stealth_text(noise: bytes, at: int) -> None:
    data = bytearray(make.stealth_png(b"x" * 10))
    data[at : at + len(noise)] = noise
    stream = io.BytesIO(bytes(data))

    if may_contain_stealth(stream, "png"):
        read_stealth(stream)


# Files made to hurt


def bomb(size: int) -> bytes:
    """A zTXt that becomes `size` bytes."""
    return make.chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"Steps: 1, " * (size // 10), 9))


HURTING = {
    "many text bombs": make.png_file(bomb(40_000_000) * 4),
    "a text of ten million letters": make.png_file(make.text("parameters", "a" * 10_000_000)),
    "JSON of millions of objects": make.png_file(make.text("parameters", '{"prompt": [' + "{}," * 2_500_000 + "1]}")),
    "a claim of four gigabytes": make.png_file()[:33] + struct.pack(">I4s", 0xFFFFFFFF, b"tEXt") + b"a" * 100,
    "empty chunks": make.png_file(make.chunk(b"abCd", b"") * 60_000),
    "overlapping EXIF values": make.jpeg_file(
        make.exif_segment(
            b"II*\0\x08\0\0\0" + struct.pack("<H", 400)
            + b"".join(struct.pack("<HHII", 0x010E, 2, 60_000, 8) for _ in range(400)) + b"x" * 55_000
        )
    ),
    "EXIF directories in a circle": make.webp_file(
        (b"EXIF", b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8))
    ),
    "graph marks without end": make.webp_file((b"EXIF", b"II*\0\x08\0\0\0\0\0\0\0\0\0" + b"prompt:{" * 300_000)),
    "XMP entities": make.webp_file(
        (b"XMP ", b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 9999 + b'">]><x:a xmlns:x="y">' + b"&a;" * 9999 + b"</x:a>")
    ),
    "deep XMP": make.webp_file((b"XMP ", b"<a>" * 1_000_000)),
    "boxes in boxes": make.mp4_file(make.box(b"udta", struct.pack(">I4s", 16, b"meta") * 20_000)),
    "a movie of tiny boxes": make.mp4_file(make.box(b"free", b"") * 100_000),
    "a matroska of tiny elements": make.mkv_file({"a": "b"}) + b"\xec\x80" * 400_000,
    "a GIF of tiny blocks": make.gif_file() [:-1] + b"\x21\xfe" + b"\x01a" * 600_000,
    "JPEG garbage": b"\xff\xd8\xff" + b"\0" * 3_000_000,
    "deep JUMBF": make.webp_file((b"C2PA", struct.pack(">I4s", 0, b"jumb") * 200_000)),
}  # fmt: skip


@pytest.mark.parametrize("name", list(HURTING))
def test_hostile_files_are_cheap(name: str) -> None:
    data = HURTING[name]

    def work() -> None:
        for metadata in read_with_all(data):
            geninfo = interpret(metadata, default_registry(), "a.png")
            render_text(geninfo)
            derive_tags(geninfo, MediaKind.IMAGE, 1, 1)

    assert_cheap(work)


LONG = 400_000
HURTING_TEXTS = {
    "an open quote with back-slashes": 'Steps: 1, Sampler: "' + "\\" * LONG,
    "open quotes": "Steps: 1, a: b, c: d, " + 'x: "' * (LONG // 4),
    "open brackets": "Steps: 1, a: b, c: d, e: " + "[{" * (LONG // 2),
    "colons": "Steps: 1, a: b, c: d, " + "a:" * (LONG // 2),
    "blanks": "Steps: 1, a: b, c: d, e:" + " " * LONG,
    "commas": "Steps: 1, a: b, c: d" + ", " * (LONG // 2),
    "lines of keys": "a: b, c: d\n" * (LONG // 11),
    "negative prompts": "Negative prompt: " * (LONG // 17),
    "open networks": "<lora:" * (LONG // 6),
    "a network of colons": "<lora:" + "a:" * (LONG // 2),
    "nested brackets": "[" * LONG,
    "nested objects": '{"a":' * (LONG // 5),
    "empty objects": "[" + "{}," * (LONG // 3) + "{}]",
    "flags": '"a ' + "-s1 " * (LONG // 4),
    "quotes": '"' * LONG,
    "dashes": "--a " * (LONG // 4) + f"Job ID: {'0' * 8}-0000-0000-0000-{'0' * 12}",
    "hashes": "Steps: 1, a: b, c: d, Lora hashes: " + "x" * LONG,
    "digits": '{"seed": ' + "9" * LONG + "}",
}


@pytest.mark.parametrize("name", list(HURTING_TEXTS))
def test_hostile_texts_are_cheap_in_every_dialect(name: str) -> None:
    text = HURTING_TEXTS[name]

    for key in ("parameters", "UserComment", "Comment", "Dream", "sd-metadata", "prompt", "txt", "Description"):
        context = Context((Entry("png:tEXt", key, text),), "a.png", "png", 8, 8)
        started = time.process_time()
        run_dialects(context)
        assert time.process_time() - started < MAX_CPU_S, key
    started = time.process_time()
    find_loras(text)
    parse_infotext(text)
    parse_log(text)
    assert time.process_time() - started < MAX_CPU_S


@given(st.text(alphabet='a:," \\\n<>{}[]1-S', max_size=300))
def test_the_settings_scanner_ends_for_any_text(text: str) -> None:
    info = parse_infotext("a cat\nSteps: 1, Sampler: x, Seed: 2, " + text)

    assert info.settings["Steps"] == "1"
