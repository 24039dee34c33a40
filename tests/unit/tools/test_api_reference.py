"""The reference of the API is what the OpenAPI document says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import api_reference

    yield api_reference
    sys.modules.pop("api_reference", None)


def test_the_reference_is_current(tool) -> None:
    assert tool.TARGET.read_text(encoding="utf-8") == tool.reference(), "run `make openapi`"
