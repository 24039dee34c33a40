"""Recorder of requests and responses for the examples of the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from support.hosted import Hosted

Json = Any
SHOWN = 2  # entries of a list; more would teach nothing
LONGEST = 400  # characters of a text
NAME = re.compile(r"[A-Za-z_]\w*")
LONG_TEXT = re.compile(r"[A-Za-z0-9+/=_-]{300,}")


@dataclass(slots=True)
class Recorder:
    """Sends requests. The first successful one of each operation becomes its example.

    `places` are folders of this run and what the examples call them.
    """

    api: Hosted
    places: Mapping[str, str]
    examples: dict[str, dict[str, Json]] = field(default_factory=dict)

    def get(self, path: str, /, **query: Json) -> Json:
        """Send a GET request; values for placeholders in the address are removed from the query."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Json = None, /, **query: Json) -> Json:
        """Send a POST request, with a JSON body if there is one."""
        return self.send("POST", path, body, query=query)

    def patch(self, path: str, body: Json, /, **query: Json) -> Json:
        """Send a PATCH request with a JSON body."""
        return self.send("PATCH", path, body, query=query)

    def delete(self, path: str, body: Json = None, /, **query: Json) -> Json:
        """Send a DELETE request, with a JSON body if there is one."""
        return self.send("DELETE", path, body, query=query)

    def send(self, method: str, path: str, body: Json = None, *, query: Mapping[str, Json] | None = None) -> Json:
        """Send a request that must succeed, and return its response, parsed if it is JSON."""
        query = dict(query or {})
        in_path = {name: query.pop(name) for name in re.findall(r"{(\w+)}", path)}
        address = re.sub(r"{(\w+)}", lambda found: quote(str(in_path[found[1]]), safe=""), path)
        options: dict[str, Json] = {"params": query} if query else {}
        if body is not None:
            options["json"] = body
        answer = self.api.client.request(method, address, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        value = answer.json() if kind == "application/json" else answer.text if _is_text(answer, kind) else None
        example: dict[str, Json] = {"parameters": {**in_path, **query}} if in_path or query else {}
        if body is not None:
            example["body"] = body
        example |= {"type": kind} if value is None and kind != "application/json" else {"type": kind, "answer": value}
        self.examples.setdefault(f"{method} {path}", self._shown(example))
        return value

    def _shown(self, value: Json) -> Json:
        """Return the value, shortened and without paths of this machine."""
        if isinstance(value, dict):
            return {self._text(key): self._shown(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._shown(item) for item in value[:SHOWN]]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for real, shown in self.places.items():
            text = text.replace(real, shown).replace(json.dumps(real)[1:-1], shown)
        text = LONG_TEXT.sub(lambda found: found[0][:60], text)
        return text if len(text) <= LONGEST else text[:LONGEST]


def _is_text(answer: httpx.Response, kind: str) -> bool:
    return bool(answer.content) and (kind.startswith("text/") or kind == "application/x-ndjson")


def alike(one: Json, other: Json) -> bool:
    """True if two examples have the same names and types; their values may differ.

    Null and an empty list are like anything; of maps whose keys are paths or the like one entry counts.
    """
    if one is None or other is None or one == [] or other == []:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        first, second = _by_name(one), _by_name(other)
        return set(first) == set(second) and all(alike(first[name], second[name]) for name in first)
    if isinstance(one, list) and isinstance(other, list):
        return alike(one[0], other[0])
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    if isinstance(one, int | float):
        return isinstance(other, int | float)
    return type(one) is type(other)


def _by_name(value: dict[str, Json]) -> dict[str, Json]:
    return {key if NAME.fullmatch(key) else "*": item for key, item in value.items()}


def kept_if_alike(kept: Mapping[str, Json], fresh: Mapping[str, Json]) -> dict[str, Json]:
    """Return the new examples. An existing one stays where both are alike, so that diffs stay small."""
    return {
        name: kept[name] if name in kept and alike(kept[name], example) else example for name, example in fresh.items()
    }
