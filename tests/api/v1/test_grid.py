"""Tests for the endpoints of the grid, as docs/reference/v1-api.md describes them."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from pydantic import BaseModel
from support.hosted import Hosted, answer_of
from support.library import EPOCH_NS, SECOND_NS, Library
from support.pictures import jpeg
from support.services import wait_for

from iib.api.schemas import v1_responses

DAY_NS = 86_400 * SECOND_NS


def checked(model: type[BaseModel], answer: object) -> Any:
    """The answer; fails unless it is exactly what the document says, key by key."""
    assert model.model_validate(answer, strict=True).model_dump() == answer
    return answer


def results(api: Hosted, **query: object) -> dict[str, Any]:
    found: dict[str, Any] = checked(v1_responses.Results, answer_of(api.post("/v1/results", query)))
    return found


def columns(api: Hosted, token: str, **params: int) -> dict[str, Any]:
    answer = answer_of(api.get(f"/v1/results/{token}/columns", params=params))
    return dict(checked(v1_responses.Columns, answer))


def names(api: Hosted, **query: object) -> list[str]:
    found = columns(api, results(api, **query)["token"])
    return [answer_of(api.get(f"/v1/media/{media_id}"))["name"] for media_id in found["id"]]


def test_a_query_returns_token_total_and_days(api: Hosted, library: Library) -> None:
    library.add("old.png", mtime_ns=EPOCH_NS)
    library.add("new1.png", mtime_ns=EPOCH_NS + 2 * DAY_NS)
    library.add("new2.png", mtime_ns=EPOCH_NS + 2 * DAY_NS + 1)
    api.update()

    found = results(api)

    assert (found["total"], found["exact"]) == (3, True)
    assert [(bucket["start"], bucket["count"]) for bucket in found["buckets"]] == [(0, 2), (2, 1)]
    assert found["buckets"][0]["key"] > found["buckets"][1]["key"]


def test_the_same_query_is_the_same_token_until_the_library_changes(api: Hosted, library: Library) -> None:
    library.add("a.png")
    api.update()
    first = results(api, q="")

    assert results(api)["token"] == first["token"]
    library.add("b.png")
    api.update()
    assert results(api)["token"] != first["token"]
    assert columns(api, first["token"])["id"] != []


@pytest.mark.parametrize("sort", ["newest", "oldest", "name", "size", "random"])
def test_every_order_holds_every_file(api: Hosted, library: Library, sort: str) -> None:
    library.fill(5)
    api.update()

    found = names(api, sort=sort)

    assert sorted(found) == [f"{number:05}.png" for number in range(5)]
    if sort in ("newest", "oldest", "name"):
        assert found == sorted(found, reverse=sort == "newest")


def test_text_folder_kind_and_tags_limit_the_results(api: Hosted, library: Library) -> None:
    library.add("a/red.png", "red")
    library.add("a/deep/green.png", "green")
    library.add("b/blue.png", "blue")
    library.add("c.mp3", content=b"ID3")
    api.update()
    red = api.tags()["pos", "red"]["id"]
    folder = str(library.path("a"))

    assert names(api, q="GREEN") == ["green.png"]
    assert names(api, q="^b.*png$", regex=True) == ["blue.png"]
    assert set(names(api, folder=folder)) == {"red.png", "green.png"}
    assert names(api, folder=folder, recursive=False) == ["red.png"]
    assert names(api, kinds=["audio"]) == ["c.mp3"]
    assert names(api, and_tags=[red]) == ["red.png"]
    assert len(names(api, not_tags=[red, 10**30])) == 3


@pytest.mark.parametrize("query", [{"q": "(", "regex": True}, {"sort": "x"}, {"kinds": ["picture"]}, {"folder": "\0"}])
def test_bad_queries_are_a_400(api: Hosted, query: dict[str, object]) -> None:
    assert api.post("/v1/results", query).status_code == 400


def test_columns_tell_size_time_kind_and_preview(api: Hosted, library: Library) -> None:
    library.add("a.jpg", content=jpeg(size=(16, 8), orientation=6), mtime_ns=EPOCH_NS)
    api.update()

    found = columns(api, results(api)["token"])

    assert (found["w"], found["h"], found["kind"]) == ([8], [16], [0])
    assert found["time"] == [EPOCH_NS // 1_000_000]
    preview = found["thumbhash"][0]
    assert preview is None or base64.b64decode(preview)


@pytest.mark.parametrize(("start", "count"), [(-1, 1), (0, 0), (0, 2001)])
def test_ranges_outside_the_bounds_are_a_400(api: Hosted, start: int, count: int) -> None:
    token = results(api)["token"]

    answer = api.get(f"/v1/results/{token}/columns", params={"start": start, "count": count})
    assert answer.status_code == 400


def test_an_unknown_token_is_a_410(api: Hosted) -> None:
    for address in ("columns", "layout", "position?id=1"):
        answer = api.get(f"/v1/results/nothing/{address}")
        assert answer.status_code == 410
        assert "detail" in answer.json()


def test_the_layout_is_one_little_endian_ratio_per_file(api: Hosted, library: Library) -> None:
    library.add("square.png")
    library.add("wide.jpg", content=jpeg(size=(32, 8)))
    library.add("sound.mp3", content=b"ID3")
    api.update()

    answer = api.get(f"/v1/results/{results(api)['token']}/layout")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert struct.unpack("<3H", answer.content) == (1000, 4000, 1000)


def test_position_is_the_place_of_a_file_or_null(api: Hosted, library: Library) -> None:
    library.fill(3)
    api.update()
    token = results(api)["token"]
    ids = columns(api, token)["id"]

    def position(media_id: int) -> object:
        answer = answer_of(api.get(f"/v1/results/{token}/position", params={"id": media_id}))
        return checked(v1_responses.Position, answer)["position"]

    assert [position(media_id) for media_id in ids] == [0, 1, 2]
    assert [position(other) for other in (0, -1, 999, 10**30)] == [None] * 4


def test_media_returns_all_details_of_a_file(api: Hosted, library: Library) -> None:
    library.add("a.png", "a cat <lora:x:0.8>", "dog", seed=2**63 + 1, model="sdxl", model_hash="abc")
    api.update()
    (media_id,) = columns(api, results(api)["token"])["id"]

    found = checked(v1_responses.MediaDetails, answer_of(api.get(f"/v1/media/{media_id}")))

    assert found["path"] == str(library.path("a.png"))
    assert found["folder"] == str(library.root)
    assert (found["kind"], found["width"], found["height"], found["missing"]) == ("image", 8, 8, False)
    assert found["text"].startswith("a cat <lora:x:0.8>\nNegative prompt: dog\n")
    assert found["geninfo"]["seed"] == str(2**63 + 1)
    assert found["geninfo"]["negative_prompt"] == "dog"
    assert {key: found["geninfo"]["loras"][0][key] for key in ("name", "weight")} == {"name": "x", "weight": 0.8}
    assert {"id", "name", "type", "color", "display_name"} == set(found["tags"][0])
    assert (found["rating"], found["flag"], found["albums"]) == (0, "none", [])


def test_media_without_information_has_no_geninfo(api: Hosted, library: Library) -> None:
    library.add("c.mp3", content=b"ID3")
    api.update()
    (media_id,) = columns(api, results(api)["token"])["id"]

    found = checked(v1_responses.MediaDetails, answer_of(api.get(f"/v1/media/{media_id}")))

    assert (found["geninfo"], found["text"], found["kind"]) == (None, "", "audio")


@pytest.mark.parametrize("address", ["", "/file", "/thumbnail"])
def test_unknown_media_are_a_404(api: Hosted, address: str) -> None:
    for media_id in (0, -1, 12345, 10**30):
        assert api.get(f"/v1/media/{media_id}{address}").status_code == 404


def test_file_and_thumbnail_by_id(api: Hosted, library: Library) -> None:
    path = library.add("a.png")
    api.update()
    (media_id,) = columns(api, results(api)["token"])["id"]

    file = api.get(f"/v1/media/{media_id}/file")
    small = api.get(f"/v1/media/{media_id}/thumbnail", params={"size": 64, "v": "1"})

    assert file.content == path.read_bytes()
    assert small.headers["content-type"] == "image/webp"
    assert "max-age=31536000" in small.headers["cache-control"]
    again = api.get(f"/v1/media/{media_id}/thumbnail?size=64", headers={"If-None-Match": small.headers["etag"]})
    assert again.status_code == 304
    for address in ("file", "thumbnail"):
        assert api.head(f"/v1/media/{media_id}/{address}").status_code == 200
    assert api.get(f"/v1/media/{media_id}/file", headers={"Range": "bytes=0-3"}).content == path.read_bytes()[:4]


def test_a_thumbnail_of_an_undecodable_file_is_a_422_and_of_a_missing_file_a_404(api: Hosted, library: Library) -> None:
    library.add("c.mp3", content=b"ID3")
    api.update()
    (media_id,) = columns(api, results(api)["token"])["id"]

    assert api.get(f"/v1/media/{media_id}/thumbnail").status_code == 422
    library.path("c.mp3").unlink()
    for address in ("file", "thumbnail"):
        assert api.get(f"/v1/media/{media_id}/{address}").status_code == 404


def test_folders_are_given_level_by_level_with_counts(api: Hosted, library: Library) -> None:
    library.add("a/1.png")
    library.add("a/deep/2.png")
    library.add("3.png")
    api.update()

    def level(**params: str) -> list[dict[str, Any]]:
        answer = checked(v1_responses.Folders, answer_of(api.get("/v1/folders", params=params)))
        return list(answer["folders"])

    (root,) = level()
    assert (root["path"], root["count"], root["total"]) == (str(library.root), 1, 3)
    assert (root["has_children"], root["available"]) == (True, True)
    (child,) = level(parent=str(library.root))
    assert (child["name"], child["count"], child["total"], child["has_children"]) == ("a", 1, 2, True)
    assert level(parent=str(library.root / "absent")) == []


def test_a_root_is_shown_by_its_alias(api: Hosted, library: Library) -> None:
    answer_of(api.post("/db/extra_paths", {"path": str(library.root), "types": ["scanned"]}))
    answer_of(api.post("/db/alias_extra_path", {"path": str(library.root), "alias": "Pictures"}))

    assert answer_of(api.get("/v1/folders"))["folders"][0]["name"] == "Pictures"


def test_an_index_run_is_a_job_that_ends(api: Hosted, library: Library) -> None:
    library.fill(3)

    job_id = checked(v1_responses.RunStarted, answer_of(api.post("/v1/index", {})))["job_id"]

    def finished() -> dict[str, Any] | None:
        jobs = checked(v1_responses.Jobs, answer_of(api.get("/v1/jobs")))["jobs"]
        return next((job for job in jobs if job["id"] == job_id and job["status"] == "completed"), None)

    job = wait_for(finished)
    assert (job["kind"], job["done"], job["total"], job["errors"]) == ("index", 3, 3, 0)
    assert results(api)["total"] == 3


def test_cancelling_an_ended_job_has_no_effect(api: Hosted) -> None:
    assert checked(v1_responses.Done, answer_of(api.post("/v1/jobs/unknown/cancel"))) == {"ok": False}


def test_files_that_could_not_be_read_are_listed_with_the_reason(api: Hosted, library: Library) -> None:
    path = library.add("broken.png", content=b"nothing")
    library.add("good.png")
    api.update()

    found = checked(v1_responses.IndexErrors, answer_of(api.get("/v1/index/errors")))

    assert found["total"] == 1
    assert found["errors"][0]["path"] == str(path)
    assert found["errors"][0]["problem"]
    assert api.get("/v1/index/errors?limit=0").status_code == 422
