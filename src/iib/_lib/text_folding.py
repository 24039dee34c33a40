"""Case and width folding of searched text."""

from __future__ import annotations

import unicodedata

KELVIN = "\u212a"


def fold(text: str) -> str:
    """Fold case and compatibility forms: `fold("Ｌａｎｄ STRASSE")` gives `"land strasse"`. Accents stay distinct.

    NUL would end a text inside SQLite's tokenizer, so it becomes a blank.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        folded = folded.encode("utf-8", "replace").decode("utf-8")
    return folded.replace("\x00", " ") if "\x00" in folded else folded


def search_body(path: str, text: str) -> str:
    """What the full-text index holds of one file. The end makes every character begin one of its trigrams, so that
    needles of one or two are found by the beginnings of trigrams."""
    return f"{fold(path)}\n{fold(text)}\n\n"


def is_plain(text: str, folded: str) -> bool:
    """True if folding changes nothing but capital letters, one by one: what a regular expression that ignores case
    finds in such a text can be found by its folded letters too. `folded` is `fold(text)`.

    The Kelvin sign is a Latin letter in disguise: its small letter is the plain one.
    """
    if text.isascii():
        return "\x00" not in text
    lowered = text.lower()
    return folded == lowered and len(lowered) == len(text) and KELVIN not in text
