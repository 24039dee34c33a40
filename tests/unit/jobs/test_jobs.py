"""Tests for jobs: rows, results, cancellation, and resumption after the program has stopped."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.raw_sql import raw_sql
from support.services import make_services, update, visible, wait_for

from iib.api import Services
from iib.errors import Cancelled, InvalidRequest, MediaError, NotFound, StoreError
from iib.jobs.events import QUEUE_SIZE, EventBus
from iib.jobs.manager import JobManager
from iib.jobs.progress import Progress
from iib.model.job import JobId, JobRow, JobStatus
from iib.store import Store


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def jobs(store: Store, bus: EventBus) -> Iterator[JobManager]:
    made = JobManager(store, bus)
    yield made
    made.close()


def stored(store: Store, job_id: JobId) -> JobRow:
    with store.read() as unit:
        row = unit.jobs.find(job_id)
    assert row is not None
    return row


class Gate:
    """A job that runs until it is let go, and looks at its progress meanwhile."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.go = threading.Event()

    def __call__(self, _params: dict[str, object], progress: Progress) -> str:
        self.started.set()
        while not self.go.wait(0.005):
            progress.update(stage="waiting", done=1, total=2)
        return "let go"


def run(jobs: JobManager, function: Callable[[Progress], str]) -> JobRow:
    jobs.register("test", lambda _params, progress: function(progress))
    return jobs.wait(jobs.start("test", {}), 30)


def test_a_job_that_ends_leaves_its_message_and_counts(store: Store, jobs: JobManager):
    def work(progress: Progress) -> str:
        progress.update(stage="counting", done=3, total=4, errors=1)
        return "all done"

    row = run(jobs, work)

    assert (row.status, row.message, row.done, row.total, row.errors) == (JobStatus.COMPLETED, "all done", 3, 4, 1)
    assert stored(store, row.id) == row
    assert jobs.get(row.id) == row


def test_a_failure_keeps_its_reason(store: Store, jobs: JobManager):
    def work(_progress: Progress) -> str:
        raise MediaError("the film is torn")

    row = run(jobs, work)

    assert (row.status, row.message) == (JobStatus.FAILED, "the film is torn")
    assert stored(store, row.id) == row


