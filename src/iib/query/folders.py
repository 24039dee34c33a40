"""Compares folders as people write them with the paths of the library: absolute, by name, Windows or POSIX."""

from __future__ import annotations

import re
from collections.abc import Callable

from iib._lib.text_folding import compose, fold

WINDOWS = re.compile(r"[A-Za-z]:(?:[\\/]|$)|\\")


def is_plain_folder(written: str) -> bool:
    """Returns True for an absolute POSIX path in ASCII: paths begin with it, letter by letter.

    >>> is_plain_folder("/pictures/cats"), is_plain_folder("cats"), is_plain_folder("C:/cats")
    (True, False, False)
    """
    return written.startswith("/") and written.isascii()


def strip_separators(written: str) -> str:
    """Returns a folder without the separators at its end; a root stays.

    >>> strip_separators("/pictures/"), strip_separators("/")
    ('/pictures', '/')
    """
    return written.rstrip("/\\") or written[:1]


def compile_folder(written: str) -> Callable[[str], bool]:
    """Returns a function that tests whether a folder is the written one or below it.

    An absolute path is compared from its start, on Windows without regard to case and kind of separator. Any other
    text is the name of a folder, or several with separators, anywhere in the path and in any case.

    >>> is_cats = compile_folder("cats/")
    >>> is_cats("/pictures/Cats/2026"), is_cats("/pictures/catsuits")
    (True, False)
    >>> compile_folder("c:/Pictures/")("C:\\\\pictures\\\\x")
    True
    """
    if WINDOWS.match(written):
        top = _unified(written)
        return lambda folder: f"{_unified(folder)}/".startswith(f"{top}/")
    if written.startswith("/"):
        start = compose(written).rstrip("/\\")
        return lambda folder: f"{compose(folder).rstrip('/')}/".startswith(f"{start}/")
    names = [name for name in re.split(r"[\\/]+", fold(written)) if name not in ("", ".")]
    wanted = "/".join(["", *names, ""])
    return lambda folder: wanted in "/".join(["", *_names(fold(folder)), ""])


def folder_of(path: str) -> str:
    """Returns the folder of a file. A backslash separates only in paths that do not start with a slash.

    >>> folder_of("/lib/a.png"), folder_of("/a.png"), folder_of("C:\\\\lib\\\\a.png")
    ('/lib', '/', 'C:\\\\lib')
    """
    end = path.rfind("/") if path.startswith("/") else max(path.rfind("/"), path.rfind("\\"))
    return path[: max(end, 0)] or "/"


def _unified(path: str) -> str:
    return compose(path).replace("\\", "/").rstrip("/").casefold()


def _names(folder: str) -> list[str]:
    names = folder.split("/") if folder.startswith("/") else re.split(r"[\\/]", folder)
    return [name for name in names if name]
