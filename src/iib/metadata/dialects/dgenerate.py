"""Interprets dgenerate: a script of its command line, which renders the same image again."""

from __future__ import annotations

import re
import shlex

from iib.errors import MetadataError
from iib.metadata.dialects.json_values import real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, parse_size, to_float, to_int
from iib.model import GenerationInfo, LoraRef, ModelRef

TOOL = "dgenerate"
KEY = "dgenerateconfig"
VERSION = re.compile(r"^#! ?dgenerate (\S+)", re.MULTILINE)
SIZE_ALONE = re.compile(r"\d{1,5}")
MAX_CHARACTERS = 100_000
USED_OPTIONS = frozenset(
    (
        "prompts", "inference-steps", "guidance-scales", "seeds", "output-size", "scheduler", "schedulers", "loras",
        "vae", "sdxl-refiner",
    )
)  # fmt: skip


class DgenerateDialect:
    """Dialect of dgenerate. Files are recognised by the name of the chunk."""

    name = "dgenerate"
    keys = frozenset((KEY,))

    def read(self, context: Context) -> DialectResult | None:
        """Read the script if it has a model or a prompt."""
        entry = context.find(KEY)
        geninfo = parse_script(entry.text[:MAX_CHARACTERS]) if entry is not None else None
        return DialectResult(100, geninfo) if geninfo is not None and (geninfo.models or geninfo.prompt) else None


def parse_script(text: str) -> GenerationInfo:
    """Return the generation info of a script. A semicolon divides a prompt from its negative part.

    Raises `MetadataError` if a quote is not closed.
    """
    version = VERSION.search(text)
    positional, options = _arguments(text)
    prompt, _, negative = (_first(options, "prompts") or "").partition(";")
    size_text = _first(options, "output-size") or ""
    size = parse_size(size_text)
    if size is None and SIZE_ALONE.fullmatch(size_text):
        size = (int(size_text), int(size_text))
    model, refiner = positional[0] if positional else None, _first(options, "sdxl-refiner")
    models = [ModelRef(clean_model_name(model))] if model else []
    if refiner:
        models.append(ModelRef(_uri_name(refiner), kind="refiner"))
    vae = _first(options, "vae")
    scheduler = _first(options, "schedulers") or _first(options, "scheduler")
    return GenerationInfo(
        tool=TOOL,
        tool_version=version[1] if version else None,
        prompt=real_text(prompt),
        negative_prompt=real_text(negative),
        models=tuple(models),
        loras=tuple(
            LoraRef(_uri_name(uri), to_float(_uri_value(uri, "scale") or 1)) for uri in options.get("loras", ())
        ),
        vae=_uri_name(vae) if vae else None,
        scheduler=scheduler.partition(";")[0] if scheduler else None,
        steps=to_int(_first(options, "inference-steps")),
        cfg=to_float(_first(options, "guidance-scales")),
        seed=to_int(_first(options, "seeds")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        denoise=to_float(_first(options, "image-seed-strengths")),
        parameters={name: " ".join(values) for name, values in options.items() if name not in USED_OPTIONS},
        is_generated=True,
    )


def _arguments(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the arguments before the first option, and the values of each option by its name."""
    try:
        words = shlex.split(_without_comments(text).replace("\\#", "#"))
    except ValueError as error:
        raise MetadataError(f"not a script: {error}") from error
    positional: list[str] = []
    options: dict[str, list[str]] = {}
    values = positional
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            values = options.setdefault(name, [])
            if equals:
                values.append(value)
        else:
            values.append(word)
    return positional, options


def _without_comments(text: str) -> str:
    """Return the command. A backslash continues a line, also inside quotes, because long prompts are wrapped."""
    parts = []
    is_continued = False
    for line in text.split("\n"):
        if is_continued or not line.lstrip().startswith("#"):
            is_continued = line.endswith("\\")
            parts.append(f"{line[:-1].strip()} " if is_continued else f"{line.strip()}\n")
    return "".join(parts)


def _first(options: dict[str, list[str]], name: str) -> str | None:
    return next((value for value in options.get(name, ()) if value), None)


def _uri_name(uri: str) -> str:
    """Return the name of a model: the file that the address names, otherwise its first part."""
    return clean_model_name(_uri_value(uri, "weight-name") or uri.partition(";")[0])


def _uri_value(uri: str, name: str) -> str | None:
    parts = (part.partition("=") for part in uri.split(";")[1:])
    return next((value.strip() for key, _, value in parts if key.strip() == name), None)
