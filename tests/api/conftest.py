"""Fixtures of the API tests: the whole program behind HTTP over an empty library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hosted import Hosted, hosted
from support.library import Library


@pytest.fixture
def api(tmp_path: Path, library: Library) -> Iterator[Hosted]:
    """A program with full permissions and an empty index."""
    with hosted(tmp_path / "home", [library.root]) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """A program with three indexed files, for tests that do not change it."""
    library = Library(tmp_path_factory.mktemp("shared") / "library")
    library.fill(3)
    with hosted(library.root.parent / "home", [library.root]) as opened:
        opened.update()
        yield opened
