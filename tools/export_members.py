"""Writes the names that each room of `iib` exports to tests/snapshots/exported_members.txt, or to the named file."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tests" / "snapshots" / "exported_members.txt"
PACKAGE = ROOT / "src" / "iib"
WITHOUT_EXPORTS = frozenset(("_lib", "cli"))  # a collection of independent modules, and the entry points


def list_rooms() -> list[str]:
    """Return the names of all rooms with exported members, sorted."""
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return sorted(rooms - WITHOUT_EXPORTS)


def read_lazy_names(room: str) -> list[str]:
    """Return the names in the lazy map of a room, sorted, from its source. Raises `ValueError` if it has no map."""
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy_exports":
            modules: dict[str, tuple[str, ...]] = ast.literal_eval(node.args[1])
            return sorted(name for names in modules.values() for name in names)
    raise ValueError(f"iib.{room} has no lazy map")


def document() -> str:
    """Return the snapshot: one line `room.name` per exported member, sorted by room and name."""
    lines = [
        f"{room}.{name}" for room in list_rooms() for name in sorted(importlib.import_module(f"iib.{room}").__all__)
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.write_text(document(), encoding="utf-8", newline="\n")
