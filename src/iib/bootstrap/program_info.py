"""Versions of the program and its packages, and the commit of its checkout."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from iib import __version__

PACKAGES = {
    "av": "av",
    "imageio": "imageio",
    "pillow": "pillow",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "pillow_avif_plugin": "pillow-avif-plugin",
    "requests": "requests",
    "numpy": "numpy",
    "hnswlib": "hnswlib",
}


def describe_program(program_dir: Path) -> dict[str, str | None]:
    """Return the response of `/version`; None for a package that is not installed and for an unknown commit."""
    return {
        "python_version": platform.python_version(),
        "platform": f"{platform.system()}-{platform.release().partition('.')[0]}",
        "hash": find_commit(program_dir),
        "tag": f"v{__version__}",
        **{name: _version_of(distribution) for name, distribution in PACKAGES.items()},
    }


def find_commit(checkout: Path) -> str | None:
    """Return the commit that is checked out, read from the files of git; None outside a checkout."""
    try:
        git = checkout / ".git"
        if git.is_file():  # a linked working tree
            git = (checkout / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head or None
        return _resolve(git, head.removeprefix("ref:").strip())
    except (OSError, ValueError):
        return None


def _resolve(git: Path, ref: str) -> str | None:
    """Return the commit of a ref, from its own file or from `packed-refs`. Raises `OSError`."""
    shared = git / "commondir"
    common = (git / shared.read_text(encoding="utf-8").strip()).resolve() if shared.is_file() else git
    for folder in (git, common):
        loose = folder / ref
        if loose.is_file():
            return loose.read_text(encoding="utf-8").strip() or None
    for line in (common / "packed-refs").read_text(encoding="utf-8").splitlines():
        commit, _, name = line.partition(" ")
        if name == ref:
            return commit
    return None


def _version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
