"""Converts metadata values to typed values: numbers written as text, sizes, model names, LoRAs in prompts."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from iib.model import Json, LoraRef

MODEL_SUFFIX = re.compile(r"\.(safetensors|ckpt|pt|pth|bin|gguf|sft|onnx)$", re.IGNORECASE)
# Case is ignored after the bracket only, so the search is for one character, which costs next to nothing.
NETWORK = re.compile(r"<((?i:lora|lyco))(?i:_[a-z]{1,12})?:([^<>\n]{1,400})>")
LORA_TYPES = frozenset(("lora", "locon", "lycoris", "dora"))  # in lists of resources, lower case
MAX_NETWORKS = 200
MAX_CACHED_PROMPTS, MAX_CACHED_CHARACTERS = 256, 8_000  # prompts whose parts are cached; characters of the longest
NETWORK_TAG = re.compile(r"<(?i:lora|lyco|hypernet)\s*:[^<>]*>")
NUMBERS = (int, float)  # `isinstance(value, int | float)` would build the union at each call
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
    """Return a number or a text as an integer; None for other values, booleans and numbers beyond 64 bits.

    >>> to_int("20"), to_int(20.0), to_int("20.5"), to_int(True)
    (20, 20, None, None)
    """
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
    """Return a number or a text as a finite float; None for other values and booleans.

    >>> to_float("7.5"), to_float("high")
    (7.5, None)
    """
    if isinstance(value, str):
        if NUMBER.fullmatch(value.strip()) is None:
            return None
    elif isinstance(value, bool) or not isinstance(value, NUMBERS):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def to_text(value: Json) -> str | None:
    """Return the value if it is a text with other characters than blanks, otherwise None."""
    return value if isinstance(value, str) and value.strip() else None


def parse_size(text: Json) -> tuple[int, int] | None:
    """Return `(width, height)` of a written size, or None.

    >>> parse_size("832x1216"), parse_size("(768, 1280)"), parse_size("1024 × 1024 (square)")
    ((832, 1216), (768, 1280), (1024, 1024))
    """
    match = SIZE.match(text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def clean_model_name(name: str) -> str:
    """Return the name of a model file without folder and extension.

    >>> clean_model_name("SD15\\\\a.safetensors")
    'a'
    """
    plain = name.strip()
    if "/" in plain or "\\" in plain:
        plain = plain.replace("\\", "/").rpartition("/")[2]
    return MODEL_SUFFIX.sub("", plain) if "." in plain else plain


def split_schedule(sampler: str) -> tuple[str, str | None]:
    """Split a joined name into sampler and schedule.

    >>> split_schedule("DPM++ 2M Karras"), split_schedule("Euler a")
    (('DPM++ 2M', 'Karras'), ('Euler a', None))
    """
    lowered = sampler.lower()
    for suffix, name in SCHEDULES.items():
        for separator in (" ", "_"):
            if lowered.endswith(separator + suffix) and len(sampler) > len(suffix) + 1:
                return sampler[: -len(suffix) - 1].strip(), name if separator == " " else suffix
    return sampler, None


def find_loras(prompt: str) -> list[LoraRef]:
    """Return the LoRAs that a prompt names; if a name occurs twice, the first one counts.

    Without a number the weight is 1. If there are two numbers, the first one is the weight; generators disagree whether
    they are for text encoder and unet, or for model and clip.

    >>> [(lora.name, lora.weight) for lora in find_loras("a cat <lora:a-b_c:0.8> <lora:d>")]
    [('a-b_c', 0.8), ('d', 1.0)]
    """
    if "<" not in prompt:
        return []
    return list(_cached_loras(prompt) if len(prompt) <= MAX_CACHED_CHARACTERS else _parse_loras(prompt))


@lru_cache(maxsize=MAX_CACHED_PROMPTS)  # files come in batches that share their prompt
def _cached_loras(prompt: str) -> tuple[LoraRef, ...]:
    return _parse_loras(prompt)


def _parse_loras(prompt: str) -> tuple[LoraRef, ...]:
    loras: dict[str, LoraRef] = {}
    for match in NETWORK.finditer(prompt):
        lora = _parse_network(match[1].lower(), match[2])
        if lora is not None:
            loras.setdefault(lora.name, lora)
        if len(loras) >= MAX_NETWORKS:
            break
    return tuple(loras.values())


def _parse_network(kind: str, inner: str) -> LoraRef | None:
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
