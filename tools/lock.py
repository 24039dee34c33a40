"""Compiles requirements/*.txt from pyproject.toml, with hashes, for every platform and Python version.

Existing versions stay unless `--upgrade` (or `--upgrade-package NAME`) is given. The resolver is installed in a
temporary folder; the result must not contain names of this machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
import venv
from pathlib import Path

from setup_steps import run, step

OUTPUTS = {"base.txt": (), "dev.txt": ("--group", "dev")}
OPTIONS = (
    "--universal", "--python-version", "3.10", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links",
    "--quiet", "--custom-compile-command", "make lock",
)  # fmt: skip


def main() -> None:
    """Write both lock files. The arguments are passed to the resolver."""
    with tempfile.TemporaryDirectory() as folder, step("Locking the Python packages"):
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
        run([python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "uv"])
        for name, more in OUTPUTS.items():
            target = str(Path("requirements") / name)
            run([python, "-m", "uv", "pip", "compile", *OPTIONS, *sys.argv[1:], *more, "pyproject.toml", "-o", target])


if __name__ == "__main__":
    main()
