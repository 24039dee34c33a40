"""Reads what a user wrote from nodes that generate, unpack or show texts."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.dialects.comfyui.nodes import NodeSpec, Role, spec_of
from iib.metadata.values import to_float, to_int
from iib.model import Json

USER_TEXT_INPUTS = (
    "populated_text", "prompt", "text", "user_prompt", "string", "input_text", "text_input", "positive", "input",
    "value", "wildcard_text", "main_prompt", "base_prompt", "question", "query",
)  # fmt: skip
SYSTEM_TITLE = re.compile(r"system|instruct|template|role\b", re.IGNORECASE)
SHOWS = re.compile(r"show|preview|display|console|debug", re.IGNORECASE)
ENTRY_SEPARATOR = re.compile(r"\n[ \t]*-+[ \t]*\n")
SECTION = re.compile(r"^(positive|negative|name)[ \t]*:", re.IGNORECASE | re.MULTILINE)
SECTIONS = ("positive", "negative", "name")
SETTINGS_KEYS = {
    "seed": "Seed", "steps": "Steps", "cfg": "CFG scale", "width": "Size", "height": "Size", "model_name": "Model",
}  # fmt: skip


class UserTexts:
    """Tells apart the text of the user and the instructions among the texts that a language model receives."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._consumers: dict[str, set[str]] | None = None  # by node id; built on first use

    @staticmethod
    def input_names(node: Node, spec: NodeSpec) -> list[str]:
        """Return the names of the inputs of a text generator that may hold the user's text, best first."""
        return [name for name in (*spec.text, *USER_TEXT_INPUTS) if name in node.inputs]

    def is_system_node(self, node: Node) -> bool:
        """True for a node whose title says that it holds instructions."""
        return SYSTEM_TITLE.search(self._graph.title(node)) is not None

    def parts(self, node: Node) -> list[Json]:
        """Return the texts that a joiner joins, without those that only the language model uses; empty for others.

        The text of the user is often used elsewhere as well: a switch selects it if the language model is off.
        """
        spec = spec_of(node.type)
        if spec.op != "concat":
            return []
        values = [node.inputs[name] for name in node.inputs if name in spec.text]
        shared = [value for value in values if self._is_used_elsewhere(value)]
        return shared or values

    def _is_used_elsewhere(self, value: Json) -> bool:
        link = self._graph.link(value)
        if link is None:
            return False
        if self._consumers is None:
            self._consumers = {}
            for node in self._graph.all_nodes():
                for _name, (source, _slot) in self._graph.links(node):
                    self._consumers.setdefault(source, set()).add(node.id)
        return any(self._uses(self._graph.nodes[node_id]) for node_id in self._consumers.get(link[0], ()))

    @staticmethod
    def _uses(node: Node) -> bool:
        spec = spec_of(node.type)
        return spec.op != "concat" and spec.role is not Role.RUNTIME and SHOWS.search(node.type) is None


def zipped_prompt(text: Json, index: Json, slot: int) -> str | None:
    """Return one section of the entry `index` of a text: entries are separated by lines of hyphens.

    >>> zipped_prompt("positive: a cat\\nnegative: blur\\n---\\npositive: a fox\\nnegative: grain", 1, 0)
    'a fox'
    """
    if not isinstance(text, str) or slot >= len(SECTIONS):
        return None
    entries = ENTRY_SEPARATOR.split(text)
    number = to_int(index) or 0
    entry = entries[number] if -len(entries) <= number < len(entries) else entries[-1]
    matches = list(SECTION.finditer(entry))
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        if match[1].lower() == SECTIONS[slot]:
            return entry[match.end() : following.start() if following is not None else None].strip() or None
    return None


def shown_setting(node: Node, name: str) -> Json:
    """Return a value that a reader node read from another picture and shows in its widgets; None without one."""
    if name in ("positive", "negative"):
        value = node.inputs.get(name)
        return value if isinstance(value, str) else None
    key, settings = SETTINGS_KEYS.get(name), node.inputs.get("setting")
    if key is None or not isinstance(settings, str):
        return None
    match = re.search(rf"(?:^|[,\n])\s*{key}: ([^,\n]{{1,200}})", settings[:20_000])
    if match is None:
        return None
    text = match[1].strip()
    if key == "Size":
        sides = text.split("x")
        return to_int(sides[1 if name == "height" else 0]) if len(sides) == 2 else None
    if name == "cfg":
        return to_float(text)
    return text if name == "model_name" else to_int(text)
