"""Tests for embedding through a service on a real socket that fails in every way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
import pytest
from pydantic import SecretStr
from support.ai_service import KEY, FakeService, bad, embeddings, fake_service, good, vector_of

from iib.errors import (
    Cancelled,
    NotConfigured,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnreachable,
    ProviderUnusable,
)
from iib.semantic.embedding.model import EmbeddedBatch
from iib.semantic.embedding.remote import MAX_BATCH_TOKENS, EmbeddingClient, batches
from iib.semantic.providers.http import AiService
from iib.settings import AiSettings

TEXTS = [f"picture number {number}" for number in range(8)]


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """An AI service that answers well until a test changes it."""
    with fake_service() as running:
        yield running


def embed(fake: FakeService, texts: list[str], batch_size: int = 4, **changes: object) -> list[EmbeddedBatch]:
    """Embed all texts through a client of this service."""
    service = AiService(fake.settings(**changes))
    try:
        return list(EmbeddingClient(service, "test-embed").embed(texts, batch_size=batch_size, check=lambda: None))
    finally:
        service.close()


def done(found: list[EmbeddedBatch]) -> list[int]:
    return sorted(number for batch in found for number in batch.done)


def failed(found: list[EmbeddedBatch]) -> dict[int, str]:
    return {number: reason for batch in found for number, reason in batch.failed}


def test_vectors_go_by_their_index_and_have_unit_length(fake: FakeService) -> None:
    [batch] = embed(fake, TEXTS[:3])

    assert batch.done == (0, 1, 2)
    assert np.allclose(batch.vectors, [vector_of(text) for text in TEXTS[:3]], atol=1e-4)
    assert fake.keys == {f"Bearer {KEY}"}


def test_batches_hold_so_many_texts_and_no_more_tokens_than_a_request_takes(fake: FakeService) -> None:
    embed(fake, TEXTS)
    long = ["x" * 4 * 3000] * 5

    assert fake.batches == [4, 4]
    assert [len(batch) for batch in batches(long, 64)] == [2, 2, 1]
    assert MAX_BATCH_TOKENS == 7600


@pytest.mark.parametrize("trouble", [bad(429, "slow down"), bad(500), bad(503), (200, {}, b'{"data": [{"embed')])
def test_what_passes_is_tried_again(fake: FakeService, trouble: tuple[int, dict[str, str], bytes]) -> None:
    fake.plan = [trouble, trouble]

    found = embed(fake, TEXTS)

    assert done(found) == list(range(8))
    assert failed(found) == {}
    assert fake.batches == [4, 4, 4, 4]


def test_the_service_says_how_long_to_wait(fake: FakeService) -> None:
    fake.plan = [bad(429, Retry_After="0.25")]
    started = time.monotonic()

    embed(fake, TEXTS[:1])

    assert time.monotonic() - started >= 0.25


def test_a_service_that_stays_busy_ends_it_and_no_text_is_to_blame(fake: FakeService) -> None:
    fake.embed = lambda _texts: bad(429, Retry_After="0")

    with pytest.raises(ProviderBusy):
        embed(fake, TEXTS)


def test_an_empty_account_is_not_asked_again(fake: FakeService) -> None:
    fake.embed = lambda _texts: (429, {}, b'{"error": {"code": "insufficient_quota", "message": "pay"}}')

    with pytest.raises(ProviderBusy):
        embed(fake, TEXTS)
    assert len(fake.batches) == 1


def test_a_wrong_key_ends_it_at_once_without_telling_the_key(fake: FakeService) -> None:
    fake.embed = lambda _texts: bad(401, "Incorrect API key")

    with pytest.raises(ProviderRefused) as caught:
        embed(fake, TEXTS)

    assert len(fake.batches) == 1
    assert KEY not in caught.value.message
    assert "OPENAI_API_KEY" in caught.value.message


def test_an_unknown_model_ends_it_at_once(fake: FakeService) -> None:
    fake.embed = lambda _texts: bad(404, "no such model")

    with pytest.raises(ProviderRefused):
        embed(fake, TEXTS)
    assert len(fake.batches) == 1


def test_a_refused_text_is_found_by_halving_and_the_others_are_embedded(fake: FakeService) -> None:
    fake.embed = lambda texts: bad(400, "input too long") if TEXTS[5] in texts else good(embeddings(texts))

    found = embed(fake, TEXTS, batch_size=8)

    assert done(found) == [0, 1, 2, 3, 4, 6, 7]
    assert list(failed(found)) == [5]
    assert "input too long" in failed(found)[5]
    assert max(fake.answered.values()) == 1


def test_a_text_on_which_the_service_breaks_is_found_too(fake: FakeService) -> None:
    fake.embed = lambda texts: bad(500) if TEXTS[2] in texts else good(embeddings(texts))

    found = embed(fake, TEXTS, batch_size=8, attempts=2)

    assert done(found) == [0, 1, 3, 4, 5, 6, 7]
    assert list(failed(found)) == [2]


def test_a_service_that_is_broken_for_every_text_ends_it(fake: FakeService) -> None:
    fake.embed = lambda _texts: bad(500)

    with pytest.raises(ProviderError):
        embed(fake, TEXTS, batch_size=8, attempts=2)


def test_a_service_that_does_not_answer_ends_it(fake: FakeService) -> None:
    fake.delay_s = 0.4

    with pytest.raises(ProviderTimeout):
        embed(fake, TEXTS[:1], timeout_s=0.05, attempts=2)


def test_a_late_answer_is_asked_for_again(fake: FakeService) -> None:
    def late(texts: list[str]) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.5)
        return good(embeddings(texts))

    fake.plan = [late]

    assert done(embed(fake, TEXTS[:2], timeout_s=0.2)) == [0, 1]


def test_nobody_there_is_said_at_once(fake: FakeService) -> None:
    with pytest.raises(ProviderUnreachable):
        embed(fake, TEXTS, base_url="http://127.0.0.1:9/v1", attempts=2)


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [{"index": 0, "embedding": [1.0, 2.0]}, {"index": 1, "embedding": [1.0]}]},
        {"data": [{"index": 0, "embedding": [1.0, 2.0]}] * 5},
        {"data": [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}]},
        {"data": [{"index": 0, "embedding": [0.0, 0.0]}, {"index": 1, "embedding": [1.0, 0.0]}]},
        {"data": [{"index": 0, "embedding": "AAAA"}, {"index": 1, "embedding": None}]},
        {"data": "none"},
        [],
    ],
)
def test_an_answer_that_cannot_be_used_is_never_stored(fake: FakeService, answer: object) -> None:
    fake.embed = lambda _texts: good(answer)

    with pytest.raises(ProviderUnusable):
        embed(fake, TEXTS[:2], attempts=2)


def test_other_dimensions_than_the_model_had_are_refused(fake: FakeService) -> None:
    service = AiService(fake.settings(attempts=1))
    client = EmbeddingClient(service, "test-embed", dimensions=1536)

    with pytest.raises(ProviderUnusable, match="1536"):
        list(client.embed(TEXTS[:1], batch_size=4, check=lambda: None))
    service.close()


def test_a_pause_ends_when_the_job_is_cancelled(fake: FakeService) -> None:
    fake.embed = lambda _texts: bad(429, Retry_After="30")
    service = AiService(fake.settings(longest_pause_s=30.0))
    started = time.monotonic()

    def check() -> None:
        if time.monotonic() - started > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(EmbeddingClient(service, "m").embed(TEXTS, batch_size=8, check=check))
    service.close()
    assert time.monotonic() - started < 10


def test_without_a_key_nothing_is_sent() -> None:
    service = AiService(AiSettings())

    with pytest.raises(NotConfigured, match="OPENAI_API_KEY"):
        service.post("embeddings", {}, lambda answer: answer)


def test_a_key_that_is_no_key_is_refused_without_being_shown() -> None:
    service = AiService(AiSettings(api_key=SecretStr("schlüssel")))

    with pytest.raises(ProviderRefused) as caught:
        service.post("embeddings", {}, lambda answer: answer)
    assert "schlüssel" not in caught.value.message


def test_the_request_has_the_form_of_the_openai_api(fake: FakeService) -> None:
    seen: list[dict[str, object]] = []
    usual = fake.answer_embeddings

    def watch(body: dict[str, object]) -> tuple[int, dict[str, str], bytes]:
        seen.append(body)
        return usual(body)

    fake.answer_embeddings = watch  # type: ignore[method-assign]
    embed(fake, TEXTS[:2])

    assert seen == [{"model": "test-embed", "input": TEXTS[:2]}]
    assert json.dumps(seen)
