"""Extra networks inside prompts: `<lora:name:weight>` and its kin."""

from __future__ import annotations

import re

from iib.model.geninfo import LoraRef

NETWORK = re.compile(r"<(lora|lyco|hypernet)(?:_[a-z]{1,12})?:([^<>\n]{1,400})>", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:safetensors|ckpt|pt|pth|gguf|sft|bin|onnx)$", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def find_networks(prompt: str) -> tuple[LoraRef, ...]:
    """LoRAs and LyCORIS in order, each name once: `<lora:a-b_c:0.8>` gives `LoraRef("a-b_c", 0.8)`."""
    if "<" not in prompt:
        return ()
    found: dict[tuple[str, str], LoraRef] = {}
    for match in NETWORK.finditer(prompt):
        kind = match.group(1).lower()
        if kind == "hypernet":
            continue
        lora = _parse_network(kind, match.group(2))
        if lora is not None:
            found.setdefault((kind, lora.name.lower()), lora)
    return tuple(found.values())


def _parse_network(kind: str, inner: str) -> LoraRef | None:
    parts = inner.replace("\\:", "\x00").split(":")
    names = [parts[0]]
    rest = parts[1:]
    while rest and not _NUMBER.fullmatch(rest[0].strip()) and "=" not in rest[0] and rest[0].strip():
        names.append(rest.pop(0))  # an unescaped colon inside the name
    name = base_name(":".join(names).replace("\x00", ":").strip())
    if not name:
        return None
    weights = [float(part) for part in rest if _NUMBER.fullmatch(part.strip())]
    weight = weights[0] if weights else 1.0
    for part in rest:  # keyword form: te=0.5, unet=0.8
        key, _, value = part.partition("=")
        if key.strip().lower() == "unet" and _NUMBER.fullmatch(value.strip()):
            weight = float(value)
    return LoraRef(name, weight, weights[1] if len(weights) > 1 else None, kind=kind)


def base_name(name: str) -> str:
    """A model name without folder and weight-file extension: `sd\\\\x_v1.safetensors` gives `x_v1`."""
    if "/" in name or "\\" in name:
        name = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return _EXTENSION.sub("", name).strip() if "." in name else name.strip()
