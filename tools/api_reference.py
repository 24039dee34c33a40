"""Writes docs/reference/api/ from the OpenAPI document (tests/snapshots/openapi.json): one page per tag.

The tables of docs/reference/public-api.md are filled in too; everything else on that page is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = ROOT / "tests" / "snapshots" / "openapi.json"
TARGET = ROOT / "docs" / "reference" / "api"
PUBLIC_PAGE = TARGET.parent / "public-api.md"
PUBLIC_TABLE = re.compile(r"(<!-- endpoints: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
PAGE_ONLY = "/v1/"  # what lies below serves the page of this program, and may change
METHODS = ("get", "post", "put", "patch", "delete", "head")
JSON_TYPE = "application/json"
WIDTH = 120
MADE = "Made from the OpenAPI document by `make openapi`; do not edit.\n"
INTRO = f"""# Every endpoint

{MADE}
The running server gives that document at `<base>/openapi.json`. Paths count from the base, `/infinite_image_browsing`
unless changed. [The page's own endpoints](../v1-api.md) and [the search language](../query-language.md) are explained
elsewhere, and so is [what clients of the public routes may rely on](../public-api.md).

**The key.** Where a key is set, every endpoint but those marked *open* asks for it: cookie `IIB_S` (set by
[`POST /v1/session`](session.md)), `Authorization: Bearer KEY` or `X-IIB-Secret: KEY`. "Permission" is what the server's
`IIB_ACCESS_CONTROL_PERMISSION` must allow.

**Errors** are `{{"detail": ...}}`: a text, a list of mistakes for 422, `{{"type": ...}}` for a missing or wrong key.
"""


def pages() -> dict[str, str]:
    """Return the text of all pages by file name."""
    document = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    by_tag = _by_tag(document)
    found = {f"{_slug(tag)}.md": _page(document, tag, listed) for tag, listed in by_tag.items() if listed}
    found["models.md"] = _models(document)
    found["README.md"] = _index(document, by_tag)
    return found


def public_page(text: str) -> str:
    """Return the page of the public API with regenerated tables of endpoints."""
    by_tag = _by_tag(json.loads(SNAPSHOT.read_text(encoding="utf-8")))
    return PUBLIC_TABLE.sub(lambda found: found[1] + _public_table(found[2], by_tag[found[2]]) + found[3], text)


def is_public(path: str) -> bool:
    """True if the route belongs to the public API of the existing program."""
    return not path.startswith(PAGE_ONLY)


def _public_table(tag: str, listed: list[tuple[str, str, dict[str, Any]]]) -> str:
    rows = [
        f"| [`{method.upper()} {path}`](api/{_slug(tag)}.md#{anchor(method, path)}) "
        f"| {_permission(operation).removeprefix('Permission: ').strip('*.').lower()} | {operation['summary']} |\n"
        for method, path, operation in listed
        if is_public(path)
    ]
    return "\n| Endpoint | Permission | |\n| --- | --- | --- |\n" + "".join(rows) + "\n"


def _by_tag(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Return (method, path, operation) of all operations by tag, ordered by tag and path."""
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in sorted(document["paths"].items()):
        for method in METHODS:
            if method in item:
                by_tag.setdefault((item[method].get("tags") or ["other"])[0], []).append((method, path, item[method]))
    return by_tag


def _index(document: dict[str, Any], by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]]) -> str:
    lines = [INTRO]
    about = {tag["name"]: tag["description"] for tag in document["tags"]}
    for tag, listed in by_tag.items():
        if listed:
            lines.append(f"## [{_title(tag)}]({_slug(tag)}.md)\n\n{about.get(tag, '')}\n\n| | |\n| --- | --- |")
            lines += [
                f"| [`{method.upper()} {path}`]({_slug(tag)}.md#{anchor(method, path)}) | {operation['summary']} |"
                for method, path, operation in listed
            ]
            lines.append("")
    lines.append("## Status codes\n\n| Code | When |\n| --- | --- |")
    lines += [f"| {code} | {text} |" for code, text in sorted(_statuses(document).items())]
    lines.append("\nThe objects of the answers are described in [models](models.md).\n")
    return "\n".join(lines)


def _statuses(document: dict[str, Any]) -> dict[str, str]:
    return {
        code: answer["description"]
        for item in document["paths"].values()
        for operation in item.values()
        for code, answer in operation["responses"].items()
        if answer["description"] != "Successful Response" and answer.get("content", {}).get(JSON_TYPE)
    }


