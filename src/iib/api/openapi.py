"""The OpenAPI document: the routes as FastAPI describes them, with keys, permissions, recorded examples and errors.

`examples/` contains one file per tag, recorded from a running server by `make openapi`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from iib.access import COOKIE, HEADER
from iib.api.permissions import Guard
from iib.model import Json

EXAMPLES = Path(__file__).parent / "examples"
JSON_TYPE = "application/json"
TAGS = {
    "system": "Health, version, state and settings of the page.",
    "session": "The cookie that stores the key.",
    "files": "Contents of folders on disk.",
    "file operations": "Delete, move, copy, rename, flatten and pack files. Every operation is journalled.",
    "trash and undo": "The journal of file operations, undo, and deleted files.",
    "media": "Thumbnails and original files of pictures, videos and audio.",
    "metadata": "Generation parameters of files.",
    "search": "Search by text and by tags, for clients of the public API.",
    "query": "The search language, facets, statistics and export.",
    "index": "State of the index, and index runs.",
    "extra paths": "Registered folders.",
    "tags": "Custom tags, tag rules, and tag statistics.",
    "curation": "Ratings, flags, albums, saved searches, and undo of their changes.",
    "ai": "Topics, semantic search and chat.",
    "organise": "Sort files into folders by topic, after a preview.",
    "duplicates": "Identical files and similar pictures.",
    "host": "The machine of the server and the program that hosts it.",
    "v1": "The grid of the page: results, details, folders, jobs and events.",
}
ERRORS: dict[str, tuple[str, Json]] = {
    "400": ("Invalid input", "size must be a whole number and at least 1"),
    "401": ("Wrong or missing key", {"type": "secret_verification_failed"}),
    "403": ("No permission, or a path that may not be accessed", "this needs the permission read-write or write-only"),
    "404": ("Unknown or missing resource", "no such file: /library/absent.png"),
    "408": ("The time budget is exceeded", "the pattern took too long; make it simpler"),
    "409": ("The request conflicts with the current state", "this operation was undone already"),
    "410": ("The results have expired; open them again", "these results are gone; open them again"),
    "413": ("Too large", "the body is larger than 64 MiB"),
    "416": ("The byte range is not in the file", "this range is not in the file"),
    "422": ("Validation error, or the file cannot be decoded", []),
    "429": ("Too many wrong keys", "too many wrong keys; wait a minute"),
    "500": ("Internal error", "internal error (RuntimeError)"),
    "501": ("An optional part is not installed", "this needs the extra `parquet`"),
    "502": ("The AI service cannot be reached or used", "the AI service cannot be reached"),
    "503": (
        "An AI service is required but not configured",
        "the chat needs an AI service: set OPENAI_API_KEY (and OPENAI_BASE_URL)",
    ),
    "504": ("The AI service did not answer in time", "the AI service did not answer within 60 s"),
}
VALIDATION_PROBLEM = {"loc": ["body", "size"], "msg": "Input should be a valid integer", "type": "int_type"}
SECURITY: dict[str, Json] = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by POST /v1/session."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The secret key."},
    "header": {"type": "apiKey", "in": "header", "name": HEADER, "description": "The secret key."},
}


class DescribedAPI(FastAPI):
    """A FastAPI application with a complete OpenAPI document. `described` are its routers."""

    described: Sequence[APIRouter] = ()

    def openapi(self) -> dict[str, Any]:
        """Return the document, which is built on the first call."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
            document["components"]["securitySchemes"] = SECURITY
            document["security"] = [{name: []} for name in SECURITY]
            examples = read_examples()
            guards = dict(_guards(self.described))
            for path, item in document["paths"].items():
                for method, operation in item.items():
                    name = f"{method.upper()} {path}"
                    _add_permission(operation, guards.get(name))
                    _add_errors(operation)
                    _add_examples(operation, examples.get(name, {}))
        schema: dict[str, Any] = self.openapi_schema or {}
        return schema


def read_examples(folder: Path = EXAMPLES) -> dict[str, Json]:
    """Read the examples of all operations.

    `{"POST /db/rename": {"body": ..., "type": "application/json", "answer": ...}}`
    """
    examples: dict[str, Json] = {}
    for path in sorted(folder.glob("*.json")):
        examples |= json.loads(path.read_text(encoding="utf-8"))
    return examples


def _guards(routers: Sequence[APIRouter]) -> Iterator[tuple[str, Guard]]:
    """Iterate (`METHOD path`, guard) of all routes."""
    for router in routers:
        for route in router.routes:
            for item in route.dependant.dependencies:  # type: ignore[attr-defined]
                if isinstance(item.call, Guard):
                    yield from ((f"{method} {route.path}", item.call) for method in route.methods)  # type: ignore[attr-defined]


def _add_permission(operation: dict[str, Json], guard: Guard | None) -> None:
    """Set `x-permission`, the permission that the server must grant: `none`, `read`, `write` or `read-write`."""
    if guard is None:
        return
    if not guard.secret:
        operation["security"] = []
    words = [word for word, is_required in (("read", guard.reveals), ("write", guard.write)) if is_required]
    operation["x-permission"] = "-".join(words) or "none"


def _add_errors(operation: dict[str, Json]) -> None:
    """Set the description and an example of each error response."""
    for status, response in operation["responses"].items():
        error = ERRORS.get(status)
        content = response.get("content", {}).get(JSON_TYPE)
        if error is None or content is None:
            continue
        response["description"] = error[0]
        content["example"] = {"detail": [VALIDATION_PROBLEM] if status == "422" else error[1]}


def _add_examples(operation: dict[str, Json], example: dict[str, Json]) -> None:
    """Set the recorded examples of parameters, body and response."""
    for item in operation.get("parameters", ()):
        if item["name"] in example.get("parameters", {}):
            item["example"] = example["parameters"][item["name"]]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE)
    if body is not None and "body" in example:
        body["example"] = example["body"]
    content = operation["responses"]["200"].setdefault("content", {})
    if content.get(JSON_TYPE, {}).get("schema") == {}:
        content[JSON_TYPE]["schema"] = {"type": "null"}
    if "answer" in example and example["type"] in content:
        content[example["type"]]["example"] = example["answer"]
