"""Tests for the flags that make thumbnails and video covers in advance."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from support.hosted import hosted
from support.library import Library
from support.pictures import encode, noise, png, write_video
from support.process import CHECKOUT, run

APP = str(CHECKOUT / "app.py")


def kept(home: Path) -> dict[str, int]:
    """Names and times of the files in the cache."""
    folder = home / "cache" / "iib_cache" / "thumbnails"
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*.webp")}


@pytest.fixture
def filled(library: Library) -> Library:
    """A large picture, a small one, a broken one, two videos and sound."""
    library.add("large.png", content=encode(noise(), "PNG"))
    library.add("sub/large.jpg", content=encode(noise((600, 600)), "JPEG"))
    library.add("small.png", content=png())
    library.add("broken.png", content=b"no picture" * 10_000)
    library.add("sound.mp3", content=b"x" * 100_000)
    write_video(library.path("one.mp4"))
    write_video(library.path("sub/two.mp4"), frames=3)
    return library


def test_created_thumbnails_are_exactly_those_that_the_endpoint_reads(tmp_path: Path, filled: Library) -> None:
    home = tmp_path / "home"

    ended = run([APP, "--extra_paths", str(filled.root), "--generate_image_cache"], home)

    assert ended.returncode == 0, ended.stderr
    assert "2 drawn" in ended.stdout
    assert "1 cannot be drawn" in ended.stdout
    assert "http://" not in ended.stdout, "it does not serve"
    before = kept(home)
    assert len(before) == 2
    with hosted(home, [filled.root], cache_dir=home / "cache" / "iib_cache") as api:
        for name in ("large.png", "sub/large.jpg"):
            asked = {"path": str(filled.path(name)), "size": "512x512"}
            assert api.get("/image-thumbnail", params=asked).status_code == 200
    assert kept(home) == before, "nothing was drawn again"


def test_the_size_of_thumbnails_may_be_chosen(tmp_path: Path, filled: Library) -> None:
    home = tmp_path / "home"
    arguments = ["--generate_image_cache", "--generate_image_cache_size", "64x32"]
    run([APP, "--extra_paths", str(filled.root), *arguments], home)

    pictures = [Image.open(io.BytesIO(path.read_bytes())) for path in (home / "cache").rglob("*.webp")]
    sizes = {picture.size for picture in pictures}

    assert sizes == {(64, 32), (32, 32)}


@pytest.mark.parametrize("size", ["big", "0x0", "512", "9999x9999", "10x10x10", "../../x"])
def test_a_bad_size_is_exit_code_2_and_says_why(tmp_path: Path, size: str) -> None:
    ended = run([APP, "--generate_image_cache", "--generate_image_cache_size", size], tmp_path / "home")

    assert ended.returncode == 2
    assert "WIDTHxHEIGHT" in ended.stderr


def test_covers_are_drawn_for_the_endpoint_and_a_second_run_has_nothing_to_do(tmp_path: Path, filled: Library) -> None:
    home = tmp_path / "home"
    arguments = [APP, "--extra_paths", str(filled.root), "--generate_video_cover"]

    first = run(arguments, home)
    before = kept(home)
    second = run(arguments, home)

    assert (first.returncode, second.returncode) == (0, 0)
    assert "2 drawn" in first.stdout
    assert "0 drawn, 2 already existed" in second.stdout
    with hosted(home, [filled.root], cache_dir=home / "cache" / "iib_cache") as api:
        assert api.get("/video_cover", params={"path": str(filled.path("one.mp4"))}).status_code == 200
    assert kept(home) == before
    assert len(before) == 2


def test_progress_is_shown_and_verbose_names_every_file(tmp_path: Path, filled: Library) -> None:
    both = ["--generate_image_cache", "--generate_video_cover"]
    ended = run([APP, "--extra_paths", str(filled.root), *both, "--gen_cache_verbose"], tmp_path / "home")

    assert "5 of 5 files" in ended.stderr
    for name in ("large.png", "large.jpg", "broken.png", "one.mp4", "two.mp4"):
        assert name in ended.stdout
    assert "failed" in ended.stdout


def test_registered_folders_are_drawn_too_and_only_once(tmp_path: Path, filled: Library) -> None:
    home = tmp_path / "home"
    with hosted(home, cache_dir=home / "cache" / "iib_cache") as api:
        body = {"path": str(filled.root), "types": ["scanned"]}
        assert api.post("/db/extra_paths", body).status_code == 200

    ended = run([APP, "--extra_paths", str(filled.path("sub")), "--generate_video_cover"], home)

    assert "2 drawn, 0 already existed" in ended.stdout


def test_a_missing_folder_and_an_empty_library_are_no_error(tmp_path: Path) -> None:
    arguments = ["--extra_paths", str(tmp_path / "absent"), "--generate_image_cache", "--generate_video_cover"]
    ended = run([APP, *arguments], tmp_path / "home")

    assert ended.returncode == 0
    assert "does not exist" in ended.stderr
    assert "0 drawn" in ended.stdout
