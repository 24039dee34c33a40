"""Finds the samplers of a graph, orders them and reads their settings."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.slots import COMPONENT, name_matcher, pipe_link
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import NUMBERS, to_float, to_int
from iib.model import Json, SamplerStage

MAX_STAGES = 64
SEED_CONTROLS = frozenset(("fixed", "randomize", "increment", "decrement", "increment-wrap"))
SEED_NUMBER_INPUTS = ("seed", "noise_seed", "seed_value", "seed_num")
SEED_INPUTS = (*SEED_NUMBER_INPUTS, "noise")
SCHEDULE_INPUTS = ("steps", "sigmas", "sampler_name", "sampler")
PICTURE_INPUTS = (
    "latent_image", "samples", "latent", "positive", "model", "guider", "basic_pipe", "pipe", "image", "conditioning",
    "text_embeds", "optional_latent", "image_embeds", "images", "embeds", "positive_embeds", "prompt_embeds",
    "pipeline",
)  # fmt: skip
is_unrelated_input = name_matcher(
    r"^(model|clip|vae|positive|negative|cond|control_net|guider|sigmas|noise|sampler|upscale_model|seed|steps"
    r"|cfg|text|prompt|style_model|ipadapter|lora|audio|mask|width|height|filename|path|optional_vae|segs|detailer"
    r"|bbox|sam_|base_positive|base_negative|scheduler|wildcard|meta|reference|ref_|control_image|guide_image|pose)"
)
is_local_model_input = name_matcher(r"model|clip|vae|conditioning|pipe|lora|embeds")
API_PROMPT_INPUTS = ("prompt", "model.prompt", "prompt_text")
SAMPLER_CLASS = re.compile(r"^Sampler_?(?=[A-Z])(.+)$")
SCHEDULER_CLASSES = {
    "KarrasScheduler": "karras",
    "ExponentialScheduler": "exponential",
    "PolyexponentialScheduler": "polyexponential",
    "BetaSamplingScheduler": "beta",
}
SAMPLER_ROLES = (Role.SAMPLER, Role.DETAILER)
SETTINGS = (("guider",), ("noise",), ("sampler",), ("sigmas", "scheduler"))


class SamplerReader:
    """Finds the samplers upstream of a saver and reads their settings."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator
        self._by_saver: dict[str, list[Node]] = {}

    def is_sampler(self, node: Node) -> bool:
        """True by the node table, else by the inputs: something to sample, a seed, and steps or a sampler."""
        role = spec_of(node.type).role
        if role in SAMPLER_ROLES:
            return role is Role.SAMPLER or "steps" in node.inputs or pipe_link(self._graph, node) is not None
        if role is not Role.UNKNOWN:
            return False
        inputs = node.inputs
        if "guider" in inputs and ("sigmas" in inputs or "noise" in inputs):
            return True
        if inputs.keys().isdisjoint(SEED_INPUTS) or inputs.keys().isdisjoint(SCHEDULE_INPUTS):
            return False
        if node.type.startswith(COMPONENT):
            return "sampler_name" in inputs
        return any(self._graph.link(inputs.get(name)) for name in PICTURE_INPUTS)

    def upstream_samplers(self, saver: Node) -> list[Node]:
        """Return samplers and API nodes in the order of a walk upstream along the picture. Cached."""
        nodes = self._by_saver.get(saver.id)
        if nodes is None:
            nodes = self._walk(saver, along_all=False)
            nodes = nodes or [node for node in self._walk(saver, along_all=True) if self.is_sampler(node)]
            self._by_saver[saver.id] = nodes
        return nodes

    def _walk(self, saver: Node, *, along_all: bool) -> list[Node]:
        nodes: list[Node] = []
        visited = {saver.id}
        pending = deque([saver])
        while pending and self._graph.visit():
            node = pending.popleft()
            if self.is_sampler(node) or (node is not saver and self.is_api_node(node)):
                nodes.append(node)
                if len(nodes) >= MAX_STAGES:
                    break
            for source in self._picture_sources(node, along_all=along_all):
                if source.id not in visited:
                    visited.add(source.id)
                    pending.append(source)
        return nodes

    def _picture_sources(self, node: Node, *, along_all: bool) -> list[Node]:
        spec = spec_of(node.type)
        names: list[str] | tuple[str, ...] | None = None
        if spec.role is Role.SWITCH:
            names = selected_inputs(self._graph, node, self._eval.literal)[:1]
        elif spec.follow and not along_all:
            names = spec.follow
        if names is None:
            links = [link for name, link in self._graph.links(node) if along_all or not is_unrelated_input(name)]
        else:
            links = [link for name in names if (link := self._graph.link(node.inputs.get(name))) is not None]
        conditioning = self._graph.source(node, "positive")
        # Stable Cascade passes its picture on through the conditioning.
        if conditioning is not None and "stage_c" in conditioning[0].inputs:
            links = [*links, *(link for name, link in self._graph.links(conditioning[0]) if name == "stage_c")]
        return [self._graph.nodes[node_id] for node_id, _slot in links]

    def is_api_node(self, node: Node) -> bool:
        """True for a node that requests a picture from a service: it has a prompt and no local model."""
        if node.inputs.keys().isdisjoint(API_PROMPT_INPUTS):
            return False
        role = spec_of(node.type).role
        if (role is not Role.UNKNOWN or _makes_text(node)) and role is not Role.API_NODE:
            return False
        names = [name for name, _link in self._graph.links(node) if not name.startswith("model.")]
        return not any(is_local_model_input(name) for name in names)

    def chain(self, node: Node, first: tuple[str, ...], following: tuple[str, ...] = ()) -> list[Node]:
        """Return the nodes along a chain of inputs, nearest first; switches are followed through their active input.

        `first` names the inputs of the start node, `following` those of the other nodes (by default the same).
        """
        nodes: list[Node] = []
        if node.inputs.keys().isdisjoint(first):
            return nodes
        visited = {node.id}
        source = self._graph.source(node, *first)
        while source is not None and source[0].id not in visited:
            current = source[0]
            visited.add(current.id)
            nodes.append(current)
            if spec_of(current.type).role is Role.SWITCH:
                names = tuple(selected_inputs(self._graph, current, self._eval.literal)[:1])
                source = self._graph.source(current, *names)
                continue
            source = self._graph.source(current, *(following or first))
            if source is None and len(current.inputs) == 1:
                source = self._graph.source(current, *current.inputs)
        return nodes

    def pipes(self, node: Node) -> Iterator[Node]:
        """Yield the nodes along the pipe that leads into a sampler, nearest first."""
        visited = {node.id}
        link = pipe_link(self._graph, node)
        while link is not None and link[0] not in visited:
            visited.add(link[0])
            current = self._graph.nodes[link[0]]
            yield current
            link = pipe_link(self._graph, current)

    def read(self, node: Node) -> SamplerStage:
        """Return the settings of a sampler; None for those that are computed at run time."""
        pipes = list(self.pipes(node))
        sigmas = self.chain(node, ("sigmas", "sigmas_override"), ("sigmas", "sigmas_1", "scheduler"))
        if "scheduler" not in node.inputs or self._graph.link(node.inputs["scheduler"]) is not None:
            sigmas.extend(self.chain(node, ("scheduler",)))
        guiders = self.chain(node, ("guider",))
        seed = self._seed(node, pipes)
        return SamplerStage(
            sampler=self._sampler(node, pipes),
            scheduler=self._scheduler(node, [*sigmas, *pipes]),
            steps=_positive(to_int(self._first_number([node, *sigmas, *pipes], "steps", "steps_total", "base_steps"))),
            cfg=to_float(self._first_number([node, *guiders, *pipes], "cfg", "cfg_conds", "cfg_scale", "video_cfg")),
            seed=seed if seed is not None and seed >= 0 else None,
            denoise=to_float(self._first_number([node, *sigmas, *pipes], "denoise", "denoise_strength")),
        )

    def adds_no_noise(self, node: Node) -> bool:
        """True for a pass that adds no noise: its seed has no effect."""
        value = self._eval.literal(node.inputs.get("add_noise"))
        source = self._graph.source(node, "noise")
        return value in ("disable", False) or (source is not None and source[0].type == "DisableNoise")

    def _first_number(self, nodes: list[Node], *names: str) -> Json:
        for node in nodes:
            value = self._eval.input(node, *names)
            if isinstance(value, NUMBERS) or (isinstance(value, str) and to_float(value) is not None):
                return value
        return None

    def _seed(self, node: Node, pipes: list[Node]) -> int | None:
        if self.adds_no_noise(node):
            return None
        noises = self.chain(node, ("noise",), ("noise", "noise1", "noise_1"))
        return to_int(self._first_number([node, *noises, *pipes], *SEED_NUMBER_INPUTS))

    def _sampler(self, node: Node, pipes: list[Node]) -> str | None:
        sampler_nodes = self.chain(node, ("sampler",), ("sampler", "base_sampler", "sampler_1"))
        for candidate in (node, *sampler_nodes, *pipes):
            name = self._choice(candidate, "sampler_name")
            if name is None and candidate is not node:
                match = SAMPLER_CLASS.match(candidate.type)
                name = match[1].lower() if match and candidate in sampler_nodes else None
            if name is None and isinstance(candidate.inputs.get("sampler"), str):
                name = self._choice(candidate, "sampler")
            if name is not None:
                return name.removeprefix("sample_")
        return None

    def _scheduler(self, node: Node, others: list[Node]) -> str | None:
        for candidate in (node, *others):
            name = self._choice(candidate, "scheduler") or SCHEDULER_CLASSES.get(candidate.type)
            if name is not None:
                return name
        return None

    def _choice(self, node: Node, name: str) -> str | None:
        """Return the selected name of a list widget; None for a value that a shifted widget left there."""
        text = self._eval.text(node.inputs.get(name), name)
        if text is None or text in SEED_CONTROLS or len(text) > 80 or to_float(text) is not None:
            return None
        return text.strip()


def with_borrowed_seed(stages: list[SamplerStage]) -> list[SamplerStage]:
    """Return the stages with a seed in the first one: a pass that adds no noise has the seed of the pass before it."""
    if stages and stages[0].seed is None:
        for stage in stages[1:]:
            if stage.seed is not None:
                return [replace(stages[0], seed=stage.seed), *stages[1:]]
    return stages


def _makes_text(node: Node) -> bool:
    class_type = node.type.lower()
    return (
        any(word in class_type for word in ("string", "text", "encode", "conditioning")) and "image" not in class_type
    )


def _positive(number: int | None) -> int | None:
    return number if number is None or number > 0 else None
