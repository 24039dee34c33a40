"""Decides which texts of nodes of unknown class may be words that a user wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

_EXTENSIONS = (
    "safetensors|ckpt|pth?|bin|gguf|sft|onnx|png|jpe?g|webp|gif|bmp|tiff?|avif|jxl|heic|mp4|webm|mov|mkv|wav|mp3|flac"
    "|ogg|opus|txt|json|ya?ml|csv|html?|py|zip|latent"
)
_SETTINGS = "true|false|none|null|undefined|on|off|yes|no|enabled?|disabled?|auto|default|fixed|randomize|custom"
_NOT_WORDS = re.compile(
    rf"""\s*(?:
      \#[0-9a-f]{{3,8}}|(?:rgb|hsl)a?\([\d\s.,%]*\)       # colours
    | [^\n]{{1,300}}\.(?:{_EXTENSIONS})                       # files
    | (?:[a-z]:)?(?:[\w.~-]*[\\/]){{1,20}}[\w.~-]*           # paths
    | https?://\S+ | data:[\w/+.-]+[;,]\S*
    | \$[\w-]+ | %[^%\n]{{1,80}}% | \[[^\[\]\n]{{1,80}}\]    # keys of caches, placeholders
    | [0-9a-f]{{16,}} | [0-9a-f]{{8}}-[0-9a-f-]{{20,40}}
    | [-+\d.,:;x×*%()\s]+                                   # numbers, sizes, ratios
    | [a-z0-9]+(?:[_.:+][a-z0-9]+)+                          # identifiers: the choices of a list
    | (?:{_SETTINGS})
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_INSTRUCTION = re.compile(
    r"\s*[\"'#*\-\s]{0,8}(?:you(?:'re| are| act| will| must)\b|your (?:task|job|role|goal)\b|act as\b"
    r"|as an? (?:\w+ ){0,3}(?:expert|assistant|engineer|artist|ai)\b"
    r"|(?:please )?(?:describe|caption|analy[sz]e|rewrite|rephrase|summari[sz]e|translate)"
    r" (?:the|this|these|it|in|what|my|following|scene|image|picture|photo|video)\b"
    r"|(?:please )?(?:enhance|expand|improve|refine|polish|optimi[sz]e|convert|turn|transform) (?:the|this|my|it|user)"
    r"[\w' ]{0,20} (?:prompt|text|description|caption|input)\b"
    r"|(?:please )?(?:write|create|generate|give me|output|provide|return) (?:only )?(?:an?|the|one|\d+)"
    r" (?:[\w-]+ ){0,5}(?:prompt|caption|description)s?\b|(?:task|instructions?|system(?: prompt)?|rules)\s*:)",
    re.IGNORECASE,
)
_SEVERAL_WORDS = re.compile(r"\S[\s,]+\S")
MAX_EXAMINED = 2000  # characters of a text; a longer text is no choice of a list


def may_be_words(text: str) -> bool:
    """Return False for file names, colours, numbers, identifiers, keys and placeholders.

    >>> [may_be_words(text) for text in ("a red fox", "fire", "#FF0000", "face_yolov8n.pt", "vest_dress", "$13-0")]
    [True, True, False, False, False, False]
    """
    return bool(text.strip()) and (len(text) > MAX_EXAMINED or _NOT_WORDS.fullmatch(text) is None)


def has_several_words(text: str) -> bool:
    """Return True for a text of more than one word: a single word may as well be a choice of a list.

    >>> has_several_words("a red fox"), has_several_words("1girl,solo"), has_several_words("person")
    (True, True, False)
    """
    return _SEVERAL_WORDS.search(text[:MAX_EXAMINED]) is not None


def is_instruction(text: str) -> bool:
    """Return True for a text that tells a language model what to do.

    >>> is_instruction("You are an expert prompt engineer."), is_instruction("you, a red fox")
    (True, False)
    """
    return _INSTRUCTION.match(text[:400]) is not None


def likely_words(texts: Sequence[str]) -> list[str]:
    """Return the texts of several without a name that may be words: of those, single words only if there is one text.

    >>> likely_words(["#000000", "default", "starry night"]), likely_words(["fire"]), likely_words(["AUTO", "person"])
    (['starry night'], ['fire'], [])
    """
    words = [text for text in texts if may_be_words(text)]
    phrases = [text for text in words if has_several_words(text)]
    return phrases or (words if len(texts) == 1 else [])
