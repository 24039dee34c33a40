"""Case and width folding of text for search."""

from __future__ import annotations

import unicodedata

KELVIN_SIGN = "\u212a"


def fold(text: str) -> str:
    """Fold letter case and compatibility forms such as full-width letters. Accents stay distinct.

    NUL becomes a space, because it would end the text inside SQLite's tokenizer.

    >>> fold("Ｌａｎｄ STRASSE")
    'land strasse'
    >>> fold("Straße"), fold("Café")
    ('strasse', 'café')
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        folded = folded.encode("utf-8", "replace").decode("utf-8")
    return folded.replace("\x00", " ") if "\x00" in folded else folded


def compose(text: str) -> str:
    """The composed spelling (NFC) of a text; the text itself, the same object, if it is composed already.

    macOS and some input methods write an accented letter as a letter and a combining accent.

    >>> compose("cafe\u0301") == "caf\u00e9"
    True
    """
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def search_body(path: str, text: str) -> str:
    """The text of one file in the full-text index: the folded path and the folded text.

    The two line ends make every character the start of a trigram, so that search terms of one or two characters are
    found by the beginnings of trigrams.

    >>> search_body("/img/A.png", "A Cat")
    '/img/a.png\\na cat\\n\\n'
    """
    return f"{fold(path)}\n{fold(text)}\n\n"


def only_changes_case(text: str, folded: str) -> bool:
    """True if folding only replaces capital letters, one by one. `folded` is `fold(text)`.

    A match of a case-insensitive regular expression in such a text is then also found by its folded letters. A text
    with the Kelvin sign is excluded, because its lower-case letter is the Latin `k`.

    >>> only_changes_case("A Cat", fold("A Cat")), only_changes_case("Straße", fold("Straße"))
    (True, False)
    """
    if text.isascii():
        return "\x00" not in text
    lowered = text.lower()
    return folded == lowered and len(lowered) == len(text) and KELVIN_SIGN not in text
