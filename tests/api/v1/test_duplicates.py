"""Tests for duplicates: a job finds them, and the answer groups them with the file to keep."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from support.hosted import Hosted, access, answer_of, hosted
from support.library import EPOCH_NS, Library
from support.pictures import encode, infotext
from support.scenes import blank, gradient, recoloured, relative, resized, scene

from iib.api.schemas.duplicates import DuplicatesAnswer
from iib.model.job import JobId, JobStatus
from iib.settings import AccessControl, Permission


def text_png(image: Image.Image, text: str = "") -> bytes:
    info = PngInfo()
    if text:
        info.add_text("parameters", text)
    return encode(image, "PNG", pnginfo=info)


def search(api: Hosted, **body: object) -> str:
    job_id: str = answer_of(api.post("/v1/duplicates/jobs", body))["job_id"]
    row = api.services.jobs.wait(JobId(job_id), 60)
    assert row.status is JobStatus.COMPLETED, row
    return job_id


def page(api: Hosted, **params: object) -> dict[str, Any]:
    answer: dict[str, Any] = answer_of(api.get("/v1/duplicates", params=params))
    DuplicatesAnswer.model_validate(answer, strict=True)
    return answer


def groups(api: Hosted, **params: object) -> list[list[str]]:
    return [[file["name"] for file in group["files"]] for group in page(api, **params)["groups"]]


def found(api: Hosted, **body: object) -> list[list[str]]:
    api.update()
    search(api, **body)
    return groups(api)


def add_versions(library: Library, seed: int = 1) -> None:
    """A picture as made, and what people make of it."""
    made = scene(seed)
    library.add(f"made{seed}.png", content=text_png(made, infotext()))
    library.add(f"q60-{seed}.jpg", content=encode(made, "JPEG", quality=60))
    library.add(f"small{seed}.webp", content=encode(resized(0.5)(made), "WEBP", quality=70))


def test_versions_of_a_picture_are_one_group_and_relatives_none(api: Hosted, library: Library) -> None:
    add_versions(library, 1)
    add_versions(library, 2)
    for seed in (1, 2, 3, 4):
        library.add(f"relative{seed}.png", content=text_png(relative(seed)))
        library.add(f"hue{seed}.png", content=text_png(recoloured(seed)))
        library.add(f"blank{seed}.png", content=text_png(blank(seed)))
        library.add(f"gradient{seed}.png", content=text_png(gradient(seed)))

    names = found(api)

    assert sorted(sorted(group) for group in names) == [
        ["made1.png", "q60-1.jpg", "small1.webp"],
        ["made2.png", "q60-2.jpg", "small2.webp"],
    ]
    assert [group[0] for group in names] in (["made1.png", "made2.png"], ["made2.png", "made1.png"])


def test_a_group_names_its_similarity_and_the_file_to_keep(api: Hosted, library: Library) -> None:
    add_versions(library)
    library.add("copy.png", content=library.path("made1.png").read_bytes())
    api.update()
    job_id = search(api)

    answer = page(api)

    [group] = answer["groups"]
    assert (group["kind"], group["reason"], group["number"]) == ("near", "older", 0)
    assert [file["name"] for file in group["files"]] == ["made1.png", "copy.png", "q60-1.jpg", "small1.webp"]
    assert group["keeper"] == group["files"][0]["id"]
    assert [file["content"] for file in group["files"]] == [0, 0, 1, 2]
    assert [file["has_metadata"] for file in group["files"]] == [True, True, False, False]
    assert group["files"][0]["distance"] == 0
    assert max(file["distance"] for file in group["files"]) <= 2
    assert (answer["job_id"], answer["total_groups"], answer["total_files"]) == (job_id, 1, 4)
    assert answer["spare_bytes"] == sum(file["bytes"] for file in group["files"][1:])


def test_equal_files_need_no_picture(api: Hosted, library: Library) -> None:
    for name in ("a.png", "b.png"):
        library.add(name, content=text_png(blank(1)))
        library.add(f"broken-{name}", content=b"\x89PNG\r\n\x1a\nbroken")
        library.add(f"empty-{name}", content=b"")
        library.add(f"sound-{name}.mp3", content=b"ID3 no sound at all")
    library.add("c.png", content=text_png(blank(2)))

    names = found(api)

    assert names == [["a.png", "b.png"], ["sound-a.png.mp3", "sound-b.png.mp3"], ["broken-a.png", "broken-b.png"]]
    assert {group["kind"] for group in page(api)["groups"]} == {"exact"}
    assert groups(api, kind="exact") == names
    assert groups(api, kind="near") == []


def test_the_same_head_and_tail_are_not_enough(api: Hosted, library: Library) -> None:
    edge = b"x" * 200_000
    for name, middle in (("a.mp3", b"1"), ("b.mp3", b"2"), ("c.mp3", b"1")):
        library.add(name, content=edge + middle + edge)

    assert found(api) == [["a.mp3", "c.mp3"]]


def test_without_near_only_equal_files_are_found(api: Hosted, library: Library) -> None:
    add_versions(library)
    library.add("copy.png", content=library.path("made1.png").read_bytes())

    assert found(api, near=False) == [["made1.png", "copy.png"]]


@pytest.mark.parametrize(
    ("better", "reason"),
    [("resolution", "resolution"), ("metadata", "metadata"), ("rating", "rating"), ("older", "older")],
)
def test_each_rule_decides_when_those_before_it_do_not(api: Hosted, library: Library, better: str, reason: str) -> None:
    made = scene(5)
    worse = resized(0.5)(made) if better == "resolution" else made
    library.add("second.jpg", content=encode(worse, "JPEG", quality=80), mtime_ns=EPOCH_NS)
    is_later = better != "older"
    text = infotext() if better == "metadata" else ""
    library.add("first.png", content=text_png(made, text), mtime_ns=EPOCH_NS + (1 if is_later else -1))
    api.update()
    if better == "rating":
        [entry] = api.search(surstr="first.png")["files"]
        answer_of(api.post("/v1/media/ratings", {"ids": [entry["id"]], "rating": 3}))
    search(api)

    [group] = page(api)["groups"]

    assert [file["name"] for file in group["files"]] == ["first.png", "second.jpg"]
    assert group["reason"] == reason


def test_the_file_to_keep_follows_later_ratings_and_tags(api: Hosted, library: Library) -> None:
    for name in ("a.png", "b.png"):
        library.add(name, content=text_png(scene(1)))
    assert found(api) == [["a.png", "b.png"]]
    [entry] = api.search(surstr="b.png")["files"]

    answer_of(api.post("/v1/media/ratings", {"ids": [entry["id"]], "rating": 3}))

    assert groups(api) == [["b.png", "a.png"]]


def test_a_search_keeps_to_its_folders_and_its_query(api: Hosted, library: Library) -> None:
    for name in ("one/a.png", "one/b.png", "two/c.png", "two/d.png"):
        library.add(name, content=text_png(scene(1)))

    assert found(api) == [["a.png", "b.png", "c.png", "d.png"]]
    assert found(api, folder_paths=[str(library.root / "one")]) == [["a.png", "b.png"]]
    assert found(api, q="-name:b") == [["a.png", "c.png", "d.png"]]
    assert found(api, q="name:c", folder_paths=[str(library.root / "one")]) == []


def test_pages_walk_every_group_once(api: Hosted, library: Library) -> None:
    for number in range(7):
        for copy in range(2):
            library.add(f"{number}-{copy}.mp3", content=bytes(100 + number))
    api.update()
    search(api)
    walked: list[list[str]] = []
    start: int | None = 0

    while start is not None:
        answer = page(api, start=start, limit=3)
        walked += [[file["name"] for file in group["files"]] for group in answer["groups"]]
        start = answer["next"]

    assert walked == [[f"{number}-0.mp3", f"{number}-1.mp3"] for number in range(6, -1, -1)]


def test_missing_and_changed_files_are_left_out(api: Hosted, library: Library) -> None:
    for name in ("a.png", "b.png", "c.png"):
        library.add(name, content=text_png(scene(1)))
    library.add("d.mp3", content=b"equal")
    library.add("e.mp3", content=b"equal")
    assert found(api) == [["a.png", "b.png", "c.png"], ["d.mp3", "e.mp3"]]

    library.path("a.png").unlink()
    library.add("e.mp3", content=b"other")
    api.update()

    assert groups(api) == [["b.png", "c.png"]]


def test_unreadable_files_are_counted_and_tried_again(api: Hosted, library: Library) -> None:
    add_versions(library)
    api.update()
    content = library.path("q60-1.jpg").read_bytes()
    status = library.path("q60-1.jpg").stat()
    library.path("q60-1.jpg").unlink()
    job_id = search(api)
    errors = api.services.jobs.get(JobId(job_id)).errors
    library.add("q60-1.jpg", content=content, mtime_ns=status.st_mtime_ns)

    search(api)

    assert errors == 1
    assert groups(api) == [["made1.png", "q60-1.jpg", "small1.webp"]]


def test_results_stay_under_their_job_and_survive_a_restart(tmp_path: Path, library: Library) -> None:
    library.add("a.mp3", content=b"equal")
    library.add("b.mp3", content=b"equal")
    with hosted(tmp_path / "home", [library.root]) as first:
        first.update()
        old = search(first)
        library.add("c.mp3", content=b"equal")
        first.update()
        search(first)

    with hosted(tmp_path / "home", [library.root]) as again:
        assert groups(again, job_id=old) == [["a.mp3", "b.mp3"]]
        assert groups(again) == [["a.mp3", "b.mp3", "c.mp3"]]


def test_only_so_many_results_are_kept(api: Hosted, library: Library, tmp_path: Path) -> None:
    library.add("a.mp3", content=b"equal")
    api.update()
    jobs = [search(api, q=f"name:{number}") for number in range(22)]

    with sqlite3.connect(api.services.settings.db_path) as database:
        kept = {json.loads(row[0])["q"] for row in database.execute("SELECT params FROM duplicate_run")}

    assert len(jobs) == 22
    assert kept == {f"name:{number}" for number in range(2, 22)}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"threshold": 12}, 422),
        ({"threshold": -1}, 422),
        ({"q": "steps:many"}, 400),
        ({"folder_paths": ["/nowhere/at/all"]}, 400),
        ({"folder_paths": [""]}, 400),
        ({"folder_paths": "x"}, 422),
    ],
)
def test_a_bad_question_starts_nothing(api: Hosted, body: dict[str, object], status: int) -> None:
    assert api.post("/v1/duplicates/jobs", body).status_code == status
    assert answer_of(api.get("/v1/jobs"))["jobs"] == []


def test_one_folder_that_is_not_there_is_a_mistake(api: Hosted, library: Library) -> None:
    asked = {"folder_paths": [str(library.root), str(library.root / "nowhere")]}

    assert api.post("/v1/duplicates/jobs", asked).status_code == 400


def test_groups_of_unknown_jobs_are_a_404(api: Hosted, library: Library) -> None:
    api.update()
    index_job = answer_of(api.get("/v1/jobs"))["jobs"][0]["id"]

    assert api.get("/v1/duplicates").status_code == 404
    assert api.get("/v1/duplicates", params={"job_id": "nope"}).status_code == 404
    assert api.get("/v1/duplicates", params={"job_id": index_job}).status_code == 404
    assert api.get("/v1/duplicates", params={"kind": "odd"}).status_code == 422
    assert api.get("/v1/duplicates", params={"limit": 0}).status_code == 422


def test_a_read_only_server_shows_results_but_starts_no_search(tmp_path: Path, library: Library) -> None:
    library.add("a.mp3", content=b"equal")
    library.add("b.mp3", content=b"equal")
    with hosted(tmp_path / "home", [library.root]) as writing:
        found(writing)

    with hosted(tmp_path / "home", [library.root], access(permission=Permission.READ_ONLY)) as reading:
        assert reading.post("/v1/duplicates/jobs", {}).status_code == 403
        assert groups(reading) == [["a.mp3", "b.mp3"]]


def test_inaccessible_files_are_in_no_group(tmp_path: Path) -> None:
    open_root, closed_root = Library(tmp_path / "open"), Library(tmp_path / "closed")
    for name in ("a.mp3", "b.mp3"):
        open_root.add(name, content=b"equal")
        closed_root.add(f"secret-{name}", content=b"equal")
    with hosted(tmp_path / "home", [open_root.root, closed_root.root]) as first:
        assert len(found(first)[0]) == 4

    rights = access(control=AccessControl.ENABLE)
    with hosted(tmp_path / "home", [open_root.root], rights) as again:
        assert groups(again) == [["a.mp3", "b.mp3"]]
        assert found(again) == [["a.mp3", "b.mp3"]]
