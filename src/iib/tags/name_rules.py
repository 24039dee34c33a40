"""Validates names of tags, albums and saved searches, and colours of tags. Pure."""

from __future__ import annotations

import re
import unicodedata

from iib.errors import InvalidRequest

MAX_LENGTH = 200
MAX_CJK = 12
MAX_WORDS = 8
MAX_SENTENCE = 40
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
UNPRINTABLE = frozenset(("Cc", "Cs", "Zl", "Zp"))
COLOR = re.compile(r"[#A-Za-z0-9(),.%/ +-]{0,100}")


def tag_name(raw: str) -> str:
    """Validate and trim the name of a tag. Raises `InvalidRequest` for names that are too long or invalid.

    >>> tag_name("  to print ")
    'to print'
    """
    name = plain_name(raw, "a tag")
    if CJK.match(name):
        if len(name) > MAX_CJK:
            raise InvalidRequest(f"this tag is too long: at most {MAX_CJK} characters")
    elif len(name.split()) > MAX_WORDS and len(name) > MAX_SENTENCE:
        raise InvalidRequest(f"this tag is too long: at most {MAX_WORDS} words or {MAX_SENTENCE} characters")
    return name


def plain_name(raw: str, what: str) -> str:
    """Validate and trim a name. Raises `InvalidRequest` if it is empty, too long or unprintable."""
    name = raw.strip()
    if not name:
        raise InvalidRequest(f"the name of {what} is empty")
    if len(name) > MAX_LENGTH:
        raise InvalidRequest(f"the name of {what} is too long: at most {MAX_LENGTH} characters")
    if any(unicodedata.category(char) in UNPRINTABLE for char in name):
        raise InvalidRequest(f"the name of {what} contains control characters")
    return name


def css_color(raw: str) -> str:
    """Validate and trim a CSS colour, "" for none. Raises `InvalidRequest` for text that may be more than a colour.

    >>> css_color(" rgb(1, 2, 3) ")
    'rgb(1, 2, 3)'
    """
    color = raw.strip()
    if not COLOR.fullmatch(color):
        raise InvalidRequest("not a valid CSS colour")
    return color
