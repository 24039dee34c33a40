"""Finds the node of the graph that wrote the file."""

from __future__ import annotations

import re
from functools import lru_cache

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import TABLE, Role, spec_of
from iib.metadata.dialects.comfyui.readers.samplers import SamplerReader
from iib.metadata.dialects.comfyui.readers.size import Size, SizeReader
from iib.metadata.dialects.comfyui.slots import name_matcher

MAX_CANDIDATES = 48  # the full ranking walks the graph once per candidate
PREFIX_INPUTS = ("filename_prefix", "save_prefix", "filename", "prefix", "path")
TEMPORARY = re.compile(r"^ComfyUI_temp_", re.IGNORECASE)
WRITER_ROLES = frozenset((Role.PREVIEW, Role.SAVER, Role.VIDEO_SAVER, Role.SAMPLER))
TIMED_CONTAINERS = frozenset(("mp4", "mkv", "gif", "mp3", "flac", "ogg"))
PNG_ONLY = frozenset(("SaveImage", "PreviewImage"))
MIN_PREFIX_LENGTH = 5  # letters; a renamed file that contains a prefix of this length was written with it
is_other_input = name_matcher(
    r"lbw|lora|model|clip(?!.*image)|vae|text|prompt|string|filename|path|prefix|cond|positive|negative|seed|steps|cfg|mesh|name"
)
PLACEHOLDER = re.compile(r"[%\[{]")
Rank = tuple[bool, int, int, bool, bool, int, tuple[int, ...]]


