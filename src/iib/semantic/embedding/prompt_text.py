"""Turns a stored generation text into the text that is embedded (docs/reference/public-api.md#ai), and hashes it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

NEGATIVE = re.compile(r"negative prompt:", re.IGNORECASE)
SETTINGS_LINE = re.compile(r"^(?:Steps: \S+, |Size: \d+x\d+, |Sampler: [^,\n]+, )", re.MULTILINE)
WEIGHTED = re.compile(r"\(([^()]{1,80}?):\s*[-+]?[\d.]+\s*\)")
NETWORK = re.compile(r"<(?:lora|lyco|hypernet)[:：][^<>]*>", re.IGNORECASE)
DASH = r"[\s\-_\u2010-\u2015]*"
QUALITY = (
    r"masterpiece",
    r"(?:best|high|highest|top|amazing|great)[\s_-]+quality",
    r"best[\s_-]+rating",
    rf"(?:highly|ultra|hyper|extremely|insanely){DASH}detailed",
    r"absurd[\s_-]?res",
    r"hi[\s_-]?res|highres",
    r"hdr|uhd",
    r"[248]k",
    r"raw[\s_-]+photo",
    rf"photo{DASH}realistic|realistic",
    r"cinematic",
)
CAMERA = (
    r"(?:film[\s_-]+)?photography",
    r"dslr|camera",
    r"canon|nikon|sony|sigma|leica",
    r"lens",
    r"bokeh|depth[\s_-]+of[\s_-]+field|dof",
    r"sharp[\s_-]+focus",
    r"wide[\s_-]+angle|fish[\s_-]?eye",
    r"iso[\s_-]*\d{2,6}",
    r"f/\d{1,2}(?:\.\d)?|f\d{1,2}\.\d",
    r"\d{1,4}(?:\.\d)?[\s_-]*mm",
)
CHINESE = (
    "超高分辨率", "高分辨率", "超高清", "高清", "超清", "照片级", "照片质感", "高质量", "高品质", "最高质量",
    "最佳质量", "最好质量", "杰作", "极致细节", "极其详细", "超细节", "细节丰富", "完美",
)  # fmt: skip
CHINESE_STYLE = (
    "胶片质感", "胶片风格", "电影质感", "人像摄影", "写实主义", "写实", "摄影", "镜头", "景深", "胶片", "光圈", "光影",
    "构图", "色彩", "渲染", "纪实", "科学插画", "插画",
)  # fmt: skip
BRACKETS = re.compile(r"\*\*|[()\[\]{}<>（）【】｛｝「」《》]")
SEPARATORS = re.compile(r"[,;，；、\n\r]+")
BLANKS = re.compile(r"\s+")
SEPARATOR = ", "
SHORT = 2  # pieces of so many characters or fewer say nothing
CHINESE_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MAX_TOKENS = 7_800
CHARS_A_TOKEN = 4  # of ASCII; every other character counts as a token of its own
AGGRESSIVE = frozenset(("theme_only", "theme", "strict"))
RULES_VERSION = 1  # raise when the code below changes what it does with the same rules


@dataclass(frozen=True, slots=True)
class PromptText:
    """The rules of one configuration. `fingerprint` names them: it is part of every hash and cache key."""

    enabled: bool = True
    mode: str = "balanced"

    @property
    def is_aggressive(self) -> bool:
        """Whether words of style are removed too."""
        return self.mode.strip().lower() in AGGRESSIVE

    @property
    def fingerprint(self) -> str:
        """`nv_` and 12 hex digits."""
        rules = (RULES_VERSION, QUALITY, CAMERA, CHINESE, CHINESE_STYLE, self.enabled, self.is_aggressive)
        return "nv_" + hashlib.sha256(repr(rules).encode()).hexdigest()[:12]

    def of(self, stored: str, max_chars: int = 4000) -> str:
        """The text to embed: `"(soft light:1.3), masterpiece, a cat"` gives `"soft light, a cat"`; "" if none."""
        raw = positive_part(stored)[:max_chars].strip()
        if not raw:
            return ""
        return cut_tokens((self._normalise(raw) if self.enabled else "") or BLANKS.sub(" ", raw))

    def _normalise(self, raw: str) -> str:
        text = BRACKETS.sub(" ", WEIGHTED.sub(r"\1", NETWORK.sub(" ", raw)))
        aggressive = self.is_aggressive
        return SEPARATOR.join(filter(None, (_clean(piece, aggressive) for piece in SEPARATORS.split(text))))


def positive_part(stored: str) -> str:
    """The prompt alone, without what it should not show and without the settings."""
    found = NEGATIVE.search(stored)
    text = stored[: found.start()] if found else stored
    settings = SETTINGS_LINE.search(text)
    return (text[: settings.start()] if settings else text).strip()


def cut_tokens(text: str, limit: int = MAX_TOKENS) -> str:
    """The beginning of a text that a model takes."""
    if estimate_tokens(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_tokens(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def estimate_tokens(text: str) -> int:
    """Four ASCII characters are one token, any other character is one."""
    if text.isascii():
        return len(text) // CHARS_A_TOKEN + 1
    others = sum(1 for character in text if ord(character) > 127)  # noqa: PLR2004  (the end of ASCII)
    return (len(text) - others) // CHARS_A_TOKEN + others + 1


def text_hash(fingerprint: str, text: str) -> bytes:
    """SHA-256 of `<fingerprint>:<text>`."""
    return hashlib.sha256(f"{fingerprint}:{text}".encode("utf-8", "replace")).digest()


def source_hash(fingerprint: str, max_chars: int, stored: str) -> bytes:
    """A short hash by which a text that is known already need not be normalised again."""
    head = f"{fingerprint}:{max_chars}:".encode()
    return hashlib.blake2b(head + stored.encode("utf-8", "replace"), digest_size=12).digest()


@lru_cache(maxsize=65_536)  # the same pieces come back in thousands of prompts
def _clean(piece: str, aggressive: bool) -> str:
    """One piece without boilerplate; "" if nothing is left of it."""
    text = _BOILERPLATE.sub(" ", piece)
    if not text.isascii():
        text = (_CHINESE_ALL if aggressive else _CHINESE_PLAIN).sub("", text)
    text = BLANKS.sub(" ", text).strip()
    return text if _says_something(text) else ""


def _says_something(piece: str) -> bool:
    """More than two characters; a word of two in a script whose words are that short says enough."""
    return len(piece) > SHORT or (len(piece) == SHORT and CHINESE_PIECE.search(piece) is not None)


def _words(patterns: tuple[str, ...]) -> str:
    return rf"(?<![^\W_])(?:{'|'.join(patterns)})(?![^\W_])"


_BOILERPLATE = re.compile(_words(QUALITY + CAMERA), re.IGNORECASE)
_CHINESE_PLAIN = re.compile("|".join(CHINESE))
_CHINESE_ALL = re.compile("|".join((*CHINESE, *CHINESE_STYLE)))
