"""Tests for playing video and sound, and for the covers of videos."""

from __future__ import annotations

import base64
import io
import os
import shutil
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from PIL import Image
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.pictures import encode, jpeg, png, write_video
from support.process import run

from iib.settings import Permission

CONTENT = bytes(range(200)) * 5
SIZE = len(CONTENT)


def stream(api: Hosted, path: Path | str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.get("/stream_video", params={"path": str(path)}, headers=named)


def cover(api: Hosted, path: Path | str, **options: object) -> httpx.Response:
    headers = options.pop("headers", None)
    return api.get("/video_cover", params={"path": str(path), **options}, headers=headers)


def choose(api: Hosted, path: Path | str, picture: bytes | str, prefix: str = "") -> httpx.Response:
    text = picture if isinstance(picture, str) else base64.b64encode(picture).decode()
    body = {"path": str(path), "base64_img": prefix + text, "updated_time": "2026-01-01 00:00:00"}
    return api.post("/set_target_frame_as_video_cover", body)


def opened(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == "image/webp"
    image = Image.open(io.BytesIO(answer.content))
    assert image.format == "WEBP"
    return image.convert("RGB")


def middle(image: Image.Image) -> tuple[int, ...]:
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return found


def is_red(answer: httpx.Response) -> bool:
    red, green, blue = middle(opened(answer))
    return red > 180 and green < 80 and blue < 80


@pytest.fixture
def sound(library: Library) -> Path:
    return library.add("sound.mp3", content=CONTENT)


@pytest.fixture
def video(library: Library) -> Path:
    path = write_video(library.path("video.mp4"))
    library.date("video.mp4")
    return path


RED = encode(Image.new("RGB", (320, 200), (230, 20, 20)), "PNG")


# --- playing ----------------------------------------------------------------------------------------------------------


def test_without_a_range_the_whole_file_is_sent(api: Hosted, sound: Path) -> None:
    answer = stream(api, sound)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-encoding"] == "identity"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"].endswith("GMT")
    assert "expires" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=990-", 990, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    ],
)
def test_a_range_is_a_206(api: Hosted, sound: Path, asked: str, first: int, last: int) -> None:
    answer = stream(api, sound, Range=asked)

    assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", ["bytes=900-100000", f"bytes=900-{SIZE}", "bytes=900-9999999999999999999"])
def test_an_end_beyond_the_file_is_its_end(api: Hosted, sound: Path, asked: str) -> None:
    answer = stream(api, sound, Range=asked)

    assert (answer.status_code, answer.content) == (206, CONTENT[900:])
    assert answer.headers["content-range"] == f"bytes 900-{SIZE - 1}/{SIZE}"


def test_more_than_there_is_from_the_end_is_everything(api: Hosted, sound: Path) -> None:
    assert stream(api, sound, Range="bytes=-5000").content == CONTENT


def test_of_several_ranges_the_first_is_sent(api: Hosted, sound: Path) -> None:
    answer = stream(api, sound, Range="bytes=5-9, 20-29")

    assert (answer.status_code, answer.content) == (206, CONTENT[5:10])
    assert answer.headers["content-range"] == f"bytes 5-9/{SIZE}"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_the_file_is_a_416_with_the_size(api: Hosted, sound: Path, asked: str) -> None:
    answer = stream(api, sound, Range=asked)

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert answer.json()["detail"]


@pytest.mark.parametrize("asked", ["bytes", "bytes=", "bytes=a-b", "bytes=9-1", "items=0-1", "bytes=--1", "bytes=0-1;"])
def test_a_malformed_range_is_ignored(api: Hosted, sound: Path, asked: str) -> None:
    answer = stream(api, sound, Range=asked)

    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_an_empty_file_has_no_range(api: Hosted, library: Library) -> None:
    path = library.add("empty.mp4", content=b"")

    assert stream(api, path).status_code == 200
    assert stream(api, path, Range="bytes=0-").status_code == 416


def test_if_range_returns_the_whole_file_after_a_change(api: Hosted, library: Library, sound: Path) -> None:
    first = stream(api, sound)
    etag, modified = first.headers["etag"], first.headers["last-modified"]

    assert stream(api, sound, Range="bytes=0-9", If_Range=etag).status_code == 206
    assert stream(api, sound, Range="bytes=0-9", If_Range=modified).status_code == 206
    library.date("sound.mp3")
    assert stream(api, sound, Range="bytes=0-9", If_Range=etag).content == CONTENT
    assert stream(api, sound, Range="bytes=0-9", If_Range=formatdate(0, usegmt=True)).status_code == 200


