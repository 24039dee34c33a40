"""Chat completions: unchanged, streamed, or validated as structured answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from iib.errors import ProviderInputRefused, ProviderUnusable
from iib.model import Json
from iib.semantic.providers.http import AiService

FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*|\s*```\s*$")
TRAILING_COMMA = re.compile(r",\s*([}\]])")

Check = Callable[[], None]


class ChatClient:
    """Sends requests to the chat models of one service."""

    def __init__(self, service: AiService) -> None:
        self._service = service

    def complete(self, body: Json) -> Json:
        """The unchanged answer of the service. Raises `ProviderError`."""

        def parse(answer: Json) -> Json:
            if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list):
                raise ProviderUnusable("the AI service did not answer with a chat completion")
            return answer

        return self._service.post("chat/completions", body, parse)

    def stream(self, body: Json) -> AbstractContextManager[Iterator[bytes]]:
        """The unchanged server-sent events of the service, as blocks of bytes."""
        return self._service.stream("chat/completions", {**body, "stream": True})

    def structured(
        self,
        model: str,
        messages: list[dict[str, str]],
        tool: Json,
        *,
        valid: Callable[[Json], Json],
        check: Check,
        timeout_s: float | None = None,
        attempts: int | None = None,
    ) -> Json:
        """`valid` of the arguments that the model passes to `tool`; a service without tools may answer with JSON text.

        If `valid` raises `ProviderUnusable`, the request is repeated.
        """
        body: dict[str, Json] = {"model": model, "messages": messages, "temperature": 0}
        with_tool = body | {
            "tools": [{"type": "function", "function": tool}],
            "tool_choice": {"type": "function", "function": {"name": tool["name"]}},
        }

        def parse(answer: Json) -> Json:
            return valid(arguments_of(answer))

        try:
            return self._service.post(
                "chat/completions", with_tool, parse, check=check, timeout_s=timeout_s, attempts=attempts
            )
        except ProviderInputRefused:  # many compatible services do not support tools
            return self._service.post(
                "chat/completions", body, parse, check=check, timeout_s=timeout_s, attempts=attempts
            )


def arguments_of(answer: Json) -> Json:
    """The object in a chat answer: arguments of a tool call, or JSON in its text. Raises `ProviderUnusable`."""
    try:
        message = answer["choices"][0]["message"]
    except (KeyError, IndexError, TypeError):
        raise ProviderUnusable("the AI service did not answer with a chat completion") from None
    if not isinstance(message, dict):
        raise ProviderUnusable("the AI service did not answer with a message")
    for call in message.get("tool_calls") or ():
        arguments = (call.get("function") or {}).get("arguments") if isinstance(call, dict) else None
        if isinstance(arguments, dict):
            return arguments
        if isinstance(arguments, str):
            return repaired_object(arguments)
    content = message.get("content")
    if isinstance(content, list):  # parts
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return repaired_object(content if isinstance(content, str) else "")


def repaired_object(text: str) -> Json:
    """The JSON object in a text with other text around it; accepts trailing commas and missing ends.

    Raises `ProviderUnusable`.

    >>> repaired_object('Of course: {"title": "Cats", "keywords": ["cat",')
    {'title': 'Cats', 'keywords': ['cat']}
    """
    body = FENCE.sub("", text)
    start = body.find("{")
    if start < 0:
        raise ProviderUnusable("the model did not answer with JSON")
    try:
        return json.JSONDecoder().raw_decode(body, start)[0]
    except (ValueError, RecursionError):
        pass
    end = body.rfind("}")
    candidates = [body[start : end + 1]] if end > start else []
    candidates.append(_closed(body[start:]))
    for candidate in candidates:
        try:
            parsed = json.loads(TRAILING_COMMA.sub(r"\1", candidate))
        except (ValueError, RecursionError):
            continue
        if isinstance(parsed, dict):
            return parsed
    raise ProviderUnusable("the JSON of the model cannot be read")


def _closed(text: str) -> str:
    """A truncated text with the missing quotes and brackets appended."""
    stack: list[str] = []
    in_string = is_escaped = False
    for character in text:
        if in_string:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
        elif character in "}]" and stack:
            stack.pop()
    closed = text + ('"' if in_string else "")
    return closed.rstrip().rstrip(",:") + "".join(reversed(stack))
