"""Literal values behind links: primitives, text nodes, simple arithmetic of strings."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui import nodes as table
from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.model.geninfo import Json

MAX_DEPTH = 40
STRING_NODE = re.compile(
    r"string|text(?!encode)|prompt(?!encode)|primitive|wildcard|concat|show|note|styler|positive", re.IGNORECASE
)
ENCODER = re.compile(r"encode|conditioning", re.IGNORECASE)


class Evaluator:
    """Evaluates inputs as far as the file tells; what is made at run time gives None."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def text(self, value: Json) -> str | None:
        """Non-empty text, or None."""
        found = self.literal(value)
        if isinstance(found, str) and found.strip():
            return found
        return None

    def literal(self, value: Json, depth: int = 0) -> Json:
        """The value itself, or what stands behind the link; None if that is not in the file."""
        link = self._graph.link(value)
        if link is None:
            if isinstance(value, dict):
                return value.get("content", value.get("value"))
            return None if isinstance(value, list) else value
        if depth > MAX_DEPTH:
            return None
        return self._output(self._graph.nodes[link[0]], depth + 1)

    def is_string_node(self, node: Node) -> bool:
        """True for nodes that give text, not conditioning."""
        return bool(STRING_NODE.search(node.type)) and not ENCODER.search(node.type)

    def _output(self, node: Node, depth: int) -> Json:
        kind = node.type.lower()
        if "switch" in kind:
            return self._switch(node, depth)
        if "replace" in kind or "stringfunction" in kind:
            return self._string_function(node, depth)
        parts = self._parts(node, depth)
        if parts is not None:
            return parts
        for name in ("populated_text", *table.LITERAL_INPUTS):
            if name in node.inputs:
                found = self.literal(node.inputs[name], depth)
                if found is not None and found != "":
                    return found
        links = [link for _name, link in self._graph.links(node)]
        if len(links) == 1 and not ENCODER.search(node.type):
            return self._output(self._graph.nodes[links[0][0]], depth + 1) if depth < MAX_DEPTH else None
        texts = [value for value in node.inputs.values() if isinstance(value, str) and value.strip()]
        return texts[0] if len(texts) == 1 and self.is_string_node(node) else None

    def _parts(self, node: Node, depth: int) -> str | None:
        """Concatenation: at least two numbered or lettered text inputs."""
        names = [name for name in node.inputs if table.STRING_PARTS.match(name)]
        if len(names) < 2:
            return None
        texts = [self.literal(node.inputs[name], depth) for name in names]
        delimiter = self.literal(node.inputs.get("delimiter", node.inputs.get("separator", "")), depth)
        delimiter = delimiter.replace("\\n", "\n") if isinstance(delimiter, str) else ""
        return delimiter.join(text for text in texts if isinstance(text, str) and text)

    def _string_function(self, node: Node, depth: int) -> Json:
        def part(*names: str) -> str:
            for name in names:
                if name in node.inputs:
                    found = self.literal(node.inputs[name], depth)
                    return found if isinstance(found, str) else ""
            return ""

        if self.literal(node.inputs.get("action"), depth) == "append":
            return ", ".join(text for text in (part("text_a"), part("text_b"), part("text_c")) if text)
        body = part("text_a", "string", "text")
        old, new = part("text_b", "find", "old"), part("text_c", "replace", "new")
        return body.replace(old, new) if old else body

    def _switch(self, node: Node, depth: int) -> Json:
        choice = self.literal(node.inputs.get("select", node.inputs.get("index", node.inputs.get("Input"))), depth)
        names = []
        if isinstance(choice, bool):
            names = ["on_true", "true"] if choice else ["on_false", "false"]
        elif isinstance(choice, int):
            names = [f"input{choice}", f"input_{choice}", f"text{choice}"]
        for name in names:
            if name in node.inputs:
                return self.literal(node.inputs[name], depth)
        for _name, link in self._graph.links(node):
            found = self._output(self._graph.nodes[link[0]], depth + 1) if depth < MAX_DEPTH else None
            if found is not None:
                return found
        return None
