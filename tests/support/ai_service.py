"""An OpenAI-compatible service on a real socket that tests can make fail."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from pydantic import SecretStr

from iib.semantic.embedding.calibration_pairs import PAIRS
from iib.semantic.embedding.local.features import words_of
from iib.settings import AiSettings

KEY = "sk-test-4711-very-secret"
DIMENSIONS = 64
MEASURING = frozenset(text for pair in PAIRS for text in pair)
Answer = tuple[int, dict[str, str], bytes]


def vector_of(text: str) -> list[float]:
    """A vector that depends on the words of a text alone, so texts with common words are similar."""
    total = np.zeros(DIMENSIONS)
    for word in words_of(text):
        total += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(DIMENSIONS)
    if not total.any():
        total[0] = 1.0
    return [round(float(value), 6) for value in total / np.linalg.norm(total)]


def embeddings(texts: list[str]) -> dict[str, Any]:
    """A valid answer in reverse order, so that clients have to sort by `index`."""
    rows = [{"object": "embedding", "index": i, "embedding": vector_of(text)} for i, text in enumerate(texts)]
    return {"object": "list", "data": rows[::-1], "model": "test"}


def completion(content: str | None = None, arguments: str | None = None) -> dict[str, Any]:
    """A chat completion with a text or a tool call."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if arguments is not None:
        message["tool_calls"] = [{"type": "function", "function": {"name": "name_topic", "arguments": arguments}}]
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "test-chat",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"total_tokens": 3},
    }


def good(body: Any) -> Answer:
    """A JSON answer with status 200."""
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def bad(status: int, message: str = "no", **headers: str) -> Answer:
    """An error of a service; it contains the key, as errors of some services do."""
    body = {"error": {"message": f"{message} (key {KEY})", "type": "test"}}
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode()


@dataclass
class FakeService:
    """`plan` holds answers for the next requests of embeddings (measuring left out); then `embed` and `chat` answer."""

    port: int = 0
    plan: list[Answer | Callable[[list[str]], Answer]] = field(default_factory=list)
    embed: Callable[[list[str]], Answer] = field(default=lambda texts: good(embeddings(texts)))
    chat: Callable[[dict[str, Any]], Answer] = field(
        default=lambda _body: good(completion(arguments='{"title": "A topic", "keywords": ["one", "two", "three"]}'))
    )
    delay_s: float = 0.0
    texts: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    batches: list[int] = field(default_factory=list)
    chats: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The base URL of the service."""
        return f"http://127.0.0.1:{self.port}/v1"

    def settings(self, **changes: Any) -> AiSettings:
        """Settings that use this service, with short time limits."""
        values: dict[str, Any] = {
            "api_key": SecretStr(KEY),
            "base_url": self.url,
            "embedding_model": "test-embed",
            "chat_model": "test-chat",
            "title_model": "test-title",
            "first_pause_s": 0.01,
            "longest_pause_s": 0.3,
            "timeout_s": 5.0,
        }
        return AiSettings(**(values | changes))

    def answer_embeddings(self, body: dict[str, Any]) -> Answer:
        """The next planned answer of embeddings, or the usual one."""
        texts = body["input"]
        is_measuring = bool(MEASURING & set(texts))
        with self.lock:
            step = self.plan.pop(0) if self.plan and not is_measuring else None
            if not is_measuring:
                self.texts += texts
                self.batches.append(len(texts))
        if self.delay_s and not is_measuring:
            time.sleep(self.delay_s)
        answer = good(embeddings(texts)) if is_measuring else (self.embed(texts) if step is None else step)  # type: ignore[assignment]
        answer = answer(texts) if callable(answer) else answer
        if answer[0] == 200 and not is_measuring:
            with self.lock:
                self.answered.update(texts)
        return answer

    def answer_chat(self, body: dict[str, Any]) -> Answer:
        """Record the request and return the usual chat answer."""
        with self.lock:
            self.chats.append(body)
        return self.chat(body)


@contextmanager
def fake_service() -> Iterator[FakeService]:
    """Run the service for the block."""
    fake = FakeService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.keys.add(self.headers.get("Authorization", ""))
            answer = fake.answer_embeddings if self.path.endswith("/embeddings") else fake.answer_chat
            status, headers, data = answer(body)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True  # the client gave up, as a test of time-outs wants it to

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
