"""File names that are valid on every operating system. Pure."""

from __future__ import annotations

import re

MAX_NAME_BYTES = 255
RESERVED = frozenset(
    (
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{word}{digit}" for word in ("com", "lpt") for digit in "123456789¹²³"),
    )
)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
FORBIDDEN = re.compile(r'[<>:"|?*]')


def name_problem(name: str, *, windows: bool) -> str | None:
    """Return why `name` is not a valid file name, or None if it is valid.

    Windows' reserved device names are refused on every system, so that a library can move between systems.

    >>> name_problem("a/b", windows=False)
    'a name must not contain a path separator'
    >>> name_problem("cat.png", windows=True) is None
    True
    """
    if not name.strip() or name in (".", ".."):
        return "a name is required"
    if "/" in name or "\\" in name:
        return "a name must not contain a path separator"
    if CONTROL.search(name):
        return "a name must not contain control characters"
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        return "this name is not valid text"
    if len(encoded) > MAX_NAME_BYTES:
        return f"a name must not be longer than {MAX_NAME_BYTES} bytes"
    if name.partition(".")[0].rstrip(" ").lower() in RESERVED:
        return "this name is reserved on Windows"
    if windows and (FORBIDDEN.search(name) or name[-1] in ". "):
        return 'on Windows a name must not contain < > : " | ? * and must not end with a dot or a space'
    return None


def split_name(name: str) -> tuple[str, str]:
    """Split a name into stem and extension; an extension is a dot followed by word characters.

    >>> split_name("a.b.png"), split_name("Dr. No")
    (('a.b', '.png'), ('Dr. No', ''))
    """
    match = re.fullmatch(r"(.+)(\.\w+)", name, re.DOTALL)
    return (match[1], match[2]) if match else (name, "")


def numbered(name: str, number: int) -> str:
    """Add a number to a file name. A long stem is shortened so that the name fits into `MAX_NAME_BYTES`.

    >>> numbered("cat.png", 2)
    'cat (2).png'
    """
    stem, extension = split_name(name)
    suffix = f" ({number}){extension}"
    max_stem_bytes = MAX_NAME_BYTES - len(suffix.encode("utf-8", "surrogatepass"))
    while len(stem.encode("utf-8", "surrogatepass")) > max_stem_bytes:
        stem = stem[:-1]
    return stem + suffix
