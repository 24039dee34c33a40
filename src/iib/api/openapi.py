"""The OpenAPI document: what FastAPI knows of the routes, with keys, permissions, real examples and errors.

`examples/` holds one file for each tag, recorded from a running server by `make openapi`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI

from iib.access.auth import COOKIE, HEADER
from iib.api.permissions import Guard
from iib.model.geninfo import Json

EXAMPLES = Path(__file__).parent / "examples"
JSON_TYPE = "application/json"
TAGS = {
    "system": "Health, version, state and settings of the page.",
    "session": "The cookie that holds the key.",
    "files": "Folders as they are on the disk.",
    "file operations": "Deleting, moving, copying, renaming, flattening, packing. Everything is journalled.",
    "trash and undo": "The journal of file operations, taking them back, and deleted files.",
    "media": "Pictures, videos and sound, small and in full.",
    "metadata": "How a file was made.",
    "search": "Searches of the public contract.",
    "query": "The search language, facets, statistics and export.",
    "index": "What the library knows of the files, and bringing it up to date.",
    "extra paths": "Registered folders.",
    "tags": "Tags that people made, rules that give them, and statistics of tags.",
    "curation": "Ratings, flags, albums, saved searches, and undoing changes of them.",
    "ai": "Topics, search by meaning and chat.",
    "organise": "Sorting files into folders by topic, after a preview.",
    "duplicates": "Files that are equal, and pictures that look the same.",
    "host": "The machine and the program around the server.",
    "v1": "The grid of the page: results, details, folders, jobs and events.",
}
ERRORS: dict[str, tuple[str, Json]] = {
    "400": ("Bad or contradictory input", "size must be a whole number and at least 1"),
    "401": ("Wrong or missing key", {"type": "secret_verification_failed"}),
    "403": ("No permission, or a path that may not be accessed", "this needs the permission read-write or write-only"),
    "404": ("Not known, or not there", "no such file: /library/absent.png"),
    "408": ("It took longer than its budget", "the pattern took too long; make it simpler"),
    "409": ("It contradicts the present state", "this operation was undone already"),
    "410": ("These results are gone; open them again", "these results are gone; open them again"),
    "413": ("Too large", "the body is larger than 64 MiB"),
    "416": ("No such range of bytes", "this range is not in the file"),
    "422": ("It does not fit the model, or cannot be decoded", []),
    "429": ("Too many wrong keys", "too many wrong keys; wait a minute"),
    "500": ("A bug", "internal error (RuntimeError)"),
    "501": ("An optional part is not installed", "this needs the extra `parquet`"),
    "502": ("The AI service cannot be reached or used", "the AI service cannot be reached"),
    "503": ("This needs an AI service", "the chat needs an AI service: set OPENAI_API_KEY (and OPENAI_BASE_URL)"),
    "504": ("The AI service did not answer in time", "the AI service did not answer within 60 s"),
}
MISTAKE = {"loc": ["body", "size"], "msg": "Input should be a valid integer", "type": "int_type"}
SECURITY: dict[str, Json] = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "As POST /v1/session sets it."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The secret key."},
    "header": {"type": "apiKey", "in": "header", "name": HEADER, "description": "The secret key."},
}


class DescribedAPI(FastAPI):
    """An application whose document is complete. `described` are the routers it includes."""

    described: Sequence[APIRouter] = ()

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
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
        found: dict[str, Any] = self.openapi_schema or {}
        return found


def read_examples(folder: Path = EXAMPLES) -> dict[str, Json]:
    """Examples by operation: `{"POST /db/rename": {"body": ..., "type": "application/json", "answer": ...}}`."""
    found: dict[str, Json] = {}
    for path in sorted(folder.glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


def _guards(routers: Sequence[APIRouter]) -> Iterator[tuple[str, Guard]]:
    for router in routers:
        for route in router.routes:
            for item in route.dependant.dependencies:  # type: ignore[attr-defined]
                if isinstance(item.call, Guard):
                    yield from ((f"{method} {route.path}", item.call) for method in route.methods)  # type: ignore[attr-defined]


def _add_permission(operation: dict[str, Json], guard: Guard | None) -> None:
    """`x-permission` is what the server's permission must allow: `none`, `read`, `write` or `read-write`."""
    if guard is None:
        return
    if not guard.secret:
        operation["security"] = []
    words = [word for word, asks in (("read", guard.reveals), ("write", guard.write)) if asks]
    operation["x-permission"] = "-".join(words) or "none"


def _add_errors(operation: dict[str, Json]) -> None:
    for status, answer in operation["responses"].items():
        told = ERRORS.get(status)
        content = answer.get("content", {}).get(JSON_TYPE)
        if told is None or content is None:
            continue
        answer["description"] = told[0]
        content["example"] = {"detail": [MISTAKE] if status == "422" else told[1]}


def _add_examples(operation: dict[str, Json], example: dict[str, Json]) -> None:
    for item in operation.get("parameters", ()):
        if item["name"] in example.get("parameters", {}):
            item["example"] = example["parameters"][item["name"]]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE)
    if body is not None and "body" in example:
        body["example"] = example["body"]
    answer = operation["responses"]["200"].setdefault("content", {})
    if answer.get(JSON_TYPE, {}).get("schema") == {}:
        answer[JSON_TYPE]["schema"] = {"type": "null"}
    if "answer" in example and example["type"] in answer:
        answer[example["type"]]["example"] = example["answer"]
