"""Caches: one value per revision, least recently used values by key, and results of a function of one text.

All of them may be used from any thread.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

R = TypeVar("R")
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[R, T]):
    """A value, and the revision that was read before it was loaded. The value is at least as new."""

    revision: R
    value: T


class RevisionCache(Generic[R, T]):
    """Caches one value until the revision of its source changes. Concurrent callers wait for one load.

    A revision is anything that compares unequal after a change: a counter of commits, the date of a file, a tuple.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: Loaded[R, T] | None = None

    @property
    def loaded(self) -> Loaded[R, T] | None:
        """Return the latest value, which may be outdated; None before the first `get`."""
        return self._loaded

    def get(
        self,
        revision: Callable[[], R],
        load: Callable[[R, Loaded[R, T] | None], T],
        is_sufficient: Callable[[T], bool] | None = None,
    ) -> T:
        """Return the value of the current revision. A hit takes no lock.

        `load(revision, previous)` may refresh the previous value, but must not change it: others still read it.
        A value that is not sufficient for the caller is loaded again at the same revision. An error of `load` reaches
        its caller and is not cached; the next thread tries again.
        """
        loaded = self._loaded
        if loaded is not None and loaded.revision == revision() and (not is_sufficient or is_sufficient(loaded.value)):
            return loaded.value
        with self._lock:
            # Read the revision before the data: a change during the load has a newer revision and causes the next load.
            current = revision()
            loaded = self._loaded
            if loaded is None or loaded.revision != current or (is_sufficient and not is_sufficient(loaded.value)):
                loaded = Loaded(current, load(current, loaded))
                self._loaded = loaded
            return loaded.value


class TextMemo(dict[str, T]):
    """Caches the results of one function. A hit is one lookup in a dictionary and runs no Python code.

    Results of texts longer than `max_length` are not cached. When `max_count` is reached, all results are dropped.
    """

    def __init__(self, function: Callable[[str], T], *, max_count: int, max_length: int) -> None:
        super().__init__()
        self._function = function
        self._max_count = max_count
        self._max_length = max_length

    def __missing__(self, text: str) -> T:
        result = self._function(text)
        if len(text) <= self._max_length:
            if len(self) >= self._max_count:
                self.clear()
            self[text] = result
        return result


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    size: int
    expires_at: float | None


@dataclass(slots=True)
class _Load:
    """A load in progress: the number of threads that use `lock`, which are the loading one and the waiting ones."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class LruCache(Generic[K, T]):
    """Caches the most recently used values: at most `max_count`, and at most `max_size` in total.

    `size_of` measures a value, in any unit. The newest value stays, however large it is. Values are dropped `max_age_s`
    seconds after they were put in (None: never). None is not a value.
    """

    def __init__(
        self,
        max_count: int,
        *,
        max_size: int | None = None,
        size_of: Callable[[T], int] = lambda _value: 0,
        max_age_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_count = max_count
        self._max_size = max_size
        self._size_of = size_of
        self._max_age_s = max_age_s
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, _Entry[T]] = OrderedDict()
        self._size = 0
        self._loads: dict[K, _Load] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> T | None:
        """Return the value of a key, which becomes the most recently used one; None if it is not cached."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry.expires_at is not None and self._clock() > entry.expires_at:
                self._remove(key)
                return None
            self._entries.move_to_end(key)
            return entry.value

    def put(self, key: K, value: T) -> None:
        """Cache a value as the most recently used one, and drop the least recently used ones above the limits."""
        size = self._size_of(value)
        expires_at = None if self._max_age_s is None else self._clock() + self._max_age_s
        with self._lock:
            self._remove(key)
            self._entries[key] = _Entry(value, size, expires_at)
            self._size += size
            while len(self._entries) > 1 and self._is_too_full():
                self._remove(next(iter(self._entries)))

    def discard(self, key: K) -> None:
        """Drop the value of a key; nothing happens if it is not cached."""
        with self._lock:
            self._remove(key)

    def get_or_load(self, key: K, load: Callable[[], T]) -> T:
        """Return the value of a key; a miss loads it. Callers of the same key wait for one load, others do not wait.

        An error of `load` reaches its caller and is not cached; the next thread tries again.
        """
        value = self.get(key)
        if value is not None:
            return value
        with self._lock:
            current = self._loads.setdefault(key, _Load())
            current.users += 1
        try:
            with current.lock:
                value = self.get(key)
                if value is None:
                    value = load()
                    self.put(key, value)
                return value
        finally:
            with self._lock:
                current.users -= 1
                if not current.users:
                    del self._loads[key]

    def _remove(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size

    def _is_too_full(self) -> bool:
        is_too_large = self._max_size is not None and self._size > self._max_size
        return is_too_large or len(self._entries) > self._max_count
