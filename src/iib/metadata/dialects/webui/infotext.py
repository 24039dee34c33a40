"""Parses infotext, the text format of Stable Diffusion WebUI: prompt, negative prompt, settings line.

The scanner is linear: no text makes it backtrack.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import chain

KEY = re.compile(r"\s*([^\W_][\w \-/.+()\[\]#|&']{0,80}): ?", re.ASCII)
NEXT_KEY = re.compile(r",\s+(?=[A-Za-z0-9][\w \-/.+()\[\]#|&']{0,80}:)", re.ASCII)
# Nearly all pairs: a value without comma, quote or bracket, followed by the next key or the end of the line.
PLAIN_PAIR = re.compile(
    r"\s*([^\W_][\w \-/.+()\[\]#|&']{0,80}): ?"
    r"((?! *[\"{\[])[^,\n]*)"
    r"(?:,[ \t]+(?=[A-Za-z0-9][\w \-/.+()\[\]#|&']{0,80}:)|\n|$)",
    re.ASCII,
)
# A whole line of such pairs and of quoted values without escapes, in one call.
USUAL_PAIRS = re.compile(r"([^\W_][\w \-/.+()\[\]#|&']{0,80}): (\"[^\"\\\n]*\"|[^\",\n{\[ ][^,\n]*)(?:, |$)", re.ASCII)
NEGATIVE = re.compile(r"^[ \t]*Negative prompt:[ \t]?", re.MULTILINE | re.IGNORECASE)
# The same parts where line breaks were lost: `a cat. Negative prompt: dog. Steps: 20, Sampler: Euler a`.
# In this spelling only: keys such as `Hires steps` end in the same words.
INLINE_NEGATIVE = re.compile(r"(?<![A-Z_-])Negative prompt:[ \t]?")
INLINE_STEPS = re.compile(r"(?<![A-Z_-])Steps: ?\d+(?=, ?[A-Za-z][\w \-/]{0,40}: )")
JOINTS = " \t\n,;|"
TEMPLATE = re.compile(r"^(Template|Negative template): ", re.MULTILINE)  # SD.Next: texts before styles and wildcards
PIPES = re.compile(r"[ \t]*Steps: ?\d+ \| ")  # SD.Next of 2023 separates the settings like this
PIPE_HEAD = re.compile(r"(?:App|Backend|Pipeline|Version): [^\n]*", re.IGNORECASE)
PIPE_PROMPT = re.compile(r"\s*prompt: ?", re.IGNORECASE)
USUAL_NEGATIVE = "\nNegative prompt:"
STEPS_LINE = re.compile(r"^[ \t]*Steps: ?\d+", re.IGNORECASE)
PAIR_START = re.compile(r"(?:^|, ?)([A-Za-z][\w \-/]{0,40}): ", re.ASCII)
KNOWN_KEYS = frozenset(
    (
        "app", "backend", "cfg scale", "clip skip", "created date", "denoising strength", "ensd", "guidance scale",
        "model", "model hash", "operations", "parser", "performance", "pipeline", "postprocess upscale by",
        "postprocess upscaler", "sampler", "schedule type", "seed", "size", "software", "steps", "version",
    )
)  # fmt: skip
SOURCE_KEY = "source identifier"  # added by this program and its plug-ins to settings lines only
MIN_PAIRS = 3
SEPARATORS = len(": ") + len(", ")
MAX_LINES = 400  # searched for the settings line, from the end
MAX_PAIRS = 2_000
SAMPLE = 20_000  # characters of the beginning and end of a line that are searched for keys
MAX_SETTINGS = 400_000  # characters from the start of the settings line


@dataclass(slots=True)
class Infotext:
    """The parts of an infotext.

    `settings` has the keys in their order and spelling; if a key occurs twice, the first one counts.
    """

    prompt: str = ""
    negative: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    has_settings: bool = False
    lowered: dict[str, str] = field(default_factory=dict, repr=False)  # non-empty settings by lower-case key

    def __post_init__(self) -> None:
        self.lowered = {key.lower(): value for key, value in reversed(self.settings.items()) if value}

    def get(self, *keys: str) -> str | None:
        """Return the first non-empty value of these keys, or None; case is ignored."""
        for key in keys:
            value = self.lowered.get(key.lower())
            if value:
                return value
        return None


def parse_infotext(text: str) -> Infotext:
    """Split an infotext. A text without a settings line is a prompt as a whole (a caption).

    >>> info = parse_infotext("a cat\\nNegative prompt: dog\\nSteps: 20, Sampler: Euler a, Size: 512x768, Seed: 5")
    >>> info.prompt, info.negative, info.settings["Sampler"], info.get("seed")
    ('a cat', 'dog', 'Euler a', '5')
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip("\0 \n")
    if text[:1] == "\ufeff":
        text = text.lstrip("\ufeff")
    if "\n" not in text and "\\nSteps: " in text:
        text = text.replace("\\n", "\n")  # line breaks that a program escaped
    start = find_settings(text)
    if start is None:
        return Infotext(prompt=text)
    if start and text[start - 1] != "\n":
        return _parse_inline(text, start)
    before = text[:start].rstrip("\n ")
    settings = scan_settings(text[start : start + MAX_SETTINGS])
    if len(settings) < MIN_PAIRS and PIPES.match(text, start):
        return _parse_pipes(before, text[start : start + MAX_SETTINGS])
    usual = before.find(USUAL_NEGATIVE)
    if usual > 0 and "egative prompt:" not in before[:usual]:
        prompt, rest = before[:usual].strip(), before[usual + len(USUAL_NEGATIVE) :].strip()
    else:
        negative = NEGATIVE.search(before)
        if negative is None and "Negative prompt:" in before:
            return _parse_inline(text, start)
        prompt, rest = _split_negative(before, negative)
    if settings.get("App") == "SD.Next" and "emplate: " in before:
        prompt, rest = _split_templates(prompt, rest, settings)
    return Infotext(prompt, rest, settings, has_settings=True)


