"""The program as a separate process on a real socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

CHECKOUT = Path(__file__).resolve().parents[2]
START_S = 60.0
BASE = "/infinite_image_browsing"


def clean_environment(home: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a new user: only the paths of the files of this program are set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IIB_", "OPENAI_", "PYTEST")) and name not in ("AI_MODEL", "EMBEDDING_MODEL", "APP_ENV")
    }
    kept |= {"HOME": str(home), "USERPROFILE": str(home), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    kept |= {"IIB_DB_PATH": str(home / "iib.db"), "IIB_CACHE_DIR": str(home / "cache")}
    return kept | variables


def free_port() -> int:
    """Return a port that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(
    arguments: Sequence[str], home: Path, *, timeout_s: float = START_S, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments in `home` and return the ended process."""
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=home,
        env=clean_environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def run_iib(*arguments: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the `iib` command and return the ended process."""
    return run(["-c", "from iib.cli.main import main; main()", *arguments], home, **variables)


@dataclass(slots=True)
class Running:
    """A server process. It writes to the files `output` and `errors`."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path
    errors: Path
    base: str = BASE

    @property
    def url(self) -> str:
        """The URL of the base path."""
        return f"http://127.0.0.1:{self.port}{self.base}"

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Send a signal, wait for the end, and return the duration in seconds."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return time.monotonic() - started


@contextmanager
def serving(home: Path, *arguments: str, base: str = BASE, **variables: str) -> Iterator[Running]:
    """Run `python app.py` until the block ends. It responds when the block begins."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    output, errors = home / "stdout.txt", home / "stderr.txt"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, str(CHECKOUT / "app.py"), "--port", str(port), *arguments],
            cwd=home,
            env=clean_environment(home, **variables),
            stdout=out,
            stderr=err,
        )
    running = Running(process, port, output, errors, base)
    try:
        _wait_until_it_answers(running)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=30)


def _wait_until_it_answers(running: Running) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert running.process.poll() is None, running.errors.read_text()
        try:
            if httpx.get(f"{running.url}/hello", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"no answer within {START_S} s: {running.errors.read_text()}")
