"""A1111 text ("infotext"): prompt, negative prompt and settings line, found by one linear scanner."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_KEY = re.compile(r"\s*([^\W_][^,:\"{}\n]{0,80}?)\s*:(?:[ \t]+|(?=\n|$))")
_END_OF_PLAIN = re.compile(r"\n|,[ \t\n]*(?=[^\W_][^,:\"{}\n]{0,80}:(?:[ \t]|\n|$))")
_INLINE_SETTINGS = re.compile(r"(?:^|\s)(?=Steps: ?\d{1,5}, ?[A-Z])")
_KNOWN_KEYS = frozenset(
    {
        "steps",
        "sampler",
        "schedule type",
        "cfg scale",
        "seed",
        "size",
        "model",
        "model hash",
        "clip skip",
        "denoising strength",
        "version",
        "app",
        "vae",
        "distilled cfg scale",
        "guidance scale",
        "postprocess upscale by",
        "postprocess upscaler",
    }
)
_LONGEST_HEAD = 4000  # characters of a line looked at to decide whether it is the settings line
_NEGATIVE = "Negative prompt:"


@dataclass(frozen=True, slots=True)
class Infotext:
    """The parts of one text; `settings` keeps keys as written, in order. `settings_start` is None for a caption."""

    prompt: str
    negative: str | None = None
    settings: dict[str, str] = field(default_factory=dict)
    settings_start: int | None = None


def parse_infotext(text: str) -> Infotext:
    """Split `"a cat\\nNegative prompt: dog\\nSteps: 20, Sampler: Euler, Seed: 1"` into its three parts."""
    text = clean_text(text)
    start = find_settings(text)
    inline = start is not None and start > 0 and text[start - 1] != "\n"
    head = text if start is None else text[:start]
    settings = {} if start is None else scan_settings(text[start:])
    prompt, negative = _split_negative(head, inline=inline)
    return Infotext(prompt.strip(), None if negative is None else negative.strip(), settings, start)


def clean_text(text: str) -> str:
    """Unix line ends, no NULs around, no blanks at the end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip("\x00\ufeff").rstrip("\x00 \n\t")


def _split_negative(head: str, *, inline: bool) -> tuple[str, str | None]:
    if head.startswith(_NEGATIVE):
        return "", head[len(_NEGATIVE) :]
    at = head.find("\n" + _NEGATIVE)
    if at >= 0:
        return head[:at], head[at + 1 + len(_NEGATIVE) :]
    if inline:
        at = head.find(_NEGATIVE)
        if at >= 0:
            return head[:at], head[at + len(_NEGATIVE) :]
    return head, None


def find_settings(text: str) -> int | None:
    """Offset of the settings line, searched from the end; None for a bare caption."""
    end = len(text)
    while end > 0:
        start = text.rfind("Steps:", 0, end)
        if start < 0:
            break
        if (start == 0 or text[start - 1] == "\n") and _count_pairs(text, start) >= 3:
            return start
        end = start
    if text.startswith("Postprocess") and "\n" not in text and _count_pairs(text, 0) >= 1:
        return 0
    return _find_line_of_known_keys(text) if ": " in text else None


def _find_line_of_known_keys(text: str) -> int | None:
    end = len(text)
    while end >= 0:
        start = text.rfind("\n", 0, end) + 1
        if text.count(": ", start, min(end, start + _LONGEST_HEAD)) >= 3:
            keys = _keys_of_line(text[start : min(end, start + _LONGEST_HEAD)])
            if len(_KNOWN_KEYS.intersection(keys)) >= 3 and not text.startswith(_NEGATIVE, start):
                return start
        end = start - 1
        if start == 0:
            break
    found: int | None = None
    for match in _INLINE_SETTINGS.finditer(text):
        found = match.end()
    if found is not None and len(_KNOWN_KEYS.intersection(_keys_of_line(text[found : found + _LONGEST_HEAD]))) >= 3:
        return found
    return None


def _keys_of_line(line: str) -> list[str]:
    return [key.lower() for key in scan_settings(line)]


def _count_pairs(text: str, start: int) -> int:
    end = text.find("\n", start)
    line = text[start : min(end if end >= 0 else len(text), start + _LONGEST_HEAD)]
    if line.count(": ") < 3 and not line.startswith("Postprocess"):
        return 0
    return len(scan_settings(line))


def scan_settings(line: str) -> dict[str, str]:
    """`{'Steps': '20', 'Lora hashes': 'a: 1, b: 2'}` from `Steps: 20, Lora hashes: "a: 1, b: 2"`; first key wins.

    Linear: a quoted or bracketed value that never ends makes later ones plain.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    position, length = 0, len(line)
    balanced = True
    while position < length:
        match = _KEY.match(line, position)
        if match is None:
            match_end = _END_OF_PLAIN.search(line, position)
            if match_end is None:
                break
            position = match_end.end()
            continue
        position = match.end()
        opening = line[position : position + 1]
        end: int | None = None
        if balanced and opening == '"':
            end = _end_of_string(line, position)
            balanced = end is not None
        elif balanced and opening and opening in "{[":
            end = _end_of_brackets(line, position)
            balanced = end is not None
        if end is None or not _ends_value(line, end):
            stop = _END_OF_PLAIN.search(line, position)
            value_end, following = (stop.start(), stop.end()) if stop else (length, length)
            value = line[position:value_end].strip(" ,\t")
        else:
            value, following = _decode(line[position:end]), _after_comma(line, end)
        position = max(following, position + 1) if following <= position else following
        key = match.group(1)
        lowered = key.lower()
        if lowered not in seen:
            seen.add(lowered)
            found[key] = value
    return found


def _ends_value(line: str, end: int) -> bool:
    return line[end : end + 1] in ("", ",", "\n", " ", "}")


def _after_comma(line: str, end: int) -> int:
    while end < len(line) and line[end] in ", \t\n":
        end += 1
    return end


def _end_of_string(line: str, start: int) -> int | None:
    position = start + 1
    while True:
        quote = line.find('"', position)
        if quote < 0:
            return None
        slash = line.find("\\", position, quote)
        if slash < 0:
            return quote + 1
        position = slash + 2


_BRACKET = re.compile(r"[{}\[\]\"]")


def _end_of_brackets(line: str, start: int) -> int | None:
    depth, position = 0, start
    while True:
        match = _BRACKET.search(line, position)
        if match is None:
            return None
        position = match.end()
        symbol = match.group()
        if symbol == '"':
            end = _end_of_string(line, match.start())
            if end is None:
                return None
            position = end
        elif symbol in "{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return position


def _decode(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1]


def quote_value(value: str) -> str:
    """A value as the settings line holds it: a JSON string if it would not survive bare."""
    if "," in value or "\n" in value or ":" in value or value[:1] in {'"', "{", "["}:
        return json.dumps(value, ensure_ascii=False)
    return value