def _split_negative(text: str, negative: re.Match[str] | None) -> tuple[str, str]:
    if negative is None:
        return text.strip(), ""
    return text[: negative.start()].strip(), text[negative.end() :].strip()


def _parse_inline(text: str, start: int) -> Infotext:
    """Parse a text whose negative prompt or settings begin in the middle of a line.

    What joins the parts, also full stops behind all of them, is no part of the prompts.
    """
    before = text[:start]
    negative = NEGATIVE.search(before) or INLINE_NEGATIVE.search(before)
    parts = [before] if negative is None else [before[: negative.start()], before[negative.end() :]]
    stops = [part.rstrip(JOINTS).endswith(".") and part[-1:].isspace() for part in parts if part.strip()]
    plain = [part.rstrip(JOINTS).lstrip() for part in parts]
    if stops and all(stops):
        plain = [part[:-1].rstrip(JOINTS) if part.endswith(".") and not part.endswith("..") else part for part in plain]
    settings = scan_settings(text[start : start + MAX_SETTINGS])
    return Infotext(plain[0], plain[1] if len(plain) > 1 else "", settings, has_settings=True)


def _parse_pipes(before: str, line: str) -> Infotext:
    """Parse settings separated by ` | `; the line before them may hold the first ones, and the prompt has a label."""
    lines = before.rstrip().split("\n")
    settings: dict[str, str] = {}
    if len(lines) > 1 and PIPE_HEAD.fullmatch(lines[-1]):
        settings = scan_settings(lines.pop().rstrip(" ,"))
    for pair in line.split(" | ")[:MAX_PAIRS]:
        key, colon, value = pair.partition(":")
        if colon and key.strip():
            settings.setdefault(key.strip(), value.strip(" \n,"))
    text = "\n".join(lines)
    prompt, negative = _split_negative(text, NEGATIVE.search(text))
    return Infotext(PIPE_PROMPT.sub("", prompt, count=1).strip(), negative, settings, has_settings=True)


def _split_templates(prompt: str, negative: str, settings: dict[str, str]) -> tuple[str, str]:
    """Move the templates, which follow the prompts and are no part of them, to the settings."""
    texts = []
    for text in (prompt, negative):
        kept, *parts = TEMPLATE.split(text)
        texts.append(kept.strip())
        for name, template in zip(parts[::2], parts[1::2], strict=True):
            settings.setdefault(name, template.strip())
    return texts[0], texts[1]


