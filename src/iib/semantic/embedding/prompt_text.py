"""Normalises a stored generation text into the text to embed (docs/reference/public-api.md#ai), and hashes it."""

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
SHORT = 2  # pieces of at most so many characters carry no meaning
CHINESE_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MAX_TOKENS = 7_800
CHARS_PER_TOKEN = 4  # ASCII characters; every other character counts as one token
AGGRESSIVE = frozenset(("theme_only", "theme", "strict"))
RULES_VERSION = 1  # increase when the code below returns another text for the same rules


@dataclass(frozen=True, slots=True)
class PromptText:
    """Normalisation rules of one configuration. `fingerprint` identifies them in hashes and cache keys."""

    enabled: bool = True
    mode: str = "balanced"

    @property
    def is_aggressive(self) -> bool:
        """True if words of style are removed too."""
        return self.mode.strip().lower() in AGGRESSIVE

    @property
    def fingerprint(self) -> str:
        """Identifies the rules: `nv_` and 12 hexadecimal digits."""
        rules = (RULES_VERSION, QUALITY, CAMERA, CHINESE, CHINESE_STYLE, self.enabled, self.is_aggressive)
        return "nv_" + hashlib.sha256(repr(rules).encode()).hexdigest()[:12]

    def of(self, stored: str, max_chars: int = 4000) -> str:
        """The text to embed; "" if the prompt is empty.

        >>> PromptText().of("(soft light:1.3), masterpiece, a cat")
        'soft light, a cat'
        """
        raw = positive_part(stored)[:max_chars].strip()
        if not raw:
            return ""
        return cut_tokens((self._normalise(raw) if self.enabled else "") or BLANKS.sub(" ", raw))

    def _normalise(self, raw: str) -> str:
        text = BRACKETS.sub(" ", WEIGHTED.sub(r"\1", NETWORK.sub(" ", raw)))
        aggressive = self.is_aggressive
        return SEPARATOR.join(filter(None, (_clean(piece, aggressive) for piece in SEPARATORS.split(text))))


def positive_part(stored: str) -> str:
    """The positive prompt: the stored text up to the negative prompt or the settings line.

    >>> positive_part("a cat\\nNegative prompt: blurry\\nSteps: 20, Sampler: Euler")
    'a cat'
    """
    negative = NEGATIVE.search(stored)
    text = stored[: negative.start()] if negative else stored
    settings = SETTINGS_LINE.search(text)
    return (text[: settings.start()] if settings else text).strip()


def cut_tokens(text: str, limit: int = MAX_TOKENS) -> str:
    """The longest beginning of a text with at most `limit` estimated tokens."""
    if estimate_tokens(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_tokens(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def estimate_tokens(text: str) -> int:
    """Estimated number of tokens: one for four ASCII characters, one for any other character, and one more.

    >>> estimate_tokens("a red cat")
    3
    """
    if text.isascii():
        return len(text) // CHARS_PER_TOKEN + 1
    others = sum(1 for character in text if ord(character) > 127)  # noqa: PLR2004  (the end of ASCII)
    return (len(text) - others) // CHARS_PER_TOKEN + others + 1


def text_hash(fingerprint: str, text: str) -> bytes:
    """SHA-256 of `<fingerprint>:<text>`: the key of an embedding within its model."""
    return hashlib.sha256(f"{fingerprint}:{text}".encode("utf-8", "replace")).digest()


def source_hash(fingerprint: str, max_chars: int, stored: str) -> bytes:
    """A hash of 12 bytes of the stored text; if it is unchanged, the text is not normalised again."""
    head = f"{fingerprint}:{max_chars}:".encode()
    return hashlib.blake2b(head + stored.encode("utf-8", "replace"), digest_size=12).digest()


@lru_cache(maxsize=65_536)  # the same pieces occur in thousands of prompts
def _clean(piece: str, aggressive: bool) -> str:
    """One piece without boilerplate; "" if nothing remains."""
    text = _BOILERPLATE.sub(" ", piece)
    if not text.isascii():
        text = (_CHINESE_ALL if aggressive else _CHINESE_PLAIN).sub("", text)
    text = BLANKS.sub(" ", text).strip()
    return text if _is_meaningful(text) else ""


def _is_meaningful(piece: str) -> bool:
    """True for more than two characters, and for two characters of a script with words that short."""
    return len(piece) > SHORT or (len(piece) == SHORT and CHINESE_PIECE.search(piece) is not None)


def _words(patterns: tuple[str, ...]) -> str:
    return rf"(?<![^\W_])(?:{'|'.join(patterns)})(?![^\W_])"


_BOILERPLATE = re.compile(_words(QUALITY + CAMERA), re.IGNORECASE)
_CHINESE_PLAIN = re.compile("|".join(CHINESE))
_CHINESE_ALL = re.compile("|".join((*CHINESE, *CHINESE_STYLE)))
