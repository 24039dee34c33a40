"""Tests with requests that schemathesis makes from the OpenAPI document, and our own checks of the answers.

The walk of `test_schema_walk.py` knows this library and reaches deep; this one knows nothing but the document, and
tries the borders of every field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.generation import GenerationMode
from support.library import Library
from support.openapi import ENDLESS, JSON_TYPE, Operation, make_document, mistakes
from support.process import Running, serving

DOCUMENT = make_document()
EXAMPLES = 5
NEEDS_SERVICE = 503  # what has to be configured first is no bug
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
# Streams without an end, the end of the server, and reading all files again at every call.
CHOSEN = SCHEMA.exclude(path=[name.partition(" ")[2] for name in ENDLESS]).exclude(
    path=["/shutdown", "/db/rebuild_index", "/open_folder", "/open_with_default_app"]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A small library; nothing outside of it may be named, whatever the requests say."""
    top = tmp_path_factory.mktemp("schemathesis")
    library = Library(top / "library")
    library.fill(4)
    allowed = {"IIB_ACCESS_CONTROL_ALLOWED_PATHS": str(library.root)}
    with serving(top / "home", "--extra_paths", str(library.root), "--update_image_index", **allowed) as running:
        yield running
        assert "Traceback" not in running.errors.read_text()


@CHOSEN.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
def test_no_request_finds_a_bug_or_an_answer_that_is_not_promised(case: Any, server: Running) -> None:
    answer = case.call(base_url=server.url)
    said = f"{case.method} {case.path}: {answer.status_code} {answer.content[:300]!r}"

    assert answer.status_code < 500 or answer.status_code == NEEDS_SERVICE, said
    content = DOCUMENT["paths"][case.operation.path].get(case.method.lower())
    if content is None:  # it tries methods that the document does not have, or not name
        return
    if answer.status_code not in (404, 405):  # a value in the address may make it another one
        assert str(answer.status_code) in content["responses"], said
    schema = Operation(DOCUMENT, case.method, case.operation.path, content).answer_schema(answer.status_code)
    if schema is not None and answer.headers.get("content-type") == [JSON_TYPE]:
        assert list(mistakes(answer.json(), schema, DOCUMENT)) == [], said
