"""Provides the modules that plug-ins for older versions import: `scripts.iib.parsers.model` and `scripts.iib.tool`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType

from iib.model import NETWORK_KINDS, Json

FULL_WIDTH = {",": "，", "\n": " ", "\r": " "}


class ImageGenerationParams:
    """Settings (`meta`), terms of the positive prompt, and other values (`lora`, `lyco`)."""

    def __init__(
        self,
        meta: Mapping[str, Json] | None = None,
        pos_prompt: Iterable[str] | None = None,
        extra: Mapping[str, Json] | None = None,
    ) -> None:
        self.meta: dict[str, Json] = dict(meta or {})
        self.pos_prompt: list[str] = list(pos_prompt or ())
        self.extra: dict[str, Json] = omit(dict(extra or {}), ["meta", "pos_prompt"])


class ImageGenerationInfo:
    """An infotext and its parts."""

    def __init__(self, raw_info: str = "", params: ImageGenerationParams | None = None) -> None:
        self.raw_info = raw_info
        self.params = params or ImageGenerationParams()


def build_sd_webui_style_img_gen_info(
    prompt: str, negative_prompt: str | None = None, meta: Mapping[str, Json] | None = None
) -> str:
    """Return an infotext: prompt, negative prompt and settings on a line each.

    >>> print(build_sd_webui_style_img_gen_info("a cat", "dog", {"Steps": 20, "Size": "8x8"}))
    a cat
    Negative prompt: dog
    Steps: 20, Size: 8x8
    """
    parts = [prompt or ""]
    if negative_prompt:
        parts.append(f"Negative prompt: {negative_prompt}")
    settings = ", ".join(f"{key}: {replace_punctuation(value)}" for key, value in (meta or {}).items())
    return "\n".join([*parts, settings])


def replace_punctuation(value: Json) -> str:
    """Return the value as text without commas and line breaks, which would end it in a settings line."""
    text = str(value)
    for sign, other in FULL_WIDTH.items():
        text = text.replace(sign, other)
    return text


def map_dict_keys(values: Mapping[str, Json], names: Mapping[str, str] | None = None) -> dict[str, Json]:
    """Return the values with their keys renamed by `names`; other keys stay.

    >>> map_dict_keys({"a": 1, "b": 2}, {"a": "c"})
    {'c': 1, 'b': 2}
    """
    return {(names or {}).get(key, key): value for key, value in values.items()}


def omit(values: Mapping[str, Json], keys: Iterable[str]) -> dict[str, Json]:
    """Return the mapping without these keys."""
    omitted = frozenset(keys)
    return {key: value for key, value in values.items() if key not in omitted}


def unique_by(items: Iterable[Json], key: Callable[[Json], Json] = lambda item: item) -> list[Json]:
    """Return the items without duplicates: the first of each key, in order."""
    return list({key(item): item for item in reversed(list(items))}.values())[::-1]


def parse_generation_parameters(text: str) -> dict[str, Json]:
    """Return the parts of an infotext: `meta`, `pos_prompt`, `lora`, `lyco`."""
    from iib.metadata import find_loras, parse_infotext, split_prompt_terms

    info = parse_infotext(text)
    networks = find_loras(info.prompt)
    return {
        "meta": dict(info.settings),
        "pos_prompt": split_prompt_terms(info.prompt),
        **{
            kind: [{"name": item.name, "value": item.weight or 1} for item in networks if item.kind == kind]
            for kind in NETWORK_KINDS
        },
    }


MODULES: dict[str, tuple[object, ...]] = {
    "scripts": (),
    "scripts.iib": (),
    "scripts.iib.parsers": (),
    "scripts.iib.parsers.model": (ImageGenerationInfo, ImageGenerationParams),
    "scripts.iib.tool": (
        build_sd_webui_style_img_gen_info,
        map_dict_keys,
        omit,
        parse_generation_parameters,
        replace_punctuation,
        unique_by,
    ),
}


def install() -> None:
    """Make the modules importable. Existing modules of the same name stay."""
    for name, members in MODULES.items():
        if name in sys.modules:
            continue
        module = ModuleType(name)
        if not members:
            module.__path__ = []
        for member in members:
            setattr(module, str(getattr(member, "__name__", "")), member)
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
