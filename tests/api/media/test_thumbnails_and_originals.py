"""Tests for thumbnails and original files: sizes, types, ranges and caching."""

from __future__ import annotations

import io
import os
import random
import struct
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from PIL import Image
from support.hosted import Hosted, access, hosted
from support.library import Library
from support.pictures import PNG_SIGNATURE, chunk, encode, exif, jpeg, noise, png, webp

YEAR_S = 31_536_000
SMALL_BYTES = 64 * 1024


@pytest.fixture
def large(library: Library) -> Path:
    """A PNG above the bound for small files."""
    path = library.add("large.png", content=encode(noise(), "PNG"))
    assert path.stat().st_size > SMALL_BYTES
    return path


def thumbnail(api: Hosted, path: Path | str, **options: object) -> httpx.Response:
    headers = options.pop("headers", None)
    return api.get("/image-thumbnail", params={"path": str(path), **options}, headers=headers)


def file(api: Hosted, path: Path | str, headers: dict[str, str] | None = None, **options: object) -> httpx.Response:
    return api.get("/file", params={"path": str(path), **options}, headers=headers)


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text[:300]
    return Image.open(io.BytesIO(answer.content))


def test_a_thumbnail_is_webp_that_fits_the_box_and_keeps_its_shape(api: Hosted, large: Path) -> None:
    answer = thumbnail(api, large, size="100x100", t="2026-01-01 00:00:00")

    assert answer.headers["content-type"] == "image/webp"
    assert opened(answer).format == "WEBP"
    assert opened(answer).size == (100, 50)


def test_the_default_box_is_256(api: Hosted, large: Path) -> None:
    assert opened(thumbnail(api, large)).size == (256, 128)


def test_a_thumbnail_is_never_larger_than_the_picture(api: Hosted, large: Path) -> None:
    assert opened(thumbnail(api, large, size="4096x4096")).size == (400, 200)


