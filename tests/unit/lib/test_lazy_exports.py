"""The packages with lazy exports offer every name in their `__all__`, and import submodules on first use only."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

PACKAGES = ("iib.access", "iib.files", "iib.jobs")


@pytest.mark.parametrize("name", PACKAGES)
def test_every_exported_name_exists(name: str) -> None:
    package = importlib.import_module(name)

    missing = [exported for exported in package.__all__ if not hasattr(package, exported)]

    assert missing == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute"):
        importlib.import_module("iib.jobs").nothing  # noqa: B018


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_alone_imports_none_of_its_submodules(name: str) -> None:
    code = f"import sys, {name}; print([module for module in sys.modules if module.startswith('{name}.')])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
