"""The shared secret: cookie, bearer or header, compared in constant time, attempts limited."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from pydantic import SecretStr

from iib.errors import NotAuthenticated, TooManyAttempts

COOKIE = "IIB_S"
HEADER = "X-IIB-Secret"
SALT = "_ciallo"
MAX_FAILURES = 30
WINDOW_S = 60.0
MAX_CLIENTS = 10_000


class Authenticator:
    """Checks the key of requests. Without a configured key everyone may pass."""

    def __init__(self, secret: SecretStr | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secret.get_secret_value() if secret else ""
        self._digest = cookie_value(self._key) if self._key else ""
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    @property
    def is_required(self) -> bool:
        """True if a key is configured."""
        return bool(self._key)

    def check(self, *, cookie: str | None, authorization: str | None, header: str | None, client: str) -> None:
        """Raises `NotAuthenticated`, or `TooManyAttempts` while a client has failed too often lately."""
        if not self._key:
            return
        offered = [value for value in (cookie, authorization, header) if value]
        with self._lock:
            failures = self._failures.get(client)
            if failures is not None:
                while failures and self._clock() - failures[0] > WINDOW_S:
                    failures.popleft()
                if len(failures) >= MAX_FAILURES:
                    raise TooManyAttempts("too many wrong keys; wait a minute")
        if self._is_right(cookie, authorization, header):
            return
        if offered:
            self._note_failure(client)
        raise NotAuthenticated("the secret key is missing or wrong")

    def _is_right(self, cookie: str | None, authorization: str | None, header: str | None) -> bool:
        is_right = hmac.compare_digest((cookie or "").encode(), self._digest.encode())
        scheme, _, token = (authorization or "").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        for given in (bearer, header or ""):
            is_right |= hmac.compare_digest(given.encode(), self._key.encode())
        return is_right

    def _note_failure(self, client: str) -> None:
        with self._lock:
            self._failures.setdefault(client, deque()).append(self._clock())
            self._failures.move_to_end(client)
            while len(self._failures) > MAX_CLIENTS:
                self._failures.popitem(last=False)


def cookie_value(key: str) -> str:
    """What the browser sends: SHA-256 of the key and a fixed salt, in hex."""
    return hashlib.sha256((key + SALT).encode()).hexdigest()
