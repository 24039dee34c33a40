"""Tests for `similar:` of the search language, with the built-in engine and with a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.ai_service import FakeService, bad, fake_service
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.topics import fill_topics, prompt_of

from iib.settings import Permission

BUILD = "/db/build_iib_output_embeddings"


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """An AI service that answers well until a test changes it."""
    with fake_service() as running:
        yield running


@pytest.fixture(params=["local", "openai"])
def both(request: pytest.FixtureRequest, tmp_path: Path, library: Library, fake: FakeService) -> Iterator[Hosted]:
    """The program with either engine, over pictures of three subjects that are embedded."""
    fill_topics(library)
    ai = {"ai": fake.settings()} if request.param == "openai" else {}
    with hosted(tmp_path / "home", [library.root], **ai) as opened:
        answer_of(opened.post(BUILD, {"folder": str(library.root)}))
        yield opened


def opened(api: Hosted, q: str, **query: object) -> dict[str, Any]:
    found: dict[str, Any] = answer_of(api.post("/v1/results", {"q": q, "language": True, **query}))
    return found


def ids(api: Hosted, q: str, **query: object) -> list[int]:
    token = opened(api, q, **query)["token"]
    found: list[int] = answer_of(api.get(f"/v1/results/{token}/columns", params={"start": 0, "count": 500}))["id"]
    return found


def names(api: Hosted, q: str, **query: object) -> list[str]:
    return [str(answer_of(api.get(f"/v1/media/{one}"))["name"]) for one in ids(api, q, **query)]


def id_of(api: Hosted, name: str) -> int:
    [entry] = [entry for entry in api.search(surstr=name)["files"] if entry["name"] == name]
    return int(entry["id"])


def test_a_description_finds_files_of_the_same_meaning(both: Hosted) -> None:
    found = names(both, 'similar:"tabby cat, sleeping kitten, yarn ball ~0.8"')

    assert {name[:3] for name in found} == {"cat"}
    assert len(found) > 3


def test_like_this_file_finds_its_subject_and_itself(both: Hosted) -> None:
    found = names(both, f"similar:{id_of(both, 'car3.png')}~0.8")

    assert "car3.png" in found
    assert {name[:3] for name in found} == {"car"}


def test_a_filter_keeps_exactly_the_hits_of_the_search_of_the_same_score(both: Hosted, library: Library) -> None:
    asked = {"folder_paths": [str(library.root)], "query": "red sports car, racing track", "min_score": 0.75}
    hits = answer_of(both.post("/db/search_iib_output_by_prompt", asked))["results"]

    found = ids(both, 'similar:"red sports car, racing track ~0.75"')

    assert sorted(found) == sorted(hit["id"] for hit in hits)
    assert 0 < len(found) < 24


def test_it_combines_with_and_or_and_not(both: Hosted) -> None:
    car, city = id_of(both, "car0.png"), id_of(both, "city0.png")

    either = names(both, f"(similar:{car}~0.8 OR similar:{city}~0.8)")
    some = names(both, f"similar:{car}~0.8 name:car1")
    rest = names(both, f"-similar:{car}~0.8 -similar:{city}~0.8")

    assert {name[:3] for name in either} == {"car", "cit"}
    assert some == ["car1.png"]
    assert sorted(either + rest) == sorted(names(both, ""))


def test_the_most_similar_file_is_first(both: Hosted) -> None:
    car = id_of(both, "car0.png")
    hits = answer_of(both.get(f"/v1/similar/{car}", params={"top_k": 100}))["results"]

    found = ids(both, f"similar:{car}~0", sort="similarity")

    assert found[0] == car
    score = {hit["id"]: hit["score"] for hit in hits}
    assert [score[one] for one in found[1:]] == sorted(score.values(), reverse=True)


def test_the_order_by_similarity_needs_something_to_be_similar_to(both: Hosted) -> None:
    for query in ({"q": "cat", "language": True}, {"q": "-similar:1", "language": True}, {"q": "similar:1"}):
        answer = both.post("/v1/results", {**query, "sort": "similarity"})

        assert answer.status_code == 400


def test_equal_ones_stand_newest_first(both: Hosted, library: Library) -> None:
    for number in range(3):
        library.add(f"same{number}.png", prompt_of("car", 0), mtime_ns=10**18 + number)
    answer_of(both.post(BUILD, {"folder": str(library.root)}))

    found = names(both, f"similar:{id_of(both, 'same0.png')}~1", sort="similarity")

    assert [name for name in found if name.startswith("same")] == ["same2.png", "same1.png", "same0.png"]
    assert set(found) == {"car0.png", "same0.png", "same1.png", "same2.png"}


def test_new_vectors_change_an_opened_query(both: Hosted, library: Library) -> None:
    query = f"similar:{id_of(both, 'car0.png')}~0.8"
    before = names(both, query)
    library.add("later.png", prompt_of("car", 0))
    both.update()
    unembedded = names(both, query)
    answer_of(both.post(BUILD, {"folder": str(library.root)}))

    after = names(both, query)

    assert sorted(unembedded) == sorted(before)
    assert sorted(after) == sorted([*before, "later.png"])


def test_pages_facets_and_export_take_it_too(both: Hosted) -> None:
    query = f"similar:{id_of(both, 'car0.png')}~0.8"
    count = opened(both, query)["total"]

    page = answer_of(both.post("/v1/search", {"q": query, "size": 500}))
    counted = answer_of(both.post("/v1/facets", {"q": query, "language": True}))
    rows = both.post("/v1/export", {"q": query, "language": True}).text.splitlines()

    assert len(page["files"]) == counted["total"] == len(rows) == count


@pytest.mark.parametrize("q", ["similar:4711", "similar:9223372036854775807", "cat OR similar:4711"])
def test_an_unknown_file_is_said(both: Hosted, q: str) -> None:
    assert both.post("/v1/search", {"q": q}).status_code == 404


def test_a_file_without_a_prompt_is_like_nothing(both: Hosted, library: Library) -> None:
    library.add("plain.png", content=b"no picture")
    both.update()

    answer = both.post("/v1/search", {"q": f"similar:{id_of(both, 'plain.png')}"})

    assert answer.status_code == 400
    assert "no prompt" in answer.json()["detail"]


def test_a_description_is_embedded_once(tmp_path: Path, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)
    with hosted(tmp_path / "home", [library.root], ai=fake.settings()) as api:
        answer_of(api.post(BUILD, {"folder": str(library.root)}))
        fake.texts.clear()

        for _ in range(3):
            answer_of(api.post("/v1/search", {"q": 'similar:"a calm lake"'}))
            names(api, 'similar:"a calm lake" cat', sort="similarity")

    assert fake.texts == ["a calm lake"]


def test_a_failing_service_is_reported(tmp_path: Path, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)
    with hosted(tmp_path / "home", [library.root], ai=fake.settings(attempts=1)) as api:
        answer_of(api.post(BUILD, {"folder": str(library.root)}))
        fake.embed = lambda _texts: bad(500)

        answer = api.post("/v1/search", {"q": "similar:lake"})

    assert answer.status_code == 502


def test_without_embeddings_the_error_explains_the_next_step(api: Hosted, library: Library) -> None:
    fill_topics(library, each=2)
    api.update()

    for path in ("/v1/search", "/v1/results"):
        answer = api.post(path, {"q": "similar:cat", "language": True})

        assert answer.status_code == 409
        assert "build_iib_output_embeddings" in answer.json()["detail"]


def test_a_read_only_server_answers_similarity_queries(tmp_path: Path, library: Library) -> None:
    fill_topics(library, each=3)
    with hosted(tmp_path / "home", [library.root]) as writing:
        answer_of(writing.post(BUILD, {"folder": str(library.root)}))

    with hosted(tmp_path / "home", [library.root], access(permission=Permission.READ_ONLY)) as reading:
        found = names(reading, 'similar:"tabby cat ~0.8"')

    assert found
    assert {name[:3] for name in found} == {"cat"}
