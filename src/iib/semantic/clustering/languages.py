"""Language codes of requests and the languages of titles (docs/reference/public-api.md#ai)."""

from __future__ import annotations

SIMPLIFIED = frozenset(("zh", "zhhans", "zh-cn", "zh_cn", "cn", "zhs", "zh-hans"))
TRADITIONAL = frozenset(
    ("zhhant", "zh-hant", "zh-tw", "zh_tw", "zh-hk", "zh_hk", "zh-mo", "zh_mo", "tw", "hk", "mo", "zht")
)


def title_language(code: str | None) -> str:
    """The language's English name: `title_language("zh-TW")` gives "Traditional Chinese"."""
    word = (code or "").strip().lower()
    if word in SIMPLIFIED:
        return "Simplified Chinese"
    if word in TRADITIONAL:
        return "Traditional Chinese"
    return "German" if word.startswith("de") else "English"
