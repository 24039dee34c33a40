"""Fixtures of all tests. Every test works on real files in its own temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.library import Library
from support.services import make_services

from iib.api import Services
from iib.store import Store

settings.register_profile(
    "house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Return a library folder without files."""
    return Library(tmp_path / "library")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a store without rows."""
    opened = Store.open(tmp_path / "store" / "iib.db")
    yield opened
    opened.close()


@pytest.fixture
def services(tmp_path: Path, library: Library) -> Iterator[Services]:
    """Build the services over `library` with one parse worker, no watcher and no running job."""
    built = make_services(tmp_path / "home", [library.root])
    yield built
    built.close()
