"""Tests for thumbnails of every kind of file: made once, kept on the disk, bounded in size."""

from __future__ import annotations

import io
import os
import struct
import threading
import zlib
from pathlib import Path

import pytest
from PIL import Image
from support.pictures import PNG_SIGNATURE, animation, chunk, encode, jpeg, png, webp, write_video

from iib.errors import MediaError
from iib.media.covers import grab_cover
from iib.media.decode import open_scaled
from iib.media.thumbhash import encode_thumbhash
from iib.media.thumbnails import Thumbnails, encode_webp
from iib.model.media import MediaKind

BOX = (64, 64)


@pytest.fixture
def thumbnails(tmp_path: Path) -> Thumbnails:
    return Thumbnails(tmp_path / "cache")


def save(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def small(thumbnails: Thumbnails, path: str, kind: MediaKind = MediaKind.IMAGE) -> Image.Image:
    image = Image.open(io.BytesIO(thumbnails.get(path, kind, BOX).data))
    image.load()
    assert image.format == "WEBP"
    return image


def is_near(color: tuple[int, ...], expected: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(a - b) <= by for a, b in zip(color, expected, strict=False))


def gradient_16_bit() -> Image.Image:
    image = Image.new("I;16", (16, 16))
    image.frombytes(b"".join(struct.pack("<H", x * 4369) for _y in range(16) for x in range(16)))
    return image


FORMATS = {
    "a.png": png(size=(200, 100)),
    "a.jpg": jpeg(size=(200, 100)),
    "a.webp": webp(size=(200, 100)),
    "a.gif": encode(Image.new("P", (200, 100)), "GIF"),
    "a.bmp": encode(Image.new("RGB", (200, 100)), "BMP"),
    "a.avif": encode(Image.new("RGB", (200, 100)), "AVIF"),
    "moving.gif": animation("GIF", size=(200, 100)),
    "moving.webp": animation("WEBP", size=(200, 100)),
    "cmyk.jpg": encode(Image.new("CMYK", (200, 100), (0, 255, 255, 0)), "JPEG"),
    "grey.png": encode(Image.new("L", (200, 100), 90), "PNG"),
    "bits.png": encode(Image.new("1", (200, 100), 1), "PNG"),
    "grey_alpha.png": encode(Image.new("LA", (200, 100), (90, 100)), "PNG"),
    "alpha.png": encode(Image.new("RGBA", (200, 100), (200, 0, 0, 100)), "PNG"),
    "lying.png": jpeg(size=(200, 100)),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_a_picture_that_fits_the_box(tmp_path: Path, thumbnails: Thumbnails, name: str):
    assert small(thumbnails, save(tmp_path, name, FORMATS[name])).size == (64, 32)


@pytest.mark.parametrize("name", ["moving.gif", "moving.webp", "cmyk.jpg"])
def test_the_first_frame_keeps_its_colour(tmp_path: Path, thumbnails: Thumbnails, name: str):
    image = small(thumbnails, save(tmp_path, name, FORMATS[name])).convert("RGB")

    assert is_near(image.getpixel((30, 15)), (250, 0, 0))


def test_sixteen_bits_become_eight(tmp_path: Path, thumbnails: Thumbnails):
    image = small(thumbnails, save(tmp_path, "deep.png", encode(gradient_16_bit(), "PNG"))).convert("L")

    levels = [image.getpixel((x, 8)) for x in range(16)]
    assert levels == sorted(levels)
    assert levels[0] < 20
    assert levels[-1] > 235


def test_a_palette_keeps_its_transparency(tmp_path: Path, thumbnails: Thumbnails):
    image = Image.new("P", (40, 40), 1)
    image.putpalette([255, 255, 255, 200, 0, 0])
    image.paste(0, (0, 0, 20, 40))

    found = small(thumbnails, save(tmp_path, "p.png", encode(image, "PNG", transparency=0)))

    assert found.mode == "RGBA"
    assert found.getpixel((4, 20))[3] < 30
    assert found.getpixel((36, 20))[3] > 225


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_are_upright(tmp_path: Path, thumbnails: Thumbnails, orientation: int):
    content = jpeg(size=(200, 100), orientation=orientation)

    size = small(thumbnails, save(tmp_path, "a.jpg", content)).size

    assert size == ((64, 32) if orientation < 5 else (32, 64))


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1, 1), (1, 1)), ((20, 10), (20, 10)), ((4000, 1), (64, 1)), ((1, 4000), (1, 64)), ((64, 64), (64, 64))],
)
def test_tiny_and_extreme_pictures_are_never_enlarged_nor_empty(
    tmp_path: Path, thumbnails: Thumbnails, size: tuple[int, int], expected: tuple[int, int]
):
    assert small(thumbnails, save(tmp_path, "a.png", png(size=size))).size == expected


