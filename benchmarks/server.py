"""The real server as a child process, with a home of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Client

ROOT = Path(__file__).resolve().parents[1]
START_TIMEOUT_S = 60.0
SETTLE_TIMEOUT_S = 30.0
IDLE_CPU_S = 0.25  # in a second; the slow drawing of placeholders may go on


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int
    started_in_s: float

    def memory_mb(self) -> float | None:
        """Resident memory of the server process; None where the system does not tell."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def settle(self) -> None:
        """Wait until work in the background (previews after an index run) has ended, where the system tells."""
        end = time.monotonic() + SETTLE_TIMEOUT_S
        before = self._cpu_s()
        while before is not None and time.monotonic() < end:
            time.sleep(1)
            after = self._cpu_s() or 0.0
            if after - before < IDLE_CPU_S:
                return
            before = after

    def _cpu_s(self) -> float | None:
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(home: Path, library: Path, port: int = 0) -> Iterator[Server]:
    """Start it, wait for its first answer, end it in any case."""
    port = port or free_port()
    environment = {**os.environ, "IIB_DB_PATH": str(home / "iib.db"), "IIB_CACHE_DIR": str(home), "IIB_SECRET_KEY": ""}
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--extra_paths", str(library)]
    started = time.perf_counter()
    log = home / "server.log"
    with log.open("ab") as stream:
        child = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
    try:
        wait_for_answer(port, child, log)
        yield Server(port, child.pid, time.perf_counter() - started)
    finally:
        child.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for_answer(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    """Ask until it answers. Raises `RuntimeError` when it ended or takes too long."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if child.poll() is not None:
            raise RuntimeError(f"the server ended with {child.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            with closing(Client(port)) as client:
                client.get("/hello")
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server does not answer")


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