def test_an_exception_in_a_job_fails_the_job_and_is_logged(jobs: JobManager):
    def work(_progress: Progress) -> str:
        return str(1 // 0)

    with capture_logs() as logs:
        row = run(jobs, work)

    assert row.status is JobStatus.FAILED
    assert row.message.startswith("ZeroDivisionError")
    assert [entry["event"] for entry in logs] == ["job failed"]


def test_a_job_can_be_cancelled(store: Store, jobs: JobManager):
    gate = Gate()
    jobs.register("gate", gate)
    job_id = jobs.start("gate", {})
    gate.started.wait(10)

    assert jobs.cancel(job_id)
    row = jobs.wait(job_id, 10)

    assert row.status is JobStatus.CANCELLED
    assert stored(store, job_id).status is JobStatus.CANCELLED
    assert not jobs.cancel(job_id)


def test_the_same_job_is_not_started_twice(jobs: JobManager):
    gate = Gate()
    jobs.register("gate", gate)
    first = jobs.start("gate", {"a": 1, "b": 2})

    assert jobs.start("gate", {"b": 2, "a": 1}) == first
    assert jobs.start("gate", {"a": 2}) != first
    assert jobs.start("gate", {"a": 1, "b": 2}, single_flight=False) != first

    gate.go.set()
    jobs.wait(first, 10)
    assert jobs.start("gate", {"a": 1, "b": 2}) != first


def test_joining_a_job_waits_for_its_end(store: Store, jobs: JobManager):
    gate = Gate()
    jobs.register("gate", gate)
    ends: list[JobStatus] = []

    def join() -> None:
        ends.append(jobs.wait(jobs.start("gate", {}), 30).status)

    threads = [threading.Thread(target=join) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.started.wait(10)
    time.sleep(0.05)
    assert ends == []
    gate.go.set()
    for thread in threads:
        thread.join(30)

    assert ends == [JobStatus.COMPLETED] * 8


def test_waiting_ends_at_its_timeout(jobs: JobManager):
    gate = Gate()
    jobs.register("gate", gate)
    job_id = jobs.start("gate", {})
    gate.started.wait(10)

    assert not jobs.wait(job_id, 0.01).status.is_final

    gate.go.set()


def test_unknown_jobs_and_kinds_raise_errors(jobs: JobManager):
    with pytest.raises(NotFound):
        jobs.get(JobId("nothing"))
    with pytest.raises(NotFound):
        jobs.wait(JobId("nothing"))
    with pytest.raises(InvalidRequest):
        jobs.start("nothing", {})
    assert not jobs.cancel(JobId("nothing"))


def test_a_kind_has_one_function(jobs: JobManager):
    jobs.register("one", lambda _params, _progress: "")

    with pytest.raises(InvalidRequest):
        jobs.register("one", lambda _params, _progress: "")


def test_a_job_that_cannot_be_recorded_is_not_started_and_blocks_no_other(tmp_path: Path, bus: EventBus):
    store = Store.open(tmp_path / "iib.db")
    jobs = JobManager(store, bus)
    jobs.register("test", lambda _params, _progress: "done")
    raw_sql(store, "CREATE TRIGGER full BEFORE INSERT ON job BEGIN SELECT RAISE(ABORT, 'full'); END")

    with pytest.raises(StoreError):
        jobs.start("test", {})
    assert jobs.list() == []
    raw_sql(store, "DROP TRIGGER full")

    # An equal job that is still counted as running would be returned instead of a new one.
    assert jobs.wait(jobs.start("test", {}), 10).status is JobStatus.COMPLETED
    jobs.close()
    store.close()


def test_progress_is_published_at_a_bounded_rate(jobs: JobManager, bus: EventBus):
    def work(progress: Progress) -> str:
        end = time.monotonic() + 1.0
        number = 0
        while time.monotonic() < end:
            number += 1
            progress.update(stage="counting", done=number, total=10**9)
        return str(number)

    with bus.subscribe() as subscription:
        row = run(jobs, work)
        events = []
        while (event := subscription.get(0.05)) is not None:
            events.append(event[1])

    running = [event for event in events if event["status"] == "running"]
    assert int(row.message) > 100
    assert 2 <= len(running) <= 8
    assert events[-1]["status"] == "completed"
    assert running[-1]["rate"] > 0
    assert running[-1]["eta_s"] is not None


def test_rows_survive_the_end_of_the_program_and_are_found_as_interrupted(store: Store, bus: EventBus):
    first = JobManager(store, bus)
    gate = Gate()
    first.register("gate", gate)
    job_id = first.start("gate", {"path": "/x"})
    gate.started.wait(10)
    first.close()
    second = JobManager(store, bus)

    left = second.claim_interrupted()

    assert [(row.id, row.kind, row.params_json) for row in left] == [(job_id, "gate", '{"path": "/x"}')]
    assert stored(store, job_id).status is JobStatus.FAILED
    assert stored(store, job_id).message == "interrupted by a restart"
    assert second.claim_interrupted() == []
    second.close()


def test_a_cancelled_job_is_not_resumed(store: Store, bus: EventBus):
    first = JobManager(store, bus)
    gate = Gate()
    first.register("gate", gate)
    job_id = first.start("gate", {})
    gate.started.wait(10)
    first.cancel(job_id)
    first.close()

    assert JobManager(store, bus).claim_interrupted() == []
    assert stored(store, job_id).status is JobStatus.CANCELLED


def test_closing_ends_jobs_that_still_wait_for_a_thread(store: Store, bus: EventBus):
    jobs = JobManager(store, bus)
    gate = Gate()
    jobs.register("gate", gate)
    ids = [jobs.start("gate", {"n": number}) for number in range(7)]
    gate.started.wait(10)

    jobs.close()

    assert {row.id for row in JobManager(store, bus).claim_interrupted()} == set(ids)
    with pytest.raises(InvalidRequest):
        jobs.start("gate", {})


def ended_since(services: Services, left: str) -> str | None:
    """The message of the job that was started after this one, once it has ended."""
    newest, *older = services.jobs.list()
    return newest.message if newest.status == "completed" and older[0].id == left else None


@pytest.mark.parametrize("rebuild", [False, True])
def test_an_interrupted_index_run_resumes_with_its_parameters(tmp_path: Path, library, rebuild: bool):
    library.fill(3)
    first = make_services(tmp_path / "home", [library.root])
    update(first)
    with first.store.write() as unit:
        text = json.dumps({"path": None, "rebuild": rebuild})
        unit.jobs.save(JobRow(JobId("left"), "index", JobStatus.RUNNING, created_at=time.time(), params_json=text))
    first.close()

    second = make_services(tmp_path / "home", [library.root])
    second.start()
    message = wait_for(lambda: ended_since(second, "left"))
    names = len(visible(second))
    second.close()

    assert message == ("3 updated" if rebuild else "nothing changed")
    assert names == 3


def test_jobs_are_listed_newest_first_and_only_the_latest_are_kept(store: Store, bus: EventBus):
    ticks = iter(range(10_000))
    jobs = JobManager(store, bus, clock=lambda: float(next(ticks)))
    jobs.register("test", lambda params, _progress: str(params["n"]))
    for number in range(230):
        jobs.wait(jobs.start("test", {"n": number}), 10)

    listed = jobs.list()
    with store.read() as unit:
        kept = unit.jobs.list_latest(10_000)
    jobs.close()

    assert [view.message for view in listed] == [str(number) for number in range(229, 209, -1)]
    assert len(kept) == 200


def test_an_update_of_the_progress_raises_after_a_stop_request():
    progress = Progress(lambda _progress: None)
    progress.cancel()

    with pytest.raises(Cancelled):
        progress.check()
    with pytest.raises(Cancelled):
        progress.update(done=1)
    assert progress.done == 0


def test_a_new_stage_is_reported_at_once():
    seen: list[str] = []
    progress = Progress(lambda self: seen.append(self.stage))

    for stage in ("one", "two", "three"):
        progress.update(stage=stage)
        progress.update(stage=stage, done=1)

    assert seen == ["one", "two", "three"]


def test_the_rate_is_unknown_before_anything_happened():
    progress = Progress(lambda _progress: None)

    assert progress.rate == 0.0
    assert progress.eta_s is None


def test_every_subscriber_receives_all_events_in_order(bus: EventBus):
    with bus.subscribe() as one, bus.subscribe() as two:
        for number in range(5):
            bus.publish("tick", {"n": number})

        for subscription in (one, two):
            assert [subscription.get(0)[1]["n"] for _ in range(5)] == [0, 1, 2, 3, 4]
            assert subscription.get(0) is None


def test_a_slow_subscriber_loses_only_the_oldest_events(bus: EventBus):
    with bus.subscribe() as slow:
        for number in range(QUEUE_SIZE + 10):
            bus.publish("tick", {"n": number})
        first = slow.get(0)

    assert first == ("tick", {"n": 10})


def test_a_closed_subscription_receives_no_events(bus: EventBus):
    with bus.subscribe() as subscription:
        pass

    bus.publish("tick", {})

    assert subscription.get(0) is None
