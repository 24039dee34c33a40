"""Chromium for the browser tests: an installed one, else the package of Debian if this process may install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from setup_steps import step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
LOCK_WAIT = ("-o", "DPkg::Lock::Timeout=300")  # another package manager may be running
SKIPPED = "the browser tests will be skipped."


def find_browser() -> str | None:
    """Return the path of an installed Chromium-based browser that starts, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path is not None and _starts(path):
            return path
    return None


def install_browser() -> None:
    """Install the Debian package on Debian as root. A failure is only printed; the tests are skipped then."""
    apt = shutil.which("apt-get")
    if apt is None or sys.platform != "linux" or os.geteuid() != 0:
        print(f"Chromium is not installed, and cannot be installed by this user: {SKIPPED}")
        return
    with step("Installing Chromium for the browser tests (once)"):
        install = ["install", "-y", "--no-install-recommends", "chromium"]
        output = _apt(apt, ["update"]) + _apt(apt, install)
    if find_browser() is None:
        print("\n".join(output.splitlines()[-6:]))
        print(f"Chromium could not be installed: {SKIPPED}")


def _apt(apt: str, arguments: Sequence[str]) -> str:
    """Run apt-get without questions, and return its output."""
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
    """True if the program starts; `chromium-browser` of Ubuntu may be a placeholder for a snap package."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
