"""Typed values out of what tools write: numbers as text, placeholders, names with folders."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from iib.model import Json, LoraRef

MODEL_SUFFIX = re.compile(r"\.(safetensors|ckpt|pt|pth|bin|gguf|sft|onnx)$", re.IGNORECASE)
# Case is ignored behind the bracket only: so the search is for one character, which costs next to nothing.
NETWORK = re.compile(r"<((?i:lora|lyco))(?i:_[a-z]{1,12})?:([^<>\n]{1,400})>")
LORA_TYPES = frozenset(("lora", "locon", "lycoris", "dora"))  # in lists of resources, lower case
MAX_NETWORKS = 200
KEPT_PROMPTS, MAX_KEPT = 256, 8_000  # prompts whose parts are remembered, and the characters of the longest
NETWORK_TAG = re.compile(r"<(?i:lora|lyco|hypernet)\s*:[^<>]*>")
NUMBERS = (int, float)  # `int | float` would be made anew by each `isinstance` that names it
SIZE = re.compile(r"\s*[(\[]?\s*(\d{1,5})\s*[xX×*,]\s*(\d{1,5})")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MAX_INT = 2**64 - 1
MAX_DIGITS = 20
SCHEDULES = {
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "sgm uniform": "SGM Uniform",
    "sgm_uniform": "SGM Uniform",
    "simple": "Simple",
    "normal": "Normal",
    "ddim_uniform": "DDIM Uniform",
    "beta": "Beta",
    "uniform": "Uniform",
    "align your steps": "Align Your Steps",
    "kl optimal": "KL Optimal",
    "linear_quadratic": "Linear Quadratic",
}


def to_int(value: Json) -> int | None:
    """An integer out of a number or text; None for anything else, booleans and out-of-range ones included."""
    if isinstance(value, str):
        text = value.strip()
        digits = text[1:] if text[:1] in ("-", "+") else text
        if digits.isascii() and digits.isdigit():
            return _in_range(int(text)) if len(digits) <= MAX_DIGITS else None
    elif isinstance(value, bool):
        return None
    elif isinstance(value, int):
        return _in_range(value)
    number = to_float(value)
    return _in_range(int(number)) if number is not None and number == int(number) else None


def _in_range(whole: int) -> int | None:
    return whole if -MAX_INT <= whole <= MAX_INT else None


def to_float(value: Json) -> float | None:
    """A finite number out of a number or text."""
    if isinstance(value, str):
        if NUMBER.fullmatch(value.strip()) is None:
            return None
    elif isinstance(value, bool) or not isinstance(value, NUMBERS):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def to_text(value: Json) -> str | None:
    """Non-empty text, or None."""
    return value if isinstance(value, str) and value.strip() else None


def parse_size(text: Json) -> tuple[int, int] | None:
    """`(width, height)` of "832x1216", "(768, 1280)", "1024 × 1024 (square)"."""
    match = SIZE.match(text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def clean_model_name(name: str) -> str:
    """Without folder and extension: `clean_model_name("SD15\\\\a.safetensors")` gives "a"."""
    plain = name.strip()
    if "/" in plain or "\\" in plain:
        plain = plain.replace("\\", "/").rpartition("/")[2]
    return MODEL_SUFFIX.sub("", plain) if "." in plain else plain


def split_schedule(sampler: str) -> tuple[str, str | None]:
    """Sampler and schedule of a joined name: "DPM++ 2M Karras", "euler_ancestral_karras"."""
    lowered = sampler.lower()
    for known, name in SCHEDULES.items():
        for separator in (" ", "_"):
            if lowered.endswith(separator + known) and len(sampler) > len(known) + 1:
                return sampler[: -len(known) - 1].strip(), name if separator == " " else known
    return sampler, None


def find_loras(prompt: str) -> list[LoraRef]:
    """`<lora:a-b_c:0.8>` gives `LoraRef("a-b_c", 0.8)`; without a number the weight is 1.

    Of two numbers (text encoder and unet, or model and clip, as the tool has it) the first is the weight.
    The first of a name counts.
    """
    if "<" not in prompt:
        return []
    return list(_loras_of_batch(prompt) if len(prompt) <= MAX_KEPT else _loras_in(prompt))


@lru_cache(maxsize=KEPT_PROMPTS)  # files come in batches that share their prompt
def _loras_of_batch(prompt: str) -> tuple[LoraRef, ...]:
    return _loras_in(prompt)


def _loras_in(prompt: str) -> tuple[LoraRef, ...]:
    found: dict[str, LoraRef] = {}
    for match in NETWORK.finditer(prompt):
        lora = _network(match[1].lower(), match[2])
        if lora is not None:
            found.setdefault(lora.name, lora)
        if len(found) >= MAX_NETWORKS:
            break
    return tuple(found.values())


def _network(kind: str, inner: str) -> LoraRef | None:
    first, *rest = inner.replace("\\:", "\x00").split(":")
    names = [first]
    while rest and rest[0].strip() and "=" not in rest[0] and to_float(rest[0]) is None:
        names.append(rest.pop(0))  # an unescaped colon inside the name
    name = clean_model_name(":".join(names).replace("\x00", ":"))
    if not name:
        return None
    numbers = [number for part in rest if (number := to_float(part)) is not None]
    named = {key.strip().lower(): to_float(number) for key, _, number in (part.partition("=") for part in rest)}
    weight = numbers[0] if numbers else named.get("unet") or named.get("te") or 1.0
    clip = numbers[1] if len(numbers) > 1 else named.get("te")
    return LoraRef(name, weight, clip, kind=kind)
