"""A Chromium for the browser tests: the machine's own, else Debian's when we may install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from setup_steps import step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
LOCK_WAIT = ("-o", "DPkg::Lock::Timeout=300")  # another package manager may be at work
SKIPPED = "the browser tests will be skipped."


def find_browser() -> str | None:
    """A browser of the Chromium family that starts, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path is not None and _starts(path):
            return path
    return None


def install_browser() -> None:
    """Debian's package, if this is such a machine and we are its administrator. Never fails: tests can be skipped."""
    apt = shutil.which("apt-get")
    if apt is None or sys.platform != "linux" or os.geteuid() != 0:
        print(f"No Chromium here, and no right to install one: {SKIPPED}")
        return
    with step("Installing Chromium for the browser tests (once)"):
        install = ["install", "-y", "--no-install-recommends", "chromium"]
        said = _apt(apt, ["update"]) + _apt(apt, install)
    if find_browser() is None:
        print("\n".join(said.splitlines()[-6:]))
        print(f"Chromium could not be installed: {SKIPPED}")


def _apt(apt: str, arguments: Sequence[str]) -> str:
    done = subprocess.run(
        [apt, "-qq", *LOCK_WAIT, *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout


def _starts(path: str) -> bool:
    """Ubuntu's `chromium-browser` is only a pointer to another package system."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
