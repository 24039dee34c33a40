"""Fixture of the curation tests: the API over an indexed library of four pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.curated import Api, open_api
from support.library import Library


@pytest.fixture
def api(tmp_path: Path, library: Library) -> Iterator[Api]:
    """`a.png` to `d.png`, the last one newest, all indexed."""
    for name in ("a", "b", "c", "d"):
        library.add(f"{name}.png", f"a {name} cat", "dog", model="sdxl")
    with open_api(tmp_path / "home", library) as opened:
        opened.index()
        yield opened
