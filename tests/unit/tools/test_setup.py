"""Tests for the set-up steps that need no installation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT / "tools") not in sys.path:
    sys.path.insert(0, str(ROOT / "tools"))

import check_sizes  # noqa: E402
import setup  # noqa: E402
import setup_steps  # noqa: E402


def test_a_successful_command_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    setup_steps.run([sys.executable, "-c", "print('chatter')"])

    assert capfd.readouterr() == ("", "")


def test_a_failing_command_prints_its_output(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="exit code 3"):
        setup_steps.run([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])

    assert "the reason" in capfd.readouterr().out


def test_the_digest_follows_content_and_names() -> None:
    one, other = ROOT / "Makefile", ROOT / "README.md"

    assert setup.digest([one]) == setup.digest([one])
    assert len({setup.digest([one]), setup.digest([other]), setup.digest([one, other]), setup.digest([one], "x")}) == 4


def test_the_set_up_needs_only_the_standard_library() -> None:
    code = "import sys; sys.path.insert(0, 'tools'); import setup, setup_steps, setup_browser, lock"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr


def test_make_lists_every_target_with_a_description() -> None:
    listed = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    phony = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith(".PHONY"))

    shown = {line.split()[0] for line in listed.stdout.splitlines()}
    assert shown == set(phony.split()[1:])


def test_long_functions_are_reported_and_docstrings_do_not_count() -> None:
    place = ROOT / "tools" / "invented.py"
    body = "    pass\n" * check_sizes.FUNCTION_LINES
    explained = f'def explained():\n    """{"line" * 2}\n{"more" * 3}\n"""\n' + "    pass\n" * 50

    assert list(check_sizes.too_long(place, f"def short():\n    pass\n{explained}")) == []
    assert len(list(check_sizes.too_long(place, f"def long():\n{body}"))) == 1
