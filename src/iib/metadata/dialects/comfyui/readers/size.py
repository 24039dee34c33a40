"""Reads the size of the initial latent and the pixel size that a saver writes."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.slots import pipe_link
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import to_float, to_int

Size = tuple[int, int]

LATENT_INPUTS = (
    "latent_image", "latent", "samples", "samples_to", "samples1", "optional_latent", "latents", "image_embeds",
    "base_latent", "initial_latent", "pixels", "image", "images", "destination", "frames", "video",
)  # fmt: skip
PICTURE_INPUTS = frozenset(("pixels", "image", "images", "destination", "frames", "video"))
WIDTH_INPUTS = ("width", "empty_latent_width", "width_override", "Width", "base_width", "image_width", "latent_width")
HEIGHT_INPUTS = (
    "height", "empty_latent_height", "height_override", "Height", "base_height", "image_height", "latent_height",
)  # fmt: skip
PRESET_INPUTS = (
    "dimensions", "resolution", "size", "preset", "aspect_ratio", "ratio", "base_resolution", "image_size",
    "dimension", "size_selected", "model.size", "model.resolution", "aspect", "resolutions",
)  # fmt: skip
SIZE_INPUTS = frozenset((*WIDTH_INPUTS, *HEIGHT_INPUTS, *PRESET_INPUTS))
FACTOR_INPUTS = ("scale_by", "upscale_by", "scale_factor", "upscale_factor", "factor", "scale")
SIZE_TEXT = re.compile(r"(?<!\d)(\d{2,5})\s*[x×*]\s*(\d{2,5})(?!\d)", re.IGNORECASE)
RESIZING_CLASS = re.compile(r"upscale|scale|resize|crop|pad", re.IGNORECASE)
MODEL_FACTOR = re.compile(r"(?:^|[^0-9a-z])([248])x|x([248])(?:[^0-9]|$)", re.IGNORECASE)
START_ROLES = (Role.LATENT, Role.LOADER, Role.PIPE, Role.NO_TEXT, Role.SAMPLER)
SWAP_INPUTS = ("swap_dimensions", "invert", "swap", "flip", "swap_wh")
MAX_STEPS = 400
MAX_PIXELS_PER_SIDE = 65_536


class SizeReader:
    """Reads sizes along the way upstream from a sampler or saver."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator

    def initial_size(self, sampler: Node, *, through_pictures: bool = False) -> Size | None:
        """Return the size of the initial latent in pixels; None if a picture is the start or the run computes the size.

        `through_pictures` also follows inputs of pictures.
        """
        has_latent = self._graph.source(sampler, *LATENT_INPUTS) is not None
        is_full_sampler = spec_of(sampler.type).role is Role.SAMPLER or not has_latent
        has_pipe = pipe_link(self._graph, sampler) is not None  # then its width and height may be the target of scaling
        size = self._first_size(sampler, through_pictures=through_pictures, is_counted=is_full_sampler and not has_pipe)
        if size is None and is_full_sampler and has_pipe:
            size = self.node_size(sampler)
        latent = self._latent_of_consumer(sampler) if size is None else None
        if latent is None:
            return size
        return self._first_size(latent, through_pictures=through_pictures, is_counted=True)

    def _latent_of_consumer(self, sampler: Node) -> Node | None:
        """Return the latent of the node that uses the settings of this one to sample; None without one."""
        if self._graph.source(sampler, *LATENT_INPUTS) is not None:
            return None
        for node in self._graph.nodes.values():
            links = dict(self._graph.links(node))
            if any(link[0] == sampler.id for link in links.values()):
                for name in LATENT_INPUTS:
                    if name in links and name not in PICTURE_INPUTS and links[name][0] != sampler.id:
                        return self._graph.nodes[links[name][0]]
        return None

    def _first_size(self, start: Node, *, through_pictures: bool, is_counted: bool) -> Size | None:
        """Return the first size on the way upstream; the start node itself counts only if `is_counted`."""
        node, visited = start, {start.id}
        for _ in range(MAX_STEPS):
            if node is not start or is_counted:
                size = self.node_size(node)
                is_start = spec_of(node.type).role in START_ROLES
                if size is not None and (is_start or self._is_start(node)) and not RESIZING_CLASS.search(node.type):
                    return size
            source = self._source(node)
            if source is None or source[1].id in visited:
                return None
            name, node = source
            if name in PICTURE_INPUTS and not through_pictures:
                return None
            visited.add(node.id)
        return None

    def _is_start(self, node: Node) -> bool:
        class_type = node.type.lower()
        return "empty" in class_type or "tovideo" in class_type or "latent" in class_type or self._source(node) is None

    def node_size(self, node: Node) -> Size | None:
        """Return the size that one node contains as a preset text or as width and height; None without one."""
        if SIZE_INPUTS.isdisjoint(node.inputs):
            return None
        return self._preset(node) or self._width_and_height(node)

    def _width_and_height(self, node: Node) -> Size | None:
        preset = self._through_size_node(node)
        if preset is not None:
            return preset
        width = to_int(self._eval.input(node, *WIDTH_INPUTS))
        height = to_int(self._eval.input(node, *HEIGHT_INPUTS))
        if width and height and 8 <= width <= MAX_PIXELS_PER_SIDE and 8 <= height <= MAX_PIXELS_PER_SIDE:
            return width, height
        return None

    def _through_size_node(self, node: Node) -> Size | None:
        """Return the size of an upstream node that contains width and height as one text."""
        source = self._graph.source(node, *WIDTH_INPUTS)
        for _ in range(20):
            if source is None:
                return None
            size = self._preset(source[0])
            if size is not None:
                return size
            links = [link for _name, link in self._graph.links(source[0])]
            source = (self._graph.nodes[links[0][0]], links[0][1]) if len(links) == 1 else None
        return None

    def _preset(self, node: Node) -> Size | None:
        for name in PRESET_INPUTS:
            if name not in node.inputs:
                continue
            text = self._eval.text(node.inputs[name], name)
            match = SIZE_TEXT.search(text) if text is not None and "custom" not in text.lower() else None
            if match is not None and text is not None and len(text) < 120:
                width, height = int(match[1]), int(match[2])
                swapped = any(self._eval.literal(node.inputs.get(item)) in ("On", "on", True) for item in SWAP_INPUTS)
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
        pipe = pipe_link(self._graph, node)
        if pipe is not None:
            return "pipe", self._graph.nodes[pipe[0]]
        links = [(name, link) for name, link in self._graph.links(node)]
        if len(links) == 1 and spec.role in (Role.UNKNOWN, Role.PASS):
            return links[0][0], self._graph.nodes[links[0][1][0]]
        return None

    def output_size(self, saver: Node) -> Size | None:
        """Return the pixel size that a saver writes; None if the graph does not determine it."""
        node, visited, factor = saver, {saver.id}, 1.0
        for _ in range(MAX_STEPS):
            role = spec_of(node.type).role
            if node is not saver and not (role is Role.SAMPLER and self._source(node) is not None):
                size = self.node_size(node)
                if size is not None:
                    return round(size[0] * factor), round(size[1] * factor)
            node_factor = self._factor(node)
            if node_factor is None:
                return None
            factor *= node_factor
            source = self._source(node)
            if source is None or source[1].id in visited:
                return None
            node = source[1]
            visited.add(node.id)
        return None

    def _factor(self, node: Node) -> float | None:
        """Return the scale factor of a node (1.0 if it does not resize); None if it is unknown."""
        model = self._graph.source(node, "upscale_model")
        if model is not None and "upscale_by" not in node.inputs:
            match = MODEL_FACTOR.search(self._eval.text(model[0].inputs.get("model_name")) or "")
            return float(match[1] or match[2]) if match else None
        if any(word in node.type.lower() for word in ("totalpixels", "pad", "crop")):
            return None
        if RESIZING_CLASS.search(node.type):
            for name in FACTOR_INPUTS:
                factor = to_float(self._eval.literal(node.inputs.get(name)))
                if factor:
                    return factor
        return 1.0
