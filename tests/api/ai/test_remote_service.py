"""Tests for the AI endpoints with an OpenAI-compatible service on a real socket, which can also fail."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.ai_service import KEY, MEASURING, Answer, FakeService, bad, completion, embeddings, fake_service, good
from support.hosted import Hosted, answer_of, hosted
from support.library import Library
from support.services import wait_for
from support.topics import cluster, clusters, fill_topics, prompt_of, wait_for_clusters

START = "/db/cluster_iib_output_job_start"
STATUS = "/db/cluster_iib_output_job_status"
CANCEL = "/db/cluster_iib_output_job_cancel"
SEARCH = "/db/search_iib_output_by_prompt"
BUILD = "/db/build_iib_output_embeddings"


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """An AI service that answers well until a test changes it."""
    with fake_service() as running:
        yield running


@pytest.fixture
def api(tmp_path: Path, library: Library, fake: FakeService) -> Iterator[Hosted]:
    """The program with this service."""
    with hosted(tmp_path / "home", [library.root], ai=fake.settings()) as opened:
        yield opened


def build(api: Hosted, library: Library, **body: object) -> dict[str, Any]:
    answer: dict[str, Any] = answer_of(api.post(BUILD, {"folder": str(library.root), **body}))
    return answer


# --- good days


def test_clusters_by_the_service_with_titles_of_the_chat_model(
    api: Hosted, library: Library, fake: FakeService
) -> None:
    truth = fill_topics(library)
    fake.chat = lambda body: good(completion(arguments=_title_by_prompts(body)))

    result = clusters(api, library.root)

    assert (result["engine"], result["model"]) == ("openai", "test-embed")
    assert [item["size"] for item in result["clusters"]] == [8, 8, 8]
    assert [len({truth[path] for path in item["paths"]}) for item in result["clusters"]] == [1, 1, 1]
    assert {item["title"] for item in result["clusters"]} == {"Tabby cats", "Fast cars", "Neon cities"}
    assert {chat["model"] for chat in fake.chats} == {"test-title"}


def _title_by_prompts(body: dict[str, Any]) -> str:
    prompts = body["messages"][1]["content"]
    words = {"cat": "Tabby cats", "car": "Fast cars", "city": "Neon cities"}
    title = next(name for word, name in words.items() if f"{word}detail" in prompts)
    return json.dumps({"title": title, "keywords": ["one", "two", "three"]})


def test_equal_prompts_are_embedded_once_and_nothing_twice(api: Hosted, library: Library, fake: FakeService) -> None:
    for number in range(10):
        library.add(f"same{number}.png", "a tabby cat on a sofa", seed=number)
    fill_topics(library, each=3)

    first = build(api, library)
    clusters(api, library.root)
    again = build(api, library)

    assert (first["count"], first["updated"], again["skipped"]) == (19, 19, 19)
    assert len(fake.texts) == 10
    assert set(fake.answered.values()) == {1}


def test_a_moved_file_and_a_copy_cost_nothing(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=3)
    build(api, library)
    (library.root / "cat0.png").rename(library.root / "renamed.png")
    library.add("copy.png", prompt_of("car", 1))

    found = build(api, library)

    assert found["count"] == 10
    assert set(fake.answered.values()) == {1}


def test_models_do_not_evict_each_other(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)

    for model in ("one", "two", "one", "two"):
        assert build(api, library, model=model)["model"] == model

    assert set(fake.answered.values()) == {2}


def test_a_request_for_the_local_engine_uses_it(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library)

    result = clusters(api, library.root, model="local")

    assert result["engine"] == "local"
    assert (fake.texts, fake.chats) == ([], [])


def test_force_embeds_everything_again(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)
    build(api, library)

    found = build(api, library, force=True)

    assert (found["updated"], found["skipped"]) == (6, 0)
    assert set(fake.answered.values()) == {2}


def test_a_search_asks_for_the_query_alone(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=3)
    build(api, library)
    fake.texts.clear()

    answer = answer_of(api.post(SEARCH, {"folder": str(library.root), "query": "(tabby cat:1.2), masterpiece"}))

    assert fake.texts == ["tabby cat"]
    assert Path(answer["results"][0]["path"]).name[:3] == "cat"
    assert answer["engine"] == "openai"


def test_a_cached_result_asks_no_model(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=3)
    clusters(api, library.root)
    fake.texts.clear()
    fake.chats.clear()

    assert cluster(api, library.root)["cache_hit"] is True
    assert (fake.texts, fake.chats) == ([], [])


def test_forced_titles_are_asked_for_again(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=3)
    clusters(api, library.root)
    fake.chats.clear()

    clusters(api, library.root, force_title=True)

    assert len(fake.chats) == 3


def test_titles_are_wanted_in_the_language_of_the_request(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)

    clusters(api, library.root, lang="zh-TW")

    assert all("Traditional Chinese" in chat["messages"][0]["content"] for chat in fake.chats)


# --- bad days


def embed_with(fake: FakeService, word: str, answer: Callable[[list[str]], Answer]) -> Callable[[list[str]], Answer]:
    return lambda texts: answer(texts) if any(word in text for text in texts) else good(embeddings(texts))


@pytest.mark.parametrize(
    "trouble",
    [bad(429, Retry_After="0.05"), bad(500), bad(502), (200, {}, b'{"data": [{"index": 0, "embe'), (200, {}, b"")],
)
def test_trouble_that_passes_is_not_noticed(api: Hosted, library: Library, fake: FakeService, trouble: Answer) -> None:
    fill_topics(library, each=4)
    fake.plan = [trouble, trouble]

    status = cluster(api, library.root, batch_size=5)

    assert status["status"] == "completed"
    assert status["progress"]["updated"] == 12
    assert "failed" not in status["progress"] or status["progress"]["failed"] == 0


def test_wrong_dimensions_fail_the_job_with_a_reason(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)
    fake.embed = lambda texts: good({"data": [{"index": i, "embedding": [1.0, 2.0]} for i in range(len(texts))]})

    status = cluster(api, library.root)

    assert (status["status"], status["stage"], status["result"]) == ("failed", "error", None)
    assert "dimensions" in status["error"]


def test_a_wrong_key_fails_the_job_and_poisons_nothing(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=2)
    fake.embed = lambda _texts: bad(401)

    status = cluster(api, library.root)
    fake.embed = lambda texts: good(embeddings(texts))

    assert status["status"] == "failed"
    assert "OPENAI_API_KEY" in status["error"]
    assert KEY not in status["error"]
    assert clusters(api, library.root)["count"] == 6


@pytest.mark.parametrize(
    ("answer", "expected"), [(bad(401), 400), (bad(404), 400), (bad(429, Retry_After="0"), 429), (bad(500), 502)]
)
def test_errors_of_the_service_have_statuses_of_their_own(
    api: Hosted, library: Library, fake: FakeService, answer: Answer, expected: int
) -> None:
    fill_topics(library, each=1)
    fake.embed = lambda _texts: answer

    refused = api.post(BUILD, {"folder": str(library.root)})

    assert refused.status_code == expected
    assert KEY not in refused.text


def test_a_time_out_is_a_504(tmp_path: Path, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=1)
    settings = fake.settings(timeout_s=0.2, attempts=1)

    with hosted(tmp_path / "home", [library.root], ai=settings) as api:
        build_measured = api.services.semantic.models.get(None)
        assert build_measured.engine == "openai"
        fake.delay_s = 1.0
        assert api.post(BUILD, {"folder": str(library.root), "batch_size": 1}).status_code == 504


def test_a_refused_text_is_remembered_and_the_rest_is_clustered(
    api: Hosted, library: Library, fake: FakeService
) -> None:
    fill_topics(library)
    library.add("bad.png", "forbidden words")
    fake.embed = embed_with(fake, "forbidden", lambda _texts: bad(400, "content policy"))

    first = build(api, library)
    asked = len(fake.batches)
    again = build(api, library)

    assert (first["count"], first["updated"], first["failed"]) == (25, 24, 1)
    assert (again["skipped"], again["skipped_failed"], again["failed"]) == (24, 1, 0)
    assert len(fake.batches) == asked
    assert clusters(api, library.root)["count"] == 24


def test_a_remembered_failure_is_tried_again_when_forced(api: Hosted, library: Library, fake: FakeService) -> None:
    library.add("bad.png", "forbidden words")
    library.add("good.png", "a cat")
    fake.embed = embed_with(fake, "forbidden", lambda _texts: bad(400))
    build(api, library)
    fake.embed = lambda texts: good(embeddings(texts))

    assert build(api, library, force=True)["updated"] == 2


def test_titles_that_fail_do_not_fail_the_job(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=4)
    fake.chat = lambda _body: bad(500)

    result = clusters(api, library.root)

    assert [item["title_fallback"] for item in result["clusters"]] == [True, True, True]
    assert all(item["title"] and item["keywords"] for item in result["clusters"])


def test_titles_are_asked_for_again_when_the_service_is_well(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=4)
    usual, fake.chat = fake.chat, lambda _body: bad(500)
    clusters(api, library.root)
    fake.chat = usual

    result = clusters(api, library.root)

    assert [item["title_fallback"] for item in result["clusters"]] == [False, False, False]


def test_a_job_continues_after_a_restart_and_embeds_nothing_twice(
    tmp_path: Path, library: Library, fake: FakeService
) -> None:
    fill_topics(library)
    fake.delay_s = 0.15
    with hosted(tmp_path / "home", [library.root], ai=fake.settings()) as api:
        asked = {"folder_paths": [str(library.root)], "batch_size": 2}
        job_id = answer_of(api.post(START, asked))["job_id"]
        wait_for(lambda: len(fake.answered) >= 6)
    done_before = len(fake.answered)
    fake.delay_s = 0.0

    with hosted(tmp_path / "home", [library.root], ai=fake.settings()) as api:
        status = wait_for_clusters(api, job_id)

    assert done_before < 24
    assert status["status"] == "completed"
    assert status["progress"]["skipped"] >= 4
    assert len(fake.answered) == 24
    assert set(fake.answered.values()) == {1}


def test_a_forced_job_does_not_begin_again_after_a_restart(tmp_path: Path, library: Library, fake: FakeService) -> None:
    fill_topics(library)
    with hosted(tmp_path / "home", [library.root], ai=fake.settings()) as api:
        build(api, library)
        fake.answered.clear()
        fake.delay_s = 0.15
        asked = {"folder_paths": [str(library.root)], "batch_size": 2, "force_embed": True}
        job_id = answer_of(api.post(START, asked))["job_id"]
        wait_for(lambda: len(fake.answered) >= 6)
    fake.delay_s = 0.0

    with hosted(tmp_path / "home", [library.root], ai=fake.settings()) as api:
        assert wait_for_clusters(api, job_id)["status"] == "completed"

    assert len(fake.answered) == 24
    assert set(fake.answered.values()) == {1}


def test_a_cancelled_job_ends_and_keeps_its_finished_part(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library)
    fake.delay_s = 0.1
    job_id = answer_of(api.post(START, {"folder_paths": [str(library.root)], "batch_size": 2}))["job_id"]
    wait_for(lambda: len(fake.answered) >= 4)

    assert answer_of(api.post(CANCEL, {"job_id": job_id})) == {"cancelled": True}
    status = wait_for_clusters(api, job_id)

    assert (status["status"], status["stage"], status["cancelled"]) == ("failed", "error", True)
    assert build(api, library)["skipped"] >= 4
    assert set(fake.answered.values()) == {1}


def test_progress_grows_and_names_the_stage(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library)
    fake.delay_s = 0.05
    job_id = answer_of(api.post(START, {"folder_paths": [str(library.root)], "batch_size": 2}))["job_id"]
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["status"] not in ("completed", "failed"):
        seen.append(answer_of(api.get(STATUS, params={"job_id": job_id})))
        time.sleep(0.02)

    percents = [status["percent"] for status in seen]
    done = [status["progress"].get("embedded_done", 0) for status in seen]
    assert percents == sorted(percents)
    assert done == sorted(done)
    assert len(set(done)) > 3
    assert "embedding" in {status["stage"] for status in seen}


def test_another_model_behind_the_same_name_is_taken_when_forced(
    api: Hosted, library: Library, fake: FakeService
) -> None:
    fill_topics(library, each=2)
    build(api, library)
    usual = fake.answer_embeddings

    def wider(body: dict[str, Any]) -> Answer:
        status, headers, data = usual(body)
        answer = json.loads(data)
        for row in answer["data"]:
            row["embedding"] += [0.0, 0.0]
        return status, headers, json.dumps(answer).encode()

    fake.answer_embeddings = wider  # type: ignore[method-assign]
    library.add("more.png", "a paper crane")
    without = api.post(BUILD, {"folder": str(library.root)})

    assert without.status_code == 502
    assert "force" in without.json()["detail"]
    assert build(api, library, force=True)["updated"] == 7
    assert clusters(api, library.root)["count"] == 7


def test_the_key_is_never_logged(
    api: Hosted, library: Library, fake: FakeService, capfd: pytest.CaptureFixture[str]
) -> None:
    fill_topics(library, each=2)
    fake.plan = [bad(500), bad(429, Retry_After="0"), bad(401)]

    cluster(api, library.root)
    api.post("/ai-chat", {"messages": [{"role": "user", "content": "x"}], "stream": True})

    written = capfd.readouterr()
    assert KEY not in written.out + written.err


def test_measuring_a_model_costs_one_request_once(api: Hosted, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=1)
    asked: list[list[str]] = []
    usual = fake.answer_embeddings

    def watch(body: dict[str, Any]) -> Answer:
        asked.append(body["input"])
        return usual(body)

    fake.answer_embeddings = watch  # type: ignore[method-assign]
    build(api, library)
    clusters(api, library.root)

    assert sum(1 for texts in asked if MEASURING & set(texts)) == 1


# --- chat


def test_the_chat_passes_the_answer_on_unchanged(api: Hosted, fake: FakeService) -> None:
    fake.chat = lambda _body: good(completion("hello"))

    answer = answer_of(api.post("/ai-chat", {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}))

    assert answer == completion("hello")
    assert fake.chats == [
        {"model": "test-chat", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.7, "max_tokens": 5}
    ]


def test_the_chat_relays_events_unchanged(api: Hosted, fake: FakeService) -> None:
    events = b'data: {"choices": [{"delta": {"content": "he"}}]}\n\ndata: [DONE]\n\n'
    fake.chat = lambda _body: (200, {"Content-Type": "text/event-stream"}, events)

    answer = api.post("/ai-chat", {"messages": [{"role": "user", "content": "hi"}], "stream": True})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.content == events
    assert fake.chats[0]["stream"] is True


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("answer", "expected"), [(bad(401), 400), (bad(400), 400), (bad(500), 502)])
def test_a_chat_that_the_service_refuses_has_a_status(
    api: Hosted, fake: FakeService, answer: Answer, expected: int, stream: bool
) -> None:
    fake.chat = lambda _body: answer

    refused = api.post("/ai-chat", {"messages": [{"role": "user", "content": "hi"}], "stream": stream})

    assert refused.status_code == expected
    assert KEY not in refused.text


def test_an_empty_chat_is_refused(api: Hosted) -> None:
    assert api.post("/ai-chat", {"messages": []}).status_code == 400
