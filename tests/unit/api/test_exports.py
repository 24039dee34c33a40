"""The interface of the api package."""

from __future__ import annotations

import subprocess
import sys

import iib.api


def test_every_exported_name_can_be_loaded() -> None:
    assert [name for name in iib.api.__all__ if getattr(iib.api, name, None) is None] == []


def test_services_are_loaded_without_the_routes() -> None:
    code = "import sys; from iib.api import Services; sys.exit('iib.api.app' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
