"""Tests for organising across restarts: a preview still waits, and an interrupted move is finished."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest
from support.crashing import CrashServer, crash_server
from support.library import Library
from support.organise_crashes import MessyStage, finished, survive, undisturbed
from support.services import wait_for
from support.trees import tree

from iib.api import Services
from iib.errors import NotReady
from iib.model.job import JobId
from iib.model.operation import OperationId
from iib.model.organise import OrganiseStatus
from iib.organise.params import Confirmation

COUNT, COLLISIONS = 24, 6
SAMPLES = 5


@pytest.fixture(scope="module")
def server() -> Iterator[CrashServer]:
    with crash_server() as made:
        yield made


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> MessyStage:
    return MessyStage(tmp_path_factory.mktemp("messy"), COUNT, COLLISIONS)


def test_a_killed_move_is_finished_at_the_next_start_and_undone_as_one(stage: MessyStage, server: CrashServer) -> None:
    assert stage.renamed == COLLISIONS
    expected, checkpoints = undisturbed(stage, server)
    moments = [0, checkpoints - 1, *random.Random(checkpoints).sample(range(1, checkpoints - 1), SAMPLES)]

    states = [survive(stage, server, moment, expected) for moment in moments]

    for state in states:
        assert state.result is not None
        assert state.result.finished_after_restart
        assert state.result.moved_count == COUNT
        assert "cut off" in state.message


def test_a_preview_can_be_confirmed_after_a_restart(stage: MessyStage) -> None:
    stage.reset()
    services = stage.open()
    try:
        assert services.organise.state(stage.job_id).status is OrganiseStatus.PREVIEW_READY

        services.organise.confirm(stage.job_id, Confirmation())

        state = finished(services.jobs, services, stage.job_id)
        assert state.status is OrganiseStatus.COMPLETED
        assert state.result is not None
        assert (state.result.moved_count, state.result.finished_after_restart) == (COUNT, False)
    finally:
        services.close()


def test_a_move_continues_after_the_program_was_ended_in_the_middle(stage: MessyStage) -> None:
    stage.reset()
    services = stage.open()
    with services.disk_lock.hold():  # the first step waits for it
        services.organise.confirm(stage.job_id, Confirmation())
        wait_for(lambda: (moving := services.organise.state(stage.job_id).moving) is not None and moving.current)
        closing = threading.Thread(target=services.close)
        closing.start()
        wait_for(lambda: services.jobs.is_closed)
    closing.join()
    assert len(list((stage.near / "messy").glob("*.png"))) > 0

    services = stage.open()
    try:
        state = finished(services.jobs, services, stage.job_id)
        assert state.status is OrganiseStatus.COMPLETED
        assert state.result is not None
        assert (state.result.moved_count, state.result.finished_after_restart) == (COUNT, True)
    finally:
        services.close()


def start_again(stage: MessyStage, services: Services) -> str:
    """Start a request whose index run cannot end while the caller holds the disk lock."""
    Library(stage.near / "new").add("cat.png", "tabby cat, whiskers")
    params = services.organise.state(stage.job_id).params
    job_id = services.organise.start(params)
    wait_for(lambda: services.organise.state(job_id).stage == "indexing")
    return job_id


def test_a_preview_that_is_cut_off_is_made_at_the_next_start(stage: MessyStage) -> None:
    stage.reset()
    services = stage.open()
    with services.disk_lock.hold():
        job_id = start_again(stage, services)
        services.organise.confirm(job_id, Confirmation(), wait=True)
        closing = threading.Thread(target=services.close)
        closing.start()
        wait_for(lambda: services.jobs.is_closed)
    closing.join()
    assert not (stage.near / "sorted").exists()

    services = stage.open()
    try:
        state = finished(services.jobs, services, job_id)
        assert state.status is OrganiseStatus.COMPLETED
        assert state.result is not None
        assert state.result.moved_count == COUNT + 1
    finally:
        services.close()


def test_a_preview_can_be_cancelled_while_it_is_made(stage: MessyStage) -> None:
    stage.reset()
    services = stage.open()
    try:
        with services.disk_lock.hold():
            job_id = start_again(stage, services)
            assert services.organise.start(services.organise.state(job_id).params) == job_id, "one at a time"
            assert services.organise.cancel(job_id)

        state = finished(services.jobs, services, job_id)

        assert state.status is OrganiseStatus.CANCELLED
        assert state.preview is None
        with pytest.raises(NotReady, match="cancelled"):
            services.organise.confirm(job_id, Confirmation(), wait=True)
    finally:
        services.close()


def test_a_cancelled_move_stops_and_can_be_undone(stage: MessyStage) -> None:
    stage.reset()
    services = stage.open()
    try:
        with services.disk_lock.hold():
            services.organise.confirm(stage.job_id, Confirmation())
            wait_for(lambda: (moving := services.organise.state(stage.job_id).moving) is not None and moving.current)
            assert services.organise.cancel(stage.job_id)
        services.jobs.wait(JobId(stage.job_id))

        state = services.organise.state(stage.job_id)
        assert state.status is OrganiseStatus.CANCELLED
        assert state.result is not None
        assert state.result.left_count > 0
        assert state.result.moved_count + state.result.left_count == COUNT
        assert not services.organise.cancel(stage.job_id)
        if state.result.moved_count:
            services.files.undo(OperationId(state.result.operation_id or 0))
        assert tree(stage.near) == stage.before.tree
    finally:
        services.close()


def test_a_confirmation_whose_move_had_not_begun_is_carried_out_at_the_next_start(stage: MessyStage) -> None:
    stage.reset()
    services = stage.open()
    services.jobs.close()  # no job can begin any more
    services.organise.confirm(stage.job_id, Confirmation())
    assert services.organise.state(stage.job_id).status is OrganiseStatus.MOVING
    services.close()

    services = stage.open()
    try:
        state = finished(services.jobs, services, stage.job_id)
        assert state.status is OrganiseStatus.COMPLETED
        assert state.result is not None
        assert (state.result.moved_count, state.result.finished_after_restart) == (COUNT, False)
    finally:
        services.close()
