"""Carriers extract the entries of each container, in the layouts that generators write."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import pytest
from support import metadata_files as make
from support.pictures import PNG_SIGNATURE, infotext

from iib.metadata.carriers.png import PngCarrier
from iib.model.media import ParsedMedia

TEXT = infotext("a cat, été", "dog", model="sdxl", seed=7)
GRAPH = '{"1": {"class_type": "KSampler", "inputs": {"seed": 5}}}'
XMP_MARK = b"http://ns.adobe.com/xap/1.0/\0"


def entry(parsed: ParsedMedia, key: str) -> str:
    """Return the text with this key; fails if there is none."""
    texts = [item.text for item in parsed.geninfo.raw if item.key == key]
    assert texts, f"no {key} among {[(item.place, item.key) for item in parsed.geninfo.raw]}"
    return texts[0]


# PNG


@pytest.mark.parametrize(
    "chunk",
    [
        make.text("parameters", TEXT),
        make.text("parameters", TEXT, "utf-8"),
        make.itext("parameters", TEXT),
        make.itext("parameters", TEXT, packed=True),
        make.ztext("parameters", TEXT),
        make.with_wrong_checksum(make.text("parameters", TEXT)),
    ],
    ids=["tEXt", "tEXt in UTF-8", "iTXt", "packed iTXt", "zTXt", "wrong checksum"],
)
@pytest.mark.parametrize("is_behind", [False, True], ids=["before the pixels", "behind the pixels"])
def test_png_texts_are_read_before_and_after_the_pixels(tmp_path: Path, chunk: bytes, is_behind: bool) -> None:
    data = make.png_file(after=chunk) if is_behind else make.png_file(chunk)

    parsed = make.parse(tmp_path / "a.png", data)

    assert (parsed.geninfo.prompt, parsed.geninfo.seed) == ("a cat, été", 7)
    assert (parsed.width_px, parsed.height_px, parsed.problem) == (8, 8, None)


def test_png_exif_chunk_is_read(tmp_path: Path) -> None:
    block = make.user_comment(TEXT)

    parsed = make.parse(tmp_path / "a.png", make.png_file(make.chunk(b"eXIf", block)))

    assert parsed.geninfo.model == "sdxl"


def test_raw_profiles_of_imagemagick_are_unfolded(tmp_path: Path) -> None:
    block = b"Exif\0\0" + make.user_comment(TEXT)
    hexadecimal = f"\nexif\n{len(block):8}\n{block.hex()}\n"

    parsed = make.parse(tmp_path / "a.png", make.png_file(make.ztext("Raw profile type exif", hexadecimal)))

    assert parsed.geninfo.prompt == "a cat, été"


def test_entries_before_a_cut_are_read_and_the_cut_is_reported(tmp_path: Path) -> None:
    data = make.png_file(make.text("parameters", TEXT))

    parsed = make.parse(tmp_path / "a.png", data[:-20])

    assert parsed.geninfo.seed == 7
    assert "truncated" in (parsed.problem or "")


class Counted(io.BytesIO):
    """A file that counts how often it was read."""

    reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        return super().read(size)


@pytest.mark.parametrize("lengths", [[64] * 900 + [10], [64] * 900, [40] + [64] * 900 + [1], [64] * 400 + [70] * 400])
def test_text_after_many_pixel_chunks_is_found_with_few_reads(lengths: list[int]) -> None:
    pixels = random.Random(1).randbytes(64)
    head = PNG_SIGNATURE + make.chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 6, 8, 2, 0, 0, 0))
    body = b"".join(make.chunk(b"IDAT", pixels[:length].ljust(length, b"x")) for length in lengths)
    tail = make.chunk(b"tEXt", b"Title\0" + b"far behind" * 400) + make.chunk(b"IEND", b"")
    whole = head + body + tail
    stream = Counted(whole)

    metadata = PngCarrier().read(stream, len(whole))

    assert [item.text for item in metadata.entries] == ["far behind" * 400]
    assert metadata.problems == ()
    assert stream.reads < len(lengths) / 2
    cut = PngCarrier().read(io.BytesIO(whole[: len(head) + len(body) // 2]), len(head) + len(body) // 2)
    assert cut.problems


def test_a_length_of_four_gigabytes_costs_nothing(tmp_path: Path) -> None:
    data = make.png_file()
    liar = data[:33] + struct.pack(">I", 0xFFFFFFF0) + b"tEXtparameters\0Steps: 1"

    parsed = make.parse(tmp_path / "a.png", liar)

    assert parsed.width_px == 8
    assert parsed.problem is not None


# JPEG and EXIF


@pytest.mark.parametrize(
    ("code", "encoding", "order"),
    [
        (b"UNICODE\0", "utf-16-be", "<"),
        (b"UNICODE\0", "utf-16-be", ">"),
        (b"UNICODE\0", "utf-16-le", "<"),
        (b"UNICODE\0", "utf-16-le", ">"),
        (b"UNICODE\0", "utf-8", "<"),
        (b"UNICODE\0", "utf-16", "<"),
        (b"Unicode\0", "utf-16-le", "<"),
        (b"ASCII\0\0\0", "utf-8", "<"),
        (b"ASCII\0\0\0", "utf-16-le", "<"),
        (b"\0\0\0\0\0\0\0\0", "utf-8", "<"),
        (b"\0\0\0\0\0\0\0\0", "utf-16-be", "<"),
        (b"", "utf-8", "<"),
        (b"", "utf-16-le", "<"),
    ],
)
def test_user_comments_are_decoded_by_their_bytes(tmp_path: Path, code: bytes, encoding: str, order: str) -> None:
    block = make.user_comment(TEXT, code, encoding, order)

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block)))

    assert (parsed.geninfo.prompt, parsed.geninfo.negative_prompt) == ("a cat, été", "dog")


def test_the_byte_order_of_a_japanese_comment_is_recognised_without_latin_letters(tmp_path: Path) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        block = make.user_comment("桜の木の下で笑う少女、夕焼け", encoding=encoding)

        parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block)))

        assert entry(parsed, "UserComment") == "桜の木の下で笑う少女、夕焼け"


def test_jis_comments_are_read(tmp_path: Path) -> None:
    block = make.user_comment("日本語のコメント", b"JIS\0\0\0\0\0", "iso2022_jp")

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block)))

    assert entry(parsed, "UserComment") == "日本語のコメント"


def test_swapped_characters_stored_as_utf8_are_swapped_back(tmp_path: Path) -> None:
    swapped = TEXT.replace("été", "ete").encode("utf-16-be").decode("utf-16-le")
    block = make.user_comment(swapped, b"\0" * 8, "utf-8")

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block)))

    assert parsed.geninfo.prompt == "a cat, ete"


def test_comments_in_the_main_directory_and_windows_tags_are_read(tmp_path: Path) -> None:
    block = make.tiff(
        [
            (make.XP_COMMENT, make.BYTE, "note für später\0".encode("utf-16-le")),
            (make.USER_COMMENT, make.UNDEFINED, TEXT.encode() + b"\0"),
        ]
    )

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block)))

    assert entry(parsed, "XPComment") == "note für später"
    assert parsed.geninfo.seed == 7


def test_orientation_turns_the_size(tmp_path: Path) -> None:
    block = make.tiff([(make.ORIENTATION, make.SHORT, b"\6\0")])

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block), size=(16, 8)))

    assert (parsed.width_px, parsed.height_px) == (8, 16)


def test_several_exif_segments_and_padding_between_them_are_read(tmp_path: Path) -> None:
    first = make.exif_segment(make.tiff([(make.SOFTWARE, make.ASCII, b"camera app\0")]))
    second = make.exif_segment(make.user_comment(TEXT))

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(first, second, start=b"\xff\xd8\xff\xff\xff"))

    assert entry(parsed, "Software") == "camera app"
    assert parsed.geninfo.prompt == "a cat, été"


def test_an_exif_block_may_continue_in_the_next_segment(tmp_path: Path) -> None:
    long = "tree, " * 6000 + TEXT
    block = make.user_comment(long)
    parts = [make.exif_segment(block[at : at + 65_000]) for at in range(0, len(block), 65_000)]

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(*parts))

    assert len(parts) > 1
    assert parsed.geninfo.prompt == "tree, " * 6000 + "a cat, été"


def test_jpeg_comments_xmp_and_captions_are_read(tmp_path: Path) -> None:
    packet = make.xmp_packet({"dc:description": "a description", "xmp:CreatorTool": "some tool"})
    data = make.jpeg_file(
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        (0xFE, TEXT.encode()),
        (0xE1, XMP_MARK + packet.encode()),
        (0xED, make.iptc_block({120: "a caption", 110: "a credit"})),
        (0xE2, b"MPF\0II*\0"),
    )

    parsed = make.parse(tmp_path / "a.jpg", data)

    assert parsed.geninfo.seed == 7
    assert entry(parsed, "dc:description") == "a description"
    assert entry(parsed, "xmp:CreatorTool") == "some tool"
    assert (entry(parsed, "iptc:Caption"), entry(parsed, "iptc:Credit")) == ("a caption", "a credit")


def test_extended_xmp_is_joined_in_order(tmp_path: Path) -> None:
    packet = make.xmp_packet({"dc:description": "long " * 100}).encode()
    digest = b"0123456789ABCDEF0123456789ABCDEF"
    mark = b"http://ns.adobe.com/xmp/extension/\0" + digest + struct.pack(">I", len(packet))
    parts = [(0xE1, mark + struct.pack(">I", at) + packet[at : at + 300]) for at in range(0, len(packet), 300)]

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(*reversed(parts)))

    assert entry(parsed, "dc:description") == ("long " * 100).strip()


def test_graphs_are_found_in_a_block_whose_offsets_are_wrong(tmp_path: Path) -> None:
    block = bytearray(make.tiff([(make.MAKE, make.ASCII, b"workflow:{}\0"), (make.MODEL, make.ASCII, b"x" * 40)]))
    block[18:22] = struct.pack("<I", 99_999)
    block[30:34] = struct.pack("<I", 99_999)

    parsed = make.parse(tmp_path / "a.webp", make.webp_file((b"EXIF", bytes(block) + b"\0prompt:" + GRAPH.encode())))

    assert entry(parsed, "prompt") == GRAPH


# WebP, GIF


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"], ids=["bare", "with a name in front"])
def test_webp_chunks_are_read_with_any_flags(tmp_path: Path, prefix: bytes) -> None:
    packet = make.xmp_packet({"dc:description": "words"})
    data = make.webp_file((b"ANIM", b"\0" * 6), (b"EXIF", prefix + make.user_comment(TEXT)), (b"XMP ", packet.encode()))

    parsed = make.parse(tmp_path / "a.webp", data)

    assert parsed.geninfo.seed == 7
    assert entry(parsed, "dc:description") == "words"
    assert (parsed.width_px, parsed.height_px) == (16, 8)


def test_gif_comments_longer_than_a_block_and_xmp_are_read(tmp_path: Path) -> None:
    packet = make.xmp_packet({"dc:description": "a gif, " * 60})
    long = "tree, " * 100 + TEXT

    parsed = make.parse(tmp_path / "a.gif", make.gif_file(make.gif_comment(long), make.gif_xmp(packet)))

    assert parsed.geninfo.prompt == "tree, " * 100 + "a cat, été"
    assert entry(parsed, "dc:description") == ("a gif, " * 60).strip()
    assert (parsed.width_px, parsed.height_px) == (8, 4)


def test_the_size_of_a_bmp_is_read(tmp_path: Path) -> None:
    head = b"BM" + b"\0" * 12 + struct.pack("<Iii", 40, 30, -20) + b"\0" * 30

    parsed = make.parse(tmp_path / "a.bmp", head)

    assert (parsed.width_px, parsed.height_px) == (30, 20)


# AVIF, HEIF


@pytest.mark.parametrize("in_item_data", [False, True], ids=["in the file", "in the item data box"])
def test_items_of_still_images_are_read(tmp_path: Path, in_item_data: bool) -> None:
    packet = make.xmp_packet({"comfy:prompt": GRAPH}, {"comfy": "https://example.invalid/comfy"})
    data = make.heif_file(exif=make.user_comment(TEXT), xmp=packet, in_item_data=in_item_data)

    parsed = make.parse(tmp_path / "a.avif", data)

    assert entry(parsed, "UserComment") == TEXT
    assert entry(parsed, "comfy:prompt") == GRAPH
    assert (parsed.width_px, parsed.height_px) == (32, 16)


def test_the_rotation_of_a_still_image_turns_its_size(tmp_path: Path) -> None:
    parsed = make.parse(tmp_path / "a.avif", make.heif_file(exif=make.user_comment(TEXT), turned=1))

    assert (parsed.width_px, parsed.height_px) == (16, 32)


# Movies


@pytest.mark.parametrize(
    "inside",
    [
        make.box(b"udta", make.key_table({"prompt": GRAPH, "workflow": "{}"})),
        make.key_table({"com.example.prompt": GRAPH}),
        make.box(b"udta", make.item_list({b"\xa9cmt": GRAPH})),
        make.box(b"udta", make.item_list({b"\xa9cmt": GRAPH}, old=True)),
        make.box(b"udta", make.box(b"\xa9cmt", struct.pack(">HH", len(GRAPH), 0) + GRAPH.encode())),
        make.box(
            b"udta",
            make.box(
                b"meta",
                b"\0\0\0\0"
                + make.box(b"hdlr", b"\0" * 25)
                + make.box(
                    b"ilst",
                    make.box(b"----", make.box(b"name", b"\0\0\0\0prompt") + make.data_box(GRAPH.encode())),
                ),
            ),
        ),
    ],
    ids=["key table", "reverse DNS", "iTunes", "QuickTime meta", "QuickTime text", "free form"],
)
def test_movie_texts_are_read_behind_the_media_data(tmp_path: Path, inside: bytes) -> None:
    parsed = make.parse(tmp_path / "a.mp4", make.mp4_file(inside))

    assert GRAPH in [item.text for item in parsed.geninfo.raw]
    assert (parsed.width_px, parsed.height_px, parsed.duration_ms) == (64, 48, 2500)


def test_xmp_of_a_movie_is_read_and_its_cover_image_is_not(tmp_path: Path) -> None:
    packet = make.xmp_packet({"dc:description": "a film"})
    cover = make.box(
        b"udta", make.box(b"meta", b"\0\0\0\0" + make.box(b"ilst", make.box(b"covr", make.data_box(b"\x89PNG", 14))))
    )

    parsed = make.parse(
        tmp_path / "a.mov", make.mp4_file(cover, behind=make.box(b"uuid", make.XMP_UUID + packet.encode()))
    )

    assert [(item.key, item.text) for item in parsed.geninfo.raw] == [("dc:description", "a film")]


@pytest.mark.parametrize("endless", [False, True], ids=["known sizes", "unknown sizes"])
@pytest.mark.parametrize("value_first", [False, True], ids=["name first", "value first"])
def test_matroska_tags_behind_the_clusters_are_read(tmp_path: Path, endless: bool, value_first: bool) -> None:
    data = make.mkv_file({"PROMPT": GRAPH, "COMMENT": "words"}, endless=endless, value_first=value_first)

    parsed = make.parse(tmp_path / "a.webm", data)

    assert (entry(parsed, "PROMPT"), entry(parsed, "COMMENT")) == (GRAPH, "words")
    assert (parsed.width_px, parsed.height_px, parsed.duration_ms) == (720, 480, 1500)


# Sound


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.mp3", make.id3_file({"prompt": GRAPH})),
        ("a.mp3", make.id3_file({"prompt": GRAPH}, version=3, encoding=1)),
        ("a.mp3", make.id3_file({"prompt": GRAPH}, version=2, encoding=0)),
        ("a.flac", make.flac_file({"prompt": GRAPH, "workflow": "{}"})),
        ("a.ogg", make.ogg_file({"filler": "x" * 90_000, "prompt": GRAPH})),
        ("a.ogg", make.ogg_file({"prompt": GRAPH}, b"\x03vorbis")),
        ("a.m4a", make.mp4_file(make.box(b"udta", make.key_table({"prompt": GRAPH})))),
        ("a.wav", make.riff_file(b"WAVE", (b"fmt ", b"\0" * 16), make.info_list({b"ICMT": GRAPH}))),
        ("a.avi", make.riff_file(b"AVI ", make.info_list({b"ICMT": GRAPH}), (b"movi", b"\0" * 99))),
    ],
)
def test_tags_of_sound_and_riff_files_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    parsed = make.parse(tmp_path / name, data)

    assert GRAPH in [item.text for item in parsed.geninfo.raw]


# Names that lie


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("png.jpg", make.png_file(make.text("parameters", TEXT))),
        ("jpeg.png", make.jpeg_file(make.exif_segment(make.user_comment(TEXT)))),
        ("webp.gif", make.webp_file((b"EXIF", make.user_comment(TEXT)))),
        ("matroska.mp4", make.mkv_file({"PARAMETERS": TEXT})),
    ],
)
def test_the_container_follows_from_the_content_and_not_from_the_name(tmp_path: Path, name: str, data: bytes) -> None:
    parsed = make.parse(tmp_path / name, data)

    assert parsed.geninfo.seed == 7


def test_empty_and_unknown_files_have_a_problem(tmp_path: Path) -> None:
    assert make.parse(tmp_path / "a.png", b"").problem == "the file is empty"
    assert make.parse(tmp_path / "b.png", b"plain words").problem == "the content is not that of a known image"
    assert make.parse(tmp_path / "c.png", PNG_SIGNATURE).problem is not None


# Hidden in pixels


@pytest.mark.parametrize("alpha", [True, False], ids=["alpha", "RGB"])
@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("size", [(64, 64), (40, 130), (500, 7)], ids=str)
def test_stealth_text_in_png_is_read(tmp_path: Path, alpha: bool, packed: bool, size: tuple[int, int]) -> None:
    data = make.stealth_png(infotext("a cat", seed=7).encode(), alpha=alpha, packed=packed, size=size)

    parsed = make.parse(tmp_path / "a.png", data)

    assert (parsed.geninfo.prompt, parsed.geninfo.seed) == ("a cat", 7)
    assert ("Source Identifier", "Stable Diffusion web UI(Stealth)") in parsed.tags


def test_stealth_text_in_lossless_webp_is_read(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "a.png"
    path.write_bytes(make.stealth_png(infotext("a cat", seed=7).encode()))
    with Image.open(path) as image:
        image.save(tmp_path / "a.webp", lossless=True, exact=True)

    assert make.parse(tmp_path / "a.webp").geninfo.seed == 7


def test_stealth_text_can_be_switched_off(tmp_path: Path) -> None:
    from iib.metadata.registry import default_registry

    data = make.stealth_png(infotext("a cat", seed=7).encode())

    assert make.parse(tmp_path / "a.png", data, default_registry(stealth=False)).geninfo.prompt is None


def test_text_chunks_take_precedence_over_stealth_text(tmp_path: Path) -> None:
    hidden = make.stealth_png(infotext("hidden", seed=1).encode())
    data = hidden[:33] + make.text("parameters", infotext("open", seed=2)) + hidden[33:]

    assert make.parse(tmp_path / "a.png", data).geninfo.prompt == "open"


def test_a_stealth_length_beyond_the_image_is_ignored(tmp_path: Path) -> None:
    good = make.stealth_png(infotext("a cat", seed=7).encode(), size=(64, 64))
    from PIL import Image

    path = tmp_path / "a.png"
    path.write_bytes(good)
    with Image.open(path) as image:
        image.crop((0, 0, 10, 64)).save(path)

    assert make.parse(path).geninfo.prompt is None


# C2PA

CLAIM = {"claim_generator": "OpenAI-API c2pa-rs/0.31", "claim_generator_info": [{"name": "ChatGPT", "version": "1"}]}
MADE = [
    {
        "action": "c2pa.created",
        "softwareAgent": {"name": "GPT-4o"},
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    }
]
MANIFEST = make.c2pa_manifest(CLAIM, MADE, "OpenAI")


def test_claims_are_read_from_every_container(tmp_path: Path) -> None:
    half = len(MANIFEST) // 2
    segments = [
        (0xEB, b"JP" + struct.pack(">HI", 1, 1) + MANIFEST[:half]),
        (0xEB, b"JP" + struct.pack(">HI", 1, 2) + MANIFEST[:8] + MANIFEST[half:]),
    ]
    movie = make.mp4_file(b"", behind=make.box(b"uuid", make.C2PA_UUID + b"\0\0\0\0manifest\0" + b"\0" * 8 + MANIFEST))
    for name, data in (
        ("a.png", make.png_file(make.chunk(b"caBX", MANIFEST))),
        ("a.jpg", make.jpeg_file(*reversed(segments))),
        ("a.webp", make.webp_file((b"C2PA", MANIFEST))),
        ("a.mp4", movie),
    ):
        parsed = make.parse(tmp_path / name, data)

        assert (entry(parsed, "generator_name"), entry(parsed, "software_agent")) == ("ChatGPT", "GPT-4o"), name
        assert (parsed.geninfo.is_generated, parsed.geninfo.prompt) == (True, None)
        assert parsed.geninfo.tool == "OpenAI"
