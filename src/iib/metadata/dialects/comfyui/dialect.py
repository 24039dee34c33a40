"""ComfyUI: the graph that ran is in the file; the fields are read out of it by walking back from the saver."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from iib.errors import MetadataError
from iib.metadata.dialects.comfyui.assemble import to_geninfo
from iib.metadata.dialects.comfyui.editor.workflow import from_workflow, output_hints
from iib.metadata.dialects.comfyui.graph import Graph, Hints, from_api
from iib.metadata.dialects.comfyui.tracer import Tracer
from iib.metadata.json_text import loads_lenient
from iib.metadata.protocol import Context, DialectResult, Entry
from iib.model import Json

PREFIX = re.compile(r"^\s*(prompt|workflow)\s*:\s*(?=\{)", re.IGNORECASE)
GRAPH_KEYS = frozenset(("prompt", "workflow", "comfy:prompt", "comfy:workflow"))
JSON_KEYS = frozenset(
    ("usercomment", "comment", "parameters", "imagedescription", "description", "generation_data", "©cmt", "extras")
)
FULL, GRAPH_ONLY = 90, 40
DECODER = json.JSONDecoder(strict=False)
CUT_GRAPH = re.compile(r"\}\s*,\s*\"[^\"]{1,40}\"\s*:\s*\{")


class ComfyUIDialect:
    """Reads both forms of the graph from every place savers put them."""

    name = "comfyui"

    def read(self, context: Context) -> DialectResult | None:
        """Fields of the saved file; what ran ("prompt") comes before what was drawn ("workflow")."""
        texts = [(entry.place, text) for entry in context.entries for text in _graph_values(entry)]
        if not texts:
            return None
        graphs = _Graphs(texts)
        best: DialectResult | None = None
        for place, graph in graphs.in_order():
            reading = _read_graph(graph, place, context)
            if best is None or reading.score > best.score:
                best = reading
            if best.score >= FULL:
                return best
        if best is None and graphs.is_broken:
            raise MetadataError("a ComfyUI graph is there but damaged")
        return best


class _Graphs:
    """The graphs of one file, parsed when they are needed: a workflow beside a good prompt never is."""

    def __init__(self, texts: list[tuple[str, Json]]) -> None:
        self._texts = texts
        self._parsed: dict[int, Json] = {}
        self.is_broken = False

    def in_order(self) -> list[tuple[str, Graph]]:
        """Graphs that ran, else those that were drawn; (place, graph)."""
        hints = self._hints()
        ran = [(place, from_api(self._value(index), hints)) for index, place in self._places(ran=True)]
        found = [(place, graph) for place, graph in ran if graph is not None]
        if found and any(len(graph.kinds) > 1 or _has_settings(graph) for _place, graph in found):
            return found
        drawn = [(place, from_workflow(self._value(index))) for index, place in self._places(ran=False)]
        both = [*found, *((place, graph) for place, graph in drawn if graph is not None)]
        return both or self._repaired()

    def _places(self, *, ran: bool) -> list[tuple[int, str]]:
        fits = _may_have_run if ran else _may_be_drawn
        return [
            (index, place) for index, (place, text) in enumerate(self._texts) if not isinstance(text, str) or fits(text)
        ]

    def _value(self, index: int) -> Json:
        if index not in self._parsed:
            text = self._texts[index][1]
            try:
                self._parsed[index] = _unwrapped(loads_lenient(text) if isinstance(text, str) else text)
            except MetadataError:
                self._parsed[index] = _first_value(text)
                is_graph = '"class_type"' in text or '"widgets_values"' in text
                self.is_broken = self.is_broken or (is_graph and self._parsed[index] is None)
        return self._parsed[index]

    def _hints(self) -> Callable[[], Hints]:
        def output_slots() -> Hints:
            for index, _place in self._places(ran=False):
                found = output_hints(self._value(index))
                if found:
                    return found
            return {}

        return output_slots

    def _repaired(self) -> list[tuple[str, Graph]]:
        """A graph whose text was cut: everything up to the last whole node."""
        for place, text in self._texts:
            if isinstance(text, str) and '"class_type"' in text:
                cuts = list(CUT_GRAPH.finditer(text))
                for cut in reversed(cuts[-3:]):
                    try:
                        graph = from_api(loads_lenient(text[: cut.start() + 1] + "}"))
                    except MetadataError:
                        continue
                    if graph is not None:
                        return [(place, graph)]
        return []


def _unwrapped(value: Json) -> Json:
    """The graph inside what is sent to the server: `{"client_id": ..., "prompt": {...}}`."""
    if isinstance(value, dict) and isinstance(value.get("prompt"), dict) and "nodes" not in value:
        return value["prompt"] if "class_type" not in value["prompt"] else value
    return value


def _first_value(text: str) -> Json:
    """JSON with something else behind it, as an editing in place leaves it; None if there is none."""
    try:
        return _unwrapped(DECODER.raw_decode(text.lstrip())[0])
    except (ValueError, RecursionError):
        return None


def _may_have_run(text: str) -> bool:
    """Judged without parsing. Some editors keep a graph that ran in the extras of the one that was drawn."""
    return '"class_type"' in text or '"nodes"' not in text


def _may_be_drawn(text: str) -> bool:
    if '"class_type"' not in text:
        return '"nodes"' in text
    return '"widgets_values"' in text or '"last_link_id"' in text


def _has_settings(graph: Graph) -> bool:
    return any(len(node.inputs) > 1 for node in graph.all_nodes())


def _read_graph(graph: Graph, place: str, context: Context) -> DialectResult:
    pixels = (context.width_px, context.height_px) if context.width_px and context.height_px else None
    trace = Tracer(graph, context.file_name, pixels=pixels, container=context.container).trace()
    geninfo = to_geninfo(trace, graph, place, context)
    has_fields = geninfo.prompt or geninfo.stages or geninfo.models
    return DialectResult(FULL if has_fields else GRAPH_ONLY, geninfo)


def _graph_values(entry: Entry) -> list[Json]:
    """Texts or objects of an entry that may be graphs."""
    key, text = entry.key.lower(), entry.text
    if key in GRAPH_KEYS and text[:1] in '{["':
        return [text] if "class_type" in text or 'nodes"' in text or 'nodes\\"' in text else []
    match = PREFIX.match(text)
    if match is not None:
        return [text[match.end() :].strip("\0 ")]
    if key not in JSON_KEYS and not key.startswith("0x") and key not in GRAPH_KEYS:
        return []
    text = text.lstrip("\0 \r\n\t")
    if not text.startswith(("{", '"')) or ("class_type" not in text and 'nodes"' not in text):
        return []
    return _nested(text)


def _nested(text: str) -> list[Json]:
    """A graph, or an object that holds graphs under `prompt` and `workflow` as objects or text."""
    try:
        value = loads_lenient(text)
    except MetadataError:
        return [text]
    if isinstance(value, dict) and from_api(value) is None:
        inner = [value.get(name) for name in ("prompt", "workflow", "Prompt", "Workflow")]
        found = [item for item in inner if isinstance(item, str | dict)]
        if found:
            return found
        extra = value.get("extra_pnginfo")
        if isinstance(extra, dict):
            return [item for item in (extra.get("prompt"), extra.get("workflow")) if isinstance(item, str | dict)]
    return [value]
