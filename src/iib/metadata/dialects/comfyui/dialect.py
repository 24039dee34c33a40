"""Reads ComfyUI files: finds the stored graph and reads the fields by walking upstream from the saver node."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from iib.errors import MetadataError
from iib.metadata.dialects.comfyui.editor.workflow import from_workflow, output_hints
from iib.metadata.dialects.comfyui.geninfo import to_geninfo
from iib.metadata.dialects.comfyui.graph import Graph, Hints, from_api
from iib.metadata.dialects.comfyui.graph_reader import GraphReader
from iib.metadata.json_text import loads_lenient
from iib.metadata.protocol import Context, DialectResult, Entry
from iib.model import Json

PREFIX = re.compile(r"^\s*(prompt|workflow)\s*:\s*(?=\{)", re.IGNORECASE)
GRAPH_KEYS = frozenset(("prompt", "workflow", "comfy:prompt", "comfy:workflow"))
JSON_KEYS = frozenset(
    ("usercomment", "comment", "parameters", "imagedescription", "description", "generation_data", "©cmt", "extras")
)
FULL_SCORE, GRAPH_ONLY_SCORE = 90, 40
DECODER = json.JSONDecoder(strict=False)
CUT_GRAPH = re.compile(r"\}\s*,\s*\"[^\"]{1,40}\"\s*:\s*\{")


class ComfyUIDialect:
    """Reads the API form and the editor form of a graph from every place where savers store them."""

    name = "comfyui"

    def read(self, context: Context) -> DialectResult | None:
        """Return the fields of the file; the API form ("prompt") has priority over the editor form ("workflow")."""
        texts = [(entry.place, text) for entry in context.entries for text in _graph_values(entry)]
        if not texts:
            return None
        graphs = _StoredGraphs(texts)
        best: DialectResult | None = None
        for place, graph in graphs.by_priority():
            result = _read_graph(graph, place, context)
            if best is None or result.score > best.score:
                best = result
            if best.score >= FULL_SCORE:
                return best
        if best is None and graphs.is_damaged:
            raise MetadataError("the ComfyUI graph is damaged")
        return best


class _StoredGraphs:
    """Graphs of one file. Each is parsed on first use, so a workflow is not parsed if the prompt suffices."""

    def __init__(self, texts: list[tuple[str, Json]]) -> None:
        self._texts = texts
        self._parsed: dict[int, Json] = {}
        self.is_damaged = False

    def by_priority(self) -> list[tuple[str, Graph]]:
        """Return (place, graph) of all graphs in API form; if they are poor, also of those in editor form."""
        hints = self._hint_loader()
        parsed = [(place, from_api(self._graph_json(index), hints)) for index, place in self._places(is_api_form=True)]
        api_graphs = [(place, graph) for place, graph in parsed if graph is not None]
        if api_graphs and any(len(graph.class_types) > 1 or _has_settings(graph) for _place, graph in api_graphs):
            return api_graphs
        converted = [
            (place, from_workflow(self._graph_json(index))) for index, place in self._places(is_api_form=False)
        ]
        graphs = [*api_graphs, *((place, graph) for place, graph in converted if graph is not None)]
        return graphs or self._truncated_graphs()

    def _places(self, *, is_api_form: bool) -> list[tuple[int, str]]:
        matches = _may_be_api_form if is_api_form else _may_be_editor_form
        return [
            (index, place)
            for index, (place, text) in enumerate(self._texts)
            if not isinstance(text, str) or matches(text)
        ]

    def _graph_json(self, index: int) -> Json:
        if index not in self._parsed:
            text = self._texts[index][1]
            try:
                self._parsed[index] = _unwrapped(loads_lenient(text) if isinstance(text, str) else text)
            except MetadataError:
                self._parsed[index] = _first_value(text)
                is_graph = '"class_type"' in text or '"widgets_values"' in text
                self.is_damaged = self.is_damaged or (is_graph and self._parsed[index] is None)
        return self._parsed[index]

    def _hint_loader(self) -> Callable[[], Hints]:
        def load_hints() -> Hints:
            for index, _place in self._places(is_api_form=False):
                hints = output_hints(self._graph_json(index))
                if hints:
                    return hints
            return {}

        return load_hints

    def _truncated_graphs(self) -> list[tuple[str, Graph]]:
        """Return the graph of a truncated text: everything up to its last complete node."""
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
    """Return the graph of a request body as sent to the server: `{"client_id": ..., "prompt": {...}}`."""
    if isinstance(value, dict) and isinstance(value.get("prompt"), dict) and "nodes" not in value:
        return value["prompt"] if "class_type" not in value["prompt"] else value
    return value


def _first_value(text: str) -> Json:
    """Return the JSON value at the start of a text that has other bytes after it (edited in place); None if invalid."""
    try:
        return _unwrapped(DECODER.raw_decode(text.lstrip())[0])
    except (ValueError, RecursionError):
        return None


def _may_be_api_form(text: str) -> bool:
    """Decide without parsing. Some editors store an API form in the `extra` object of an editor form."""
    return '"class_type"' in text or '"nodes"' not in text


def _may_be_editor_form(text: str) -> bool:
    """Decide without parsing whether a text may contain a graph in editor form."""
    if '"class_type"' not in text:
        return '"nodes"' in text
    return '"widgets_values"' in text or '"last_link_id"' in text


def _has_settings(graph: Graph) -> bool:
    return any(len(node.inputs) > 1 for node in graph.all_nodes())


def _read_graph(graph: Graph, place: str, context: Context) -> DialectResult:
    pixels = (context.width_px, context.height_px) if context.width_px and context.height_px else None
    fields = GraphReader(graph, context.file_name, pixels=pixels, container=context.container).read()
    geninfo = to_geninfo(fields, graph, place, context)
    has_content = geninfo.prompt or geninfo.stages or geninfo.models
    return DialectResult(FULL_SCORE if has_content else GRAPH_ONLY_SCORE, geninfo)


def _graph_values(entry: Entry) -> list[Json]:
    """Return the texts or objects of an entry that may be graphs."""
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
    return _nested_graphs(text)


def _nested_graphs(text: str) -> list[Json]:
    """Return the graph itself, or the graphs that an object contains under `prompt` and `workflow`."""
    try:
        value = loads_lenient(text)
    except MetadataError:
        return [text]
    if isinstance(value, dict) and from_api(value) is None:
        values = [value.get(name) for name in ("prompt", "workflow", "Prompt", "Workflow")]
        graphs = [item for item in values if isinstance(item, str | dict)]
        if graphs:
            return graphs
        extra = value.get("extra_pnginfo")
        if isinstance(extra, dict):
            return [item for item in (extra.get("prompt"), extra.get("workflow")) if isinstance(item, str | dict)]
    return [value]
