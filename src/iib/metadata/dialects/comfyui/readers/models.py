"""Reads the model files of a sampler: checkpoint, LoRAs, VAE."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers.lora import LoraReader
from iib.metadata.dialects.comfyui.slots import name_matcher, pipe_link
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import clean_model_name
from iib.model import LoraRef, ModelRef

MODEL_FILE = re.compile(r"\.(safetensors|ckpt|gguf|pt|pth|sft|bin)$", re.IGNORECASE)
LOADER_INPUTS = (
    "ckpt_name", "unet_name", "base_ckpt_name", "gguf_name", "model_path", "diffusion_model", "diffusion_name",
    "checkpoint", "checkpoint_name", "transformer", "model_name", "model", "unet", "repo_id", "base_model",
    "model_file", "base_model_name",
)  # fmt: skip
MODEL_OUTPUTS = frozenset(("model", "pipe"))
is_model_input = name_matcher(
    r"^(model\d*|model_[ab12]|base_model|unet|unet_model|(high|low)_noise_model|model_(high|low)\w*|models?_?in|transformer|patcher|m_models?"
    r"|model_opt|opt_model|optional_model|kolors_model|supir_model|pipeline|any_\d+|input\d*|value\d*|anything|ckpt)$"
)
is_stack_input = name_matcher(r"lora")
MAX_MODELS = 16


@dataclass(slots=True)
class Models:
    """Models and LoRAs upstream of a sampler; `is_generic` if a class of unknown role loads the model."""

    models: list[ModelRef] = field(default_factory=list)
    loras: list[LoraRef] = field(default_factory=list)
    is_generic: bool = False


class ModelReader:
    """Follows model inputs upstream to the loaders and collects the LoRAs on the way."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator
        self._loras = LoraReader(evaluator)

    def read(self, start_nodes: list[Node], lora_texts: list[str]) -> Models:
        """Return models and LoRAs of a sampler and its guiders; the LoRA that is applied first comes first."""
        result = Models()
        lora_groups: list[list[LoraRef]] = []
        visited = {node.id for node in start_nodes}
        pending = deque(link for node in start_nodes for link in self._model_links(node))
        for node in start_nodes:  # a sampler may load the model itself
            lora_groups.append(list(self._loras.read(node)))
            self._add_model(node, result)
        while pending and self._graph.visit() and len(result.models) < MAX_MODELS:
            node = self._graph.nodes[pending.popleft()[0]]
            if node.id in visited:
                continue
            visited.add(node.id)
            lora_groups.append(list(self._loras.read(node)))
            if self._add_model(node, result):
                pending.extend(self._stack_links(node))
            else:
                pending.extend(self._upstream_links(node))
        lora_groups.append([lora for text in lora_texts for lora in self._loras.tags(text)])
        result.loras = list(
            {(lora.name, lora.kind): lora for group in reversed(lora_groups) for lora in group}.values()
        )
        return result

    def _model_links(self, node: Node) -> list[Link]:
        links = self._graph.links(node)
        model_links = [link for name, link in links if is_model_input(name) or is_stack_input(name)]
        if not self._has_model(node):
            pipe = pipe_link(self._graph, node)
            model_links.extend([pipe] if pipe is not None else [])
        return model_links

    def _has_model(self, node: Node) -> bool:
        """True if a link leads into a model input."""
        return True in [is_model_input(name) for name, _link in self._graph.links(node)]

    def _upstream_links(self, node: Node) -> list[Link]:
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH:
            names = selected_inputs(self._graph, node, self._eval.literal)[:1]
            return [link for name in names if (link := self._graph.link(node.inputs[name])) is not None]
        if spec.follow and spec.role is Role.PASS:
            links = [self._graph.link(node.inputs.get(name)) for name in spec.follow]
            return [*(link for link in links if link is not None), *self._stack_links(node)]
        model_links = self._model_links(node)
        if model_links:
            return model_links
        return [link for _name, link in self._graph.links(node)][:1]

    def _stack_links(self, node: Node) -> list[Link]:
        return [link for name, link in self._graph.links(node) if is_stack_input(name)]

    def _add_model(self, node: Node, result: Models) -> bool:
        """Add the model of a loader and return True; a node with a connected model input patches a model instead."""
        if self._has_model(node):
            return False
        role = spec_of(node.type).role
        name = self._model_file(node, is_loader=role is Role.LOADER or "load" in node.type.lower())
        if name is None:
            return False
        result.is_generic = result.is_generic or (role is not Role.LOADER and not result.models)
        model = ModelRef(clean_model_name(name))
        if model not in result.models:
            result.models.append(model)
        refiner = self._eval.text(node.inputs.get("refiner_ckpt_name"))
        if refiner and refiner != "None":
            result.models.append(ModelRef(clean_model_name(refiner), kind="refiner"))
        return True

    def _model_file(self, node: Node, *, is_loader: bool) -> str | None:
        outputs = spec_of(node.type).outputs
        if (outputs and MODEL_OUTPUTS.isdisjoint(outputs)) or node.inputs.keys().isdisjoint(LOADER_INPUTS):
            return None
        for name in LOADER_INPUTS:
            if name not in node.inputs:
                continue
            text = self._eval.text(node.inputs.get(name), name)
            if text and text != "None" and (MODEL_FILE.search(text) or (is_loader and len(text) < 300)):
                return text.strip()
        return None


def find_vae(graph: Graph, evaluator: Evaluator, saver: Node) -> str | None:
    """Return the name of the VAE that decoded the picture; None if the checkpoint contains it."""
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
            if role is Role.LOADER and pipe_link(graph, node) is None:
                return None
            source = graph.source(node, "vae", "VAE", *(("",) if len(node.inputs) != 1 else tuple(node.inputs)))
            if source is None:
                pipe = pipe_link(graph, node)
                source = (graph.nodes[pipe[0]], pipe[1]) if pipe is not None else None
    return None


def list_checkpoints(graph: Graph, evaluator: Evaluator, node_ids: Iterator[str] | dict[str, None]) -> list[str]:
    """Return the names of all checkpoints that these nodes load, each once."""
    names = []
    for node_id in node_ids:
        node = graph.nodes[node_id]
        for name in ("ckpt_name", "unet_name", "base_ckpt_name"):
            text = evaluator.text(node.inputs.get(name), name)
            if text and text not in names:
                names.append(text)
    return names
