"""Authentication by a shared secret key, with constant-time comparison and rate limits against guessing."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import SecretStr

from iib._lib.cache import LruCache
from iib.errors import NotAuthenticated, TooManyAttempts

COOKIE = "IIB_S"
HEADER = "X-IIB-Secret"
SALT = "_ciallo"
MAX_FAILURES = 30  # wrong keys from one address within the window before it is limited
WINDOW_S = 60.0
SLOW_PER_S = 5  # keys per second that are still checked for a limited address
PROVEN_S = 24 * 3600.0
MAX_CLIENTS = 10_000


@dataclass(slots=True)
class _Client:
    """State of one address. `failures` are the times of its latest wrong keys, oldest first."""

    failures: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_FAILURES))
    proven_until: float = 0.0


class Authenticator:
    """Checks the secret key of requests. Without a configured key every request passes.

    A user is not locked out by someone who guesses keys from the same address (a router, a proxy): a limited address
    is still checked a few times per second, and an address that sent the right key within a day is never limited. The
    cost: someone who guesses from the address of a user is not limited, so the key must not be short.
    """

    def __init__(self, secret: SecretStr | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secret.get_secret_value() if secret else ""
        self._digest = cookie_value(self._key) if self._key else ""
        self._clock = clock
        self._lock = threading.Lock()
        self._clients: LruCache[str, _Client] = LruCache(MAX_CLIENTS)

    @property
    def is_required(self) -> bool:
        """True if a key is configured."""
        return bool(self._key)

    def check(self, *, cookie: str | None, authorization: str | None, header: str | None, client: str) -> None:
        """Raise `NotAuthenticated`, or `TooManyAttempts` while a client has sent too many wrong keys."""
        if not self._key:
            return
        if not (cookie or authorization or header):
            raise NotAuthenticated("the secret key is missing")
        if self._is_flooding(client):
            raise TooManyAttempts("too many wrong keys; wait a minute")
        if self._is_right(cookie, authorization, header):
            self._note_success(client)
            return
        if self._note_failure(client):
            raise TooManyAttempts("too many wrong keys; wait a minute")
        raise NotAuthenticated("the secret key is wrong")

    def _is_right(self, cookie: str | None, authorization: str | None, header: str | None) -> bool:
        is_right = _is_same(cookie or "", self._digest)
        scheme, _, token = (authorization or "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        for candidate in (bearer, header or ""):
            is_right |= _is_same(candidate, self._key)
        return is_right

    def _is_flooding(self, client: str) -> bool:
        """True if a key from this client is refused without a check."""
        now = self._clock()
        with self._lock:
            record = self._clients.get(client)
            if record is None or record.proven_until > now or not self._is_slowed(record, now):
                return False
            return now - record.failures[-SLOW_PER_S] < 1.0

    @staticmethod
    def _is_slowed(client: _Client, now: float) -> bool:
        return len(client.failures) == MAX_FAILURES and now - client.failures[0] <= WINDOW_S

    def _note_success(self, client: str) -> None:
        with self._lock:
            self._client(client).proven_until = self._clock() + PROVEN_S

    def _note_failure(self, client: str) -> bool:
        """Record a wrong key; True if the client has sent too many."""
        now = self._clock()
        with self._lock:
            record = self._client(client)
            is_slowed = self._is_slowed(record, now)
            record.failures.append(now)
            return is_slowed

    def _client(self, address: str) -> _Client:
        return self._clients.get_or_load(address, _Client)


def cookie_value(key: str) -> str:
    """Return the value of the browser's cookie: SHA-256 of the key and a fixed salt, in hex."""
    return hashlib.sha256((key + SALT).encode()).hexdigest()


def _is_same(candidate: str, expected: str) -> bool:
    """Compare in constant time. Header values are decoded as Latin-1, but the client may have sent UTF-8."""
    as_utf8, as_latin = candidate.encode("latin-1", "replace"), candidate.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(as_utf8, expected.encode()) | hmac.compare_digest(as_latin, expected.encode())
