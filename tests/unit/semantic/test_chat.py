"""Tests for structured answers of chat models, and for titles made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.ai_service import FakeService, bad, completion, fake_service, good

from iib.errors import Cancelled, ProviderUnusable
from iib.semantic.clustering.keywords import Topic
from iib.semantic.clustering.titles import (
    TitledCluster,
    TitleMaker,
    TitleOptions,
    TitleRequest,
    title_language,
    valid_topic,
)
from iib.semantic.providers.chat import ChatClient, repaired_object
from iib.semantic.providers.http import AiService, decode
from iib.store import Store

OPTIONS = TitleOptions("test-title", "English", "0.9|2")
CATS = TitleRequest([1, 2], ["a tabby cat", "a black cat"], Topic("tabby, cat", ("tabby", "cat")))
CARS = TitleRequest([3, 4], ["a red car", "a fast car"], Topic("red, car", ("red", "car")))


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """An AI service that answers well until a test changes it."""
    with fake_service() as running:
        yield running


@pytest.fixture
def maker(fake: FakeService, store: Store) -> Iterator[TitleMaker]:
    """A title maker that asks the fake service."""
    service = AiService(fake.settings(attempts=2))
    yield TitleMaker(store, ChatClient(service))
    service.close()


def titles(maker: TitleMaker, *wanted: TitleRequest, options: TitleOptions = OPTIONS) -> list[TitledCluster]:
    return maker.titles(wanted, options, check=lambda: None, report=lambda _done: None)


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Cats", "keywords": ["cat"]}',
        '```json\n{"title": "Cats", "keywords": ["cat"]}\n```',
        'Here you are: {"title": "Cats", "keywords": ["cat"]} I hope it helps {really}.',
        '{"title": "Cats", "keywords": ["cat",],}',
        '{"title": "Cats", "keywords": ["cat"',
        '{"title": "Cats", "keywords": ["cat',
    ],
)
def test_json_is_read_whatever_stands_around_it(text: str) -> None:
    assert repaired_object(text) == {"title": "Cats", "keywords": ["cat"]}


@pytest.mark.parametrize("text", ["", "no", "[1, 2]", "}{", '{"a": '])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ProviderUnusable):
        valid_topic(repaired_object(text))


def test_streamed_chunks_are_one_answer() -> None:
    chunks = [{"choices": [{"delta": {"content": part}}]} for part in ('{"title"', ': "Cats"}')]
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"

    assert decode(text)["choices"][0]["message"]["content"] == '{"title": "Cats"}'


def test_a_tool_call_gives_title_and_keywords(maker: TitleMaker, fake: FakeService) -> None:
    fake.chat = lambda _body: good(completion(arguments='{"title": "Tabby cats", "keywords": ["cat", "sofa"]}'))

    [found] = titles(maker, CATS)

    assert found == TitledCluster(Topic("Tabby cats", ("cat", "sofa")))
    assert fake.chats[0]["model"] == "test-title"
    assert fake.chats[0]["temperature"] == 0
    assert "a tabby cat" in fake.chats[0]["messages"][1]["content"]


def test_a_service_without_tools_answers_with_text(maker: TitleMaker, fake: FakeService) -> None:
    fake.chat = lambda body: (
        bad(400, "unknown field tools") if "tools" in body else good(completion('{"title": "Cats", "keywords": ["a"]}'))
    )

    assert titles(maker, CATS)[0].topic.title == "Cats"


def test_long_titles_are_cut_and_too_many_keywords_left_out(maker: TitleMaker, fake: FakeService) -> None:
    answer = {"title": "A very long title about tabby cats", "keywords": [str(number) for number in range(9)]}
    fake.chat = lambda _body: good(completion(arguments=json.dumps(answer)))

    topic = titles(maker, CATS)[0].topic

    assert len(topic.title) <= 24
    assert topic.title == "A very long title about"
    assert len(topic.keywords) == 6


@pytest.mark.parametrize("answer", [bad(500), bad(401), good(completion("sorry")), (200, {}, b"{")])
def test_whatever_goes_wrong_the_local_title_stays(
    maker: TitleMaker, fake: FakeService, answer: tuple[int, dict[str, str], bytes]
) -> None:
    fake.chat = lambda _body: answer

    assert titles(maker, CATS) == [TitledCluster(CATS.local, is_fallback=True)]


def test_a_service_that_is_down_is_not_asked_for_every_cluster(maker: TitleMaker, fake: FakeService) -> None:
    fake.chat = lambda _body: bad(500)
    many = [TitleRequest([number], ["a"], Topic(str(number), ("a",))) for number in range(40)]

    found = titles(maker, *many)

    assert all(item.is_fallback for item in found)
    assert len(fake.chats) <= 20


def test_a_known_title_is_not_asked_for_again_unless_forced(maker: TitleMaker, fake: FakeService) -> None:
    first = titles(maker, CATS)
    again = titles(maker, CATS)
    asked = len(fake.chats)
    titles(maker, CATS, options=TitleOptions("test-title", "English", "0.9|2", force=True))

    assert first == again
    assert asked == 1
    assert len(fake.chats) == 2


def test_other_members_another_language_and_another_model_are_other_titles(
    maker: TitleMaker, fake: FakeService
) -> None:
    titles(maker, CATS)
    titles(maker, CARS)
    titles(maker, CATS, options=TitleOptions("test-title", "German", "0.9|2"))
    titles(maker, CATS, options=TitleOptions("other", "English", "0.9|2"))

    assert len(fake.chats) == 4


def test_a_local_title_of_a_failure_is_not_remembered(maker: TitleMaker, fake: FakeService) -> None:
    good_chat = fake.chat
    fake.chat = lambda _body: bad(500)
    titles(maker, CATS)
    fake.chat = good_chat

    assert titles(maker, CATS)[0].is_fallback is False


def test_two_clusters_never_share_a_title(maker: TitleMaker) -> None:
    found = titles(maker, CATS, CARS)

    assert len({item.topic.title for item in found}) == 2


def test_keywords_of_earlier_titles_of_this_model_are_offered_again(maker: TitleMaker, fake: FakeService) -> None:
    titles(maker, CATS)
    titles(maker, CARS)

    assert "one, three, two" in fake.chats[1]["messages"][0]["content"]


def test_a_cancelled_job_asks_for_no_further_title(maker: TitleMaker, fake: FakeService) -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        maker.titles([CATS, CARS], OPTIONS, check=check, report=lambda _done: None)
    assert fake.chats == []


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh", "Simplified Chinese"), ("zh-TW", "Traditional Chinese"), ("zhHant", "Traditional Chinese"),
     ("de-AT", "German"), ("fr", "English"), (None, "English"), ("zhHans", "Simplified Chinese")],
)  # fmt: skip
def test_languages_by_their_codes(code: str | None, language: str) -> None:
    assert title_language(code) == language
