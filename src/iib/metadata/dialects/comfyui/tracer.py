"""From the node that saved the file back to what made it."""

from __future__ import annotations

from dataclasses import replace

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers.api_nodes import PROMPTS, read_api_node
from iib.metadata.dialects.comfyui.readers.civitai import is_from_text, site_fields
from iib.metadata.dialects.comfyui.readers.conditioning import ConditioningReader, Words
from iib.metadata.dialects.comfyui.readers.extras import read_extras
from iib.metadata.dialects.comfyui.readers.models import ModelReader, checkpoints_in, vae_of
from iib.metadata.dialects.comfyui.readers.output import OutputFinder
from iib.metadata.dialects.comfyui.readers.samplers import SamplerReader, with_borrowed_seed
from iib.metadata.dialects.comfyui.readers.size import Size, SizeReader
from iib.metadata.dialects.comfyui.trace import Trace
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import Json, ModelRef, SamplerStage

# How sure a field is that was not simply read: the reasons are named where they are used.
BY_NAMES, MADE_AT_RUN_TIME, ONE_OF_MANY, BY_ELIMINATION, BORROWED = 0.7, 0.5, 0.6, 0.5, 0.8


class Tracer:
    """Walks one graph. All walks together are bounded by the graph's count of visits."""

    def __init__(self, graph: Graph, file_name: str, *, pixels: Size | None = None, container: str = "png") -> None:
        self._graph = graph
        self._file_name = file_name
        self._pixels = pixels
        self._container = container
        self._eval = Evaluator(graph)
        self._stages = SamplerReader(graph, self._eval)

    def trace(self) -> Trace:
        """Fields of the file."""
        found = Trace()
        finder = OutputFinder(self._graph, self._eval, self._stages)
        saver, is_ambiguous = finder.find(self._file_name, self._pixels, self._container)
        if saver is None:
            return found
        behind = self._stages.behind(saver)
        samplers = [node for node in behind if self._stages.is_sampler(node)]
        # What only looks like a service (a segmenter has a prompt too), or was not told what to make (an upscaler),
        # counts where nothing else made the picture.
        first = next((node for node in behind if node in samplers or self._was_asked(node)), None)
        if samplers and first is not None and first in samplers:
            self._sampled(saver, samplers, found)
            if is_ambiguous:
                found.confidence["stages"] = ONE_OF_MANY
        elif behind:
            read_api_node(self._graph, self._eval, first or behind[0], found)
        self._of_saver(saver, found)
        read_extras(self._graph, self._eval, saver, found)
        if self._graph.is_exhausted:
            found.notes.append("comfyui: the graph is too large to be followed to its end")
        return found

    def _was_asked(self, node: Node) -> bool:
        """True for a known service with a prompt."""
        return spec_of(node.type).role is not Role.UNKNOWN and self._eval.input(node, *PROMPTS) not in (None, "")

    def _sampled(self, saver: Node, samplers: list[Node], found: Trace) -> None:
        primary = next((node for node in samplers if spec_of(node.type).role is not Role.DETAILER), samplers[0])
        ordered = [primary, *(node for node in samplers if node is not primary)]
        stages = [self._stages.read(node) for node in ordered]
        found.stages = with_borrowed_seed(stages)
        if found.stages[0].seed != stages[0].seed:
            found.confidence["seed"] = BORROWED
        words = self._words(ordered, found)
        self._models(saver, ordered, words, found)
        from_text = is_from_text(site_fields(self._graph.site_json))
        found.size = SizeReader(self._graph, self._eval).begun(primary, through_pictures=from_text)
        found.vae = vae_of(self._graph, self._eval, saver)

    def _words(self, ordered: list[Node], found: Trace) -> Words:
        """Texts of the first stage that has any: a pass without text goes on with what the pass before it made."""
        words = Words()
        self._eval.inferred = False
        reader = ConditioningReader(self._graph, self._eval)
        for node in ordered:
            holders = [node, *self._stages.chain(node, ("guider",))]
            for holder in holders:
                if reader.read(holder, words):
                    break
            if words.positive or words.negative:
                break
        found.positive, found.negative, found.guidance = words.positive, words.negative, words.guidance
        if found.guidance is None:
            found.guidance = to_float(self._eval.input(ordered[0], "guidance", "embedded_guidance_scale"))
        if self._eval.inferred:
            found.confidence["prompt"] = MADE_AT_RUN_TIME
            found.notes.append("comfyui: a text was made at run time; what the user wrote is shown")
        elif words.is_generic and words.positive:
            found.confidence["prompt"] = BY_NAMES
        return words

    def _models(self, saver: Node, ordered: list[Node], words: Words, found: Trace) -> None:
        reader = ModelReader(self._graph, self._eval)
        for node in ordered:
            holders = [node, *self._stages.chain(node, ("guider",))]
            models = reader.read(holders, words.tags)
            found.loras = found.loras or models.loras
            if models.models:
                found.models, found.loras = models.models, models.loras
                if models.is_generic:
                    found.confidence["models"] = BY_NAMES
                return
        names = checkpoints_in(self._graph, self._eval, self._graph.upstream(saver.id))
        if len(names) == 1:
            found.models = [ModelRef(clean_model_name(names[0]))]
            found.confidence["models"] = BY_ELIMINATION

    def _of_saver(self, saver: Node, found: Trace) -> None:
        """What the saving node was told fills the gaps: some packs write their own fields."""
        if spec_of(saver.type).role is not Role.SAVER:
            return
        value = self._eval.input
        if not found.positive:
            found.positive = _real(value(saver, "positive", "positive_prompt"))
            found.negative = found.negative or (_real(value(saver, "negative")) if found.positive else [])
        if not found.models and isinstance(name := value(saver, "modelname", "model_name", "ckpt_name"), str):
            found.models = [ModelRef(clean_model_name(name))] if name.strip() else []
        if not found.positive or (found.stages and found.stages[0].steps is not None):
            return
        first = found.stages[0] if found.stages else SamplerStage()
        sampler, scheduler = value(saver, "sampler_name"), value(saver, "scheduler_name", "scheduler")
        told = replace(
            first,
            sampler=first.sampler or (sampler if isinstance(sampler, str) else None),
            scheduler=first.scheduler or (scheduler if isinstance(scheduler, str) else None),
            steps=to_int(value(saver, "steps")) or None,
            cfg=first.cfg if first.cfg is not None else to_float(value(saver, "cfg")),
            seed=first.seed if first.seed is not None else to_int(value(saver, "seed_value", "seed")),
        )
        if told != SamplerStage():
            found.stages = [told, *found.stages[1:]]


def _real(text: Json) -> list[str]:
    return [text] if isinstance(text, str) and text.strip().lower() not in ("", "unknown") else []
