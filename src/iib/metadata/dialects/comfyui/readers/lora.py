"""Reads the LoRAs of one node: single loaders, stacks, lists of objects, tags in text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.slots import name_matcher
from iib.metadata.values import clean_model_name, find_loras, to_float, to_int
from iib.model import Json, LoraRef

MODEL_WEIGHT_INPUTS = (
    "strength_model", "lora_model_strength", "model_strength", "lora_strength", "strength", "lora_weight", "weight",
    "strength_1", "lora_str",
)  # fmt: skip
CLIP_WEIGHT_INPUTS = ("strength_clip", "lora_clip_strength", "clip_strength", "lora_clip_weight")
SLOT_NAME = re.compile(r"^lora(?:_name)?_?(\d+)(?:_name)?$|^(?:lora_)?name_(\d+)$", re.IGNORECASE)
is_slot_name = name_matcher(SLOT_NAME.pattern)
MODEL_WEIGHT_PATTERNS = (
    "model_weight_{0}", "model_str_{0}", "lora_{0}_model_strength", "lora{0}_model_strength", "lora_strength_{0}",
    "lora_wt_{0}", "strength_{0}", "lora_{0}_strength", "lora{0}_strength", "strength_model_{0}", "weight_{0}",
    "lora_weight_{0}", "model_strength_{0}", "lora_model_strength_{0}",
)  # fmt: skip
CLIP_WEIGHT_PATTERNS = (
    "clip_weight_{0}", "clip_str_{0}", "lora_{0}_clip_strength", "lora{0}_clip_strength", "strength_clip_{0}",
    "clip_strength_{0}",
)  # fmt: skip
SLOT_SWITCHES = ("switch_{0}", "enabled_{0}", "on_{0}", "toggle_{0}", "lora_{0}_on", "lora_{0}_enabled", "enable_{0}")
NODE_SWITCHES = ("toggle", "switch", "enabled", "enable", "is_enabled")
COUNT_INPUTS = ("lora_count", "num_loras", "number_of_loras", "count")
OFF_VALUES = frozenset(("Off", "off", "OFF", False, "disable", "disabled", "false", "False"))
EMPTY_NAMES = frozenset(("", "none", "off", "[none]", "disabled", "undefined"))
MAX_LORAS = 200  # of one node


class LoraReader:
    """Reads names and weights as a node applies them, without LoRAs that are disabled or of strength 0."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._eval = evaluator

    def read(self, node: Node) -> Iterator[LoraRef]:
        """Yield the LoRAs of one node in order."""
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH or not (spec.role is Role.LORA or spec.lora_tags or _mentions_loras(node)):
            return
        for name in spec.lora_tags:
            value = node.inputs.get(name)
            if name != "text" or not any(isinstance(item, dict | list) for item in (node.inputs.get("loras"),)):
                yield from self.tags(self._eval.text(value, name) or "")
        if not spec.lora_tags and "tag" in node.type.lower() and "lora" in node.type.lower():
            yield from self.tags(self._eval.text(node.inputs.get("text"), "text") or "")
        switches = () if node.inputs.keys().isdisjoint(NODE_SWITCHES) else NODE_SWITCHES
        if any(name in node.inputs and self._eval.literal(node.inputs[name]) in OFF_VALUES for name in switches):
            return
        if self._eval.literal(node.inputs.get("bypass")) is True:
            return
        yield from self._from_names(node)
        yield from self._from_objects(node)
        yield from self._from_slots(node)

    @staticmethod
    def tags(text: str) -> list[LoraRef]:
        """Return the LoRAs of `<lora:name:weight>` tags, without those of weight 0.

        >>> [lora.name for lora in LoraReader.tags("a fox <lora:style:0.8> <lora:off:0>")]
        ['style']
        """
        return [lora for lora in find_loras(text) if lora.weight != 0] if "<" in text else []

    def _from_names(self, node: Node) -> Iterator[LoraRef]:
        value = node.inputs.get("lora_name", node.inputs.get("lora"))
        if isinstance(value, dict):
            value = value.get("content", value.get("name"))
        yield from self._applied(
            value, self._first_weight(node, MODEL_WEIGHT_INPUTS), self._first_weight(node, CLIP_WEIGHT_INPUTS)
        )
        names = node.inputs.get("lora_names")  # comma-separated, parallel to `lora_weights`
        if isinstance(names, str):
            weights = str(node.inputs.get("lora_weights", "")).split(",")
            for index, name in enumerate(names.split(",")[:MAX_LORAS]):
                yield from self._applied(name, weights[index] if index < len(weights) else None, None)

    def _from_objects(self, node: Node) -> Iterator[LoraRef]:
        """Yield the LoRAs of `{"on", "lora", "strength"}` inputs and of `{"name", "strength", "active"}` lists."""
        for item in list(node.inputs.values())[:MAX_LORAS]:
            entries = item
            if isinstance(item, dict):
                entries = [item] if isinstance(item.get("lora"), str) else item.get("__value__")
            if not isinstance(entries, list):
                continue
            for entry in entries[:MAX_LORAS]:
                if not isinstance(entry, dict):
                    continue
                name = entry.get("lora", entry.get("name"))
                if entry.get("on", entry.get("active", entry.get("enabled", True))) not in (False, 0) and isinstance(
                    name, str
                ):
                    clip = entry.get("strengthTwo", entry.get("clipStrength"))
                    yield from self._applied(name, entry.get("strength"), clip)

    def _from_slots(self, node: Node) -> Iterator[LoraRef]:
        inputs = node.inputs
        names = [name for name in inputs if is_slot_name(name)]
        if not names:
            return
        limit = next((to_int(self._eval.literal(inputs[name])) for name in COUNT_INPUTS if name in inputs), None)
        for name in names:
            match = SLOT_NAME.match(name)
            if match is None or isinstance(inputs[name], dict | bool):
                continue
            number = match[1] or match[2]
            if limit is not None and int(number[:6]) > limit:
                continue
            if any(self._eval.literal(inputs.get(switch.format(number))) in OFF_VALUES for switch in SLOT_SWITCHES):
                continue
            weights = tuple(pattern.format(number) for pattern in self._weight_patterns(node))
            clip = self._first_weight(node, tuple(pattern.format(number) for pattern in CLIP_WEIGHT_PATTERNS))
            yield from self._applied(inputs[name], self._first_weight(node, weights), clip)

    def _weight_patterns(self, node: Node) -> tuple[str, ...]:
        """Return patterns of weight inputs: some stacks have one weight for simple and two for advanced mode."""
        mode = node.inputs.get("input_mode", node.inputs.get("mode"))
        if mode == "simple":
            return ("lora_wt_{0}", "lora_{0}_strength", *MODEL_WEIGHT_PATTERNS)
        return MODEL_WEIGHT_PATTERNS

    def _first_weight(self, node: Node, names: tuple[str, ...]) -> float | None:
        for name in names:
            if name in node.inputs:
                weight = to_float(self._eval.literal(node.inputs[name], name))
                if weight is not None:
                    return weight
        return None

    def _applied(self, name: Json, weight: Json, clip: Json) -> Iterator[LoraRef]:
        text = self._eval.text(name, "lora_name")
        strength = to_float(weight)
        if text is None or text.strip().lower() in EMPTY_NAMES or len(text) > 300:
            return
        if strength == 0:
            return
        yield LoraRef(clean_model_name(text), strength, to_float(clip))


def _mentions_loras(node: Node) -> bool:
    inputs = node.inputs
    return "lora" in node.type.lower() or "lora" in "\n".join(inputs) or dict in map(type, inputs.values())