def _page(document: dict[str, Any], tag: str, listed: list[tuple[str, str, dict[str, Any]]]) -> str:
    about = {item["name"]: item["description"] for item in document["tags"]}
    parts = [f"# {_title(tag)}\n\n{about.get(tag, '')} {MADE}"]
    parts += ["\n".join(_operation(document, *item)) for item in listed]
    return "\n\n".join(parts) + "\n"


def _models(document: dict[str, Any]) -> str:
    parts = [f"# Models\n\n{MADE}"]
    for name, model in sorted(document["components"]["schemas"].items()):
        if name.endswith("Body"):
            continue
        lines = [f"## {name}\n\n{' '.join(model.get('description', '').split())}".rstrip()]
        fields = model.get("properties", {})
        if fields:
            lines.append("\n| Field | Type | |\n| --- | --- | --- |")
            lines += [
                f"| `{field}` | {_type(item, 'models.md')} | {_note({'schema': item, **item})[1]} |"
                for field, item in fields.items()
            ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"## {method.upper()} {path}\n"
    yield f"{operation.get('summary', '').rstrip('.')}. {' '.join(operation.get('description', '').split())}".rstrip()
    yield f"\n{_permission(operation)}"
    rows = [
        (f"`{item['name']}`", item["in"], _type(item.get("schema", {})), bool(item.get("required")), _note(item))
        for item in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON_TYPE, {})
    rows += _fields(document, body.get("schema", {}))
    if rows:
        yield "\n| Name | In | Type | Default | |\n| --- | --- | --- | --- | --- |"
        for name, place, kind, is_required, note in rows:
            yield f"| {name} | {place} | {kind} | {'required' if is_required else note[0]} | {note[1]} |"
    if "example" in body:
        yield f"\n```json\n{pretty(body['example'])}\n```"
    answer = operation["responses"]["200"].get("content", {})
    named = [_type(item["schema"]) if item.get("schema") else f"`{mime}`" for mime, item in answer.items()]
    if named:
        yield f"\nAnswers {' or '.join(dict.fromkeys(named))}:" if _has_example(answer) else f"\nAnswers {named[0]}."
    for mime, item in answer.items():
        if "example" in item:
            text = pretty(item["example"]) if mime == JSON_TYPE else str(item["example"]).rstrip("\n")
            yield f"\n```{'json' if mime == JSON_TYPE else 'text'}\n{text}\n```"
    errors = [code for code in operation["responses"] if code != "200"]
    yield f"\nOther answers: {', '.join(errors)}."


def _permission(operation: dict[str, Any]) -> str:
    if operation.get("security") == []:
        return "*Open.*"
    word = operation.get("x-permission", "none")
    return f"Permission: {'any' if word == 'none' else word.replace('-', ' and ')}."


def _has_example(answer: dict[str, Any]) -> bool:
    return any("example" in item for item in answer.values())


def pretty(value: Any, indent: int = 0) -> str:
    """Return JSON with line breaks only where lines would be too long."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {pretty(item, indent + 1)}" for key, item in value.items()]
    else:
        parts = [pretty(item, indent + 1) for item in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return opening + "\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + closing


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, str, bool, tuple[str, str]]]:
    """Return the fields of the model of the body."""
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
    """Return the default value and the description of a field, as text."""
    schema = item.get("schema", {})
    default = f"`{json.dumps(schema['default'])}`" if "default" in schema else ""
    return default, " ".join(str(item.get("description", "")).split()).replace("|", "\\|")


def _model(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return next((found for part in schema.get("anyOf", ()) if (found := _model(part))), "")


def _type(schema: dict[str, Any], page: str = "") -> str:
    """Return a type as text: `[string]`, `integer or null`, or the name of a model with a link to it."""
    if "$ref" in schema:
        name = _model(schema)
        return name if name.endswith("Body") else f"[{name}]({'' if page else 'models.md'}#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(part, page) for part in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), page)}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_type(schema['additionalProperties'], page)}"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    return str(schema.get("type", "any"))


def _slug(tag: str) -> str:
    return tag.replace(" ", "-")


def _title(tag: str) -> str:
    return f"{tag[:1].upper()}{tag[1:]}"


def anchor(method: str, path: str) -> str:
    """Return the anchor of a heading, as Markdown viewers build it."""
    kept = [sign for sign in f"{method} {path}".lower() if sign.isalnum() or sign in " -_"]
    return "".join(kept).replace(" ", "-")


def main() -> None:
    """Write all pages, and remove pages of former tags."""
    TARGET.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in TARGET.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (TARGET / name).write_text(text, encoding="utf-8", newline="\n")
    public = public_page(PUBLIC_PAGE.read_text(encoding="utf-8"))
    PUBLIC_PAGE.write_text(public, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