class OutputFinder:
    """Ranks the nodes that may have written a file by its name, container and pixel size."""

    def __init__(self, graph: Graph, evaluator: Evaluator, samplers: SamplerReader) -> None:
        self._graph = graph
        self._eval = evaluator
        self._samplers = samplers
        self._sizes = SizeReader(graph, evaluator)
        self._container = "png"
        self._other_previews: list[Node] = []  # previews beside savers

    def find(self, file_name: str, pixels: Size | None, container: str) -> tuple[Node | None, bool]:
        """Return the most likely node (None in an empty graph), and True if another one is equally likely."""
        self._container = container
        candidates = self._candidates(file_name)
        if len(candidates) == 1:
            preview = self._fitting_preview(candidates[0], file_name, pixels)
            return preview or candidates[0], False
        if len(candidates) > MAX_CANDIDATES:
            candidates = sorted(candidates, key=lambda node: self._quick_rank(node, file_name))
            candidates = candidates[-MAX_CANDIDATES:]
        ranked = sorted(
            ((self._rank(node, file_name, pixels), node) for node in candidates),
            key=lambda pair: pair[0],
        )
        if not ranked:
            return None, False
        best, node = ranked[-1]
        if best[2] == 0 and (preview := self._fitting_preview(node, file_name, pixels)) is not None:
            return preview, False
        equal = [item for rank, item in ranked if rank[:-1] == best[:-1]]
        if len(equal) > 2:
            node = self._most_common(equal)
        return node, len(ranked) > 1 and best[:3] == ranked[-2][0][:3]

    def _fitting_preview(self, saver: Node, file_name: str, pixels: Size | None) -> Node | None:
        """Return the preview of the size of the file if the saver writes another size: the file is a saved preview."""
        if not self._other_previews or pixels is None:
            return None
        saved = {link for _name, link in self._graph.links(saver)}
        previews = [
            node for node in self._other_previews if all(link not in saved for _name, link in self._graph.links(node))
        ]
        if not previews:  # they show the picture that is saved
            return None
        size = self._sizes.output_size(saver)
        if size is None or _is_same(size, pixels) or self._name_match(saver, file_name) == 2:
            return None
        for preview in reversed(previews):
            size = self._sizes.output_size(preview)
            if size is not None and _is_same(size, pixels):
                return preview
        return None

    def _most_common(self, nodes: list[Node]) -> Node:
        """Return the last of those nodes whose last pass has the settings that most of them have."""
        stages = [self._samplers.read(samplers[0]) if samplers else None for samplers in map(self._last_pass, nodes)]
        settings = [(stage.steps, stage.cfg, stage.sampler, stage.scheduler) if stage else None for stage in stages]
        common = max(reversed(settings), key=settings.count)
        return next(node for node, item in reversed(list(zip(nodes, settings, strict=True))) if item == common)

    def _last_pass(self, node: Node) -> list[Node]:
        return [item for item in self._samplers.upstream_samplers(node) if self._samplers.is_sampler(item)][:1]

    def _candidates(self, file_name: str) -> list[Node]:
        savers: list[Node] = []
        previews: list[Node] = []
        for node in self._writers():
            role = spec_of(node.type).role
            if role is Role.PREVIEW:
                previews.append(node)
            elif role is Role.SAVER or role is Role.VIDEO_SAVER:
                if self._graph.links(node) and self._takes_pictures(node):
                    savers.append(node)
            elif role is Role.SAMPLER and self._saves_itself(node):
                savers.append(node)
        if previews and (not savers or TEMPORARY.match(file_name)):
            return previews
        self._other_previews = previews if savers else []
        if savers:
            return savers
        nodes = self._graph.all_nodes()
        used_ids = {link[0] for node in nodes for _name, link in self._graph.links(node)}
        sinks = [node for node in nodes if node.id not in used_ids]
        return sinks or nodes

    def _writers(self) -> list[Node]:
        class_types = self._graph.class_types
        writer_types = {class_type for class_type in set(class_types.values()) if _writes(class_type)}
        return [self._graph.nodes[node_id] for node_id, class_type in class_types.items() if class_type in writer_types]

    def _takes_pictures(self, node: Node) -> bool:
        """True unless a class outside the node table has no input that may be a picture."""
        return node.type in TABLE or any(not is_other_input(name) for name, _link in self._graph.links(node))

    def _saves_itself(self, node: Node) -> bool:
        return str(node.inputs.get("image_output", "")).lower() in ("save", "hide/save", "hide&save", "sender&save")

    def _quick_rank(self, node: Node, file_name: str) -> tuple[bool, int, tuple[int, ...]]:
        return self._matches_container(node), self._name_match(node, file_name), _order(node)

    def _rank(self, node: Node, file_name: str, pixels: Size | None) -> Rank:
        output_size = self._sizes.output_size(node) if pixels is not None else None
        size_match = 1
        if pixels is not None and output_size is not None:
            size_match = 2 if _is_same(pixels, output_size) else 0
        stages = self._samplers.upstream_samplers(node)
        return (
            self._matches_container(node),
            self._name_match(node, file_name),
            size_match if stages else 0,
            bool(stages),
            spec_of(node.type).role is not Role.PREVIEW,
            len(stages),
            _order(node),
        )

    def _matches_container(self, node: Node) -> bool:
        """True if the node writes this container: video savers write videos, SaveImage of the core only PNG."""
        is_video_saver = spec_of(node.type).role is Role.VIDEO_SAVER
        if self._container in TIMED_CONTAINERS:
            return is_video_saver
        if self._container in ("webp", "jpeg", "avif"):
            return node.type not in PNG_ONLY and (not is_video_saver or self._container == "webp")
        return not is_video_saver

    def _name_match(self, node: Node, file_name: str) -> int:
        """Return 2 if the file name starts with the prefix, 1 if nothing is known, 0 if the prefix is another one."""
        prefix = next((text for name in PREFIX_INPUTS if (text := self._eval.text(node.inputs.get(name)))), "")
        fixed = PLACEHOLDER.split(re.split(r"[\\/]", prefix)[-1])[0].strip().lower()
        if len(fixed) < 2:
            return 1
        name = file_name.lower()
        if name.startswith(fixed) or (len(fixed) >= MIN_PREFIX_LENGTH and fixed != "comfyui" and fixed in name):
            return 2
        return 0 if re.match(r"[\w.-]+_\d{5}_?\.\w+$", file_name) else 1


@lru_cache(maxsize=4096)  # hashing an enum member is slow
def _writes(node_type: str) -> bool:
    return spec_of(node_type).role in WRITER_ROLES


def _is_same(size: Size, other: Size) -> bool:
    return abs(size[0] - other[0]) <= 8 and abs(size[1] - other[1]) <= 8


def _order(node: Node) -> tuple[int, ...]:
    return tuple(int(part[:9]) if part.isdecimal() else 0 for part in node.id.split(":")[:8])
