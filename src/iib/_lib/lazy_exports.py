"""Lazy re-exports for the `__init__` of a package, so that importing one submodule does not import all of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping


def lazy_exports(package: str, modules: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """Return a module `__getattr__` that imports an exported name from its submodule on first use.

    `modules` maps submodules, relative to the package, to the names they export.

    >>> get = lazy_exports("iib._lib", {"text_folding": ("fold",)})
    >>> get("fold")("ABC")
    'abc'
    """
    submodules = {name: module for module, names in modules.items() for name in names}

    def get_attribute(name: str) -> object:
        module = submodules.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{module}"), name)

    return get_attribute
