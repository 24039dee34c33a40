"""Requests of file operations that name files relative to a library."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from support.hosted import Hosted
from support.library import Library
from support.trees import known, tree


def rows(api: Hosted, library: Library) -> dict[str, int]:
    """Return the ids of indexed files by path below the library."""
    return {
        Path(path).relative_to(library.root).as_posix(): media_id
        for path, (media_id, _tags) in known(api.services).items()
    }


def listed(library: Library) -> set[str]:
    """Return all entries below the library, without the trash."""
    return set(tree(library.root))


def paths(library: Library, *names: str) -> list[str]:
    return [str(library.path(name)) for name in names]


def move(api: Hosted, library: Library, names: list[str], dest: str, **options: object) -> httpx.Response:
    return api.post("/move_files", {"file_paths": paths(library, *names), "dest": str(library.path(dest)), **options})


def copy(api: Hosted, library: Library, names: list[str], dest: str, **options: object) -> httpx.Response:
    return api.post("/copy_files", {"file_paths": paths(library, *names), "dest": str(library.path(dest)), **options})


def rename(api: Hosted, library: Library, name: str, new_name: str) -> httpx.Response:
    body = json.dumps({"path": str(library.path(name)), "name": new_name})  # escapes what is no valid text
    return api.post("/db/rename", content=body, headers={"Content-Type": "application/json"})
