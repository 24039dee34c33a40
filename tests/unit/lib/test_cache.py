"""Tests for the caches with many threads: one load, no outdated values, no cached errors, and limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from iib._lib.cache import Loaded, LruCache, RevisionCache, TextMemo

THREADS = 8


def together(function: Callable[[], object]) -> Sequence[object]:
    """What many threads get that begin at the same moment; an error counts as a result."""
    barrier = threading.Barrier(THREADS)

    def run() -> object:
        barrier.wait()
        try:
            return function()
        except ValueError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(THREADS)]]


class Source:
    """Data with a revision, of which every load is counted; `during` runs in the middle of one."""

    def __init__(self) -> None:
        self.revision = 1
        self.loads: list[int] = []
        self.during: Callable[[], None] = lambda: None

    def load(self, revision: int, _previous: object) -> str:
        seen = f"data of {self.revision}"
        self.loads.append(revision)
        self.during()
        return seen


class TestRevisionCache:
    def test_a_value_is_loaded_once_for_each_revision(self):
        source, cache = Source(), RevisionCache[int, str]()

        values = [cache.get(lambda: source.revision, source.load) for _ in range(3)]
        source.revision = 2
        values += [cache.get(lambda: source.revision, source.load) for _ in range(3)]

        assert values == ["data of 1"] * 3 + ["data of 2"] * 3
        assert source.loads == [1, 2]

    def test_threads_that_ask_at_once_share_one_load(self):
        source, cache = Source(), RevisionCache[int, str]()
        source.during = lambda: time.sleep(0.05)

        assert together(lambda: cache.get(lambda: source.revision, source.load)) == ["data of 1"] * THREADS
        assert source.loads == [1]

    def test_a_change_during_a_load_is_seen_by_the_next_read(self):
        source, cache = Source(), RevisionCache[int, str]()

        def change() -> None:
            source.revision, source.during = 2, lambda: None

        source.during = change

        assert cache.get(lambda: source.revision, source.load) == "data of 1"
        assert cache.get(lambda: source.revision, source.load) == "data of 2"

    def test_a_thread_that_waited_for_an_older_load_gets_the_newer_data(self):
        source, cache = Source(), RevisionCache[int, str]()
        is_loading, may_end = threading.Event(), threading.Event()

        def hold() -> None:
            source.during = lambda: None
            is_loading.set()
            assert may_end.wait(10)

        source.during = hold
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(cache.get, lambda: source.revision, source.load)
            assert is_loading.wait(10)
            source.revision = 2
            second = pool.submit(cache.get, lambda: source.revision, source.load)
            may_end.set()

            assert (first.result(), second.result()) == ("data of 1", "data of 2")
        assert cache.loaded == Loaded(2, "data of 2")

    def test_a_load_gets_the_previous_value_to_refresh(self):
        cache = RevisionCache[int, list[int]]()

        def load(revision: int, previous: Loaded[int, list[int]] | None) -> list[int]:
            return [*(previous.value if previous else []), revision]

        assert cache.get(lambda: 1, load) == [1]
        assert cache.get(lambda: 2, load) == [1, 2]

    def test_a_value_that_does_not_suffice_is_loaded_again(self):
        cache = RevisionCache[int, int]()

        def get(least: int) -> int:
            return cache.get(lambda: 1, lambda _revision, _previous: least, lambda value: value >= least)

        assert [get(5), get(3), get(8), get(5)] == [5, 5, 8, 8]

    def test_an_error_is_not_kept_and_every_waiting_thread_tries_again(self):
        source, cache = Source(), RevisionCache[int, str]()

        def fail_twice() -> None:
            if len(source.loads) <= 2:
                raise ValueError

        source.during = fail_twice

        found = together(lambda: cache.get(lambda: source.revision, source.load))

        assert sorted(map(type, found), key=str) == sorted([ValueError] * 2 + [str] * (THREADS - 2), key=str)
        assert len(source.loads) == 3

    def test_an_error_leaves_the_previous_value_for_the_next_load(self):
        source, cache = Source(), RevisionCache[int, str]()
        cache.get(lambda: source.revision, source.load)
        source.revision = 2

        def fail(_revision: int, _previous: object) -> str:
            raise ValueError

        with pytest.raises(ValueError):
            cache.get(lambda: source.revision, fail)

        assert cache.loaded == Loaded(1, "data of 1")
        assert cache.get(lambda: source.revision, source.load) == "data of 2"


class TestLruCache:
    def test_the_least_recently_used_value_goes_first(self):
        cache = LruCache[str, int](2)
        cache.put("a", 1)
        cache.put("b", 2)
        cache.get("a")
        cache.put("c", 3)

        assert [cache.get(key) for key in "abc"] == [1, None, 3]
        assert len(cache) == 2

    def test_a_value_put_again_is_the_most_recent_one(self):
        cache = LruCache[str, int](2)
        cache.put("a", 1)
        cache.put("b", 2)
        cache.put("a", 10)
        cache.put("c", 3)

        assert [cache.get(key) for key in "abc"] == [10, None, 3]

    def test_the_values_together_stay_within_their_size(self):
        cache = LruCache[str, str](10, max_size=6, size_of=len)
        cache.put("a", "xxx")
        cache.put("b", "xxx")
        cache.put("a", "xx")  # smaller than before
        cache.put("c", "x")

        assert [cache.get(key) for key in "abc"] == ["xx", "xxx", "x"]

        cache.put("d", "xxxx")

        assert [cache.get(key) for key in "abcd"] == [None, None, "x", "xxxx"]

    def test_the_newest_value_stays_however_large_it_is(self):
        cache = LruCache[str, str](10, max_size=6, size_of=len)
        cache.put("a", "xxx")
        cache.put("b", "x" * 100)

        assert (cache.get("a"), cache.get("b"), len(cache)) == (None, "x" * 100, 1)

        cache.put("c", "xxx")

        assert (cache.get("b"), cache.get("c")) == (None, "xxx")

    def test_a_value_is_dropped_when_it_is_too_old(self):
        now = [0.0]
        cache = LruCache[str, int](10, max_age_s=60, clock=lambda: now[0])
        cache.put("a", 1)
        now[0] = 60.0

        assert cache.get("a") == 1

        now[0] = 60.5

        assert (cache.get("a"), len(cache)) == (None, 0)

    def test_a_discarded_value_is_removed_and_not_counted(self):
        cache = LruCache[str, str](10, max_size=3, size_of=len)
        cache.put("a", "xxx")
        cache.discard("a")
        cache.discard("a")
        cache.put("b", "x")
        cache.put("c", "xx")

        assert [cache.get(key) for key in "abc"] == [None, "x", "xx"]

    def test_threads_that_ask_for_one_key_share_one_load(self):
        cache = LruCache[str, int](10)
        loads: list[int] = []

        def load() -> int:
            loads.append(1)
            time.sleep(0.05)
            return 0

        assert together(lambda: cache.get_or_load("a", load)) == [0] * THREADS
        assert len(loads) == 1

    def test_a_load_of_another_key_does_not_wait(self):
        cache = LruCache[str, str](10)

        def load_both() -> str:
            with ThreadPoolExecutor(1) as pool:
                return "a" + pool.submit(cache.get_or_load, "b", lambda: "b").result(timeout=10)

        assert cache.get_or_load("a", load_both) == "ab"

    def test_an_error_is_not_kept_and_every_waiting_thread_tries_again(self):
        cache = LruCache[str, int](10)
        loads: list[int] = []

        def load() -> int:
            loads.append(1)
            if len(loads) <= 2:
                raise ValueError
            return 7

        found = together(lambda: cache.get_or_load("a", load))

        assert found.count(7) == THREADS - 2
        assert len(loads) == 3

    def test_bounds_hold_under_many_threads(self):
        cache = LruCache[int, str](20, max_size=50, size_of=len)

        def work() -> None:
            for number in range(2_000):
                cache.get_or_load(number * 7 % 31, lambda number=number: "x" * (number % 5))
                if number % 11 == 0:
                    cache.discard(number % 31)

        together(work)
        kept = [value for value in map(cache.get, range(31)) if value is not None]

        assert len(kept) == len(cache) <= 20
        assert sum(map(len, kept)) <= 50


class TestTextMemo:
    def test_an_answer_is_worked_out_once(self):
        asked: list[str] = []

        def answer(text: str) -> int:
            asked.append(text)
            return len(text)

        memo = TextMemo(answer, max_count=2, max_length=3)

        assert [memo[text] for text in ("a", "a", "bb", "bb")] == [1, 1, 2, 2]
        assert asked == ["a", "bb"]

    def test_long_texts_are_not_cached_and_a_full_memo_is_cleared(self):
        memo = TextMemo(len, max_count=2, max_length=3)

        assert [memo[text] for text in ("aaaa", "b", "c", "d")] == [4, 1, 1, 1]
        assert list(memo) == ["d"]
