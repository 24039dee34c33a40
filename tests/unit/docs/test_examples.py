"""Every example in the documentation that is marked `test` runs."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from support.library import Library

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(python|sh) test( server)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
EXAMPLES = [
    pytest.param(language, bool(server), code, id=f"{page.relative_to(ROOT)}-{number}")
    for page in PAGES
    for number, (language, server, code) in enumerate(FENCE.findall(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize(("language", "needs_server", "code"), EXAMPLES)
def test_example_runs(language: str, *, needs_server: bool, code: str, tmp_path: Path) -> None:
    Library(tmp_path / "pictures").fill(3)
    if language == "sh" and os.name == "nt":
        pytest.skip("the shell examples are for a POSIX shell")

    if needs_server:
        with server(tmp_path) as address:
            done = run(language, code.replace(ADDRESS, address), tmp_path)
    else:
        done = run(language, code, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


def run(language: str, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """In the folder, with our `iib` first on the path."""
    command = [sys.executable, "-c", code] if language == "python" else ["sh", "-ec", code]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120, check=False
    )


def environment(folder: Path) -> dict[str, str]:
    """Nothing of ours is written outside the folder."""
    return {
        **os.environ,
        "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "IIB_DB_PATH": str(folder / "iib.db"),
        "IIB_CACHE_DIR": str(folder),
    }


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A server of the small library, ended in any case."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), "--update_image_index"]
    child = subprocess.Popen([*command, "--extra_paths", str(folder / "pictures")], env=environment(folder))
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/infinite_image_browsing/db/random_images", child)
        yield address
    finally:
        child.terminate()
        child.wait(20)


def wait_for(address: str, child: subprocess.Popen[bytes]) -> None:
    """Until the library is indexed."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert child.poll() is None, "the server ended"
        try:
            with urlopen(address, timeout=10) as answer:
                if len(answer.read()) > 10:
                    return
        except URLError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server does not answer")