def test_a_thumbnail_is_private_for_a_year_with_a_quoted_validator(api: Hosted, large: Path) -> None:
    headers = thumbnail(api, large).headers

    assert headers["cache-control"] == f"private, max-age={YEAR_S}"
    assert headers["etag"].startswith('"')
    assert headers["etag"].endswith('"')


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_known_thumbnail_is_a_304(api: Hosted, large: Path, form: str) -> None:
    etag = thumbnail(api, large).headers["etag"]

    answer = thumbnail(api, large, headers={"If-None-Match": form.format(etag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


def test_the_validator_changes_with_the_file_and_not_with_the_clients_token(
    api: Hosted, library: Library, large: Path
) -> None:
    first = thumbnail(api, large, t="1").headers["etag"]

    assert thumbnail(api, large, t="2").headers["etag"] == first
    cached = list((api.services.settings.cache_dir / "thumbnails").rglob("*.webp"))
    library.date("large.png")
    assert thumbnail(api, large, t="1").headers["etag"] != first
    assert len(cached) == 1


@pytest.mark.parametrize(
    "size",
    ["", "0x0", "0x10", "10x0", "5000x10", "10x5000", "10", "10x", "x10", "-1x5", "axb", "10x10x10", "99999x1",
     "../../../x", "256x256/../../secret", "１０x１０", "256X256", " 256x256", "256x256\n"],
)  # fmt: skip
def test_a_size_that_is_no_box_is_a_400_before_anything_else(api: Hosted, large: Path, size: str) -> None:
    assert thumbnail(api, large, size=size).status_code == 400
    assert thumbnail(api, "/does/not/exist.png", size=size).status_code == 400


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [("a.jpg", jpeg(), "image/jpeg"), ("a.png", png(), "image/png"), ("a.webp", webp(), "image/webp")],
)
def test_a_small_picture_is_sent_as_it_is_with_its_own_type(
    api: Hosted, library: Library, name: str, content: bytes, mime: str
) -> None:
    answer = thumbnail(api, library.add(name, content=content))

    assert answer.content == content
    assert answer.headers["content-type"] == mime
    assert answer.headers["cache-control"] == f"private, max-age={YEAR_S}"
    assert answer.headers["etag"].startswith('"')


@pytest.mark.parametrize("name", ["notes.txt", "page.html", "picture.svg", ".env", "video.mp4", "sound.mp3", "noext"])
def test_only_pictures_have_thumbnails(api: Hosted, library: Library, name: str) -> None:
    answer = thumbnail(api, library.add(name, content=b"secret"))

    assert answer.status_code == 400
    assert "secret" not in answer.text


def test_a_missing_picture_is_a_404_and_a_folder_a_400(api: Hosted, library: Library) -> None:
    library.path("folder.png").mkdir()

    assert thumbnail(api, library.path("absent.png")).status_code == 404
    assert thumbnail(api, library.path("folder.png")).status_code == 400
    assert api.get("/image-thumbnail").status_code == 422


def test_a_broken_picture_is_a_422(api: Hosted, library: Library) -> None:
    path = library.add("broken.jpg", content=b"\xff\xd8\xff" + random.Random(2).randbytes(SMALL_BYTES * 2))

    assert thumbnail(api, path).status_code == 422


def test_a_picture_with_too_many_pixels_is_a_422(api: Hosted, library: Library) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    path = library.add("bomb.png", content=PNG_SIGNATURE + header + chunk(b"IDAT", bytes(SMALL_BYTES + 1)))

    assert thumbnail(api, path).status_code == 422


def test_orientation_is_applied(api: Hosted, library: Library) -> None:
    path = library.add("turned.jpg", content=encode(noise(), "JPEG", quality=100, exif=exif(orientation=6)))
    assert path.stat().st_size > SMALL_BYTES

    assert opened(thumbnail(api, path, size="100x100")).size == (50, 100)


def test_an_animation_shows_its_first_frame(api: Hosted, library: Library) -> None:
    first, second = noise(), Image.new("RGB", (400, 200), "blue")
    path = library.add(
        "moving.webp", content=encode(first, "WEBP", lossless=True, save_all=True, append_images=[second])
    )
    assert path.stat().st_size > SMALL_BYTES

    made = opened(thumbnail(api, path, size="100x100"))

    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").resize((1, 1)).getpixel((0, 0))[0] > 80  # type: ignore[index]


def test_thumbnails_work_without_a_cache_folder(tmp_path: Path, library: Library, large: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file where the folder should be")

    with hosted(tmp_path / "home", [library.root], cache_dir=blocked) as api:
        assert opened(thumbnail(api, large)).size == (256, 128)


@pytest.mark.parametrize("address", ["/file", "/image-thumbnail"])
def test_head_answers_as_get_without_a_body(api: Hosted, large: Path, address: str) -> None:
    got = api.get(address, params={"path": str(large)})
    head = api.head(address, params={"path": str(large)})

    assert head.status_code == 200
    for name in ("content-type", "etag", "cache-control", "content-length"):
        assert head.headers[name] == got.headers[name]


def test_a_file_is_sent_byte_for_byte_with_its_type(api: Hosted, library: Library) -> None:
    content = random.Random(3).randbytes(200_000)
    answer = file(api, library.add("clip.mp4", content=content), t="2026-01-01 00:00:00")

    assert answer.content == content
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"


MIMES = {
    "a.jpg": "image/jpeg", "a.jpeg": "image/jpeg", "a.jpe": "image/jpeg", "a.png": "image/png", "a.gif": "image/gif",
    "a.bmp": "image/bmp", "a.webp": "image/webp", "a.avif": "image/avif", "a.mp4": "video/mp4", "a.m4v": "video/mp4",
    "a.avi": "video/x-msvideo", "a.mkv": "video/x-matroska", "a.mov": "video/quicktime", "a.wmv": "video/x-ms-wmv",
    "a.flv": "video/x-flv", "a.ts": "video/mp2t", "a.webm": "video/webm", "a.mp3": "audio/mpeg", "a.wav": "audio/wav",
    "a.ogg": "audio/ogg", "a.flac": "audio/flac", "a.m4a": "audio/mp4", "a.aac": "audio/aac", "a.wma": "audio/x-ms-wma",
    "a.JPG": "image/jpeg", "a.unknown": "application/octet-stream", "a": "application/octet-stream",
}  # fmt: skip


def test_types_come_from_the_fixed_table(api: Hosted, library: Library) -> None:
    found = {
        name: file(api, library.add(name, content=b"x")).headers["content-type"]
        for name in MIMES
        if os.name != "nt" or name != "a.JPG"
    }

    assert found == {name: MIMES[name] for name in found}


def test_a_missing_file_is_a_404_and_a_folder_a_400(api: Hosted, library: Library) -> None:
    assert file(api, library.path("absent.png")).status_code == 404
    assert file(api, library.root).status_code == 400
    assert file(api, library.add("a.png") / "below.png").status_code == 404


CONTENT = bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "status", "served"),
    [
        ("bytes=0-9", 206, (0, 9)),
        ("bytes=90-", 206, (90, 99)),
        ("bytes=-10", 206, (90, 99)),
        ("bytes=-1000", 206, (0, 99)),
        ("bytes=50-100000", 206, (50, 99)),
        ("bytes=0-0", 206, (0, 0)),
        ("bytes=0-4, 900-1000", 206, (0, 4)),
        ("bytes=100-", 416, None),
        ("bytes=100-200", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=9-0", 200, None),
        ("bytes=a-b", 200, None),
        ("bytes=", 200, None),
        ("items=0-9", 200, None),
        ("nonsense", 200, None),
    ],
)
def test_ranges(api: Hosted, library: Library, asked: str, status: int, served: tuple[int, int] | None) -> None:
    path = library.add("a.mp4", content=CONTENT)

    answer = file(api, path, {"Range": asked})

    assert answer.status_code == status
    if served is not None:
        assert answer.content == CONTENT[served[0] : served[1] + 1]
        assert answer.headers["content-range"] == f"bytes {served[0]}-{served[1]}/100"
        assert answer.headers["content-length"] == str(len(answer.content))
    elif status == 416:
        assert answer.headers["content-range"] == "bytes */100"
        assert "detail" in answer.json()
    else:
        assert answer.content == CONTENT


def test_several_ranges_come_as_parts(api: Hosted, library: Library) -> None:
    answer = file(api, library.add("a.mp4", content=CONTENT), {"Range": "bytes=0-1, 10-11"})

    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert CONTENT[10:12] in answer.content


def test_an_empty_file_is_sent_and_has_no_ranges(api: Hosted, library: Library) -> None:
    path = library.add("a.png", content=b"")

    assert file(api, path).content == b""
    assert file(api, path, {"Range": "bytes=0-"}).status_code == 416


def test_a_range_of_another_version_is_answered_with_the_whole_file(api: Hosted, library: Library) -> None:
    path = library.add("a.mp4", content=CONTENT)
    headers = file(api, path).headers

    for good in (headers["etag"], headers["last-modified"]):
        assert file(api, path, {"Range": "bytes=0-1", "If-Range": good}).status_code == 206
    assert file(api, path, {"Range": "bytes=0-1", "If-Range": '"old"'}).content == CONTENT
    assert file(api, path, {"Range": "bytes=500-", "If-Range": '"old"'}).status_code == 200


def test_a_known_file_is_a_304_by_tag_or_date(api: Hosted, library: Library) -> None:
    path = library.add("a.mp4", content=CONTENT)
    headers = file(api, path).headers

    assert file(api, path, {"If-None-Match": headers["etag"]}).status_code == 304
    assert file(api, path, {"If-Modified-Since": headers["last-modified"]}).status_code == 304
    assert file(api, path, {"If-Modified-Since": "Thu, 01 Jan 1998 00:00:00 GMT"}).status_code == 200
    assert file(api, path, {"If-Modified-Since": "nonsense"}).status_code == 200
    both = {"If-None-Match": '"old"', "If-Modified-Since": headers["last-modified"]}
    assert file(api, path, both).status_code == 200


def test_media_below_a_root_may_be_kept_for_a_year_until_a_real_date(api: Hosted, library: Library) -> None:
    headers = file(api, library.add("a.png")).headers

    assert headers["cache-control"] == f"public, max-age={YEAR_S}"
    expires, now = parsedate_to_datetime(headers["expires"]), parsedate_to_datetime(headers["last-modified"])
    assert expires > now
    assert headers["expires"].endswith("GMT")


def test_with_a_key_media_are_private_and_vary(tmp_path: Path, library: Library, large: Path) -> None:
    with hosted(tmp_path / "home", [library.root], access(key="key")) as api:
        for address in ("/file", "/image-thumbnail"):
            headers = api.get(address, params={"path": str(large)}, headers={"X-IIB-Secret": "key"}).headers
            assert headers["cache-control"] == f"private, max-age={YEAR_S}"
            assert {"Cookie", "Authorization"} <= set(headers["vary"].replace(" ", "").split(","))


def test_media_outside_of_roots_and_other_files_are_asked_for_again(
    api: Hosted, library: Library, tmp_path: Path
) -> None:
    outside = tmp_path / "a.png"
    outside.write_bytes(png())

    assert file(api, outside).headers["cache-control"] == "no-cache"
    assert file(api, library.add("a.txt", content=b"x")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.svg", "a.xml", "a.xhtml", "a.mhtml"])
def test_files_that_could_run_scripts_are_sent_as_downloads(api: Hosted, library: Library, name: str) -> None:
    headers = file(api, library.add(name, content=b"<script>")).headers

    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox"


def test_a_disposition_names_the_download(api: Hosted, library: Library) -> None:
    path = library.add("a.png")

    named = file(api, path, disposition='Bild "1" ä.png').headers["content-disposition"]
    assert named.startswith("attachment; filename*=UTF-8''")
    assert unquote(named.rpartition("''")[2]) == 'Bild "1" ä.png'
    assert file(api, path, disposition="").headers["content-disposition"].endswith("''a.png")
    assert (
        file(api, path, disposition="../../x\r\ny: z.png")
        .headers["content-disposition"]
        .endswith("x%0D%0Ay%3A%20z.png")
    )
    assert "content-disposition" not in file(api, path).headers