def with_broken_checksums(content: bytes) -> bytes:
    out, position = bytearray(content), 8
    while position < len(content):
        (length,) = struct.unpack_from(">I", content, position)
        position += 12 + length
        out[position - 4 : position] = b"\0\0\0\0"
    return bytes(out)


def test_a_png_with_wrong_checksums_is_rendered(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "a.png", with_broken_checksums(png({"parameters": "x"}, size=(100, 100))))

    image = small(thumbnails, path).convert("RGB")

    assert image.size == (64, 64)
    assert is_near(image.getpixel((30, 30)), (200, 60, 60))


def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few hundred kilobytes."""
    rows = zlib.compressobj(9)
    body = rows.compress(b"\0" * 10_000_000) + rows.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return PNG_SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


BROKEN = {
    "bomb.png": bomb(),
    "empty.png": b"",
    "noise.png": bytes(range(256)),
    "header.png": png()[:30],
    "cut.webp": webp(size=(100, 100))[:40],
    "text.jpg": b"this is no picture",
    "cut.gif": animation("GIF")[:20],
}


@pytest.mark.parametrize("name", BROKEN)
def test_files_that_cannot_be_decoded_are_media_errors(tmp_path: Path, thumbnails: Thumbnails, name: str):
    path = save(tmp_path, name, BROKEN[name])

    with pytest.raises(MediaError):
        thumbnails.get(path, MediaKind.IMAGE, BOX)
    with pytest.raises(MediaError):
        thumbnails.preview(path, MediaKind.IMAGE)
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_a_missing_file_is_not_a_media_error(thumbnails: Thumbnails, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        thumbnails.get(str(tmp_path / "no.png"), MediaKind.IMAGE, BOX)
    with pytest.raises(FileNotFoundError):
        open_scaled(str(tmp_path / "no.png"), BOX)
    with pytest.raises(FileNotFoundError):
        grab_cover(str(tmp_path / "no.mp4"), BOX)


def test_audio_has_no_thumbnail(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "a.mp3", b"ID3")

    with pytest.raises(MediaError):
        thumbnails.get(path, MediaKind.AUDIO, BOX)
    assert thumbnails.preview(path, MediaKind.AUDIO) is None


@pytest.mark.parametrize(("frames", "level"), [(1, 0), (5, 255), (24, 177)])
def test_a_video_shows_its_seventeenth_or_last_frame(tmp_path: Path, thumbnails: Thumbnails, frames: int, level: int):
    path = str(write_video(tmp_path / "a.mp4", frames=frames, size=(128, 64)))

    image = small(thumbnails, path, MediaKind.VIDEO)

    assert image.size == (64, 32)
    assert is_near((image.convert("L").getpixel((32, 16)),), (level,))


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x18ftypisom" + b"\xff" * 200, b"text"])
def test_a_broken_video_is_a_media_error(tmp_path: Path, thumbnails: Thumbnails, content: bytes):
    with pytest.raises(MediaError):
        thumbnails.get(save(tmp_path, "a.mp4", content), MediaKind.VIDEO, BOX)


def test_the_second_request_reads_the_cached_thumbnail(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "a.png", png(size=(100, 100)))
    first = thumbnails.get(path, MediaKind.IMAGE, BOX)
    [kept] = (tmp_path / "cache").rglob("*.webp")
    kept.write_bytes(b"marked")

    second = thumbnails.get(path, MediaKind.IMAGE, BOX)

    assert second.data == b"marked"
    assert second.etag == first.etag == thumbnails.etag(path, MediaKind.IMAGE, BOX)


def test_a_changed_file_and_another_box_have_their_own_thumbnails(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "a.png", png(size=(100, 100)))
    first = thumbnails.get(path, MediaKind.IMAGE, BOX)
    wider = thumbnails.get(path, MediaKind.IMAGE, (32, 32))

    save(tmp_path, "a.png", png(size=(100, 50)))
    os.utime(path, ns=(1, 1))
    changed = thumbnails.get(path, MediaKind.IMAGE, BOX)

    assert len({first.etag, wider.etag, changed.etag}) == 3
    assert Image.open(io.BytesIO(changed.data)).size == (64, 32)


def test_concurrent_requests_render_a_thumbnail_once(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "a.png", png(size=(2000, 2000)))
    answers: list[bytes] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        answers.append(thumbnails.get(path, MediaKind.IMAGE, BOX).data)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert thumbnails.written == 1
    assert [item.suffix for item in (tmp_path / "cache").rglob("*.*")] == [".webp"]


def test_a_failure_releases_waiting_requests(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "bomb.png", BROKEN["bomb.png"])
    failures: list[MediaError] = []

    def ask() -> None:
        try:
            thumbnails.get(path, MediaKind.IMAGE, BOX)
        except MediaError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(failures) == 4


def test_thumbnails_are_rendered_without_a_writable_cache(tmp_path: Path):
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file")
    path = save(tmp_path, "a.png", png())

    assert Thumbnails(blocked).get(path, MediaKind.IMAGE, BOX).data


def test_the_cache_is_bounded_and_drops_the_least_recently_used(tmp_path: Path):
    thumbnails = Thumbnails(tmp_path / "cache", max_bytes=0)
    for number in range(6):
        thumbnails.get(save(tmp_path, f"{number}.png", png(size=(64, 64 + number))), MediaKind.IMAGE, BOX)
    files = sorted((tmp_path / "cache").rglob("*.webp"))
    for age, file in enumerate(files):
        os.utime(file, (1000 + age, 1000 + age))
    bound = sum(file.stat().st_size for file in files[-2:])

    Thumbnails(tmp_path / "cache", max_bytes=bound).trim()

    assert sorted((tmp_path / "cache").rglob("*.webp")) == files[-2:]


def decode_average(data: bytes) -> tuple[float, float, float]:
    """The mean colour of a thumbhash, after the published format."""
    header = data[0] | data[1] << 8 | data[2] << 16
    luminance, p, q = (header & 63) / 63, (header >> 6 & 63) / 31.5 - 1, (header >> 12 & 63) / 31.5 - 1
    blue = luminance - 2 / 3 * p
    red = (3 * luminance - blue + q) / 2
    return red, red - q, blue


@pytest.mark.parametrize(
    "color", [(250, 10, 10), (10, 250, 10), (10, 10, 250), (255, 255, 255), (0, 0, 0), (90, 120, 60)]
)
def test_a_thumbhash_holds_the_mean_colour(color: tuple[int, int, int]):
    data = encode_thumbhash(Image.new("RGB", (80, 40), color))

    assert 5 <= len(data) <= 30
    assert all(abs(found * 255 - wanted) < 16 for found, wanted in zip(decode_average(data), color, strict=True))


def test_a_thumbhash_has_orientation_and_transparency():
    wide = encode_thumbhash(Image.new("RGB", (80, 40)))
    tall = encode_thumbhash(Image.new("RGB", (40, 80)))
    clear = encode_thumbhash(Image.new("RGBA", (40, 40), (200, 0, 0, 0)))

    assert [data[4] >> 7 for data in (wide, tall)] == [1, 0]
    assert [data[2] >> 7 for data in (wide, tall, clear)] == [0, 0, 1]


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (33, 32)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1"])
def test_any_picture_has_a_thumbhash(size: tuple[int, int], mode: str):
    assert len(encode_thumbhash(Image.new(mode, size))) >= 5


def test_small_images_survive_their_encoding():
    assert Image.open(io.BytesIO(encode_webp(Image.new("RGBA", (3, 2), (1, 2, 3, 4))))).size == (3, 2)


def test_a_thumbnail_is_cached_until_the_file_changes(tmp_path: Path, thumbnails: Thumbnails):
    path = save(tmp_path, "a.png", png(size=(200, 100)))

    assert thumbnails.find_cached(path, MediaKind.IMAGE, BOX) is None
    drawn = thumbnails.get(path, MediaKind.IMAGE, BOX)
    assert thumbnails.find_cached(path, MediaKind.IMAGE, BOX) == drawn

    save(tmp_path, "a.png", png(size=(100, 200)))
    assert thumbnails.find_cached(path, MediaKind.IMAGE, BOX) is None
