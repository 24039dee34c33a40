"""A messy library whose organising is interrupted, and the state required after the next start."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from iib.api import Services
from iib.jobs.manager import JobManager
from iib.model.job import JobId
from iib.model.operation import OperationId
from iib.model.organise import OrganiseStatus
from iib.organise.params import OrganiseParams
from iib.organise.state import OrganiseState
from iib.semantic.clustering.params import ClusterParams, default_noise_threshold
from support.crashing import CHECKPOINTS, CrashServer, Request
from support.library import Library
from support.records import give
from support.services import make_services, update, visible, wait_for
from support.topics import SUBJECTS, prompt_of
from support.trees import Entry, Known, known, tree

THRESHOLD = 0.9
SIDECAR_EVERY = 3
PREVIEW_S = 900.0


@dataclass(frozen=True)
class Outcome:
    """The file tree, and the rows of its files."""

    tree: dict[str, Entry]
    known: Known


class MessyStage:
    """`count` pictures with prompts and sidecars, and a preview that waits for confirmation.

    `collisions` pictures share their name with another one of their topic. A copy of all files and of the database lets
    each attempt begin in the same state.
    """

    def __init__(self, base: Path, count: int, collisions: int) -> None:
        self.near, self.home = base / "near", base / "home"
        self._copy = base / "kept"
        self._fill(count, collisions)
        services = make_services(self.home, [self.near])
        try:
            update(services)
            rows = visible(services)
            with services.store.write() as unit:
                give(unit, "even", [row.id for row in rows if row.id % 2 == 0])
            self.job_id = services.organise.start(self._params(services))
            self.state = wait_for(lambda: _ready(services, self.job_id), timeout_s=PREVIEW_S)
            self.before = Outcome(tree(self.near), known(services))
        finally:
            services.close()
        for name in ("near", "home"):
            shutil.copytree(getattr(self, name), self._copy / name)

    @property
    def renamed(self) -> int:
        """The number of files that get another name."""
        assert self.state.preview is not None
        return sum(item.is_renamed for group in self.state.preview.groups for item in group.files)

    def reset(self) -> None:
        """Restore the files and the database of the beginning."""
        for name in ("near", "home"):
            shutil.rmtree(getattr(self, name))
            shutil.copytree(self._copy / name, getattr(self, name))

    def request(self, kill_at: int | None = None) -> Request:
        """A request that confirms the preview in a separate process."""
        return Request(str(self.home), (str(self.near),), "organise", (self.job_id,), kill_at=kill_at)

    def open(self) -> Services:
        """Start the program again after the kill."""
        services = make_services(self.home, [self.near])
        services.files.recover()
        services.organise.resume()
        return services

    def _fill(self, count: int, collisions: int) -> None:
        library = Library(self.near)
        subjects = list(SUBJECTS)
        for number in range(count):
            is_double = number >= count - collisions
            own = number - (count - collisions) if is_double else number
            name = f"{'doubles' if is_double else 'messy'}/{own:05}"
            library.add(f"{name}.png", prompt_of(subjects[own % len(subjects)], own), Version=number)
            if own % SIDECAR_EVERY == 0:
                library.add(f"{name}.txt", content=f"text {number}".encode())

    def _params(self, services: Services) -> OrganiseParams:
        engine, model = services.semantic.models.name_of(None)
        folders = (str(self.near),)
        clustering = ClusterParams(
            folders=folders,
            recursive=True,
            engine=engine,
            model=model,
            threshold=THRESHOLD,
            min_cluster_size=2,
            assign_noise_threshold=default_noise_threshold(THRESHOLD),
            lang="English",
            title_model="",
        )
        return OrganiseParams(clustering, folders, str(self.near / "sorted"), "Unsorted")


def _ready(services: Services, job_id: str) -> OrganiseState | None:
    state = services.organise.state(job_id)
    assert state.status is not OrganiseStatus.FAILED, state.message
    return state if state.status is OrganiseStatus.PREVIEW_READY else None


def finished(jobs: JobManager, services: Services, job_id: str) -> OrganiseState:
    """Wait for the job; returns the final state."""
    jobs.wait(JobId(job_id))
    return services.organise.state(job_id)


def undisturbed(stage: MessyStage, server: CrashServer) -> tuple[Outcome, int]:
    """The outcome of organising without interruption, and the number of its checkpoints."""
    stage.reset()
    assert server.run(stage.request())
    checkpoints = int((stage.home / CHECKPOINTS).read_text())
    services = stage.open()
    try:
        return Outcome(tree(stage.near), known(services)), checkpoints
    finally:
        services.close()


def survive(stage: MessyStage, server: CrashServer, kill_at: int, expected: Outcome) -> OrganiseState:
    """Kill the move at this checkpoint, start again, and check that it is finished and can be undone as one."""
    stage.reset()
    assert not server.run(stage.request(kill_at))
    services = stage.open()
    try:
        state = finished(services.jobs, services, stage.job_id)
        assert state.status is OrganiseStatus.COMPLETED, state.message
        assert state.result is not None
        assert Outcome(tree(stage.near), known(services)) == expected, f"killed at {kill_at}"
        assert state.result.errors == ()
        operations = services.files.operations(10)
        assert [row.id for row in operations] == [state.result.operation_id]
        undo = services.files.undo(OperationId(operations[0].id))
        assert not undo.problems
        assert Outcome(tree(stage.near), known(services)) == stage.before
        return state
    finally:
        services.close()
