"""What programs say of themselves."""

from __future__ import annotations

from pathlib import Path

from support.process import run

FAILS = """
import structlog
from iib.cli.logs import configure_logs
configure_logs(is_verbose=True)
def work(header):
    raise RuntimeError("something broke")
try:
    work("very" + "-secret-key")
except RuntimeError:
    structlog.get_logger("x").exception("unexpected error")
"""


def test_an_unexpected_error_is_logged_with_its_place_and_without_values_w63(tmp_path: Path) -> None:
    said = run(["-c", FAILS], tmp_path / "home").stderr

    assert "something broke" in said
    assert "in work" in said
    assert "very-secret-key" not in said
