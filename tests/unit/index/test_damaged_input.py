"""Tests for damaged files in a library: each gets a row or a message, nothing hangs, the rest is indexed."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.library import Library
from support.pictures import PNG_SIGNATURE, a1111_png, chunk, infotext, jpeg, png, webp
from support.services import by_name, make_services, text_of, update, visible

from iib.api import Services
from iib.index.index_run import IndexRun, Scope
from iib.index.scan import FolderListing, walk_folders
from iib.jobs.progress import Progress
from iib.metadata.registry import default_registry
from iib.model.media_types import is_media_name

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX names and special files")
not_root = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")


@pytest.fixture(autouse=True)
def _good_file(library: Library) -> None:
    """A valid file that must be indexed in every test."""
    library.add("good.png", "a good picture")


def problems(services: Services) -> dict[str, str]:
    with services.store.read() as unit:
        return {Path(path).name: problem for _id, path, problem in unit.media.list_problems(100)[1]}


DAMAGED = {
    "empty.png": b"",
    "cut_signature.png": PNG_SIGNATURE[:5],
    "cut_header.png": a1111_png()[:20],
    "cut_text.png": a1111_png("a long prompt, " * 20)[:120],
    "cut_pixels.png": png(size=(64, 64))[:-20],
    "noise.png": bytes(range(256)) * 8,
    "noise.jpg": b"\xff\xd8\xff" + bytes(range(256)) * 8,
    "cut.jpg": jpeg(infotext("x"))[:60],
    "cut.webp": webp(infotext("x"))[:40],
    "long_chunk.png": PNG_SIGNATURE + struct.pack(">I4s", 0xFFFFFFFF, b"tEXt") + b"parameters\0",
    "zip_bomb.png": png(extra=chunk(b"zTXt", b"parameters\0\0" + b"x\x9c" + b"\0" * 50)),
    "noise.gif": b"GIF89a" + b"\xff" * 50,
    "noise.mp4": b"\0\0\0\x18ftypisom" + b"\xff" * 90,
    "noise.webm": b"\x1aE\xdf\xa3" + b"\xff" * 90,
    "noise.mp3": b"ID3\xff\xff\xff\xff\xff\xff\xff" + b"\xff" * 40,
    "noise.avif": b"\0\0\0\x1cftypavif" + b"\0" * 90,
}


def test_damaged_files_get_rows_and_the_rest_is_indexed(library: Library, services: Services):
    for name, content in DAMAGED.items():
        library.add(name, content=content)

    update(services)

    assert set(by_name(services)) == {"good.png", *DAMAGED}
    told = problems(services)
    assert {"empty.png", "cut_pixels.png", "cut_header.png", "noise.png"} <= set(told)
    assert "good.png" not in told
    assert all(told.values())


def test_damaged_files_are_not_read_again_and_again(library: Library, services: Services):
    for name, content in DAMAGED.items():
        library.add(name, content=content)
    update(services)

    assert update(services).message == "nothing changed"


def test_the_content_decides_and_not_the_extension(library: Library, services: Services):
    library.add("is_jpeg.png", content=jpeg(infotext("a photo"), size=(32, 16)))
    library.add("is_png.jpg", content=a1111_png("a drawing", size=(16, 24)))
    library.add("is_webp.png", content=webp(infotext("a sketch")))

    update(services)

    found = by_name(services)
    assert text_of(services, found["is_jpeg.png"]).startswith("a photo")
    assert (found["is_jpeg.png"].width_px, found["is_jpeg.png"].height_px) == (32, 16)
    assert text_of(services, found["is_png.jpg"]).startswith("a drawing")
    assert text_of(services, found["is_webp.png"]).startswith("a sketch")
    assert problems(services) == {}


def test_a_text_of_a_hundred_megabytes_is_cut(library: Library, services: Services):
    place = library.path("huge.png")
    length = 100 * 1024 * 1024
    with place.open("wb") as stream:
        stream.write(png()[:33] + struct.pack(">I4s", length, b"tEXt") + b"parameters\0a huge prompt, ")
        stream.seek(33 + 8 + length + 4)  # a hole: costs no disk
        stream.write(png()[33:])

    update(services)

    assert "huge.png" in by_name(services)
    assert "cut" in problems(services)["huge.png"]


NAMES = [
    "per%cent_under.png",
    "quote'\"s.png",
    "emoji 🦊👩\u200d🚀.png",
    "猫.png",
    "a" * 251 + ".png",
    " lead.png",
    "x.PNG",
    ".hidden.png",
    "e\u0301.png",
    "#?&=.png",
]
POSIX_NAMES = ["new\nline.png", "back\\slash.png", "tab\t.png", "*.png", "é" * 125 + "x.png"]


@posix_only
@pytest.mark.parametrize("name", [*NAMES, *POSIX_NAMES])
def test_a_file_of_any_name_is_found_by_it(library: Library, services: Services, name: str):
    library.add(name, "odd")

    update(services)
    [row] = [row for row in visible(services) if row.name != "good.png"]

    assert row.name == name
    assert row.path == str(library.path(name))
    with services.store.read() as unit:
        assert unit.media.find_by_path(row.path) == row


@posix_only
def test_folders_of_any_name_are_read(library: Library, services: Services):
    for folder in ("per%cent", "new\nline", "[x]", "猫 🦊", "_"):
        library.add(f"{folder}/{folder}x.png")

    update(services)

    assert len(visible(services)) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="file systems of other systems take no such name")
def test_a_name_that_is_not_unicode_is_skipped_with_a_message(library: Library, services: Services):
    shutil.copy(library.path("good.png"), os.fsencode(library.root) + b"/bad\xff.png")
    Path(os.fsdecode(os.fsencode(library.root) + b"/folder\xff")).mkdir()

    with capture_logs() as logs:
        update(services)

    assert set(by_name(services)) == {"good.png"}
    assert sum("not Unicode" in entry["event"] for entry in logs) == 2


@posix_only
def test_special_files_do_not_block(library: Library, services: Services, tmp_path: Path, monkeypatch):
    os.mkfifo(library.path("pipe.png"))
    os.mkfifo(library.path("pipe.ts"))
    monkeypatch.chdir(library.root)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind("socket.png")  # relative: the path of a socket may not be long
        update(services)

    assert set(by_name(services)) == {"good.png"}


@posix_only
def test_links_are_followed_but_no_folder_is_read_twice(library: Library, services: Services, tmp_path: Path):
    library.add("real/a.png")
    library.path("loop").symlink_to(library.root)
    library.path("again").symlink_to(library.path("real"))
    library.path("self.png").symlink_to("self.png")
    library.path("dangling.png").symlink_to("nowhere.png")
    library.path("linked.png").symlink_to(library.path("good.png"))
    outside = Library(tmp_path / "outside")
    outside.add("b.png")
    library.path("out").symlink_to(outside.root)

    with capture_logs() as logs:
        update(services)

    assert sorted(row.name for row in visible(services)) == ["a.png", "b.png", "good.png", "linked.png"]
    assert any("self.png" in str(entry) for entry in logs)
    assert update(services).message == "nothing changed"


@posix_only
def test_a_file_that_cannot_be_examined_any_more_is_not_missing(library: Library, services: Services):
    library.add("a.png")
    update(services)
    library.path("a.png").unlink()
    library.path("a.png").symlink_to("a.png")  # now a loop: there, but nothing can be known of it

    update(services)

    assert set(by_name(services)) == {"good.png", "a.png"}


@posix_only
@not_root
def test_a_folder_without_permission_keeps_its_files_and_is_reported(library: Library, services: Services):
    library.add("locked/a.png")
    update(services)
    library.path("locked").chmod(0)

    try:
        row = update(services)
    finally:
        library.path("locked").chmod(0o755)

    assert "1 folders unreadable" in row.message
    assert set(by_name(services)) == {"good.png", "a.png"}


@posix_only
@not_root
def test_a_file_without_permission_gets_a_row_with_the_reason(library: Library, services: Services):
    library.add("locked.png").chmod(0)

    update(services)

    assert set(by_name(services)) == {"good.png", "locked.png"}
    assert "ermission" in problems(services)["locked.png"]


def test_a_file_that_vanishes_between_listing_and_reading_leaves_no_row(library: Library, tmp_path: Path):
    library.add("victim.png")
    library.add("z_later.png")

    def is_media(name: str) -> bool:
        if name == "trigger.png":
            library.path("victim.png").unlink()
        return is_media_name(name)

    library.add("zz/trigger.png")  # a later folder: by then the victim is listed
    services = make_services(tmp_path / "home", [library.root])
    run = IndexRun(
        store=services.store, registry=default_registry(), is_media=is_media, progress=Progress(lambda _progress: None)
    )

    run.run(Scope((str(library.root),)))
    found = set(by_name(services))
    with services.store.read() as unit:
        row = unit.folders.find(str(library.root))
    services.close()

    assert found == {"good.png", "z_later.png", "trigger.png"}
    assert row is not None
    assert row.mtime_ns is None


def test_a_file_that_vanishes_before_it_is_examined_is_skipped(library: Library):
    library.add("victim.png")

    def is_media(name: str) -> bool:
        if name == "victim.png":
            library.path(name).unlink()
        return is_media_name(name)

    [listing] = walk_folders(str(library.root), is_media)

    assert [file.name for file in listing.files] == ["good.png"]
    assert listing.error is None
    assert listing.unexamined == ()


def test_a_folder_that_vanishes_during_the_walk_is_listed_with_an_error(library: Library):
    library.add("a/x.png")
    library.add("b/y.png")
    walk = walk_folders(str(library.root), is_media_name)
    next(walk)
    shutil.rmtree(library.path("b"))

    rest: list[FolderListing] = list(walk)

    assert [(Path(item.path).name, len(item.files), item.error is None) for item in rest] == [
        ("a", 1, True),
        ("b", 0, False),
    ]


def take_apart(root: Path, name: str = "d") -> None:
    """Remove a deep folder from its top, because pytest removes temporary folders recursively."""
    top, spare = root / name, root / "spare"
    while (top / name).is_dir():
        (top / name).rename(spare)
        top.rmdir()
        spare.rename(top)
    shutil.rmtree(top)


@posix_only
def test_very_deep_folders_are_read_as_far_as_the_system_can_name_them(library: Library, services: Services):
    levels = 1200
    here = os.open(library.root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with os.fdopen(os.open("deep.png", os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as stream:
        stream.write(a1111_png("far down"))
    os.close(here)

    update(services)

    assert set(by_name(services)) == {"good.png", "deep.png"}
    assert update(services).message == "nothing changed"
    take_apart(library.root)


@posix_only
def test_folders_beyond_the_longest_path_are_reported(library: Library, services: Services):
    here = os.open(library.root, os.O_RDONLY)
    name = "n" * 250
    for _ in range(20):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)

    row = update(services)

    take_apart(library.root, name)
    assert "1 folders unreadable" in row.message
    assert set(by_name(services)) == {"good.png"}


def test_a_typescript_source_is_not_a_video(library: Library, services: Services):
    library.add("source.ts", content=b"export const answer = 42;\n" * 40)
    library.add("video.ts", content=(b"\x47" + b"\0" * 187) * 4)

    update(services)

    assert set(by_name(services)) == {"good.png", "video.ts"}
