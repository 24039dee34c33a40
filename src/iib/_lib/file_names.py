"""Names that every system takes. Pure."""

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
    """Why `name` cannot be one path component, or None. `name_problem("a/b", windows=False)` is a reason.

    Windows' reserved device names are refused everywhere, so that a library can move between systems.
    """
    if not name.strip() or name in (".", ".."):
        return "a name is needed"
    if "/" in name or "\\" in name:
        return "a name may not hold a path separator"
    if CONTROL.search(name):
        return "a name may not hold control characters"
    try:
        encoded = name.encode("utf-8")
    except UnicodeEncodeError:
        return "this name is no valid text"
    if len(encoded) > MAX_NAME_BYTES:
        return f"a name may have {MAX_NAME_BYTES} bytes at most"
    if name.partition(".")[0].rstrip(" ").lower() in RESERVED:
        return "this name is reserved on Windows"
    if windows and (FORBIDDEN.search(name) or name[-1] in ". "):
        return 'Windows allows no < > : " | ? * in a name, and no dot or blank at its end'
    return None


def split_name(name: str) -> tuple[str, str]:
    """Stem and extension, where an extension is a dot and word characters: `"a.b.png"` gives `("a.b", ".png")`."""
    found = re.fullmatch(r"(.+)(\.\w+)", name, re.DOTALL)
    return (found[1], found[2]) if found else (name, "")


def numbered(name: str, number: int) -> str:
    """`numbered("cat.png", 2)` gives `"cat (2).png"`; long stems are cut so that the name fits."""
    stem, extension = split_name(name)
    suffix = f" ({number}){extension}"
    room = MAX_NAME_BYTES - len(suffix.encode("utf-8", "surrogatepass"))
    while len(stem.encode("utf-8", "surrogatepass")) > room:
        stem = stem[:-1]
    return stem + suffix
