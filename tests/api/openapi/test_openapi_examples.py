"""Tests that the OpenAPI document explains every operation: summary, examples and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.example_journey import record
from support.example_recorder import alike
from support.openapi import JSON_TYPE, Operation, make_document, mistakes

from iib.api.openapi import ERRORS, TAGS, read_examples

DOCUMENT = make_document()
EVERY = [
    Operation(DOCUMENT, method, path, content)
    for path, item in DOCUMENT["paths"].items()
    for method, content in item.items()
]
NAMES = [operation.name for operation in EVERY]
EVERYWHERE = {"400", "401", "403", "404", "408", "409", "413", "422", "429", "500"}


def answer_of(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = operation.content["responses"]["200"]["content"]
    return found


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_every_operation_has_a_description_and_a_permission(operation: Operation) -> None:
    content = operation.content

    assert content["summary"]
    assert content["description"]
    assert set(content["tags"]) <= set(TAGS)
    assert content["x-permission"] in ("none", "read", "write", "read-write")
    for item in content.get("parameters", []):
        assert item["in"] == "query" or "example" in item, f"{item['name']} has no example; run `make openapi`"


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_an_operation_shows_a_request_that_fits_its_model(operation: Operation) -> None:
    if operation.body is None:
        return
    body = operation.content["requestBody"]["content"][JSON_TYPE]

    assert "example" in body, "add it to tests/support/example_journey.py and run `make openapi`"
    assert list(mistakes(body["example"], body["schema"], DOCUMENT)) == []


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_an_operation_shows_an_answer_that_fits_its_model(operation: Operation) -> None:
    content = answer_of(operation)
    are_bytes = all(kind.startswith(("image/", "video/", "audio/", "application/octet", "*/")) for kind in content)

    assert are_bytes or any("example" in item for item in content.values()), (
        "add it to tests/support/example_journey.py and run `make openapi`"
    )
    told = content.get(JSON_TYPE, {})
    if "example" in told:
        assert list(mistakes(told["example"], told["schema"], DOCUMENT)) == []


@pytest.mark.parametrize("operation", EVERY, ids=NAMES)
def test_an_operation_shows_its_errors(operation: Operation) -> None:
    answers = operation.content["responses"]

    assert set(answers) >= EVERYWHERE
    for status, answer in answers.items():
        if status in ERRORS:
            told = answer["content"][JSON_TYPE]
            assert answer["description"] == ERRORS[status][0]
            assert list(mistakes(told["example"], told["schema"], DOCUMENT)) == []


def test_examples_equal_the_current_responses(tmp_path: Path) -> None:
    kept = read_examples()

    different = {
        name: example for name, example in record(tmp_path).items() if name in kept and not alike(kept[name], example)
    }

    assert different == {}, "run `make openapi`"
    assert set(kept) <= set(NAMES)


def test_keys_are_described_and_open_operations_ask_for_none() -> None:
    assert set(DOCUMENT["components"]["securitySchemes"]) == {"cookie", "bearer", "header"}
    assert len(DOCUMENT["security"]) == 3
    unlocked = {operation.name for operation in EVERY if operation.content.get("security") == []}
    assert unlocked == {"GET /hello", "POST /v1/session", "DELETE /v1/session"}


def test_the_comparison_of_examples_knows_a_difference() -> None:
    one = {"answer": {"files": [{"name": "a", "size": 1}], "/a/b": True, "none": None}}

    assert alike(one, {"answer": {"files": [{"name": "b", "size": 2.5}], "/c": False, "none": 3}})
    assert not alike(one, {"answer": {"files": [{"name": "b"}], "/a/b": True, "none": None}})
    assert not alike(one, {"answer": {"files": [{"name": "b", "size": "2"}], "/a/b": True, "none": None}})
    assert not alike(one, {"answer": {"files": [], "/a/b": 1, "none": None}})
