"""LoRAs of one node: single loaders, stacks, lists of objects, tags in text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Node
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.values import clean_model_name, find_loras, to_float, to_int
from iib.model import Json, LoraRef

MODEL_WEIGHTS = (
    "strength_model", "lora_model_strength", "model_strength", "lora_strength", "strength", "lora_weight", "weight",
    "strength_1", "lora_str",
)  # fmt: skip
CLIP_WEIGHTS = ("strength_clip", "lora_clip_strength", "clip_strength", "lora_clip_weight")
NUMBERED = re.compile(r"^lora(?:_name)?_?(\d+)(?:_name)?$|^(?:lora_)?name_(\d+)$", re.IGNORECASE)
is_numbered = names_like(NUMBERED.pattern)
NUMBERED_MODEL = (
    "model_weight_{0}", "model_str_{0}", "lora_{0}_model_strength", "lora{0}_model_strength", "lora_strength_{0}",
    "lora_wt_{0}", "strength_{0}", "lora_{0}_strength", "lora{0}_strength", "strength_model_{0}", "weight_{0}",
    "lora_weight_{0}", "model_strength_{0}", "lora_model_strength_{0}",
)  # fmt: skip
NUMBERED_CLIP = (
    "clip_weight_{0}", "clip_str_{0}", "lora_{0}_clip_strength", "lora{0}_clip_strength", "strength_clip_{0}",
    "clip_strength_{0}",
)  # fmt: skip
SWITCHES = ("switch_{0}", "enabled_{0}", "on_{0}", "toggle_{0}", "lora_{0}_on", "lora_{0}_enabled", "enable_{0}")
WHOLE_SWITCHES = ("toggle", "switch", "enabled", "enable", "is_enabled")
COUNTS = ("lora_count", "num_loras", "number_of_loras", "count")
OFF = frozenset(("Off", "off", "OFF", False, "disable", "disabled", "false", "False"))
NO_NAME = frozenset(("", "none", "off", "[none]", "disabled", "undefined"))
MAX_LORAS = 200  # of one node


class LoraReader:
    """Names and weights as a node applies them; what is switched off or of strength 0 is not used."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._eval = evaluator

    def read(self, node: Node) -> Iterator[LoraRef]:
        """All LoRAs of one node in order."""
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH or not (spec.role is Role.LORA or spec.lora_tags or _speaks_of_loras(node)):
            return
        for name in spec.lora_tags:
            value = node.inputs.get(name)
            if name != "text" or not any(isinstance(item, dict | list) for item in (node.inputs.get("loras"),)):
                yield from self.tags(self._eval.text(value, name) or "")
        if not spec.lora_tags and "tag" in node.type.lower() and "lora" in node.type.lower():
            yield from self.tags(self._eval.text(node.inputs.get("text"), "text") or "")
        switches = () if node.inputs.keys().isdisjoint(WHOLE_SWITCHES) else WHOLE_SWITCHES
        if any(name in node.inputs and self._eval.literal(node.inputs[name]) in OFF for name in switches):
            return
        if self._eval.literal(node.inputs.get("bypass")) is True:
            return
        yield from self._single(node)
        yield from self._objects(node)
        yield from self._numbered(node)

    @staticmethod
    def tags(text: str) -> list[LoraRef]:
        """LoRAs of `<lora:name:weight>` tags that are used."""
        return [lora for lora in find_loras(text) if lora.weight != 0] if "<" in text else []

    def _single(self, node: Node) -> Iterator[LoraRef]:
        raw = node.inputs.get("lora_name", node.inputs.get("lora"))
        if isinstance(raw, dict):
            raw = raw.get("content", raw.get("name"))
        yield from self._used(raw, self._first(node, MODEL_WEIGHTS), self._first(node, CLIP_WEIGHTS))
        names = node.inputs.get("lora_names")  # one list, parallel to one of weights
        if isinstance(names, str):
            weights = str(node.inputs.get("lora_weights", "")).split(",")
            for index, name in enumerate(names.split(",")[:MAX_LORAS]):
                yield from self._used(name, weights[index] if index < len(weights) else None, None)

    def _objects(self, node: Node) -> Iterator[LoraRef]:
        """rgthree's `{"on", "lora", "strength"}` inputs, and lists of `{"name", "strength", "active"}`."""
        for item in list(node.inputs.values())[:MAX_LORAS]:
            listed = item
            if isinstance(item, dict):
                listed = [item] if isinstance(item.get("lora"), str) else item.get("__value__")
            if not isinstance(listed, list):
                continue
            for entry in listed[:MAX_LORAS]:
                if not isinstance(entry, dict):
                    continue
                name = entry.get("lora", entry.get("name"))
                if entry.get("on", entry.get("active", entry.get("enabled", True))) not in (False, 0) and isinstance(
                    name, str
                ):
                    clip = entry.get("strengthTwo", entry.get("clipStrength"))
                    yield from self._used(name, entry.get("strength"), clip)

    def _numbered(self, node: Node) -> Iterator[LoraRef]:
        inputs = node.inputs
        names = [name for name in inputs if is_numbered(name)]
        if not names:
            return
        limit = next((to_int(self._eval.literal(inputs[name])) for name in COUNTS if name in inputs), None)
        for name in names:
            match = NUMBERED.match(name)
            if match is None or isinstance(inputs[name], dict | bool):
                continue
            number = match[1] or match[2]
            if limit is not None and int(number[:6]) > limit:
                continue
            if any(self._eval.literal(inputs.get(switch.format(number))) in OFF for switch in SWITCHES):
                continue
            weights = tuple(pattern.format(number) for pattern in self._weight_names(node))
            clip = self._first(node, tuple(pattern.format(number) for pattern in NUMBERED_CLIP))
            yield from self._used(inputs[name], self._first(node, weights), clip)

    def _weight_names(self, node: Node) -> tuple[str, ...]:
        """Stacks that have both keep one weight for simple and two for advanced mode."""
        mode = node.inputs.get("input_mode", node.inputs.get("mode"))
        if mode == "simple":
            return ("lora_wt_{0}", "lora_{0}_strength", *NUMBERED_MODEL)
        return NUMBERED_MODEL

    def _first(self, node: Node, names: tuple[str, ...]) -> float | None:
        for name in names:
            if name in node.inputs:
                found = to_float(self._eval.literal(node.inputs[name], name))
                if found is not None:
                    return found
        return None

    def _used(self, name: Json, weight: Json, clip: Json) -> Iterator[LoraRef]:
        text = self._eval.text(name, "lora_name")
        strength = to_float(weight)
        if text is None or text.strip().lower() in NO_NAME or len(text) > 300:
            return
        if strength == 0:
            return
        yield LoraRef(clean_model_name(text), strength, to_float(clip))


def _speaks_of_loras(node: Node) -> bool:
    inputs = node.inputs
    return "lora" in node.type.lower() or "lora" in "\n".join(inputs) or dict in map(type, inputs.values())
