"""Console output of the set-up: a line for each long step, and the output of a command if it fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title of a step, and its duration at the end."""
    print(f"{title} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def run(
    command: Sequence[str], *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None, shown: bool = False
) -> None:
    """Run a command. If it fails, print its output and exit. With `shown`, its output is printed at once."""
    output = None if shown else subprocess.PIPE
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=output,
        stderr=None if shown else subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        sys.stdout.flush()
        sys.stdout.buffer.write(done.stdout or b"")
        fail(f"{Path(command[0]).name} {' '.join(command[1:])} failed (exit code {done.returncode})")


def fail(message: str) -> NoReturn:
    """Print a message and exit with code 1."""
    sys.exit(f"Set-up: {message}")
