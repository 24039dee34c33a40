"""Which node of the graph wrote this file."""

from __future__ import annotations

import re
from functools import lru_cache

from iib.metadata.dialects.comfyui.evaluate import Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers.samplers import SamplerReader
from iib.metadata.dialects.comfyui.readers.size import Size, SizeReader

MAX_CANDIDATES = 48  # full ranking walks the graph once for each
PREFIX_INPUTS = ("filename_prefix", "save_prefix", "filename", "prefix", "path")
TEMPORARY = re.compile(r"^ComfyUI_temp_", re.IGNORECASE)
WRITERS = frozenset((Role.PREVIEW, Role.SAVER, Role.VIDEO_SAVER, Role.SAMPLER))
MOVING = frozenset(("mp4", "mkv", "gif", "mp3", "flac", "ogg"))
PNG_ONLY = frozenset(("SaveImage", "PreviewImage"))
TELLING_PREFIX = 5  # letters; a renamed file that still holds so much of a prefix was written under it
PLACEHOLDER = re.compile(r"[%\[{]")
Rank = tuple[bool, int, int, bool, bool, int, tuple[int, ...]]


class OutputFinder:
    """Ranks the nodes that could have written a file of this name, kind and size."""

    def __init__(self, graph: Graph, evaluator: Evaluator, stages: SamplerReader) -> None:
        self._graph = graph
        self._eval = evaluator
        self._stages = stages
        self._sizes = SizeReader(graph, evaluator)
        self._container = "png"

    def find(self, file_name: str, pixels: Size | None, container: str) -> tuple[Node | None, bool]:
        """The likeliest node, and whether others were as likely."""
        self._container = container
        candidates = self._candidates(file_name)
        if len(candidates) == 1:
            return candidates[0], False
        if len(candidates) > MAX_CANDIDATES:
            candidates = sorted(candidates, key=lambda node: self._cheap(node, file_name))
            candidates = candidates[-MAX_CANDIDATES:]
        ranked = sorted(
            ((self._rank(node, file_name, pixels), node) for node in candidates),
            key=lambda pair: pair[0],
        )
        if not ranked:
            return None, False
        return ranked[-1][1], len(ranked) > 1 and ranked[-1][0][:3] == ranked[-2][0][:3]

    def _candidates(self, file_name: str) -> list[Node]:
        savers: list[Node] = []
        previews: list[Node] = []
        for node in self._writers():
            role = spec_of(node.type).role
            if role is Role.PREVIEW:
                previews.append(node)
            elif role is Role.SAVER or role is Role.VIDEO_SAVER:
                if self._graph.links(node):
                    savers.append(node)
            elif role is Role.SAMPLER and self._saves_itself(node):
                savers.append(node)
        if previews and (not savers or TEMPORARY.match(file_name)):
            return previews
        if savers:
            return savers
        nodes = self._graph.all_nodes()
        read_by = {link[0] for node in nodes for _name, link in self._graph.links(node)}
        sinks = [node for node in nodes if node.id not in read_by]
        return sinks or nodes

    def _writers(self) -> list[Node]:
        kinds = self._graph.kinds
        writing = {kind for kind in set(kinds.values()) if _writes(kind)}
        return [self._graph.nodes[node_id] for node_id, kind in kinds.items() if kind in writing]

    def _saves_itself(self, node: Node) -> bool:
        return str(node.inputs.get("image_output", "")).lower() in ("save", "hide/save", "hide&save", "sender&save")

    def _cheap(self, node: Node, file_name: str) -> tuple[bool, int, tuple[int, ...]]:
        return self._fits_kind(node), self._fits_name(node, file_name), _order(node)

    def _rank(self, node: Node, file_name: str, pixels: Size | None) -> Rank:
        written = self._sizes.written(node) if pixels is not None else None
        fits_size = 1
        if pixels is not None and written is not None:
            fits_size = 2 if all(abs(a - b) <= 8 for a, b in zip(pixels, written, strict=True)) else 0
        stages = self._stages.behind(node)
        return (
            self._fits_kind(node),
            self._fits_name(node, file_name),
            fits_size if stages else 0,
            bool(stages),
            spec_of(node.type).role is not Role.PREVIEW,
            len(stages),
            _order(node),
        )

    def _fits_kind(self, node: Node) -> bool:
        """Moving pictures come from video savers; the core's own SaveImage writes nothing but PNG."""
        is_moving = spec_of(node.type).role is Role.VIDEO_SAVER
        if self._container in MOVING:
            return is_moving
        if self._container in ("webp", "jpeg", "avif"):
            return node.type not in PNG_ONLY and (not is_moving or self._container == "webp")
        return not is_moving

    def _fits_name(self, node: Node, file_name: str) -> int:
        """2: the file begins with the prefix; 1: nothing known; 0: the prefix is another one."""
        prefix = next((text for name in PREFIX_INPUTS if (text := self._eval.text(node.inputs.get(name)))), "")
        fixed = PLACEHOLDER.split(re.split(r"[\\/]", prefix)[-1])[0].strip().lower()
        if len(fixed) < 2:
            return 1
        name = file_name.lower()
        if name.startswith(fixed) or (len(fixed) >= TELLING_PREFIX and fixed != "comfyui" and fixed in name):
            return 2
        return 0 if re.match(r"[\w.-]+_\d{5}_?\.\w+$", file_name) else 1


@lru_cache(maxsize=4096)  # the hash of a role is slow
def _writes(node_type: str) -> bool:
    return spec_of(node_type).role in WRITERS


def _order(node: Node) -> tuple[int, ...]:
    return tuple(int(part[:9]) if part.isdecimal() else 0 for part in node.id.split(":")[:8])
