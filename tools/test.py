"""Runs all checks or the named ones, each with a heading and its duration.

python tools/test.py lint types unit
"""

from __future__ import annotations

import subprocess
import sys
import time

from setup import WEB
from setup_steps import ROOT

PYTHON = sys.executable
NPM = (PYTHON, "tools/npm.py")
IMPORTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
CHECKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "lint": (
        (PYTHON, "-m", "ruff", "check", "--quiet", "."),
        (PYTHON, "-m", "ruff", "format", "--quiet", "--check", "."),
        (PYTHON, "tools/check_sizes.py"),
        (PYTHON, "-c", IMPORTS),
    ),
    "types": ((PYTHON, "-m", "mypy"),),
    "web-lint": ((*NPM, "run", "lint"),),
    "web-test": ((*NPM, "test"),),
    "unit": ((PYTHON, "-m", "pytest", "-m", "not browser", "-n", "auto", "--dist", "loadscope"),),
    "browser": ((PYTHON, "-m", "pytest", "-m", "browser", "-rs"),),
}


def main(names: list[str]) -> int:
    """Run all checks, even after one has failed, and print the failed ones. Return the exit code."""
    failed = [name for name in names or CHECKS if not passes(name)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


def passes(name: str) -> bool:
    """Run one check. Return True if all its commands succeed."""
    if name.startswith("web-") and not (WEB / "package.json").is_file():
        print(f"== {name}: this checkout has no page", flush=True)
        return True
    print(f"== {name}", flush=True)
    started = time.monotonic()
    codes = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in CHECKS[name]]
    outcome = "FAILED" if any(codes) else "passed"
    print(f"== {name} {outcome} in {time.monotonic() - started:.0f} s\n", flush=True)
    return not any(codes)


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(CHECKS)
    if unknown:
        sys.exit(f"unknown check {', '.join(sorted(unknown))}; known checks are {', '.join(CHECKS)}")
    sys.exit(main(sys.argv[1:]))
