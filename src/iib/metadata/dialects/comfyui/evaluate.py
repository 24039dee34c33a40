"""Literal values behind links: primitives, text nodes, switches, simple arithmetic."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.output_slots import pipe_of
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.dialects.comfyui.values import (
    calculate,
    calculate_named,
    change_case,
    concat,
    replace_pairs,
)
from iib.metadata.values import to_int
from iib.model import Json

MAX_DEPTH = 60
VALUE_ROLES = (Role.TEXT, Role.RUNTIME, Role.STYLER, Role.NUMBER)  # no set: the hash of a role is slow
TEXT_WORDS = re.compile(r"string|text(?!ur)|prompt|primitive|concat|show|literal|join|wildcard|display", re.IGNORECASE)
NOT_TEXT = re.compile(r"encode|conditioning|condition|loader|sampler|tokeniz", re.IGNORECASE)
is_part = names_like(r"^(string|text|str|prompt|input|part|line|value|any)s?[ _-]?([a-z]|\d+)$")
DELIMITERS = ("delimiter", "separator", "sep", "delim", "joiner")
LITERALS = (
    "populated_text", "value", "Value", "string", "text", "String", "STRING", "Text", "prompt", "Prompt", "seed",
    "noise_seed", "int", "float", "number", "Number", "boolean", "any", "anything", "input", "source", "output", "a",
    "positive", "any_value", "opt_value", "data",
)  # fmt: skip
BINARY = (("op", "operation", "operator"), ("a", "number_a"), ("b", "number_b"))
SIDES = frozenset(("width", "height"))
PICTURES = ("image", "images", "pixels", "mask", "input")
CHOICES = re.compile(r"mode|method|type|file|path|folder|style|category|option|preset|format|language", re.IGNORECASE)
FILE = re.compile(r"\s*\S{1,200}\.\w{1,11}\s*")
NEGATIVE_NAME = re.compile(r"neg", re.IGNORECASE)


class Evaluator:
    """Evaluates inputs as far as the file tells; what is made at run time gives None.

    `inferred` becomes True when a text was taken that the run may have changed (wildcards, language models, styles).
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._memo: dict[tuple[str, int, str], Json] = {}
        self.inferred = False

    def text(self, value: Json, wanted: str = "") -> str | None:
        """Non-empty text, or None."""
        found = value if isinstance(value, str) else self.literal(value, wanted)
        return found if isinstance(found, str) and found.strip() else None

    def literal(self, value: Json, wanted: str = "", depth: int = 0) -> Json:
        """The value itself, or what stands behind the link; None if that is not in the file.

        `wanted` is the name of the input the value is for: of a node with many outputs it tells the right one.
        """
        if type(value) is list:
            link = self._graph.link(value)
            return self._behind(link, wanted, depth) if link is not None else None
        if type(value) is dict:
            return value.get("content", value.get("value", value.get("__value__")))
        return value

    def input(self, node: Node, *names: str) -> Json:
        """Value of the first of these inputs that has one."""
        for name in names:
            if name in node.inputs:
                found = self.literal(node.inputs[name], name)
                if found is not None:
                    return found
        return None

    def gives_text(self, link: Link, depth: int = 0) -> bool:
        """True if a string comes out there, not conditioning."""
        node = self._graph.nodes[link[0]]
        spec = spec_of(node.type)
        if spec.role in VALUE_ROLES:
            return True
        outputs = self._graph.outputs(node)
        if link[1] < len(outputs) and outputs[link[1]][1] not in ("*", ""):
            return outputs[link[1]][1] in ("STRING", "INT", "FLOAT", "COMBO")
        if spec.outputs and link[1] < len(spec.outputs):
            return spec.outputs[link[1]] in ("text", "prompt", "populated_text")
        if spec.role is Role.UNKNOWN and TEXT_WORDS.search(node.type) and not NOT_TEXT.search(node.type):
            return True
        if spec.role in (Role.SWITCH, Role.PASS, Role.UNKNOWN) and depth < 20:
            sources = [source for _name, source in self._graph.links(node)]
            if len(sources) == 1 or (sources and spec.role is Role.SWITCH):
                return self.gives_text(sources[0], depth + 1)
        return False

    def _behind(self, link: Link, wanted: str, depth: int) -> Json:
        key = (*link, wanted)
        if key in self._memo:
            return self._memo[key]
        if depth > MAX_DEPTH or not self._graph.visit():
            return None
        self._memo[key] = None  # a cycle gives nothing
        found = self._output(self._graph.nodes[link[0]], link[1], wanted, depth + 1)
        self._memo[key] = found
        return found

    def _output(self, node: Node, slot: int, wanted: str, depth: int) -> Json:
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH:
            for name in selected_inputs(self._graph, node, lambda item: self.literal(item, "", depth)):
                found = self.literal(node.inputs[name], wanted, depth)
                if found is not None:
                    return found
            return None
        if spec.op:
            return self._operate(node, depth)
        number = self._binary(node, depth)
        if number is not None:
            return number
        if wanted in SIDES and spec.role is Role.UNKNOWN and self._graph.source(node, *PICTURES) is not None:
            return None  # the sides of a picture that was made larger or smaller are known at run time
        named = self._named_output(node, slot, wanted)
        if named is not None:
            found = self.literal(node.inputs[named], wanted, depth)
            return found if found is not None else self._kept_display(node)
        if spec.role is Role.PIPE:
            return self._out_of_pipe(node, slot, wanted, depth)
        if spec.role in (Role.RUNTIME, Role.STYLER):
            self.inferred = True
        own = self._own(node, slot, wanted, depth)
        return own if own is not None else self._kept_display(node)

    def _out_of_pipe(self, node: Node, slot: int, wanted: str, depth: int) -> Json:
        """A value a bundle carries, known by the name of the slot where it leaves or of the input it is for."""
        pipe = pipe_of(self._graph, node)
        outputs = spec_of(node.type).outputs
        for name in (outputs[slot] if slot < len(outputs) else "", wanted):
            found = self._behind(pipe, name, depth) if pipe is not None and name not in ("", "pipe") else None
            if found is not None:
                return found
        return None

    def _named_output(self, node: Node, slot: int, wanted: str) -> str | None:
        """The input that leaves unchanged at this slot."""
        spec = spec_of(node.type)
        if slot < len(spec.outputs) and spec.outputs[slot] in node.inputs:
            return spec.outputs[slot]
        if spec.negative and spec.text and slot < 2:
            name = spec.negative[0] if slot == 1 else spec.text[0]
            if name in node.inputs:
                return name
        if len(spec.text) == 1 and spec.text[0] in node.inputs:
            return spec.text[0]
        outputs = self._graph.outputs(node)
        if slot < len(outputs):
            for name in node.inputs:
                if name.lower() == outputs[slot][0].lower():
                    return name
        return wanted if wanted and wanted in node.inputs else None

    def _own(self, node: Node, slot: int, wanted: str, depth: int) -> Json:
        """A class of unknown habits: parts joined, a telling name, or all it has."""
        inputs = node.inputs
        negative = next((name for name in inputs if NEGATIVE_NAME.search(name)), None)
        if negative is not None and slot == 1 and isinstance(inputs[negative], str | list):
            return self.literal(inputs[negative], wanted, depth)
        parts = [name for name in inputs if is_part(name)]
        if len(parts) >= 2 and any(name in inputs for name in DELIMITERS):
            return self._concat(node, parts, depth)
        for name in (*spec_of(node.type).text, *LITERALS):
            if name in inputs:
                found = self.literal(inputs[name], wanted, depth)
                if found is not None and found != "":
                    return found
        if len(parts) >= 2:
            return self._concat(node, parts, depth)
        links = [source for _name, source in self._graph.links(node)]
        if len(links) == 1 and not NOT_TEXT.search(node.type):
            return self._behind(links[0], wanted, depth + 1)
        texts = [
            value
            for name, value in inputs.items()
            if isinstance(value, str) and value.strip() and not CHOICES.search(name) and not FILE.fullmatch(value)
        ]
        is_style = spec_of(node.type).role is Role.STYLER
        return texts[0] if len(texts) == 1 and not is_style and TEXT_WORDS.search(node.type) else None

    def _kept_display(self, node: Node) -> Json:
        """What a display node showed when the run was over; the only trace of text made at run time."""
        if not TEXT_WORDS.search(node.type):
            return None
        kept = [value for name, value in node.inputs.items() if isinstance(value, str) and "text" in name.lower()]
        self.inferred = self.inferred or bool(kept)
        return kept[-1] if kept else None

    def _concat(self, node: Node, names: list[str], depth: int) -> str | None:
        inputs = node.inputs
        between = next((self.literal(inputs[name], "", depth) for name in DELIMITERS if name in inputs), "")
        return concat([self.literal(inputs[name], "", depth) for name in names], between)

    def _binary(self, node: Node, depth: int) -> Json:
        """The result of an operation on two numbers; None if the node does not look like one."""
        names = [next((name for name in group if name in node.inputs), None) for group in BINARY]
        if None in names:
            return None
        operation, left, right = (self.literal(node.inputs[name], "", depth) for name in names if name is not None)
        return calculate_named(operation, left, right)

    def _operate(self, node: Node, depth: int) -> Json:
        spec, inputs = spec_of(node.type), node.inputs
        values = [self.literal(inputs.get(name), "", depth) for name in spec.text]
        first = values[0] if values else None
        if spec.op == "concat":
            names = [name for name in spec.text if name in inputs]
            extra = [name for name in inputs if is_part(name) and name not in names]
            return self._concat(node, [*names, *extra], depth)
        if spec.op == "replace":
            return replace_pairs(first, values[1:])
        if spec.op == "function":
            if self.literal(inputs.get("action"), "", depth) == "append":
                return concat(values, ", ")
            return replace_pairs(first, [values[1], values[2] or ""])
        if spec.op == "trim":
            return first.strip() if isinstance(first, str) else None
        if spec.op == "case":
            return change_case(first, self.literal(inputs.get("mode"), "", depth))
        if spec.op == "substring":
            start, end = to_int(self.input(node, "start")), to_int(self.input(node, "end"))
            return first[start or 0 : end] if isinstance(first, str) else None
        if spec.op == "line":
            lines, index = str(first or "").splitlines(), to_int(self.input(node, "select")) or 0
            return lines[index % len(lines)] if lines else None
        if spec.op == "binary":
            return self._binary(node, depth)
        names_of = {
            name: self.literal(inputs.get(name, inputs.get(f"values.{name}")), "", depth)
            for name in ("a", "b", "c", "d", "e", "f", "x", "y", "z")
        }
        return calculate(self.literal(inputs.get("expression", inputs.get("value")), "", depth), names_of)
