"""Reads single aspects of a graph: samplers, conditioning, models, LoRAs, sizes and the output node."""

from __future__ import annotations

from dataclasses import dataclass, field

from iib.model import LoraRef, ModelRef, SamplerStage


@dataclass(slots=True)
class GraphFields:
    """Fields of one file as the graph names them; `confidence` (0-1) covers fields that were inferred."""

    stages: list[SamplerStage] = field(default_factory=list)
    positive: list[str] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    models: list[ModelRef] = field(default_factory=list)
    loras: list[LoraRef] = field(default_factory=list)
    vae: str | None = None
    guidance: float | None = None
    size: tuple[int, int] | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    hires: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
