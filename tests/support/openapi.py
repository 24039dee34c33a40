"""Traversal of the OpenAPI document: operations, places of values, and schemas of responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from iib.api import create_api
from iib.settings import AccessSettings

Json = Any
PATH_NAME = re.compile(r"path|folder|dest|parent|scope|dir(s|ectory)?$|file(s)?$|root")
ENDLESS = frozenset(("GET /v1/events",))
JSON_TYPE = "application/json"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


class NoServices:
    """A service source without services: the document does not need them."""

    running = None

    def services(self) -> Any:
        """Do nothing; required by the protocol."""

    def stop(self) -> None:
        """Do nothing; required by the protocol."""

    def close(self) -> None:
        """Do nothing; required by the protocol."""


def make_document() -> dict[str, Json]:
    """Return the OpenAPI document of the server."""
    return create_api(NoServices(), AccessSettings()).openapi()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value. `where` is path, query or body; `steps` lead to it through the body (0: into a list)."""

    where: str
    name: str
    schema: Mapping[str, Json]
    steps: tuple[str | int, ...] = ()

    @property
    def is_path(self) -> bool:
        """True if the name is that of a path."""
        return self.where != "path" and PATH_NAME.search(self.name) is not None


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an operation."""

    method: str
    address: str
    query: dict[str, Json] = field(default_factory=dict)
    body: Json = None

    @property
    def url(self) -> str:
        """Return the address with the query. Text that is not valid Unicode is sent as its bytes."""
        return (
            f"{self.address}?{urlencode(self.query, doseq=True, errors='surrogatepass')}"
            if self.query
            else self.address
        )

    def options(self) -> dict[str, Json]:
        """Return the body for the client. NaN and text that is not valid Unicode are sent too."""
        if self.body is None:
            return {}
        return {"content": json.dumps(self.body).encode("ascii"), "headers": {"Content-Type": JSON_TYPE}}


class Operation:
    """An operation: one method of one address."""

    def __init__(self, document: Mapping[str, Json], method: str, path: str, content: Mapping[str, Json]) -> None:
        self.document, self.method, self.path, self.content = document, method.upper(), path, content
        self.name = f"{self.method} {path}"
        body = content.get("requestBody", {}).get("content", {}).get(JSON_TYPE, {}).get("schema")
        self.body = None if body is None else self.resolved(body)

    def resolved(self, schema: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return a schema with resolved references; null is removed from an optional one."""
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            elif "anyOf" in schema and len(schema["anyOf"]) == 2 and {"type": "null"} in schema["anyOf"]:
                schema = next(item for item in schema["anyOf"] if item != {"type": "null"})
            else:
                return schema

    def slots(self) -> list[Slot]:
        """Iterate the places of all values except objects."""
        found = [
            Slot(item["in"], item["name"], self.resolved(item["schema"]))
            for item in self.content.get("parameters", [])
            if item["in"] in ("path", "query")
        ]
        if self.body is not None:
            found += self._in_body(self.body, "", ())
        return found

    def _in_body(self, schema: Mapping[str, Json], name: str, steps: tuple[str | int, ...]) -> Iterator[Slot]:
        schema = self.resolved(schema)
        if "properties" in schema:
            for key, inner in schema["properties"].items():
                yield from self._in_body(inner, key, (*steps, key))
        elif schema.get("type") == "array":
            yield from self._in_body(schema.get("items", {}), name, (*steps, 0))
        else:
            yield Slot("body", name, schema, steps)

    def call(self, good: Mapping[str, Json], slot: Slot | None = None, value: Json = None) -> Call:
        """Return a request with valid values (by name, else by type), except `value` at one place."""
        address, query = self.path, {}
        for item in self.content.get("parameters", []):
            name = item["name"]
            here = slot is not None and (slot.where, slot.name) == (item["in"], name)
            if not (here or item.get("required")):
                continue
            chosen = value if here else self.sample(item["schema"], name, good)
            if item["in"] == "path":
                text = str(chosen).encode("utf-8", "surrogatepass")
                address = address.replace("{" + name + "}", quote(text, safe=""))
            else:
                query[name] = chosen
        body = None if self.body is None else self.sample(self.body, "", good)
        if slot is not None and slot.where == "body":
            body = _put(body, slot.steps, value)
        return Call(self.method, address, query, body)

    def sample(self, schema: Mapping[str, Json], name: str, good: Mapping[str, Json]) -> Json:
        """Return a valid value of a schema."""
        schema = self.resolved(schema)
        if "properties" in schema:
            required = set(schema.get("required", ()))
            return {
                key: self.sample(inner, key, good) for key, inner in schema["properties"].items() if key in required
            }
        if schema.get("type") == "array":
            return [self.sample(schema.get("items", {}), name, good)]
        if name in good:
            return good[name]
        if PATH_NAME.search(name):
            return good["path"]
        if "enum" in schema:
            return schema["enum"][0]
        return {"integer": 1, "boolean": False, "number": 1.0, "object": {}}.get(schema.get("type", "string"), "x")

    def answer_schema(self, status: int) -> Mapping[str, Json] | None:
        """Return the schema of a JSON response; None if the response is not documented as JSON."""
        answer = self.content["responses"].get(str(status), {})
        found: Mapping[str, Json] | None = answer.get("content", {}).get(JSON_TYPE, {}).get("schema")
        return found


def operations(document: Mapping[str, Json]) -> list[Operation]:
    """Return all operations of the document, except event streams."""
    found = [
        Operation(document, method, path, content)
        for path, item in document["paths"].items()
        for method, content in item.items()
    ]
    return [operation for operation in found if operation.name not in ENDLESS]


def mistakes(value: Json, schema: Mapping[str, Json], document: Mapping[str, Json], place: str = "$") -> Iterator[str]:
    """Iterate the differences between a value and a schema."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(any(mistakes(value, item, document)) for item in schema["anyOf"]):
            yield f"{place}: {value!r:.80} is none of {len(schema['anyOf'])} kinds"
        return
    wanted = schema.get("type")
    if wanted is not None and not _is_a(value, wanted):
        yield f"{place}: {value!r:.80} is no {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r:.80} is not in {schema['enum']}"
    if isinstance(value, list):
        for index, item in enumerate(value[:20]):
            yield from mistakes(item, schema.get("items", {}), document, f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _in_object(value, schema, document, place)


def _in_object(
    value: dict[str, Json], schema: Mapping[str, Json], document: Mapping[str, Json], place: str
) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    known = schema.get("properties", {})
    further = schema.get("additionalProperties", {})
    for name, inner in value.items():
        if name in known:
            yield from mistakes(inner, known[name], document, f"{place}.{name}")
        elif isinstance(further, dict):
            yield from mistakes(inner, further, document, f"{place}.{name}")


def _is_a(value: Json, wanted: str) -> bool:
    if isinstance(value, bool) and wanted != "boolean":
        return False
    return isinstance(value, TYPES[wanted])


def _put(body: Json, steps: tuple[str | int, ...], value: Json) -> Json:
    """Return the body with a value at the end of these steps; missing steps are created."""
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if first == 0:
        return [_put(body[0] if isinstance(body, list) and body else None, rest, value)]
    inner = body if isinstance(body, dict) else {}
    return {**inner, first: _put(inner.get(str(first)), rest, value)}
