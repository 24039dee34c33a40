"""Typed values out of what tools write: numbers as text, placeholders, names with folders."""

from __future__ import annotations

import math
import re

from iib.model.geninfo import Json, LoraRef

MODEL_SUFFIX = re.compile(r"\.(safetensors|ckpt|pt|pth|bin|gguf|sft|onnx)$", re.IGNORECASE)
LORA_TAG = re.compile(r"<(lora|lyco):((?:[^<>:\\]|\\.|:(?![-+.\d]|lbw=|\s*>))+)((?::[^<>:]*)*)>", re.IGNORECASE)
NETWORK_TAG = re.compile(r"<(?:lora|lyco|hypernet)\s*:[^<>]*>", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MAX_INT = 2**64 - 1
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
    number = to_float(value) if not isinstance(value, int) or isinstance(value, bool) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= MAX_INT else None
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?\d{1,20}\s*", value):
        whole = int(value)
        return whole if abs(whole) <= MAX_INT else None
    return int(number) if number is not None and number == int(number) and abs(number) <= MAX_INT else None


def to_float(value: Json) -> float | None:
    """A finite number out of a number or text."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        number = float(value)
        return number if math.isfinite(number) else None
    return None


def to_text(value: Json) -> str | None:
    """Non-empty text, or None."""
    return value if isinstance(value, str) and value.strip() else None


def size_of(text: Json) -> tuple[int, int] | None:
    """`(width, height)` of "832x1216", "(768, 1280)", "1024 × 1024 (square)"."""
    match = re.match(r"\s*[(\[]?\s*(\d{2,5})\s*[xX×*,]\s*(\d{2,5})", text) if isinstance(text, str) else None
    return (int(match[1]), int(match[2])) if match else None


def model_name(name: str) -> str:
    """Without folder and extension: `model_name("SD15\\\\a.safetensors")` gives "a"."""
    return MODEL_SUFFIX.sub("", re.split(r"[\\/]", name.strip())[-1])


def split_schedule(sampler: str) -> tuple[str, str | None]:
    """Sampler and schedule of a joined name: "DPM++ 2M Karras", "euler_ancestral_karras"."""
    lowered = sampler.lower()
    for known, name in SCHEDULES.items():
        for separator in (" ", "_"):
            if lowered.endswith(separator + known) and len(sampler) > len(known) + 1:
                return sampler[: -len(known) - 1].strip(), name if separator == " " else known
    return sampler, None


def loras_in(prompt: str) -> list[LoraRef]:
    """`<lora:name>`, `<lora:name:weight>`, `<lora:name:te:unet>`, `<lyco:...>`; the first of a name counts."""
    found: dict[str, LoraRef] = {}
    for match in LORA_TAG.finditer(prompt):
        name = match[2].replace("\\:", ":").strip()
        numbers = [value for value in map(to_float, match[3].split(":")[1:]) if value is not None]
        weight = numbers[0] if numbers else 1.0
        clip = None
        if len(numbers) >= 2:
            clip, weight = numbers[0], numbers[1]
        if name and name not in found:
            found[name] = LoraRef(model_name(name), weight, clip, kind=match[1].lower())
    return list(found.values())
