"""Tests for listing every metadata entry of a file, and for `POST /v1/geninfo`."""

from __future__ import annotations

from support import metadata_files as make
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.pictures import infotext

from iib.access.auth import HEADER
from iib.settings import AccessControl


def test_entries_are_texts_by_number_or_name(api: Hosted, library: Library) -> None:
    block = make.tiff([(make.MAKE, make.ASCII, b"Canon\0")])
    chunks = make.text("parameters", "a cat\nSteps: 20") + make.text("prompt", '{"3": {}}') + make.chunk(b"eXIf", block)
    path = library.add("a.png", content=make.png_file(chunks))

    answer = answer_of(api.get("/image_exif", params={"path": str(path)}))

    assert answer == {"271": "Canon", "parameters": "a cat\nSteps: 20", "prompt": '{"3": {}}'}


def test_entries_of_a_picture_with_a_wrong_checksum_are_listed(api: Hosted, library: Library) -> None:
    chunk = make.with_wrong_checksum(make.text("workflow", "{}"))
    path = library.add("a.png", content=make.png_file(chunk))

    assert answer_of(api.get("/image_exif", params={"path": str(path)})) == {"workflow": "{}"}


def test_videos_and_unreadable_files_have_no_entries(api: Hosted, library: Library) -> None:
    movie = make.mp4_file(make.box(b"udta", make.key_table({"prompt": "{}"})))
    for name, content in (("a.mp4", movie), ("broken.png", b"nothing"), ("words.txt", b"words")):
        path = library.add(name, content=content)

        assert answer_of(api.get("/image_exif", params={"path": str(path)})) == {}


def test_parameters_of_several_files_come_in_order(api: Hosted, library: Library) -> None:
    seed = 2**64 - 1
    first = library.add("a.png", content=make.png_file(make.text("parameters", infotext("a cat", seed=seed))))
    second = library.add("b.png", content=make.png_file())
    missing = library.path("absent.png")

    answer = answer_of(api.post("/v1/geninfo", {"paths": [str(first), str(missing), str(second)]}))["results"]

    assert [item["path"] for item in answer] == [str(first), str(missing), str(second)]
    assert (answer[0]["prompt"], answer[0]["seed"], answer[0]["seed_text"]) == ("a cat", seed, str(seed))
    assert answer[1] == {"path": str(missing), "error": "not_found"}
    assert (answer[2]["prompt"], answer[2]["loras"], answer[2]["image_width"]) == (None, [], 8)


def test_files_outside_the_roots_are_not_read(library: Library) -> None:
    outside = library.root.parent / "outside.png"
    outside.write_bytes(make.png_file(make.text("parameters", infotext("secret"))))
    with hosted(library.root.parent / "home", [library.root], access(key="key", control=AccessControl.ENABLE)) as api:
        headers = {HEADER: "key"}

        answer = answer_of(api.post("/v1/geninfo", {"paths": [str(outside)]}, headers=headers))["results"]
        listed = api.get("/image_exif", params={"path": str(outside)}, headers=headers)

    assert answer == [{"path": str(outside), "error": "path_not_trusted"}]
    assert listed.status_code == 403
