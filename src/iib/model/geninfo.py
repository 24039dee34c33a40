"""Generation information: the common result type of all metadata dialects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from iib.model.enums import TagKind

Json: TypeAlias = Any  # parsed JSON; the only place where Any is allowed

NETWORK_KINDS = (TagKind.LORA.value, TagKind.LYCO.value)
PARSER_VERSION = 3  # increase it whenever a carrier or a dialect reads more or better than before


@dataclass(slots=True, unsafe_hash=True)
class ModelRef:
    """A checkpoint, UNET, VAE or other model by name (as written, without folder and extension) and hash."""

    name: str
    hash: str | None = None
    kind: str = "checkpoint"  # checkpoint | refiner | vae | unet | clip | upscaler | controlnet


@dataclass(slots=True, unsafe_hash=True)
class LoraRef:
    """A LoRA (or LyCORIS) with its weights; None where the file does not contain them."""

    name: str
    weight: float | None = None
    clip_weight: float | None = None
    hash: str | None = None
    kind: str = TagKind.LORA.value  # one of `NETWORK_KINDS`


@dataclass(slots=True, unsafe_hash=True)
class CharacterPrompt:
    """Prompt and negative prompt of a single character (NovelAI v4 and later)."""

    prompt: str
    negative: str = ""


@dataclass(slots=True, unsafe_hash=True)
class SamplerStage:
    """One sampling pass; the primary stage comes first in `GenerationInfo.stages`."""

    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg: float | None = None
    seed: int | None = None
    denoise: float | None = None


@dataclass(slots=True, unsafe_hash=True)
class RawEntry:
    """Raw text of one metadata entry, stored so that a better parser can read it again."""

    place: str  # e.g. "png:tEXt", "exif:UserComment", "xmp", "sidecar:txt"
    key: str
    text: str


@dataclass(slots=True)
class GenerationInfo:
    """Parameters of a generated picture. None: the file does not contain the value; placeholders are never values.

    `parameters` contains all further keys as written, in display order. `source` names the entry of each filled
    field; `confidence` (0 to 1) exists only for inferred fields. `notes` lists what could not be parsed. `tool` is
    the display name, e.g. "A1111", "ComfyUI", "Fooocus". `extra_tags` are (kind, name) pairs of a plug-in.
    """

    tool: str | None = None
    tool_version: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    prompt_parts: tuple[str, ...] = ()
    negative_parts: tuple[str, ...] = ()
    characters: tuple[CharacterPrompt, ...] = ()
    models: tuple[ModelRef, ...] = ()  # primary checkpoint first
    loras: tuple[LoraRef, ...] = ()
    embeddings: tuple[str, ...] = ()
    vae: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg: float | None = None
    guidance: float | None = None
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    denoise: float | None = None
    hires: dict[str, str] = field(default_factory=dict)
    stages: tuple[SamplerStage, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    extra_tags: tuple[tuple[str, str], ...] = ()
    is_generated: bool | None = None
    source: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    raw: tuple[RawEntry, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> str | None:
        """Name of the primary model, or None."""
        return self.models[0].name if self.models else None

    @property
    def is_empty(self) -> bool:
        """True if the file contains no generation information."""
        return not self.raw and self.prompt is None and self.tool is None