def test_a_known_stream_is_a_304(api: Hosted, sound: Path) -> None:
    assert stream(api, sound, If_None_Match=stream(api, sound).headers["etag"]).status_code == 304


@pytest.mark.parametrize("asked", [None, "bytes=10-19"])
def test_head_returns_the_same_headers_and_no_body(api: Hosted, sound: Path, asked: str | None) -> None:
    headers = {"Range": asked} if asked else {}
    got = api.get("/stream_video", params={"path": str(sound)}, headers=headers)
    head = api.head("/stream_video", params={"path": str(sound)}, headers=headers)

    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("content-length", "content-type", "accept-ranges", "etag", "content-range"):
        assert head.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.mp4", "video/mp4"),
        ("a.M4V", "video/mp4"),
        ("a.mkv", "video/x-matroska"),
        ("a.wmv", "video/x-ms-wmv"),
        ("a.flv", "video/x-flv"),
        ("a.webm", "video/webm"),
        ("a.flac", "audio/flac"),
        ("a.m4a", "audio/mp4"),
        ("a.wma", "audio/x-ms-wma"),
    ],
)
def test_the_type_comes_from_our_own_table(api: Hosted, library: Library, name: str, mime: str) -> None:
    assert stream(api, library.add(name, content=CONTENT)).headers["content-type"] == mime


def test_an_unplayable_file_is_a_400_and_a_missing_file_a_404(api: Hosted, library: Library) -> None:
    assert stream(api, library.add("a.png")).status_code == 400
    assert stream(api, library.add("a.txt", content=b"x")).status_code == 400
    assert stream(api, library.add("source.ts", content=b"const a = 1\n" * 100)).status_code == 400
    assert stream(api, library.root).status_code == 400
    assert stream(api, library.path("absent.mp4")).status_code == 404


def test_a_transport_stream_is_a_video(api: Hosted, library: Library) -> None:
    packet = b"\x47" + bytes(187)

    assert stream(api, library.add("a.ts", content=packet * 4)).headers["content-type"] == "video/mp2t"


def test_with_cors_the_headers_of_a_stream_may_be_read(tmp_path: Path, library: Library, sound: Path) -> None:
    with hosted(tmp_path / "home", [library.root], access(allow_cors=True)) as opened_api:
        headers = stream(opened_api, sound, Origin="https://app.example").headers

    exposed = {name.strip().lower() for name in headers["access-control-expose-headers"].split(",")}
    assert exposed >= {"content-type", "accept-ranges", "content-length", "content-range", "content-encoding"}


@pytest.mark.skipif(os.name == "nt", reason="open files cannot be removed there")
def test_a_file_that_is_removed_while_it_is_read_is_read_to_its_end(tmp_path: Path, library: Library) -> None:
    from support.process import serving

    content = os.urandom(8 * 1024 * 1024)
    path = library.add("long.mp4", content=content)
    with serving(tmp_path / "home", "--extra_paths", str(library.root)) as server:
        url = f"{server.url}/stream_video"
        with httpx.stream("GET", url, params={"path": str(path)}, timeout=30) as answer:
            parts = answer.iter_bytes(64 * 1024)
            read = next(parts)
            path.unlink()
            read += b"".join(parts)

    assert read == content


# --- covers -----------------------------------------------------------------------------------------------------------


def test_a_cover_is_frame_sixteen(api: Hosted, video: Path) -> None:
    level = middle(opened(cover(api, video, mt="2026-01-01 00:00:00")))[0]

    assert abs(level - 255 * 16 // 23) < 12


@pytest.mark.parametrize("frames", [1, 2, 16])
def test_a_shorter_video_shows_its_last_frame(api: Hosted, library: Library, frames: int) -> None:
    path = write_video(library.path(f"{frames}.mp4"), frames=frames)

    level = middle(opened(cover(api, path)))[0]

    assert level < 12 if frames == 1 else level > 230


def test_a_partly_damaged_video_shows_a_decodable_frame(api: Hosted, library: Library) -> None:
    path = write_video(library.path("cut.mkv"), frames=12)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])

    assert opened(cover(api, path)).size == (64, 48)


