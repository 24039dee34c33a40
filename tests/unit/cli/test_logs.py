"""Tests for the log of the programs: errors with their place, no values, bounded files."""

from __future__ import annotations

from pathlib import Path

from support.process import run

FAILS = """
import pathlib, structlog
from iib.cli import logs
logs.FILE_BYTES = 2000
logs.configure_logs(is_verbose=True, file=pathlib.Path("logs", "iib.log"))
def work(header):
    raise RuntimeError("something broke")
try:
    work("very" + "-secret-key")
except RuntimeError:
    structlog.get_logger("iib.x").exception("unexpected error", path="/lib/猫.png")
"""
MANY = FAILS + "\nfor number in range(200):\n    structlog.get_logger('iib.x').info('line', number=number)\n"


def test_an_unexpected_error_is_logged_with_its_place_and_without_values(tmp_path: Path) -> None:
    ended = run(["-c", FAILS], tmp_path / "home")

    said = ended.stderr
    kept = (tmp_path / "home" / "logs" / "iib.log").read_text(encoding="utf-8")
    assert ended.stdout == ""
    for text in (said, kept):
        assert "something broke" in text
        assert "in work" in text
        assert "/lib/猫.png" in text
        assert "very-secret-key" not in text
        assert "\x1b" not in text


def test_a_full_log_file_is_renamed_and_the_oldest_is_removed(tmp_path: Path) -> None:
    run(["-c", MANY], tmp_path / "home")

    files = sorted((tmp_path / "home" / "logs").iterdir())
    assert [file.name for file in files] == ["iib.log", "iib.log.1", "iib.log.2", "iib.log.3"]
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert "number=199" in files[0].read_text(encoding="utf-8")


def test_a_log_file_that_cannot_be_written_is_reported_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "logs").write_text("a file where the folder should be")

    said = run(["-c", FAILS], tmp_path / "home").stderr

    assert "the log file cannot be written" in said
    assert "something broke" in said
