"""Write docs/reference/api.md from the OpenAPI document (tests/snapshots/openapi.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = ROOT / "tests" / "snapshots" / "openapi.json"
TARGET = ROOT / "docs" / "reference" / "api.md"
METHODS = ("get", "post", "put", "patch", "delete", "head")
INTRO = """# Every endpoint

Made from the OpenAPI document by `make openapi`; the running server gives that document at `<base>/openapi.json`.
Paths count from the base, `/infinite_image_browsing` unless changed. Errors are `{"detail": ...}`; the table at the
end says which status means what. [The page's own endpoints](v1-api.md) and [the search language](query-language.md)
are explained elsewhere with examples.
"""
STATUSES = """## Status codes

| Code | When |
| --- | --- |
| 400 | bad or contradictory input, a bad pattern, query or cursor |
| 401 | wrong or missing key: `{"detail": {"type": "secret_verification_failed"}}` |
| 403 | no permission for this, or a path outside the folders that may be accessed |
| 404 | no such file, job, tag or operation |
| 408 | a regular expression took longer than its budget |
| 409 | the request contradicts the present state |
| 410 | these results are gone; open them again |
| 413 | the body or archive is too large |
| 416 | no such range of bytes |
| 422 | the body does not fit the model, or a file cannot be decoded |
| 429 | too many wrong keys |
| 501 | an optional part is not installed |
"""


def reference() -> str:
    """The page as Markdown."""
    document = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    by_tag: dict[str, list[str]] = {}
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append("\n".join(_operation(document, method, path, operation)))
    sections = [f"## {tag[:1].upper()}{tag[1:]}\n\n" + "\n\n".join(found) for tag, found in sorted(by_tag.items())]
    models = [
        "\n".join(_model_lines(document, name))
        for name in sorted(document["components"]["schemas"])
        if not name.endswith("Body")
    ]
    return "\n".join((INTRO, "\n\n".join(sections), "\n## Answers\n", "\n\n".join(models), "", STATUSES))


def _model_lines(document: dict[str, Any], name: str) -> Iterator[str]:
    model = document["components"]["schemas"][name]
    yield f"### {name}\n\n{' '.join(model.get('description', '').split())}"
    fields = model.get("properties", {})
    if fields:
        yield "\n| Field | Type | |\n| --- | --- | --- |"
        for field, item in fields.items():
            yield f"| `{field}` | {_type(item)} | {_note({'schema': item, **item})[1]} |"


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path}\n"
    yield f"{operation.get('summary', '').rstrip('.')}. {' '.join(operation.get('description', '').split())}".rstrip()
    rows = [
        (f"`{item['name']}`", item["in"], _type(item.get("schema", {})), bool(item.get("required")), _note(item))
        for item in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    rows += _fields(document, body)
    if rows:
        yield "\n| Name | In | Type | Default | |\n| --- | --- | --- | --- | --- |"
        for name, place, kind, is_required, note in rows:
            yield f"| {name} | {place} | {kind} | {'required' if is_required else note[0]} | {note[1]} |"
    answer = operation.get("responses", {}).get("200", {}).get("content", {})
    named = [_type(item["schema"]) if item.get("schema") else f"`{mime}`" for mime, item in answer.items()]
    if named:
        yield f"\nAnswers {' or '.join(dict.fromkeys(named))}."


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, str, bool, tuple[str, str]]]:
    """The fields of the body's model."""
    name = _model(schema)
    if not name:
        return []
    model = document["components"]["schemas"][name]
    required = model.get("required", ())
    return [
        (f"`{field}`", "body", _type(item), field in required, _note({"schema": item, **item}))
        for field, item in model.get("properties", {}).items()
    ]


def _note(item: dict[str, Any]) -> tuple[str, str]:
    """(default, description)."""
    schema = item.get("schema", {})
    default = f"`{json.dumps(schema['default'])}`" if "default" in schema else ""
    return default, " ".join(str(item.get("description", "")).split()).replace("|", "\\|")


def _model(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return next((found for part in schema.get("anyOf", ()) if (found := _model(part))), "")


def _type(schema: dict[str, Any]) -> str:
    """`[string]`, `integer or null`, or the name of a model."""
    if "$ref" in schema:
        return _model(schema)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(part) for part in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    return str(schema.get("type", "any"))


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
