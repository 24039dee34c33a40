"""Tests of tasks that two threads share, and of splitting id ranges for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.search.fulltext.searcher import split_in_half
from iib.search.fulltext.two_workers import TwoWorkers
from iib.search.limits import DEFAULT_LIMITS


@pytest.fixture
def workers() -> Iterator[TwoWorkers]:
    pair = TwoWorkers(cores=2)
    yield pair
    pair.close()


def test_both_halves_run_at_the_same_time(workers: TwoWorkers) -> None:
    meeting = threading.Barrier(2, timeout=10)

    def work(number: int) -> tuple[int, int]:
        meeting.wait()
        return number, threading.get_ident()

    (one, here), (two, there) = workers.run(work, 1, 2)

    assert (one, two) == (1, 2)
    assert here == threading.get_ident() != there


def test_a_caller_does_not_wait_for_a_busy_thread(workers: TwoWorkers) -> None:
    held, release = threading.Event(), threading.Event()

    def hold(number: int) -> int:
        if number == 2:
            held.set()
            release.wait(10)
        return number

    busy = threading.Thread(target=workers.run, args=(hold, 1, 2))
    busy.start()
    held.wait(10)

    assert workers.run(lambda number: (number, threading.get_ident()), 3, 4) == (
        (3, threading.get_ident()),
        (4, threading.get_ident()),
    )

    release.set()
    busy.join()


@pytest.mark.parametrize("broken", [1, 2])
def test_an_error_of_either_half_is_raised(workers: TwoWorkers, broken: int) -> None:
    def work(number: int) -> int:
        if number == broken:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match=str(broken)):
        workers.run(work, 1, 2)
    assert workers.run(lambda number: number, 3, 4) == (3, 4)


def test_one_core_runs_both_halves() -> None:
    alone = TwoWorkers(cores=1)
    assert alone.run(lambda number: (number, threading.get_ident()), 1, 2) == (
        (1, threading.get_ident()),
        (2, threading.get_ident()),
    )
    alone.close()


widths = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 40_000)), max_size=6)


@given(widths)
def test_ranges_are_split_into_two_parts_of_equal_size(steps: list[tuple[int, int]]) -> None:
    ranges, position = [], 0
    for gap, width in steps:
        ranges.append((position + gap, position + gap + width - 1))
        position += gap + width

    first, second = split_in_half(ranges, DEFAULT_LIMITS.ids_per_worker)

    def size(parts: object) -> int:
        return sum(last - start + 1 for start, last in parts)  # type: ignore[attr-defined]

    joined = list(first)
    for start, last in second:
        if joined and joined[-1][1] + 1 == start and (start, last) not in ranges:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((start, last))
    assert joined == ranges
    assert all(start <= last for start, last in [*first, *second])
    assert abs(size(first) - size(second)) <= 1 if size(ranges) >= DEFAULT_LIMITS.ids_per_worker else not second
