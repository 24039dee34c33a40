"""File operations that are killed at a chosen moment, in a separate process.

`python -m support.crashing` is that process's end of it: it builds the program over an existing home, does one
operation and leaves by `os._exit` at the given checkpoint. Where the system can fork, one such process serves many
requests, each in a fresh child, so that the program is loaded once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from iib.api import Services
from iib.bootstrap.file_operations import build_file_service
from iib.files.service import FileService
from iib.jobs.manager import JobManager
from iib.model.job import JobId
from iib.model.operation import OperationKind
from iib.organise.params import Confirmation
from iib.organise.service import OrganiseService
from support.services import make_services, make_settings

KILLED = 9
CHECKPOINTS = "checkpoints"  # file in the home: how many an undisturbed operation passed
TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Request:
    """An operation on the library of a home, killed at its checkpoint number `kill_at` (None: never).

    With `moment`, only checkpoints of this name are counted.
    """

    home: str
    roots: tuple[str, ...]
    kind: str
    paths: tuple[str, ...]
    destination: str = ""
    kill_at: int | None = None
    moment: str = ""


class Assassin:
    """Counts checkpoints and ends the process at one of them, without clean-up."""

    def __init__(self, kill_at: int | None, moment: str = "") -> None:
        self._kill_at = kill_at
        self._moment = moment
        self.count = 0

    def __call__(self, name: str) -> None:
        if self._moment not in ("", name):
            return
        if self.count == self._kill_at:
            os._exit(KILLED)
        self.count += 1


def operate(files: FileService, request: Request) -> None:
    """Execute the operation; its result is on disk."""
    from iib.access.paths import PathAuthorizer

    authorizer = PathAuthorizer(lambda: request.roots, lambda: False, windows=os.name == "nt")
    paths = [authorizer.content(path) for path in request.paths]
    if request.kind in ("move", "copy"):
        destination = authorizer.content(request.destination)
        files.transfer(OperationKind(request.kind), paths, destination, create=True, keeps_going=True)
    elif request.kind == "delete":
        files.delete(paths)
    elif request.kind == "purge":
        files.delete(paths, permanent=True)
    elif request.kind == "rename":
        files.rename(paths[0], request.destination)
    elif request.kind == "flatten":
        files.flatten(paths[0])
    elif request.kind == "undo":
        files.undo()
    elif request.kind == "recover":
        files.recover()
    else:
        raise AssertionError(request.kind)


def carry_out(services: Services, files: FileService, job_id: str) -> None:
    """Confirm an organise job whose preview is ready, and wait for its end."""
    jobs = JobManager(services.store, services.bus)
    organise = OrganiseService(store=services.store, jobs=jobs, files=files, semantic=services.semantic)
    organise.confirm(job_id, Confirmation())
    jobs.wait(JobId(job_id))
    jobs.close()


def run(request: Request) -> None:
    """Build the services, execute the operation and close them."""
    home = Path(request.home)
    assassin = Assassin(request.kill_at, request.moment)
    services = make_services(home, list(request.roots))
    files = build_file_service(
        make_settings(home, list(request.roots)),
        services.store,
        services.roots,
        services.authorizer,
        services.disk_lock,
        services.index,
        bus=services.bus,
        checkpoint=assassin,
    )
    if request.kind == "organise":
        carry_out(services, files, request.paths[0])
    else:
        operate(files, request)
    (home / CHECKPOINTS).write_text(str(assassin.count))
    services.close()


class CrashServer:
    """The client of the process that runs operations and is killed at a checkpoint."""

    def __init__(self) -> None:
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(TESTS), *sys.path]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.crashing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def run(self, request: Request) -> bool:
        """True if the operation ended normally, False if it was killed. Fails the test otherwise."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(request)) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        assert code in (0, KILLED), f"the process ended with {code}"
        return code == 0

    def close(self) -> None:
        """End the process and wait for it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@contextmanager
def crash_server() -> Iterator[CrashServer]:
    """Run a server during the block."""
    server = CrashServer()
    try:
        yield server
    finally:
        server.close()


def _child(line: str) -> int:
    """Serve one request in a child; returns its exit code."""
    if not hasattr(os, "fork"):
        return subprocess.run([sys.executable, "-m", "support.crashing", line], check=False).returncode
    child = os.fork()
    if child == 0:
        code = 1
        os.dup2(2, 1)  # what the program prints is no answer
        try:
            run(_request(line))
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _request(line: str) -> Request:
    values = json.loads(line)
    return Request(**values | {"roots": tuple(values["roots"]), "paths": tuple(values["paths"])})


def main() -> None:
    """Execute one request from the arguments, or several from standard input."""
    if len(sys.argv) > 1:
        run(_request(sys.argv[1]))
        return
    for line in sys.stdin:
        print(_child(line), flush=True)


if __name__ == "__main__":
    main()
