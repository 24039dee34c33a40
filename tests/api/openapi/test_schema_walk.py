"""Tests that valid and invalid requests are answered as the OpenAPI document says, and never with 500."""

from __future__ import annotations

import os
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.hosted import Hosted, access, hosted
from support.library import Library
from support.openapi import JSON_TYPE, PATH_NAME, Call, Operation, make_document, mistakes, operations
from support.pictures import write_video

DOCUMENT = make_document()
OPERATIONS = operations(DOCUMENT)
EXAMPLES = 12
WORDS = [
    "",
    "cat",
    "a cat",
    "newest",
    "random",
    "image",
    "add",
    "jsonl",
    "scanned",
    "month",
    "model",
    "x" * 300,
    "like",
]
# Never a path that leads anywhere: no separator, no dot, no tilde at the start.
HARMLESS = st.text(string.ascii_letters + string.digits + " äß日'\"%_*[](){}|^$\\\0\n\u202e", max_size=12)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """A small library that may be changed in any way; nothing outside of it may be named."""
    top = tmp_path_factory.mktemp("walk")
    library = Library(top / "library")
    library.fill(4)
    write_video(library.path("video.mp4"), frames=2)
    (top / "cwd").mkdir()
    before = Path.cwd()
    os.chdir(top / "cwd")
    try:
        with hosted(top / "home", [library.root], access(allowed=[library.root])) as opened:
            opened.update()
            yield opened
    finally:
        os.chdir(before)


def values(operation: Operation, schema: Mapping[str, Any], name: str, root: str) -> st.SearchStrategy[Any]:
    """A strategy of the values that the schema allows."""
    schema = operation.resolved(schema)
    if "properties" in schema:
        needed = set(schema.get("required", ()))
        inner = {key: values(operation, item, key, root) for key, item in schema["properties"].items()}
        return st.fixed_dictionaries(
            {key: item for key, item in inner.items() if key in needed},
            optional={key: item for key, item in inner.items() if key not in needed},
        )
    if "anyOf" in schema:
        return st.one_of(*(values(operation, item, name, root) for item in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return st.lists(values(operation, schema.get("items", {}), name, root), max_size=3)
    if kind == "integer":
        low, high = schema.get("minimum", -(2**70)), schema.get("maximum", 2**70)
        return st.one_of(st.integers(max(low, 0), min(high, 8)), st.integers(low, high))
    if kind == "number":
        return st.floats(schema.get("minimum", -1e9), schema.get("maximum", 1e9), allow_nan=False)
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    if kind == "object":
        return st.dictionaries(HARMLESS, HARMLESS, max_size=2)
    if kind == "string":
        return paths(root) if PATH_NAME.search(name) else st.one_of(st.sampled_from(WORDS), HARMLESS)
    return st.one_of(st.integers(0, 9), st.sampled_from(WORDS), st.none())


def paths(root: str) -> st.SearchStrategy[str]:
    """A strategy of files and folders of the library, and of names that do not exist."""
    names = ["00000.png", "00001.png", "video.mp4", "absent.png", "new/folder", "notes.txt", ""]
    return st.one_of(st.sampled_from([f"{root}/{name}" for name in names]), HARMLESS)


def spoiled(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A strategy that now and then replaces the value with something else."""
    return st.one_of(value, value, value, st.sampled_from([None, [], {}, -1, 1.5, True, "x", [[]], {"a": {}}]))


def calls(operation: Operation, root: str) -> st.SearchStrategy[Call]:
    """A strategy of requests to one operation."""
    in_path, in_query = {}, {}
    for item in operation.content.get("parameters", []):
        value = values(operation, item["schema"], item["name"], root)
        (in_path if item["in"] == "path" else in_query)[item["name"]] = value
    body = st.none() if operation.body is None else spoiled(values(operation, operation.body, "", root))

    def made(path_values: dict[str, Any], query: dict[str, Any], content: Any) -> Call:
        address = re.sub(r"{(\w+)}", lambda found: quote(str(path_values[found[1]]), safe=""), operation.path)
        return Call(operation.method, address, {key: item for key, item in query.items() if item is not None}, content)

    queries = st.fixed_dictionaries({}, optional=in_query)
    return st.builds(made, st.fixed_dictionaries(in_path), queries, body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])
def test_every_answer_is_as_the_document_says(api: Hosted, operation: Operation) -> None:
    root = str(api.services.roots.cli[0])

    @settings(max_examples=EXAMPLES)
    @given(call=calls(operation, root))
    def holds(call: Call) -> None:
        if not Path(root, "00000.png").exists():  # an operation may have been allowed to move it
            Library(Path(root)).add("00000.png")
        answer = api.client.request(call.method, call.url, **call.options())
        said = f"{call}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code not in (500, 405), said
        if not call.address.endswith("/"):  # an empty name in an address makes it another one
            assert str(answer.status_code) in operation.content["responses"], said
        schema = operation.answer_schema(answer.status_code)
        if schema is not None and answer.headers.get("content-type") == JSON_TYPE:
            assert list(mistakes(answer.json(), schema, DOCUMENT)) == [], said

    holds()


def test_the_walk_knows_a_wrong_answer_from_a_right_one() -> None:
    schema = {"$ref": "#/components/schemas/FilePage"}
    entry = {
        "type": "file", "name": "a", "fullpath": "/a", "size": "1 B", "bytes": 1, "date": "", "created_time": "",
        "is_under_scanned_path": True,
    }  # fmt: skip
    right = {"files": [entry], "cursor": {"has_next": False, "next": ""}}

    assert list(mistakes(right, schema, DOCUMENT)) == []
    assert list(mistakes({**right, "cursor": {"has_next": "no", "next": ""}}, schema, DOCUMENT))
    assert list(mistakes({**right, "files": [{**entry, "bytes": "1"}]}, schema, DOCUMENT))
    assert list(mistakes({"files": []}, schema, DOCUMENT))
