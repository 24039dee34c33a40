"""Sizes: of the latent a picture began with, and of what a saver will have written."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.output_slots import pipe_of
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import to_float, to_int

Size = tuple[int, int]

LATENT_INPUTS = (
    "latent_image", "latent", "samples", "samples_to", "samples1", "optional_latent", "latents", "image_embeds",
    "base_latent", "initial_latent", "pixels", "image", "images", "destination", "frames", "video",
)  # fmt: skip
PICTURE_INPUTS = frozenset(("pixels", "image", "images", "destination", "frames", "video"))
WIDTHS = ("width", "empty_latent_width", "width_override", "Width", "base_width", "image_width", "latent_width")
HEIGHTS = ("height", "empty_latent_height", "height_override", "Height", "base_height", "image_height", "latent_height")
PRESETS = (
    "dimensions", "resolution", "size", "preset", "aspect_ratio", "ratio", "base_resolution", "image_size",
    "dimension", "size_selected", "model.size", "model.resolution", "aspect", "resolutions",
)  # fmt: skip
SIZE_NAMES = frozenset((*WIDTHS, *HEIGHTS, *PRESETS))
FACTORS = ("scale_by", "upscale_by", "scale_factor", "upscale_factor", "factor", "scale")
WRITTEN = re.compile(r"(?<!\d)(\d{2,5})\s*[x×*]\s*(\d{2,5})(?!\d)", re.IGNORECASE)
RESIZES = re.compile(r"upscale|scale|resize|crop|pad", re.IGNORECASE)
MODEL_FACTOR = re.compile(r"(?:^|[^0-9a-z])([248])x|x([248])(?:[^0-9]|$)", re.IGNORECASE)
STARTS = (Role.LATENT, Role.LOADER, Role.PIPE, Role.NO_TEXT, Role.SAMPLER)
SWAPS = ("swap_dimensions", "invert", "swap", "flip", "swap_wh")
MAX_STEPS = 400
MAX_SIDE = 65_536


class SizeReader:
    """Reads sizes along the way from a sampler or saver to the beginning."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator

    def begun(self, sampler: Node, *, through_pictures: bool = False) -> Size | None:
        """Size of the latent at the beginning; None when a picture stands there, or the run decided."""
        has_latent = self._graph.source(sampler, *LATENT_INPUTS) is not None
        is_whole = spec_of(sampler.type).role is Role.SAMPLER or not has_latent
        is_bundled = pipe_of(self._graph, sampler) is not None  # then its own sides may be what it scales to
        found = self._begun(sampler, through_pictures=through_pictures, is_counted=is_whole and not is_bundled)
        if found is None and is_whole and is_bundled:
            found = self.own(sampler)
        latent = self._latent_of_user(sampler) if found is None else None
        if latent is None:
            return found
        return self._begun(latent, through_pictures=through_pictures, is_counted=True)

    def _latent_of_user(self, sampler: Node) -> Node | None:
        """The latent of the node that samples with the settings this one provides."""
        if self._graph.source(sampler, *LATENT_INPUTS) is not None:
            return None
        for node in self._graph.nodes.values():
            links = dict(self._graph.links(node))
            if any(link[0] == sampler.id for link in links.values()):
                for name in LATENT_INPUTS:
                    if name in links and name not in PICTURE_INPUTS and links[name][0] != sampler.id:
                        return self._graph.nodes[links[name][0]]
        return None

    def _begun(self, start: Node, *, through_pictures: bool, is_counted: bool) -> Size | None:
        """The first size on the way back; that of the starting node itself only if it is counted."""
        node, seen = start, {start.id}
        for _ in range(MAX_STEPS):
            if node is not start or is_counted:
                own = self.own(node)
                starts = spec_of(node.type).role in STARTS
                if own is not None and (starts or self._is_start(node)) and not RESIZES.search(node.type):
                    return own
            source = self._source(node)
            if source is None or source[1].id in seen:
                return None
            name, node = source
            if name in PICTURE_INPUTS and not through_pictures:
                return None
            seen.add(node.id)
        return None

    def _is_start(self, node: Node) -> bool:
        kind = node.type.lower()
        return "empty" in kind or "tovideo" in kind or "latent" in kind or self._source(node) is None

    def own(self, node: Node) -> Size | None:
        """Size written in one node: as a preset text, or as width and height."""
        if SIZE_NAMES.isdisjoint(node.inputs):
            return None
        return self._preset(node) or self._sides(node)

    def _sides(self, node: Node) -> Size | None:
        preset = self._through_size_node(node)
        if preset is not None:
            return preset
        width = to_int(self._eval.input(node, *WIDTHS))
        height = to_int(self._eval.input(node, *HEIGHTS))
        if width and height and 8 <= width <= MAX_SIDE and 8 <= height <= MAX_SIDE:
            return width, height
        return None

    def _through_size_node(self, node: Node) -> Size | None:
        """Width and height that come from a node which holds them as one text."""
        source = self._graph.source(node, *WIDTHS)
        for _ in range(20):
            if source is None:
                return None
            found = self._preset(source[0])
            if found is not None:
                return found
            links = [link for _name, link in self._graph.links(source[0])]
            source = (self._graph.nodes[links[0][0]], links[0][1]) if len(links) == 1 else None
        return None

    def _preset(self, node: Node) -> Size | None:
        for name in PRESETS:
            if name not in node.inputs:
                continue
            text = self._eval.text(node.inputs[name], name)
            match = WRITTEN.search(text) if text is not None and "custom" not in text.lower() else None
            if match is not None and text is not None and len(text) < 120:
                width, height = int(match[1]), int(match[2])
                swapped = any(self._eval.literal(node.inputs.get(item)) in ("On", "on", True) for item in SWAPS)
                return (height, width) if swapped else (width, height)
        return None

    def _source(self, node: Node) -> tuple[str, Node] | None:
        spec = spec_of(node.type)
        names: tuple[str, ...] = LATENT_INPUTS
        if spec.role is Role.SWITCH:
            names = tuple(selected_inputs(self._graph, node, self._eval.literal)[:1])
        elif spec.follow:
            names = spec.follow
        for name in names:
            link = self._graph.link(node.inputs.get(name))
            if link is not None:
                return name, self._graph.nodes[link[0]]
        pipe = pipe_of(self._graph, node)
        if pipe is not None:
            return "pipe", self._graph.nodes[pipe[0]]
        links = [(name, link) for name, link in self._graph.links(node)]
        if len(links) == 1 and spec.role in (Role.UNKNOWN, Role.PASS):
            return links[0][0], self._graph.nodes[links[0][1][0]]
        return None

    def written(self, saver: Node) -> Size | None:
        """Pixel size a saver writes, as far as the graph tells."""
        node, seen, factor = saver, {saver.id}, 1.0
        for _ in range(MAX_STEPS):
            role = spec_of(node.type).role
            if node is not saver and not (role is Role.SAMPLER and self._source(node) is not None):
                own = self.own(node)
                if own is not None:
                    return round(own[0] * factor), round(own[1] * factor)
            step = self._factor(node)
            if step is None:
                return None
            factor *= step
            source = self._source(node)
            if source is None or source[1].id in seen:
                return None
            node = source[1]
            seen.add(node.id)
        return None

    def _factor(self, node: Node) -> float | None:
        """How much larger a node makes the picture; None if the file does not tell."""
        model = self._graph.source(node, "upscale_model")
        if model is not None and "upscale_by" not in node.inputs:
            match = MODEL_FACTOR.search(self._eval.text(model[0].inputs.get("model_name")) or "")
            return float(match[1] or match[2]) if match else None
        if any(word in node.type.lower() for word in ("totalpixels", "pad", "crop")):
            return None
        if RESIZES.search(node.type):
            for name in FACTORS:
                found = to_float(self._eval.literal(node.inputs.get(name)))
                if found:
                    return found
        return 1.0
