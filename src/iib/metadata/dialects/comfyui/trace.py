"""From the node that saved the file back to what made it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui import nodes as table
from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.values import loras_in, model_name, size_of, to_float, to_int
from iib.model.geninfo import LoraRef, ModelRef, SamplerStage

Texts = list[str]


@dataclass(slots=True)
class Trace:
    """What the graph says of one file."""

    stages: list[SamplerStage] = field(default_factory=list)
    positive: Texts = field(default_factory=list)
    negative: Texts = field(default_factory=list)
    models: list[ModelRef] = field(default_factory=list)
    loras: list[LoraRef] = field(default_factory=list)
    vae: str | None = None
    guidance: float | None = None
    size: tuple[int, int] | None = None
    provider: str | None = None
    is_inferred: bool = False


class Tracer:
    """Walks one graph. Every walk is bounded by the number of nodes: each is entered once."""

    def __init__(self, graph: Graph, file_name: str, *, is_video: bool) -> None:
        self._graph = graph
        self._eval = Evaluator(graph)
        self._file_name = file_name
        self._is_video = is_video

    def trace(self) -> Trace:
        """Fields of the file."""
        found = Trace()
        saver = self._saver()
        if saver is None:
            return found
        samplers = self._samplers_behind(saver)
        if not samplers:
            self._provider(saver, found)
            return found
        primary = next((node for node in samplers if not table.DETAILERS.search(node.type)), samplers[0])
        ordered = [primary, *(node for node in samplers if node is not primary)]
        found.stages = [self._stage(node) for node in ordered]
        self._borrow_seed(found)
        for node in ordered:  # the prompt of an image-to-video pass is that of the stage before
            positive, negative = self._texts_of(node, found)
            if positive or negative:
                found.positive, found.negative = positive, negative
                break
        for node in ordered:
            self._model_of(node, found)
            if found.models:
                break
        found.size = self._size_of(primary)
        found.vae = self._vae_of(saver)
        return found

    # Which node saved the file

    def _saver(self) -> Node | None:
        graph = self._graph
        read_by = {link[0] for node in graph.nodes.values() for _name, link in graph.links(node)}
        savers = [node for node in graph.nodes.values() if table.SAVERS.search(node.type)]
        if not savers:
            savers = [node for node in graph.nodes.values() if table.PREVIEWS.search(node.type)]
        if not savers:
            savers = [node for node in graph.nodes.values() if node.id not in read_by]
        if not savers:
            savers = list(graph.nodes.values())
        return max(savers, key=self._saver_rank, default=None)

    def _saver_rank(self, node: Node) -> tuple[bool, int, bool, int, tuple[int, ...]]:
        fits_kind = bool(table.VIDEO_SAVERS.search(node.type)) == self._is_video
        prefix = self._eval.text(node.inputs.get("filename_prefix")) or ""
        prefix = re.split(r"[\\/]", prefix)[-1].split("%")[0]
        fits_name = len(prefix) if prefix and self._file_name.lower().startswith(prefix.lower()) else 0
        upstream = self._graph.upstream(node.id)
        count = sum(self._is_sampler(self._graph.nodes[item]) for item in upstream)
        order = tuple(int(part) if part.isdigit() else 0 for part in node.id.split(":"))
        return fits_kind, fits_name, count > 0, count, order

    # Samplers

    def _is_sampler(self, node: Node) -> bool:
        names = node.inputs.keys()
        if "guider" in names and ("sigmas" in names or "noise" in names):
            return True
        has_seed = any(name in names for name in ("seed", "noise_seed", "noise"))
        has_schedule = any(name in names for name in ("steps", "sigmas", "sampler_name", "sampler"))
        has_picture = any(self._graph.link(node.inputs.get(name)) for name in SAMPLER_SOURCES)
        return has_seed and has_schedule and has_picture and not table.NO_SAMPLER.search(node.type.split("|")[0])

    def _samplers_behind(self, saver: Node) -> list[Node]:
        """Samplers in the order in which they are met walking back, along pictures and latents first."""
        found: list[Node] = []
        for along_all in (False, True):
            seen = {saver.id}
            pending = deque([saver])
            while pending:
                node = pending.popleft()
                if node is not saver and self._is_sampler(node):
                    found.append(node)
                for name, (node_id, _slot) in self._graph.links(node):
                    if node_id not in seen and (along_all or not table.SIDE_INPUTS.match(name)):
                        seen.add(node_id)
                        pending.append(self._graph.nodes[node_id])
            if found:
                break
        return found

    def _stage(self, node: Node) -> SamplerStage:
        value = self._eval
        inputs = node.inputs
        sampler = value.text(inputs.get("sampler_name"))
        chosen = self._graph.source(node, "sampler")
        if sampler is None and chosen is not None:
            sampler = self._sampler_name(chosen[0])
        elif sampler is None:
            sampler = value.text(inputs.get("sampler"))
        scheduler, steps, denoise = value.text(inputs.get("scheduler")), inputs.get("steps"), inputs.get("denoise")
        for behind in self._behind(node, ("sigmas",), ("sigmas", "sigmas_1", "scheduler")):
            scheduler = scheduler or value.text(behind.inputs.get("scheduler"))
            scheduler = scheduler or table.SCHEDULER_CLASSES.get(behind.type)
            steps = steps if steps is not None else behind.inputs.get("steps")
            denoise = denoise if denoise is not None else behind.inputs.get("denoise")
        seed = inputs.get("seed", inputs.get("noise_seed"))
        if value.text(inputs.get("add_noise")) == "disable" or inputs.get("add_noise") is False:
            seed = None
        noise = self._graph.source(node, "noise")
        if noise is not None:
            seed = noise[0].inputs.get("noise_seed", noise[0].inputs.get("seed"))
        cfg = inputs.get("cfg")
        for guider in self._behind(node, ("guider",), ("guider",)):
            if cfg is None:
                cfg = guider.inputs.get("cfg", guider.inputs.get("cfg_conds"))
        resolved_seed = to_int(value.literal(seed))
        return SamplerStage(
            sampler=_clean_sampler(sampler),
            scheduler=scheduler if scheduler not in table.SEED_CONTROLS else None,
            steps=to_int(value.literal(steps)),
            cfg=to_float(value.literal(cfg)),
            seed=resolved_seed if resolved_seed is None or resolved_seed >= 0 else None,
            denoise=to_float(value.literal(denoise)),
        )

    def _sampler_name(self, node: Node) -> str | None:
        name = self._eval.text(node.inputs.get("sampler_name"))
        if name is not None:
            return name
        match = table.SAMPLER_CLASS.match(node.type)
        return match[1].lower() if match else None

    def _behind(self, node: Node, first: tuple[str, ...], onward: tuple[str, ...]) -> Iterator[Node]:
        """Nodes along a chain of inputs."""
        seen = {node.id}
        source = self._graph.source(node, *first)
        while source is not None and source[0].id not in seen:
            seen.add(source[0].id)
            yield source[0]
            source = self._graph.source(source[0], *onward)

    @staticmethod
    def _borrow_seed(found: Trace) -> None:
        """A pass without noise of its own was seeded by the pass before it."""
        if found.stages and found.stages[0].seed is None:
            for stage in found.stages[1:]:
                if stage.seed is not None:
                    first = found.stages[0]
                    found.stages[0] = SamplerStage(
                        first.sampler, first.scheduler, first.steps, first.cfg, stage.seed, first.denoise
                    )
                    return

    # Texts

    def _texts_of(self, sampler: Node, found: Trace) -> tuple[Texts, Texts]:
        holders = [sampler, *self._behind(sampler, ("guider",), ("guider",))]
        for holder in holders:
            positive = negative = None
            for name in ("positive", "cond1", "conditioning", "text_embeds"):
                positive = positive or self._graph.link(holder.inputs.get(name))
            negative = self._graph.link(holder.inputs.get("negative"))
            if positive is None and negative is None:
                pipe = self._graph.source(
                    holder, "basic_pipe", "pipe", "detailer_pipe", "sdxl_tuple", "context", "base_ctx"
                )
                if pipe is None:
                    continue
                return (
                    self._conditioning(pipe[0].id, 0, "positive", found, set()),
                    self._conditioning(pipe[0].id, 1, "negative", found, set()),
                )
            texts = self._conditioning(*positive, "positive", found, set()) if positive else []
            others = self._conditioning(*negative, "negative", found, set()) if negative else []
            if holder.inputs.get("text_embeds") is not None and positive is not None:
                others = others or self._conditioning(*positive, "negative", found, set())
            return texts, others
        return [], []

    def _conditioning(self, node_id: str, slot: int, side: str, found: Trace, seen: set[tuple[str, str]]) -> Texts:
        """Texts that reach this output."""
        if (node_id, side) in seen or len(seen) > 2000:
            return []
        seen.add((node_id, side))
        node = self._graph.nodes[node_id]
        if node.type in table.ZERO_OUT:
            return []
        if side == "positive" and found.guidance is None and "guidance" in node.inputs:
            found.guidance = to_float(self._eval.literal(node.inputs["guidance"]))
        has_both = "positive" in node.inputs and "negative" in node.inputs
        if has_both:
            positive_text = (
                self._eval.text(node.inputs["positive"]) if not self._leads_to_text(node, "positive") else None
            )
            if positive_text is not None or isinstance(node.inputs["positive"], str):
                written = self._eval.text(node.inputs["positive" if side == "positive" else "negative"])
                return [written] if written else []
            name = _side_of_slot(node, slot, side)
            link = self._graph.link(node.inputs.get(name))
            return self._conditioning(*link, name, found, seen) if link else []
        own = self._own_texts(node, side)
        if own:
            follow = [] if not _is_gligen(node) else self._onward(node, side)
            return [*own, *(text for link in follow for text in self._conditioning(*link, side, found, seen))]
        texts: Texts = []
        for link in self._onward(node, side):
            for text in self._conditioning(*link, side, found, seen):
                if text not in texts:
                    texts.append(text)
        return texts

    def _leads_to_text(self, node: Node, name: str) -> bool:
        """True if this input is connected to a conditioning, not to a string."""
        link = self._graph.link(node.inputs.get(name))
        if link is None:
            return False
        return not self._eval.is_string_node(self._graph.nodes[link[0]])

    def _own_texts(self, node: Node, side: str) -> Texts:
        names: tuple[str, ...] = table.TEXT_INPUTS
        if side == "negative" and any(name in node.inputs for name in table.NEGATIVE_TEXT_INPUTS):
            names = table.NEGATIVE_TEXT_INPUTS
        texts: Texts = []
        is_encoder = any(word in node.type.lower() for word in ("encode", "prompt", "text", "wildcard", "string"))
        for name in names:
            if name not in node.inputs or (name in ("value", "positive", "string") and not is_encoder):
                continue
            text = self._eval.text(node.inputs[name])
            if text and text not in texts:
                texts.append(text)
                if name == "populated_text":
                    break
        return texts

    def _onward(self, node: Node, side: str) -> list[tuple[str, int]]:
        """Links of a node that carry conditioning."""
        selected = self._selected(node)
        if selected is not None:
            return [selected]
        links = list(self._graph.links(node))
        named = [link for name, link in links if "cond" in name.lower() or name.lower() in (side, "text_embeds")]
        if named:
            return named
        pipes = [link for name, link in links if "pipe" in name.lower() or "ctx" in name.lower()]
        if pipes:
            return pipes[:1]
        carriers = [link for name, link in links if not CONDITIONING_BLOCKERS.match(name)]
        return carriers if len(carriers) == 1 or "switch" in node.type.lower() else carriers[:1]

    def _selected(self, node: Node) -> tuple[str, int] | None:
        """The live input of a switch."""
        if "switch" not in node.type.lower() and "select" not in node.inputs:
            return None
        choice = to_int(self._eval.literal(node.inputs.get("select", node.inputs.get("index"))))
        if choice is not None:
            for name in (f"input{choice}", f"input_{choice}", f"value{choice}"):
                link = self._graph.link(node.inputs.get(name))
                if link is not None:
                    return link
        condition = self._eval.literal(node.inputs.get("boolean", node.inputs.get("condition")))
        if isinstance(condition, bool):
            for name in ("on_true", "true", "if_true") if condition else ("on_false", "false", "if_false"):
                link = self._graph.link(node.inputs.get(name))
                if link is not None:
                    return link
        return next((link for _name, link in self._graph.links(node)), None)

    # Models

    def _model_of(self, sampler: Node, found: Trace) -> None:
        starts = [sampler, *self._behind(sampler, ("guider",), ("guider",))]
        seen = {node.id for node in starts}
        pending = deque(
            self._graph.nodes[link[0]]
            for node in starts
            for name, link in self._graph.links(node)
            if MODEL_INPUTS.match(name)
        )
        while pending:
            node = pending.popleft()
            if node.id in seen:
                continue
            seen.add(node.id)
            self._take_loras(node, found)
            name = self._loaded_model(node)
            if name is not None:
                found.models.append(ModelRef(model_name(name)))
                pending.extend(self._lora_stacks(node))
                continue
            selected = self._selected(node)
            following = (
                [selected] if selected else [link for key, link in self._graph.links(node) if MODEL_INPUTS.match(key)]
            )
            if not following:
                following = [link for _key, link in self._graph.links(node)][:1]
            pending.extend(self._graph.nodes[link[0]] for link in following)

    def _lora_stacks(self, node: Node) -> list[Node]:
        return [self._graph.nodes[link[0]] for key, link in self._graph.links(node) if "lora" in key.lower()]

    def _loaded_model(self, node: Node) -> str | None:
        if table.NOT_A_MODEL.search(node.type) and "checkpoint" not in node.type.lower():
            return None
        for name in table.LOADER_INPUTS:
            value = node.inputs.get(name)
            if isinstance(value, dict):
                value = value.get("content")
            text = self._eval.text(value)
            if text and (table.MODEL_FILE.search(text) or (name != "model" and "load" in node.type.lower())):
                return text
        return None

    def _take_loras(self, node: Node, found: Trace) -> None:
        known = {lora.name for lora in found.loras}
        for lora in self._loras_of(node):
            if lora.name not in known:
                known.add(lora.name)
                found.loras.append(lora)

    def _loras_of(self, node: Node) -> Iterator[LoraRef]:
        inputs, value = node.inputs, self._eval
        if "lora_name" in inputs or ("lora" in inputs and "lora" in node.type.lower()):
            raw = inputs.get("lora_name", inputs.get("lora"))
            raw = raw.get("content") if isinstance(raw, dict) else raw
            name = value.text(raw)
            weight = to_float(
                value.literal(inputs.get("strength_model", inputs.get("strength", inputs.get("lora_strength"))))
            )
            if name and name != "None" and weight != 0:
                yield LoraRef(model_name(name), weight, to_float(value.literal(inputs.get("strength_clip"))))
        for key, item in inputs.items():
            if isinstance(item, dict) and isinstance(item.get("lora"), str):
                weight = to_float(item.get("strength"))
                if item.get("on", True) and item["lora"] != "None" and weight != 0:
                    yield LoraRef(model_name(item["lora"]), weight, to_float(item.get("strengthTwo")))
            match = re.fullmatch(r"lora(?:_name)?_(\d+)(?:_name)?", key)
            if match and isinstance(item, str) and item not in ("None", ""):
                number = match[1]
                is_off = inputs.get(f"switch_{number}") in ("Off", False)
                weight = to_float(
                    value.literal(
                        inputs.get(
                            f"model_weight_{number}",
                            inputs.get(
                                f"lora_wt_{number}",
                                inputs.get(
                                    f"strength_{number}",
                                    inputs.get(f"model_str_{number}", inputs.get(f"lora_{number}_strength")),
                                ),
                            ),
                        )
                    )
                )
                if not is_off and weight != 0:
                    yield LoraRef(model_name(item), weight, to_float(inputs.get(f"clip_weight_{number}")))
        if "wildcard" in node.type.lower() or "tag loader" in node.type.lower() or "lora tag" in node.type.lower():
            for key in ("populated_text", "text"):
                yield from loras_in(value.text(inputs.get(key)) or "")

    def _vae_of(self, saver: Node) -> str | None:
        for node_id in self._graph.upstream(saver.id):
            node = self._graph.nodes[node_id]
            if node.type == "VAELoader":
                name = self._eval.text(node.inputs.get("vae_name"))
                return model_name(name) if name else None
        return None

    # Size

    def _size_of(self, primary: Node) -> tuple[int, int] | None:
        """Of the latent at the beginning of the chain; None when a picture stands there."""
        seen: set[str] = set()
        node: Node | None = primary
        while node is not None and node.id not in seen:
            seen.add(node.id)
            source = self._graph.source(node, *LATENT_INPUTS)
            if source is None:
                if node is primary or self._is_sampler(node):
                    return None
                return self._own_size(node)
            behind = source[0]
            own = self._own_size(behind)
            if own is not None and ("empty" in behind.type.lower() or "tovideo" in behind.type.lower()):
                return own
            if any(word in behind.type.lower() for word in ("vaeencode", "loadimage", "load image")):
                return None
            node = behind
        return None

    def _own_size(self, node: Node) -> tuple[int, int] | None:
        width = to_int(self._eval.literal(node.inputs.get("width", node.inputs.get("empty_latent_width"))))
        height = to_int(self._eval.literal(node.inputs.get("height", node.inputs.get("empty_latent_height"))))
        if width and height and width > 0 and height > 0:
            return width, height
        for name in ("dimensions", "resolution", "size", "aspect_ratio"):
            size = size_of(self._eval.text(node.inputs.get(name)))
            if size is not None:
                return size
        return None

    # Pictures of a provider

    def _provider(self, saver: Node, found: Trace) -> None:
        """No sampler: a node that asked some service."""
        queue, seen = deque([saver]), {saver.id}
        while queue:
            node = queue.popleft()
            text = next(
                (
                    value
                    for name in ("prompt", "model.prompt", "prompt_text", "positive_prompt")
                    if (value := self._eval.text(node.inputs.get(name)))
                ),
                None,
            )
            if text and node is not saver and not self._eval.is_string_node(node):
                found.positive = [text]
                negative = self._eval.text(node.inputs.get("negative_prompt", node.inputs.get("model.negative_prompt")))
                found.negative = [negative] if negative else []
                seed = to_int(self._eval.literal(node.inputs.get("seed", node.inputs.get("model.seed"))))
                model = self._eval.text(node.inputs.get("model", node.inputs.get("model_name")))
                found.models = [ModelRef(model_name(model or node.type))]
                steps = to_int(self._eval.literal(node.inputs.get("steps")))
                found.stages = [SamplerStage(seed=seed, steps=steps)]
                found.guidance = to_float(self._eval.literal(node.inputs.get("guidance")))
                found.size = self._own_size(node)
                found.provider = node.type
                return
            for _name, (node_id, _slot) in self._graph.links(node):
                if node_id not in seen:
                    seen.add(node_id)
                    queue.append(self._graph.nodes[node_id])


SAMPLER_SOURCES = (
    "latent_image", "samples", "latent", "positive", "model", "guider", "basic_pipe", "pipe", "image", "conditioning",
    "text_embeds", "optional_latent",
)  # fmt: skip
LATENT_INPUTS = (
    "latent_image",
    "latent",
    "samples",
    "samples_to",
    "optional_latent",
    "image_embeds",
    "pixels",
    "image",
    "images",
)
MODEL_INPUTS = re.compile(
    r"^(model\d*|model_.*|unet.*|pipe|basic_pipe|detailer_pipe|lora_stack|optional_lora_stack|lora|sdxl_tuple|context|base_ctx|ctx.*"
    r"|any_\d+|input\d*|value\d*)$",
    re.IGNORECASE,
)
CONDITIONING_BLOCKERS = re.compile(
    r"^(clip|model|vae|image|images|control_net|style_model|clip_vision|latent|mask|strength|seed|pixels|width|height)",
    re.IGNORECASE,
)


def _side_of_slot(node: Node, slot: int, side: str) -> str:
    """Two conditionings in, two out: slot 0 is the positive one. Pipes and loaders go by what was asked for."""
    kind = node.type.lower()
    if "pipe" in kind or "loader" in kind or "context" in kind or slot > 1:
        return side
    return "positive" if slot == 0 else "negative"


def _is_gligen(node: Node) -> bool:
    return "gligen" in node.type.lower()


def _clean_sampler(name: str | None) -> str | None:
    return name.removeprefix("sample_") if name else None