def test_a_cover_is_at_most_512_pixels_wide_and_high(api: Hosted, library: Library) -> None:
    path = write_video(library.path("wide.mp4"), frames=2, size=(1280, 720))

    assert opened(cover(api, path)).size == (512, 288)


def test_a_cover_is_asked_for_again_and_answered_with_304(api: Hosted, video: Path) -> None:
    first = cover(api, video)

    assert first.headers["cache-control"] == "no-cache"
    again = cover(api, video, headers={"If-None-Match": first.headers["etag"]}, mt="other")
    assert (again.status_code, again.content) == (304, b"")
    assert api.head("/video_cover", params={"path": str(video)}).headers["etag"] == first.headers["etag"]


def test_a_cover_is_drawn_once_and_kept_in_the_cache(api: Hosted, video: Path) -> None:
    first = cover(api, video, mt="1")
    cover(api, video, mt="2")

    kept = list((api.services.settings.cache_dir / "thumbnails").rglob("*"))
    assert [item.read_bytes() for item in kept if item.is_file()] == [first.content]


def test_files_without_a_cover_are_rejected(api: Hosted, library: Library, sound: Path) -> None:
    assert cover(api, library.path("absent.mp4")).status_code == 404
    assert cover(api, library.root).status_code == 400
    assert cover(api, library.add("a.png")).status_code == 400
    assert cover(api, sound).status_code == 400
    assert cover(api, library.add("source.ts", content=b"const a = 1\n" * 100)).status_code == 400
    assert cover(api, library.add("broken.mp4", content=b"no video")).status_code == 422
    assert cover(api, library.add("empty.mp4", content=b"")).status_code == 422


def test_without_a_decoder_a_cover_is_a_501_and_the_rest_works(tmp_path: Path, library: Library, video: Path) -> None:
    code = """
import sys
from pathlib import Path
sys.modules["av"] = None
sys.path.insert(0, sys.argv[1])
from support.hosted import hosted
home, root, video = sys.argv[2:]
with hosted(Path(home), [root]) as api:
    print(api.get("/video_cover", params={"path": video}).text)
    codes = [api.get(f"/{route}", params={"path": video}).status_code for route in ("video_cover", "stream_video")]
    print(*codes, api.get("/version").status_code)
"""
    tests = str(Path(__file__).resolve().parents[2])
    ended = run(["-c", code, tests, str(tmp_path / "other"), str(library.root), str(video)], tmp_path / "home")

    detail, codes = ended.stdout.splitlines()[-2:]
    assert codes == "501 200 200", ended.stderr
    assert "av" in detail


# --- choosing a cover -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_a_chosen_cover_is_answered_and_shown_from_then_on(api: Hosted, video: Path, prefix: str) -> None:
    before = cover(api, video).headers["etag"]

    answer = choose(api, video, RED, prefix)

    assert answer.headers["cache-control"] == "no-store"
    assert is_red(answer)
    shown = cover(api, video)
    assert is_red(shown)
    assert shown.headers["etag"] != before
    assert opened(shown).size == (320, 200)


def test_another_choice_replaces_the_first(api: Hosted, video: Path) -> None:
    choose(api, video, RED)
    choose(api, video, encode(Image.new("RGB", (64, 64), (10, 10, 240)), "JPEG"))

    assert middle(opened(cover(api, video)))[2] > 200


def test_the_grids_thumbnail_of_a_video_is_the_chosen_cover(api: Hosted, video: Path) -> None:
    api.update()
    media_id = api.search()["files"][0]["id"]
    address = f"/v1/media/{media_id}/thumbnail"
    first = api.get(address, params={"size": 128, "v": "1"})
    assert not is_red(first)

    choose(api, video, RED)

    again = api.get(address, params={"size": 128, "v": "1"}, headers={"If-None-Match": first.headers["etag"]})
    assert is_red(again)
    assert opened(again).size == (128, 80)
    assert first.headers["cache-control"] == "no-cache", "else browsers would go on showing the old one for a year"


def test_the_placeholder_in_the_index_follows_the_chosen_cover(api: Hosted, video: Path) -> None:
    api.update()
    token = answer_of(api.post("/v1/results", {}))["token"]
    assert answer_of(api.get(f"/v1/results/{token}/columns"))["thumbhash"] == [None]

    choose(api, video, RED)

    columns = answer_of(api.get(f"/v1/results/{token}/columns"))
    assert columns["thumbhash"][0]


