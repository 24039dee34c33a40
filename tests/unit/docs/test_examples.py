"""Tests that run every example of the documentation that is marked `test`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.library import Library
from support.running import run_server

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
        with run_server(tmp_path, tmp_path / "pictures") as server:
            server.wait_for_count(3)
            done = run(language, code.replace(ADDRESS, server.address), tmp_path)
    else:
        done = run(language, code, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


def run(language: str, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the example in the folder, with our `iib` first on the path."""
    command = [sys.executable, "-c", code] if language == "python" else ["sh", "-ec", code]
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=120, check=False
    )


def environment(folder: Path) -> dict[str, str]:
    """The environment of an example, which writes nothing outside the folder."""
    return {
        **os.environ,
        "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "IIB_DB_PATH": str(folder / "iib.db"),
        "IIB_CACHE_DIR": str(folder),
    }
