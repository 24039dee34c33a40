"""Renders generation info as infotext, the text format of Stable Diffusion WebUI, and as a table of settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iib.model import NETWORK_KINDS, GenerationInfo

WEBUI = "Stable Diffusion web UI"
SOURCE_IDENTIFIERS = {  # public names of generators whose name here differs
    "A1111": WEBUI,
    "Forge": WEBUI,
    "reForge": WEBUI,
    "SD.Next": WEBUI,
    "SwarmUI": "StableSwarmUI",
}
SETTINGS_LINE = re.compile(r"^(?:Steps|Size|Sampler|Seed|Postprocess[^:]*): [^\n]*$", re.MULTILINE)
MAX_TEXT = 500_000  # characters of a rendered text
RENDERED_KEYS = frozenset(
    (
        "steps", "sampler", "schedule type", "cfg scale", "seed", "size", "model", "model hash", "vae", "version",
        "distilled cfg scale", "denoising strength", "lora hashes", "source identifier",
    )
)  # fmt: skip


def source_identifier(geninfo: GenerationInfo) -> str | None:
    """Return the public name of the generator: the tag `Source Identifier` (docs/reference/public-api.md#tags)."""
    if geninfo.tool is None:
        return None
    identifier = SOURCE_IDENTIFIERS.get(geninfo.tool, geninfo.tool)
    is_hidden = identifier == WEBUI and geninfo.source.get("prompt", "").startswith("stealth")
    return f"{WEBUI}(Stealth)" if is_hidden else identifier


def render_text(geninfo: GenerationInfo) -> str:
    """Return the infotext of a file: the original one if the file has it, otherwise one rendered from the fields.

    The source identifier is added to a settings line only, never to free text.

    >>> print(render_text(GenerationInfo(tool="InvokeAI", prompt="a cat", negative_prompt="dog", steps=20, seed=7)))
    a cat
    Negative prompt: dog
    Steps: 20, Seed: 7, Source Identifier: InvokeAI
    """
    original = geninfo.source.get("text")
    if original:
        return _append_source(original[:MAX_TEXT], geninfo)
    lines = [text[:MAX_TEXT] for text in _iter_prompts(geninfo) if text]
    if geninfo.negative_prompt:
        lines.append(f"Negative prompt: {geninfo.negative_prompt[:MAX_TEXT]}")
    if geninfo.tool is None and geninfo.steps is None and geninfo.seed is None and not geninfo.models:
        return "\n".join(lines)  # a caption without settings
    lines.append(", ".join(f"{key}: {_quote(value)}" for key, value in _iter_settings(geninfo)))
    return "\n".join(lines)


def _iter_prompts(geninfo: GenerationInfo) -> Iterator[str]:
    """Yield the prompt, the prompts of characters that it does not contain, and LoRAs that only the settings name."""
    prompt = geninfo.prompt or ""
    yield prompt
    for character in geninfo.characters:
        if character.prompt not in prompt:
            yield character.prompt
    if geninfo.loras and "<lo" not in prompt and "<ly" not in prompt:
        yield "".join(
            f"<{lora.kind}:{lora.name}:{1 if lora.weight is None else lora.weight:g}>" for lora in geninfo.loras[:50]
        )


def _append_source(text: str, geninfo: GenerationInfo) -> str:
    identifier = source_identifier(geninfo)
    if identifier is None or "Source Identifier" in text:
        return text
    if SETTINGS_LINE.match(text, text.rfind("\n") + 1):  # nearly always: the settings line is the last line
        end = len(text)
    else:
        lines = list(SETTINGS_LINE.finditer(text))
        if not lines:
            return text
        end = lines[-1].end()
    return f"{text[:end].rstrip().rstrip(',')}, Source Identifier: {identifier}{text[end:]}"


def _iter_settings(geninfo: GenerationInfo) -> Iterator[tuple[str, str]]:
    yield "Steps", str(geninfo.steps) if geninfo.steps is not None else "Unknown"
    if geninfo.sampler:
        yield "Sampler", geninfo.sampler
    if geninfo.scheduler:
        yield "Schedule type", geninfo.scheduler
    if geninfo.cfg is not None:
        yield "CFG scale", f"{geninfo.cfg:g}"
    if geninfo.guidance is not None:
        yield "Distilled CFG Scale", f"{geninfo.guidance:g}"
    if geninfo.seed is not None:
        yield "Seed", str(geninfo.seed)
    if geninfo.width and geninfo.height:
        yield "Size", f"{geninfo.width}x{geninfo.height}"
    if geninfo.models:
        if geninfo.models[0].hash:
            yield "Model hash", geninfo.models[0].hash
        yield "Model", geninfo.models[0].name
    if geninfo.vae:
        yield "VAE", geninfo.vae
    if geninfo.denoise is not None and geninfo.denoise < 1:
        yield "Denoising strength", f"{geninfo.denoise:g}"
    hashes = ", ".join(f"{lora.name}: {lora.hash[:12]}" for lora in geninfo.loras if lora.hash)
    if hashes:
        yield "Lora hashes", hashes
    if geninfo.tool_version:
        yield "Version", geninfo.tool_version
    for key, value in geninfo.parameters.items():
        if key.lower() not in RENDERED_KEYS and len(value) < 500 and ":" not in key and "," not in key:
            yield key, value
    identifier = source_identifier(geninfo)
    if identifier:
        yield "Source Identifier", identifier


def settings_of(geninfo: GenerationInfo) -> dict[str, str]:
    """Return all settings by their names in infotext; a value spelt in the file takes precedence over a rendered one.

    `lora` and `lyco` hold comma-separated names; `Size-1` and `Size-2` hold width and height.
    """
    settings = {key: value for key, value in _iter_settings(geninfo) if (key, value) != ("Steps", "Unknown")}
    spelling = {key.lower(): key for key in settings}
    for key, value in geninfo.parameters.items():
        settings[spelling.get(key.lower(), key)] = value
    for kind in NETWORK_KINDS:
        names = ", ".join(lora.name for lora in geninfo.loras if lora.kind == kind)
        if names:
            settings.setdefault(kind, names)
    if "Size" in settings:
        for number, side in enumerate(settings["Size"].replace("×", "x").lower().split("x"), 1):
            settings.setdefault(f"Size-{number}", side.strip())
    return settings


def _quote(value: str) -> str:
    if "," in value or ":" in value or "\n" in value:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return value