def test_clearing_the_cache_never_loses_a_chosen_cover(api: Hosted, video: Path) -> None:
    choose(api, video, RED)

    shutil.rmtree(api.services.settings.cache_dir)

    assert is_red(cover(api, video))


def test_a_chosen_cover_outlives_the_program(tmp_path: Path, library: Library, video: Path) -> None:
    with hosted(tmp_path / "home", [library.root]) as first:
        choose(first, video, RED)
    with hosted(tmp_path / "home", [library.root]) as second:
        assert is_red(cover(second, video))


def test_a_chosen_cover_follows_a_video_that_is_moved_or_touched(api: Hosted, library: Library, video: Path) -> None:
    choose(api, video, RED)
    moved = library.path("elsewhere/renamed.mp4")
    moved.parent.mkdir()
    video.rename(moved)
    library.date("elsewhere/renamed.mp4")

    assert is_red(cover(api, moved))


def test_a_chosen_cover_does_not_stay_when_another_video_takes_the_place(
    api: Hosted, library: Library, video: Path
) -> None:
    choose(api, video, RED)
    write_video(library.path("video.mp4"), frames=30)

    assert not is_red(cover(api, video))


def test_a_custom_cover_is_encoded_again(api: Hosted, video: Path) -> None:
    marked = png({"secret": "words in the picture"}, size=(64, 64), color=(230, 20, 20)) + b"<script>appended</script>"

    answer = choose(api, video, marked)

    assert is_red(answer)
    kept = [path.read_bytes() for path in api.services.settings.cover_dir.iterdir()]
    assert len(kept) == 1
    for data in (answer.content, *kept):
        assert b"secret" not in data
        assert b"script" not in data


def test_a_large_picture_is_made_smaller(api: Hosted, video: Path) -> None:
    choose(api, video, encode(Image.new("RGB", (4000, 2000), (230, 20, 20)), "JPEG"))

    assert opened(cover(api, video)).size == (512, 256)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("not base64!", 400),
        ("abc", 400),
        ("ü", 400),
        ("data:image/png,raw", 400),
        ("", 422),
        (base64.b64encode(b"GIF89a").decode(), 422),
        (base64.b64encode(b"no picture").decode(), 422),
        (base64.b64encode(jpeg()[:60]).decode(), 422),
        (base64.b64encode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n").decode(), 422),
    ],
)
def test_a_payload_that_is_no_picture_changes_nothing(api: Hosted, video: Path, payload: str, code: int) -> None:
    answer = choose(api, video, payload)

    assert answer.status_code == code
    assert " at 0x" not in answer.text
    assert not api.services.settings.cover_dir.exists()


def test_a_picture_of_insane_size_is_refused_before_it_is_decoded(api: Hosted, video: Path) -> None:
    bomb = encode(Image.new("1", (30_000, 30_000)), "PNG")

    assert choose(api, video, bomb).status_code == 422


def test_only_existing_videos_have_covers_to_choose(api: Hosted, library: Library) -> None:
    assert choose(api, library.path("absent.mp4"), RED).status_code == 404
    assert choose(api, library.root, RED).status_code == 400
    assert choose(api, library.add("a.png"), RED).status_code == 400
    assert choose(api, library.add("a.mp3", content=b"x"), RED).status_code == 400


def test_choosing_needs_trust_and_the_permission_to_write(tmp_path: Path, library: Library) -> None:
    outside = write_video(tmp_path / "outside.mp4", frames=2)
    inside = write_video(library.path("inside.mp4"), frames=2)
    with hosted(tmp_path / "home", [library.root], access(allowed=[library.root])) as fenced:
        assert choose(fenced, outside, RED).status_code == 403
        assert cover(fenced, outside).status_code == 403
        assert stream(fenced, outside).status_code == 403
        assert choose(fenced, inside, RED).status_code == 200
    with hosted(tmp_path / "other", [library.root], access(permission=Permission.READ_ONLY)) as reading:
        assert choose(reading, inside, RED).status_code == 403
        assert not is_red(cover(reading, inside))


def test_a_damaged_kept_cover_is_replaced_by_a_frame(api: Hosted, video: Path) -> None:
    choose(api, video, RED)
    [kept] = api.services.settings.cover_dir.iterdir()
    kept.write_bytes(b"damaged")

    assert not is_red(cover(api, video))
