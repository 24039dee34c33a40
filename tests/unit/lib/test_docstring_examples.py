"""Tests that run the examples in docstrings."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "iib._lib.file_names",
    "iib._lib.lazy_exports",
    "iib._lib.path_relocation",
    "iib._lib.text_folding",
    "iib.access.paths",
    "iib.access.request_origin",
    "iib.api.file_manager",
    "iib.api.http.errors",
    "iib.api.http.ranges",
    "iib.files.planning.plan",
    "iib.files.planning.sidecars",
    "iib.settings",
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted > 0
    assert result.failed == 0