def find_settings(text: str) -> int | None:
    """Return the start of the settings line, or None.

    This is the last line with `Steps:` and three pairs, otherwise the last line with known keys.
    """
    usual = text.rfind("\nSteps: ") + 1
    if usual and text[usual + 7 : usual + 8].isdigit() and text.count(": ", usual, usual + 400) > MIN_PAIRS:
        return usual
    fallback: int | None = None
    end = len(text)
    for _ in range(MAX_LINES):
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        if ":" in line:
            sample = line if len(line) <= 2 * SAMPLE else f"{line[:SAMPLE]}\n{line[-SAMPLE:]}"
            keys = [key.strip().lower() for key in PAIR_START.findall(sample)]
            if STEPS_LINE.match(line) and (len(keys) >= MIN_PAIRS or set(keys) <= KNOWN_KEYS):
                return start
            known_count = sum(key in KNOWN_KEYS for key in keys)
            is_postprocess = line.lstrip().startswith("Postprocess") and known_count >= 1
            if fallback is None and (known_count >= MIN_PAIRS or is_postprocess or SOURCE_KEY in keys):
                fallback = start + _first_known(line)
        if start == 0:
            break
        end = start - 1
    return fallback


def _first_known(line: str) -> int:
    """Return the start of the settings in a line that may begin with the prompt."""
    steps = [match.start() for match in INLINE_STEPS.finditer(line)][-1:]
    for start in steps:
        keys = PAIR_START.findall(line, start, start + SAMPLE)
        if sum(key.strip().lower() in KNOWN_KEYS for key in keys) >= MIN_PAIRS:
            return start
    for match in PAIR_START.finditer(line, 0, SAMPLE):
        if match.start() == 0:
            return 0
        if match[1].strip().lower() in KNOWN_KEYS:
            return match.start(1)
    return 0


def scan_settings(line: str) -> dict[str, str]:
    """Return the keys and values of a settings line and of the lines that continue it.

    >>> scan_settings('Steps: 20, Model: "a, b", Seed: 5')
    {'Steps': '20', 'Model': 'a, b', 'Seed': '5'}
    """
    pairs = USUAL_PAIRS.findall(line)
    settings: dict[str, str] = dict(pairs)
    length = sum(map(len, chain.from_iterable(pairs))) + SEPARATORS * len(pairs) - len(", ")
    if length == len(line) and len(settings) == len(pairs):  # nothing between the pairs, and no key twice
        if '"' in line:
            for key, value in pairs:
                if value[0] == '"':
                    settings[key] = value[1:-1]
        return settings
    settings = {}
    position = 0
    while position < len(line) and len(settings) < MAX_PAIRS:
        match = PLAIN_PAIR.match(line, position)
        if match is not None:
            settings.setdefault(match[1].rstrip(), match[2].strip(", "))
            position = match.end() if match.end() > position else position + 1
            continue
        match = KEY.match(line, position)
        if match is None:
            following = _next_start(line, position)
            if following is None:
                break
            position = following
            continue
        key = match[1].strip()
        value, position = _value(line, match.end())
        if key and key not in settings:
            settings[key] = value.strip()
    return settings


def _value(line: str, start: int) -> tuple[str, int]:
    """Return the value that begins at `start`, and the position where the next key may begin."""
    first = line[start : start + 1]
    if first == '"':
        end = _quoted_end(line, start)
        if end is not None and line[end : end + 1] in ("", ",", "\n"):
            raw = line[start:end]
            try:
                value = json.loads(raw, strict=False)
            except ValueError:
                value = raw[1:-1]
            return str(value), end + 1
    elif first in ("{", "["):
        bracket = _bracket_end(line, start)
        if bracket is not None and line[bracket : bracket + 1] in ("", ",", "\n", " "):
            return line[start:bracket], bracket + 1
    newline = line.find("\n", start)
    stop = newline if newline >= 0 else len(line)
    match = NEXT_KEY.search(line, start, stop)
    if match is not None:
        return line[start : match.start()], match.end()
    return line[start:stop].rstrip(", "), stop + 1


def _next_start(line: str, position: int) -> int | None:
    starts = [start for start in (line.find(", ", position), line.find("\n", position)) if start >= 0]
    return min(starts) + 1 if starts else None


def _quoted_end(line: str, start: int) -> int | None:
    position = start + 1
    while True:
        quote = line.find('"', position)
        if quote < 0:
            return None
        slashes = 0
        while line[quote - 1 - slashes] == "\\" and quote - 1 - slashes > start:
            slashes += 1
        if slashes % 2 == 0:
            return quote + 1
        position = quote + 1


BRACKETS = re.compile(r'[\[\]{}"\\]')


def _bracket_end(line: str, start: int) -> int | None:
    depth, skip_to, in_string = 0, start, False
    for match in BRACKETS.finditer(line, start):
        if match.start() < skip_to:
            continue
        char = match[0]
        if char == "\\":
            skip_to = match.start() + 2
        elif char == '"':
            in_string = not in_string
        elif not in_string:
            depth += 1 if char in "[{" else -1
            if depth == 0:
                return match.end()
    return None
