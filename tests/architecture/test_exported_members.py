"""Tests for the front doors of the rooms: their exported members, and the lazy import of submodules."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from support.process import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "tools"))
import export_members

ROOMS = export_members.list_rooms()


def test_exported_members_equal_the_snapshot() -> None:
    snapshot = export_members.TARGET.read_text(encoding="utf-8")

    assert export_members.document() == snapshot, "run `python tools/export_members.py`"


@pytest.mark.parametrize("room", ROOMS)
def test_exported_names_equal_the_lazy_map(room: str) -> None:
    assert sorted(importlib.import_module(f"iib.{room}").__all__) == export_members.read_lazy_names(room)


@pytest.mark.parametrize("room", ROOMS)
def test_every_exported_name_resolves(room: str) -> None:
    package = importlib.import_module(f"iib.{room}")

    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_importing_a_room_loads_none_of_its_submodules() -> None:
    code = f"""
import importlib, sys
for room in {ROOMS!r}:
    importlib.import_module(f"iib.{{room}}")
    print(*[name for name in sys.modules if name.startswith(f"iib.{{room}}.")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)

    assert done.stdout.split() == []


def test_the_services_class_loads_without_the_routes() -> None:
    code = "import sys; from iib.api import Services; sys.exit('iib.api.app' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute"):
        importlib.import_module("iib.jobs").nothing  # noqa: B018
