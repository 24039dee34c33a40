"""From a sampler to the model files: checkpoint, LoRAs, VAE."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.output_slots import pipe_of
from iib.metadata.dialects.comfyui.readers.lora import LoraReader
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import clean_model_name
from iib.model import LoraRef, ModelRef

MODEL_FILE = re.compile(r"\.(safetensors|ckpt|gguf|pt|pth|sft|bin)$", re.IGNORECASE)
LOADER_INPUTS = (
    "ckpt_name", "unet_name", "base_ckpt_name", "gguf_name", "model_path", "diffusion_model", "diffusion_name",
    "checkpoint", "checkpoint_name", "transformer", "model_name", "model", "unet", "repo_id", "base_model",
    "model_file", "base_model_name",
)  # fmt: skip
OPENED = frozenset(("model", "pipe"))
is_model_input = names_like(
    r"^(model\d*|model_[ab12]|base_model|unet|unet_model|(high|low)_noise_model|model_(high|low)\w*|models?_?in|transformer|patcher|m_models?"
    r"|model_opt|opt_model|optional_model|kolors_model|supir_model|pipeline|any_\d+|input\d*|value\d*|anything|ckpt)$"
)
is_stack_input = names_like(r"lora")
MAX_MODELS = 16


@dataclass(slots=True)
class Models:
    """What lies on the way from a sampler to its model."""

    models: list[ModelRef] = field(default_factory=list)
    loras: list[LoraRef] = field(default_factory=list)
    is_generic: bool = False


class ModelReader:
    """Follows model inputs back to loaders and takes the LoRAs on the way."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator
        self._loras = LoraReader(evaluator)

    def read(self, holders: list[Node], tags: list[str]) -> Models:
        """Models and LoRAs of a sampler (with its guiders); the LoRA applied first comes first."""
        found = Models()
        met: list[list[LoraRef]] = []
        seen = {node.id for node in holders}
        pending = deque(link for node in holders for link in self._doors(node))
        for node in holders:  # all in one: the sampler opens the model itself
            met.append(list(self._loras.read(node)))
            self._take_model(node, found)
        while pending and self._graph.visit() and len(found.models) < MAX_MODELS:
            node = self._graph.nodes[pending.popleft()[0]]
            if node.id in seen:
                continue
            seen.add(node.id)
            met.append(list(self._loras.read(node)))
            if self._take_model(node, found):
                pending.extend(self._stacks(node))
            else:
                pending.extend(self._onward(node))
        met.append([lora for text in tags for lora in self._loras.tags(text)])
        found.loras = list({(lora.name, lora.kind): lora for group in reversed(met) for lora in group}.values())
        return found

    def _doors(self, node: Node) -> list[Link]:
        links = self._graph.links(node)
        named = [link for name, link in links if is_model_input(name) or is_stack_input(name)]
        if not self._has_model(node):
            pipe = pipe_of(self._graph, node)
            named.extend([pipe] if pipe is not None else [])
        return named

    def _has_model(self, node: Node) -> bool:
        """True if a model comes in."""
        return True in [is_model_input(name) for name, _link in self._graph.links(node)]

    def _onward(self, node: Node) -> list[Link]:
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH:
            names = selected_inputs(self._graph, node, self._eval.literal)[:1]
            return [link for name in names if (link := self._graph.link(node.inputs[name])) is not None]
        if spec.follow and spec.role is Role.PASS:
            links = [self._graph.link(node.inputs.get(name)) for name in spec.follow]
            return [*(link for link in links if link is not None), *self._stacks(node)]
        doors = self._doors(node)
        if doors:
            return doors
        return [link for _name, link in self._graph.links(node)][:1]

    def _stacks(self, node: Node) -> list[Link]:
        return [link for name, link in self._graph.links(node) if is_stack_input(name)]

    def _take_model(self, node: Node, found: Models) -> bool:
        """True if this node opens the model. One that has a model coming in patches it instead."""
        if self._has_model(node):
            return False
        role = spec_of(node.type).role
        name = self._opened(node, is_loader=role is Role.LOADER or "load" in node.type.lower())
        if name is None:
            return False
        found.is_generic = found.is_generic or (role is not Role.LOADER and not found.models)
        model = ModelRef(clean_model_name(name))
        if model not in found.models:
            found.models.append(model)
        refiner = self._eval.text(node.inputs.get("refiner_ckpt_name"))
        if refiner and refiner != "None":
            found.models.append(ModelRef(clean_model_name(refiner), kind="refiner"))
        return True

    def _opened(self, node: Node, *, is_loader: bool) -> str | None:
        outputs = spec_of(node.type).outputs
        if (outputs and OPENED.isdisjoint(outputs)) or node.inputs.keys().isdisjoint(LOADER_INPUTS):
            return None
        for name in LOADER_INPUTS:
            if name not in node.inputs:
                continue
            text = self._eval.text(node.inputs.get(name), name)
            if text and text != "None" and (MODEL_FILE.search(text) or (is_loader and len(text) < 300)):
                return text.strip()
        return None


def vae_of(graph: Graph, evaluator: Evaluator, saver: Node) -> str | None:
    """Name of the VAE that decoded the picture; None if it came with the checkpoint."""
    for node_id in graph.upstream(saver.id):
        source = graph.source(graph.nodes[node_id], "vae", "optional_vae", "VAE")
        for _ in range(40):
            if source is None:
                break
            node = source[0]
            name = evaluator.text(node.inputs.get("vae_name"), "vae_name")
            if name and name not in ("None", "Baked VAE"):
                return clean_model_name(name)
            role = spec_of(node.type).role
            if role is Role.LOADER and pipe_of(graph, node) is None:
                return None
            source = graph.source(node, "vae", "VAE", *(("",) if len(node.inputs) != 1 else tuple(node.inputs)))
            if source is None:
                pipe = pipe_of(graph, node)
                source = (graph.nodes[pipe[0]], pipe[1]) if pipe is not None else None
    return None


def checkpoints_in(graph: Graph, evaluator: Evaluator, within: Iterator[str] | dict[str, None]) -> list[str]:
    """Names all checkpoint loaders among these nodes open, each once."""
    names = []
    for node_id in within:
        node = graph.nodes[node_id]
        for name in ("ckpt_name", "unet_name", "base_ckpt_name"):
            text = evaluator.text(node.inputs.get(name), name)
            if text and text not in names:
                names.append(text)
    return names
