"""Requests to an OpenAI-compatible service: time-outs, retries with back-off, and errors without the key."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import structlog

from iib.errors import (
    NotConfigured,
    ProviderBusy,
    ProviderError,
    ProviderInputRefused,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnreachable,
    ProviderUnusable,
)
from iib.model import Json
from iib.settings import AiSettings

log = structlog.get_logger(__name__)

CONNECT_S = 10.0
STEP_S = 0.1  # interval at which a waiting job checks for cancellation
MAX_ERROR_CHARS = 300
BUSY, TOO_EARLY, REQUEST_TIMEOUT = 429, 425, 408
KEY_REFUSED = frozenset((401, 403))
TEXT_REFUSED = frozenset((400, 413, 422))
LAST_SUCCESS, FIRST_SERVER_ERROR = 299, 500
QUOTA_CODES = ("insufficient_quota", "billing_hard_limit_reached")

Check = Callable[[], None]
Parse = Callable[[Json], Json]


class AiService:
    """Client of one service. Connections are opened at the first request. Thread-safe."""

    def __init__(self, settings: AiSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def post(
        self,
        path: str,
        body: Json,
        parse: Parse,
        *,
        check: Check = lambda: None,
        timeout_s: float | None = None,
        attempts: int | None = None,
    ) -> Json:
        """`parse` of the answer to a request. `check` may raise to stop. Raises `ProviderError`, `NotConfigured`.

        Temporary failures (busy, server error, time-out, unusable answer) are retried, with increasing pauses or after
        the pause that the service requests.
        """
        tries = attempts or self.settings.attempts
        for number in range(1, tries + 1):
            check()
            try:
                return parse(self._once(path, body, timeout_s or self.settings.timeout_s))
            except ProviderRefused:
                raise
            except ProviderError as error:
                if number == tries or error.is_final:
                    raise
                pause_s = error.retry_after_s
                if pause_s is None:
                    pause_s = self.settings.first_pause_s * 2 ** (number - 1)
                log.info("retrying a request to the AI service", path=path, attempt=number, reason=error.code)
                self._wait(min(pause_s, self.settings.longest_pause_s), check)
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def stream(self, path: str, body: Json, *, timeout_s: float | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes of the answer as they arrive. Raises `ProviderError` before the first block if it is refused."""
        request = self._http().build_request(
            "POST", self._url(path), json=body, headers=self._headers(), timeout=self._timeout(timeout_s)
        )
        try:
            answer = self._http().send(request, stream=True)
        except httpx.HTTPError as error:
            raise self._transport_error(error) from None
        try:
            if answer.status_code > LAST_SUCCESS:
                answer.read()
                raise self._status_error(answer)
            yield self._bytes_of(answer)
        finally:
            answer.close()

    def close(self) -> None:
        """Close all connections to the service."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def redact(self, text: str) -> str:
        """A text without the key, shortened to 300 characters."""
        key = self.settings.api_key.get_secret_value() if self.settings.api_key else ""
        clean = text.replace(key, "***") if key else text
        return clean[:MAX_ERROR_CHARS]

    def _bytes_of(self, answer: httpx.Response) -> Iterator[bytes]:
        try:
            yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise self._transport_error(error) from None

    def _once(self, path: str, body: Json, timeout_s: float) -> Json:
        try:
            answer = self._http().post(
                self._url(path), json=body, headers=self._headers(), timeout=self._timeout(timeout_s)
            )
        except httpx.HTTPError as error:
            raise self._transport_error(error) from None  # its text may contain the address with a password
        if answer.status_code > LAST_SUCCESS:
            raise self._status_error(answer)
        return decode(answer.text)

    def _http(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self.settings.timeout_s, follow_redirects=False)
            return self._client

    def _url(self, path: str) -> str:
        return f"{self.settings.base_url}/{path}"

    def _timeout(self, timeout_s: float | None) -> httpx.Timeout:
        seconds = timeout_s or self.settings.timeout_s
        return httpx.Timeout(seconds, connect=min(CONNECT_S, seconds))

    def _headers(self) -> dict[str, str]:
        if not self.settings.has_service or self.settings.api_key is None:
            raise NotConfigured("set OPENAI_API_KEY to use an AI service")
        try:
            key = self.settings.api_key.get_secret_value().strip().encode("ascii").decode()
        except UnicodeEncodeError:
            raise ProviderRefused("OPENAI_API_KEY contains invalid characters") from None
        return {"Authorization": f"Bearer {key}"}

    def _transport_error(self, error: httpx.HTTPError) -> ProviderError:
        if isinstance(error, httpx.TimeoutException):
            return ProviderTimeout("the AI service did not answer in time")
        return ProviderUnreachable(self.redact(f"the AI service cannot be reached ({type(error).__name__})"))

    def _status_error(self, answer: httpx.Response) -> ProviderError:
        status, text = answer.status_code, self.redact(_message_of(answer.text))
        if status in KEY_REFUSED:
            return ProviderRefused(f"the AI service refused the key in OPENAI_API_KEY ({status}): {text}")
        if status in TEXT_REFUSED:
            return ProviderInputRefused(f"the AI service refused the request ({status}): {text}")
        if status in (BUSY, TOO_EARLY):
            return ProviderBusy(
                f"the AI service accepts no more requests for now ({status}): {text}",
                retry_after_s=_retry_after_s(answer),
                is_final=any(word in answer.text for word in QUOTA_CODES),
            )
        if status == REQUEST_TIMEOUT:
            return ProviderTimeout(f"the AI service took too long ({status}): {text}")
        if status < FIRST_SERVER_ERROR:
            return ProviderRefused(f"the AI service refused the request ({status}): {text}")
        return ProviderError(f"the AI service is out of order ({status}): {text}", retry_after_s=_retry_after_s(answer))

    def _wait(self, seconds: float, check: Check) -> None:
        end = self._clock() + seconds
        while (remaining_s := end - self._clock()) > 0:
            check()
            time.sleep(min(STEP_S, remaining_s))


def decode(text: str) -> Json:
    """The JSON of an answer, even if it was streamed unexpectedly. Raises `ProviderUnusable`."""
    if text.lstrip().startswith("data:"):
        return joined_chunks(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ProviderUnusable("the AI service did not answer with JSON") from None


def joined_chunks(text: str) -> Json:
    """The server-sent events of a streamed completion, joined to one completion."""
    content: list[str] = []
    calls: list[str] = []
    for line in text.splitlines():
        payload = line[len("data:") :].strip() if line.startswith("data:") else ""
        if not payload or payload == "[DONE]":
            continue
        try:
            delta = json.loads(payload)["choices"][0].get("delta") or {}
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            continue
        content.append(str(delta.get("content") or ""))
        calls += [str((call.get("function") or {}).get("arguments") or "") for call in delta.get("tool_calls") or ()]
    message: dict[str, Json] = {"role": "assistant", "content": "".join(content)}
    if any(calls):
        message["tool_calls"] = [{"function": {"arguments": "".join(calls)}}]
    return {"choices": [{"index": 0, "message": message}]}


def _message_of(text: str) -> str:
    """The message in an error body, or the whole body."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return " ".join(text.split())
    error = body.get("error", body) if isinstance(body, dict) else body
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or text)


def _retry_after_s(answer: httpx.Response) -> float | None:
    """The requested pause in seconds; None without one and for a date."""
    try:
        return max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        return None
