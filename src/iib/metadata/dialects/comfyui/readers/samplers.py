"""Samplers: which nodes they are, which come first, and what they were set to."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.output_slots import pipe_of
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import NUMBERS, to_float, to_int
from iib.model import Json, SamplerStage

MAX_STAGES = 64
SEED_CONTROLS = frozenset(("fixed", "randomize", "increment", "decrement", "increment-wrap"))
SEED_NAMES = ("seed", "noise_seed", "seed_value", "seed_num")
SEED_INPUTS = (*SEED_NAMES, "noise")
SCHEDULE_INPUTS = ("steps", "sigmas", "sampler_name", "sampler")
PICTURE_SOURCES = (
    "latent_image", "samples", "latent", "positive", "model", "guider", "basic_pipe", "pipe", "image", "conditioning",
    "text_embeds", "optional_latent", "image_embeds", "images", "embeds", "positive_embeds", "prompt_embeds",
    "pipeline",
)  # fmt: skip
is_side_input = names_like(
    r"^(model|clip|vae|positive|negative|cond|control_net|guider|sigmas|noise|sampler|upscale_model|seed|steps"
    r"|cfg|text|prompt|style_model|ipadapter|lora|audio|mask|width|height|filename|path|optional_vae|segs|detailer"
    r"|bbox|sam_|base_positive|base_negative|scheduler|wildcard|meta|reference|ref_|control_image|guide_image|pose)"
)
is_own_part = names_like(r"model|clip|vae|conditioning|pipe|lora|embeds")
PROVIDER_PROMPTS = ("prompt", "model.prompt", "prompt_text")
SAMPLER_CLASS = re.compile(r"^Sampler_?(?=[A-Z])(.+)$")
SCHEDULER_CLASSES = {
    "KarrasScheduler": "karras",
    "ExponentialScheduler": "exponential",
    "PolyexponentialScheduler": "polyexponential",
    "BetaSamplingScheduler": "beta",
}
SAMPLERS = (Role.SAMPLER, Role.DETAILER)
SETTINGS = (("guider",), ("noise",), ("sampler",), ("sigmas", "scheduler"))


class SamplerReader:
    """Finds the samplers behind a saver and reads their settings."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator
        self._behind: dict[str, list[Node]] = {}

    def is_sampler(self, node: Node) -> bool:
        """By the table, else by shape: something to sample, a seed, and steps or a sampler."""
        role = spec_of(node.type).role
        if role in SAMPLERS:
            return role is Role.SAMPLER or "steps" in node.inputs or pipe_of(self._graph, node) is not None
        if role is not Role.UNKNOWN:
            return False
        inputs = node.inputs
        if "guider" in inputs and ("sigmas" in inputs or "noise" in inputs):
            return True
        if inputs.keys().isdisjoint(SEED_INPUTS) or inputs.keys().isdisjoint(SCHEDULE_INPUTS):
            return False
        return any(self._graph.link(inputs.get(name)) for name in PICTURE_SOURCES)

    def behind(self, saver: Node) -> list[Node]:
        """Samplers and services in the order in which they are met walking back along the picture."""
        known = self._behind.get(saver.id)
        if known is None:
            known = self._walk(saver, along_all=False)
            known = known or [node for node in self._walk(saver, along_all=True) if self.is_sampler(node)]
            self._behind[saver.id] = known
        return known

    def _walk(self, saver: Node, *, along_all: bool) -> list[Node]:
        found: list[Node] = []
        seen = {saver.id}
        pending = deque([saver])
        while pending and self._graph.visit():
            node = pending.popleft()
            if self.is_sampler(node) or (node is not saver and self.is_provider(node)):
                found.append(node)
                if len(found) >= MAX_STAGES:
                    break
            for following in self._picture_sources(node, along_all=along_all):
                if following.id not in seen:
                    seen.add(following.id)
                    pending.append(following)
        return found

    def _picture_sources(self, node: Node, *, along_all: bool) -> list[Node]:
        spec = spec_of(node.type)
        names: list[str] | tuple[str, ...] | None = None
        if spec.role is Role.SWITCH:
            names = selected_inputs(self._graph, node, self._eval.literal)[:1]
        elif spec.follow and not along_all:
            names = spec.follow
        if names is None:
            links = [link for name, link in self._graph.links(node) if along_all or not is_side_input(name)]
        else:
            links = [link for name in names if (link := self._graph.link(node.inputs.get(name))) is not None]
        conditioning = self._graph.source(node, "positive")
        if conditioning is not None and "stage_c" in conditioning[0].inputs:  # a cascade hands its picture on there
            links = [*links, *(link for name, link in self._graph.links(conditioning[0]) if name == "stage_c")]
        return [self._graph.nodes[node_id] for node_id, _slot in links]

    def is_provider(self, node: Node) -> bool:
        """A node that asked a service: it has a prompt of its own and no model of ours."""
        if node.inputs.keys().isdisjoint(PROVIDER_PROMPTS):
            return False
        role = spec_of(node.type).role
        if (role is not Role.UNKNOWN or _is_text_maker(node)) and role is not Role.PROVIDER:
            return False
        names = [name for name, _link in self._graph.links(node) if not name.startswith("model.")]
        return not any(is_own_part(name) for name in names)

    def chain(self, node: Node, first: tuple[str, ...], onward: tuple[str, ...] = ()) -> list[Node]:
        """Nodes along a chain of inputs, nearest first; switches by their live input."""
        nodes: list[Node] = []
        if node.inputs.keys().isdisjoint(first):
            return nodes
        seen = {node.id}
        source = self._graph.source(node, *first)
        while source is not None and source[0].id not in seen:
            found = source[0]
            seen.add(found.id)
            nodes.append(found)
            if spec_of(found.type).role is Role.SWITCH:
                names = tuple(selected_inputs(self._graph, found, self._eval.literal)[:1])
                source = self._graph.source(found, *names)
                continue
            source = self._graph.source(found, *(onward or first))
            if source is None and len(found.inputs) == 1:
                source = self._graph.source(found, *found.inputs)
        return nodes

    def pipes(self, node: Node) -> Iterator[Node]:
        """Nodes along the bundle that leads into a sampler."""
        seen = {node.id}
        link = pipe_of(self._graph, node)
        while link is not None and link[0] not in seen:
            seen.add(link[0])
            found = self._graph.nodes[link[0]]
            yield found
            link = pipe_of(self._graph, found)

    def read(self, node: Node) -> SamplerStage:
        """What a sampler was set to."""
        pipes = list(self.pipes(node))
        sigmas = self.chain(node, ("sigmas", "sigmas_override"), ("sigmas", "sigmas_1", "scheduler"))
        if "scheduler" not in node.inputs or self._graph.link(node.inputs["scheduler"]) is not None:
            sigmas.extend(self.chain(node, ("scheduler",)))
        guiders = self.chain(node, ("guider",))
        seed = self._seed(node, pipes)
        return SamplerStage(
            sampler=self._sampler(node, pipes),
            scheduler=self._scheduler(node, [*sigmas, *pipes]),
            steps=_positive(to_int(self._first([node, *sigmas, *pipes], "steps", "steps_total"))),
            cfg=to_float(self._first([node, *guiders, *pipes], "cfg", "cfg_conds", "cfg_scale", "video_cfg")),
            seed=seed if seed is not None and seed >= 0 else None,
            denoise=to_float(self._first([node, *sigmas, *pipes], "denoise", "denoise_strength")),
        )

    def noiseless(self, node: Node) -> bool:
        """True for a pass that adds no noise: its seed says nothing."""
        value = self._eval.literal(node.inputs.get("add_noise"))
        source = self._graph.source(node, "noise")
        return value in ("disable", False) or (source is not None and source[0].type == "DisableNoise")

    def _first(self, nodes: list[Node], *names: str) -> Json:
        for node in nodes:
            found = self._eval.input(node, *names)
            if isinstance(found, NUMBERS) or (isinstance(found, str) and to_float(found) is not None):
                return found
        return None

    def _seed(self, node: Node, pipes: list[Node]) -> int | None:
        if self.noiseless(node):
            return None
        noises = self.chain(node, ("noise",), ("noise", "noise1", "noise_1"))
        return to_int(self._first([node, *noises, *pipes], *SEED_NAMES))

    def _sampler(self, node: Node, pipes: list[Node]) -> str | None:
        chosen = self.chain(node, ("sampler",), ("sampler", "base_sampler", "sampler_1"))
        for holder in (node, *chosen, *pipes):
            name = self._word(holder, "sampler_name")
            if name is None and holder is not node:
                match = SAMPLER_CLASS.match(holder.type)
                name = match[1].lower() if match and holder in chosen else None
            if name is None and isinstance(holder.inputs.get("sampler"), str):
                name = self._word(holder, "sampler")
            if name is not None:
                return name.removeprefix("sample_")
        return None

    def _scheduler(self, node: Node, behind: list[Node]) -> str | None:
        for holder in (node, *behind):
            name = self._word(holder, "scheduler") or SCHEDULER_CLASSES.get(holder.type)
            if name is not None:
                return name
        return None

    def _word(self, node: Node, name: str) -> str | None:
        """A name out of a list of choices; what a shifted widget left there is none."""
        found = self._eval.text(node.inputs.get(name), name)
        if found is None or found in SEED_CONTROLS or len(found) > 80 or to_float(found) is not None:
            return None
        return found.strip()


def with_borrowed_seed(stages: list[SamplerStage]) -> list[SamplerStage]:
    """A pass without noise of its own was seeded by the pass before it."""
    if stages and stages[0].seed is None:
        for stage in stages[1:]:
            if stage.seed is not None:
                return [replace(stages[0], seed=stage.seed), *stages[1:]]
    return stages


def _is_text_maker(node: Node) -> bool:
    kind = node.type.lower()
    return any(word in kind for word in ("string", "text", "encode", "conditioning")) and "image" not in kind


def _positive(number: int | None) -> int | None:
    return number if number is None or number > 0 else None
