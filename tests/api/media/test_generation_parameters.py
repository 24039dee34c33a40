"""Tests for the generation parameters of single files."""

from __future__ import annotations

import json

import pytest
from support.hosted import Hosted, answer_of
from support.library import Library
from support.pictures import png

BROWSER = "application/json, text/plain, */*"


def geninfo(api: Hosted, path: object, accept: str = "*/*") -> str:
    answer = api.get("/image_geninfo", params={"path": str(path)}, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_client_that_asks_for_nothing_special_gets_plain_text(api: Hosted, library: Library) -> None:
    path = library.add("a.png", 'a "quoted" cat', "a dog")

    answer = api.get("/image_geninfo", params={"path": str(path)}, headers={"Accept": "*/*"})

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.split("\n")
    assert lines[0] == 'a "quoted" cat'
    assert lines[1] == "Negative prompt: a dog"
    assert lines[2].startswith("Steps: 20, Sampler: Euler a")


@pytest.mark.parametrize("accept", ["application/json", BROWSER, "text/html, application/json;q=0.5"])
def test_a_client_that_names_json_gets_a_json_string(api: Hosted, library: Library, accept: str) -> None:
    path = library.add("a.png", "a cat", "a dog")

    assert json.loads(geninfo(api, path, accept)) == geninfo(api, path)


@pytest.mark.parametrize("accept", ["text/plain", "text/*", "application/xml", ""])
def test_other_clients_get_plain_text(api: Hosted, library: Library, accept: str) -> None:
    path = library.add("a.png", "a cat")

    assert geninfo(api, path, accept).startswith("a cat\n")


def test_a_text_that_is_json_stays_a_string(api: Hosted, library: Library) -> None:
    path = library.add("a.png", content=png({"parameters": '{"a": 1}'}))

    assert isinstance(json.loads(geninfo(api, path, BROWSER)), str)


def test_the_file_is_read_as_it_is_now_indexed_or_not(api: Hosted, library: Library) -> None:
    path = library.add("a.png", "old words")
    api.update()
    library.add("a.png", "new words")

    assert geninfo(api, path).startswith("new words")


@pytest.mark.parametrize(
    ("name", "content"),
    [("plain.png", png()), ("broken.png", b"\x89PNG\r\n\x1a\nbroken"), ("empty.png", b""), ("a.mp4", b"x")],
)
def test_files_without_information_give_an_empty_text(api: Hosted, library: Library, name: str, content: bytes) -> None:
    path = library.add(name, content=content)

    assert geninfo(api, path) == ""
    assert geninfo(api, path, BROWSER) == '""'


def test_a_text_file_is_not_its_own_sidecar(api: Hosted, library: Library) -> None:
    path = library.add("notes.txt", content=b"secret words")

    assert geninfo(api, path) == ""


def test_a_folder_has_no_information_and_a_missing_file_is_a_404(api: Hosted, library: Library) -> None:
    library.path("folder.png").mkdir()

    assert geninfo(api, library.path("folder.png")) == ""
    assert api.get("/image_geninfo", params={"path": str(library.path("absent.png"))}).status_code == 404


def test_the_batch_covers_indexed_and_other_files_and_is_empty_for_failures(api: Hosted, library: Library) -> None:
    indexed = str(library.add("indexed.png", "an indexed cat"))
    api.update()
    fresh, missing = str(library.add("fresh.png", "a fresh cat")), str(library.path("absent.png"))

    answer = answer_of(api.post("/image_geninfo_batch", {"paths": [indexed, fresh, missing, ""]}))

    assert list(answer) == [indexed, fresh, missing, ""]
    assert answer[indexed].startswith("an indexed cat\n")
    assert answer[fresh].startswith("a fresh cat\n")
    assert (answer[missing], answer[""]) == ("", "")


def test_a_number_is_a_path_and_never_an_id(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()
    media_id = str(api.search()["files"][0]["id"])

    assert answer_of(api.post("/image_geninfo_batch", {"paths": [media_id]})) == {media_id: ""}


def test_plain_text_of_any_language_arrives_whole(api: Hosted, library: Library) -> None:
    path = library.add("a.png", "猫, \U0001f431, ümläut")

    assert geninfo(api, path).startswith("猫, \U0001f431, ümläut")
    assert json.loads(geninfo(api, path, BROWSER)).startswith("猫, \U0001f431")
