"""Reads the fields of a graph by walking upstream from the node that saved the file."""

from __future__ import annotations

from dataclasses import replace

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers import GraphFields
from iib.metadata.dialects.comfyui.readers.api_nodes import PROMPT_INPUTS, read_api_node
from iib.metadata.dialects.comfyui.readers.civitai import civitai_fields, is_text_to_image
from iib.metadata.dialects.comfyui.readers.conditioning import ConditioningReader, PromptTexts
from iib.metadata.dialects.comfyui.readers.extras import read_extras
from iib.metadata.dialects.comfyui.readers.models import ModelReader, find_vae, list_checkpoints
from iib.metadata.dialects.comfyui.readers.output import OutputFinder
from iib.metadata.dialects.comfyui.readers.samplers import SamplerReader, with_borrowed_seed
from iib.metadata.dialects.comfyui.readers.searge import read_searge
from iib.metadata.dialects.comfyui.readers.size import Size, SizeReader
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import Json, ModelRef, SamplerStage

# Confidence of fields that are inferred; the names say why.
BY_INPUT_NAMES, COMPUTED_AT_RUN_TIME, ONE_OF_MANY, BY_ELIMINATION, BORROWED = 0.7, 0.5, 0.6, 0.5, 0.8


class GraphReader:
    """Reads one graph. All walks together are limited by `graph.MAX_VISITS`."""

    def __init__(self, graph: Graph, file_name: str, *, pixels: Size | None = None, container: str = "png") -> None:
        self._graph = graph
        self._file_name = file_name
        self._pixels = pixels
        self._container = container
        self._eval = Evaluator(graph)
        self._samplers = SamplerReader(graph, self._eval)

    def read(self) -> GraphFields:
        """Return the fields of the file; empty if no node can have written it."""
        fields = GraphFields()
        finder = OutputFinder(self._graph, self._eval, self._samplers)
        saver, is_ambiguous = finder.find(self._file_name, self._pixels, self._container)
        if saver is None:
            return fields
        nodes = self._samplers.upstream_samplers(saver)
        samplers = [node for node in nodes if self._samplers.is_sampler(node)]
        # A node that only resembles an API node (a segmenter has a prompt too) or has no prompt (an upscaler) counts
        # only if no other node made the picture.
        first = next((node for node in nodes if node in samplers or self._is_requested(node)), None)
        if samplers and first is not None and first in samplers:
            self._read_samplers(saver, samplers, fields)
            if is_ambiguous:
                fields.confidence["stages"] = ONE_OF_MANY
        elif saver.type.startswith("Searge") and read_searge(self._graph, self._eval, saver, fields):
            return fields
        elif nodes:
            read_api_node(self._graph, self._eval, first or nodes[0], fields)
        self._read_saver(saver, fields)
        read_extras(self._graph, self._eval, saver, fields)
        if self._graph.is_exhausted:
            fields.notes.append("comfyui: the graph is too large to be read completely")
        return fields

    def _is_requested(self, node: Node) -> bool:
        """True for a known API node with a prompt."""
        return spec_of(node.type).role is not Role.UNKNOWN and self._eval.input(node, *PROMPT_INPUTS) not in (None, "")

    def _read_samplers(self, saver: Node, samplers: list[Node], fields: GraphFields) -> None:
        primary = next((node for node in samplers if spec_of(node.type).role is not Role.DETAILER), samplers[0])
        ordered = [primary, *(node for node in samplers if node is not primary)]
        stages = [self._samplers.read(node) for node in ordered]
        fields.stages = with_borrowed_seed(stages)
        if fields.stages[0].seed != stages[0].seed:
            fields.confidence["seed"] = BORROWED
        prompts = self._read_prompts(ordered, fields)
        self._read_models(saver, ordered, prompts, fields)
        from_text = is_text_to_image(civitai_fields(self._graph.civitai_json))
        fields.size = SizeReader(self._graph, self._eval).initial_size(primary, through_pictures=from_text)
        fields.vae = find_vae(self._graph, self._eval, saver)

    def _read_prompts(self, ordered: list[Node], fields: GraphFields) -> PromptTexts:
        """Return the prompts of the first stage that has any: a pass without text continues the pass before it."""
        prompts = PromptTexts()
        self._eval.inferred = self._eval.guessed = False
        reader = ConditioningReader(self._graph, self._eval)
        negative: list[str] = []
        for node in ordered:
            start_nodes = [node, *self._samplers.chain(node, ("guider",))]
            for start_node in start_nodes:
                if reader.read(start_node, prompts):
                    break
            if prompts.positive:
                break
            negative = negative or prompts.negative
            prompts.negative = []
        if negative:  # a pass with a negative text only repaints the picture of the pass that has the prompt
            prompts.negative = negative
        fields.positive, fields.negative, fields.guidance = prompts.positive, prompts.negative, prompts.guidance
        if fields.guidance is None:
            fields.guidance = to_float(self._eval.input(ordered[0], "guidance", "embedded_guidance_scale"))
        if self._eval.inferred:
            fields.confidence["prompt"] = COMPUTED_AT_RUN_TIME
            fields.notes.append("comfyui: a text was generated at run time; the text that the user wrote is shown")
        elif (prompts.is_generic or self._eval.guessed) and prompts.positive:
            fields.confidence["prompt"] = BY_INPUT_NAMES
        return prompts

    def _read_models(self, saver: Node, ordered: list[Node], prompts: PromptTexts, fields: GraphFields) -> None:
        reader = ModelReader(self._graph, self._eval)
        for node in ordered:
            start_nodes = [node, *self._samplers.chain(node, ("guider",))]
            models = reader.read(start_nodes, prompts.lora_texts)
            fields.loras = fields.loras or models.loras
            if models.models:
                fields.models, fields.loras = models.models, models.loras
                if models.is_generic:
                    fields.confidence["models"] = BY_INPUT_NAMES
                return
        names = list_checkpoints(self._graph, self._eval, self._graph.upstream(saver.id))
        if len(names) == 1:
            fields.models = [ModelRef(clean_model_name(names[0]))]
            fields.confidence["models"] = BY_ELIMINATION

    def _read_saver(self, saver: Node, fields: GraphFields) -> None:
        """Fill gaps with the inputs of the saver: those of some packs write prompt and settings themselves."""
        if spec_of(saver.type).role is not Role.SAVER:
            return
        value = self._eval.input
        if not fields.positive:
            fields.positive = _known_text(value(saver, "positive", "positive_prompt"))
            fields.negative = fields.negative or (_known_text(value(saver, "negative")) if fields.positive else [])
        if not fields.models and isinstance(name := value(saver, "modelname", "model_name", "ckpt_name"), str):
            fields.models = [ModelRef(clean_model_name(name))] if name.strip() else []
        if not fields.positive or (fields.stages and fields.stages[0].steps is not None):
            return
        first = fields.stages[0] if fields.stages else SamplerStage()
        sampler, scheduler = value(saver, "sampler_name"), value(saver, "scheduler_name", "scheduler")
        stage = replace(
            first,
            sampler=first.sampler or (sampler if isinstance(sampler, str) else None),
            scheduler=first.scheduler or (scheduler if isinstance(scheduler, str) else None),
            steps=to_int(value(saver, "steps")) or None,
            cfg=first.cfg if first.cfg is not None else to_float(value(saver, "cfg")),
            seed=first.seed if first.seed is not None else to_int(value(saver, "seed_value", "seed")),
        )
        if stage != SamplerStage():
            fields.stages = [stage, *fields.stages[1:]]


def _known_text(text: Json) -> list[str]:
    return [text] if isinstance(text, str) and text.strip().lower() not in ("", "unknown") else []
