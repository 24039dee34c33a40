"""Evaluates inputs to literal values through primitives, text nodes, switches and simple arithmetic."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.operations import (
    calculate,
    calculate_named,
    change_case,
    concat,
    replace_pairs,
    sides_of,
)
from iib.metadata.dialects.comfyui.slots import name_matcher, pipe_link
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.dialects.comfyui.text_sources import UserTexts, shown_setting, zipped_prompt
from iib.metadata.dialects.comfyui.wording import is_instruction, likely_words, may_be_words
from iib.metadata.values import to_int
from iib.model import Json

MAX_DEPTH = 60
VALUE_ROLES = (Role.TEXT, Role.RUNTIME, Role.STYLER, Role.NUMBER)  # a tuple, because hashing an enum member is slow
TEXT_CLASS = re.compile(r"string|text(?!ur)|prompt|primitive|concat|show|literal|join|wildcard|display", re.IGNORECASE)
NOT_TEXT_CLASS = re.compile(r"encode|conditioning|condition|loader|sampler|tokeniz", re.IGNORECASE)
is_part_name = name_matcher(r"^(string|text|str|prompt|input|part|line|value|any)s?[ _-]?([a-z]|\d+)$")
DELIMITER_INPUTS = ("delimiter", "separator", "sep", "delim", "joiner", "linebreak_addition")
JOINER = re.compile(r"concat|join|combine|merge|append", re.IGNORECASE)
is_text_request = name_matcher(r"text|prompt|string|^pos|^neg|^t5|^clip_[lg]$|caption|^llama$|^bert$")
VALUE_INPUTS = (
    "populated_text", "value", "Value", "string", "text", "String", "STRING", "Text", "prompt", "Prompt", "seed",
    "noise_seed", "int", "float", "number", "Number", "boolean", "any", "anything", "input", "source", "output", "a",
    "positive", "any_value", "opt_value", "data",
)  # fmt: skip
BINARY_INPUTS = (("op", "operation", "operator"), ("a", "number_a"), ("b", "number_b"))
DIMENSIONS = frozenset(("width", "height"))
PICTURES = ("image", "images", "pixels", "mask", "input")
CHOICES = re.compile(
    r"mode|method|type|file|path|folder|style|category|option|preset|format|language|choice|colou?r|task|key|model|name"
    r"|device|template|instruct|system|label|whitespace|mask|url|token",
    re.IGNORECASE,
)
MEMORY_ROLES = (Role.NO_TEXT, Role.DISPLAY)  # their values are not in the file
NEGATIVE_NAME = re.compile(r"neg", re.IGNORECASE)


class Evaluator:
    """Evaluates inputs as far as the file allows; values computed at run time are None.

    `inferred` becomes True when a text is used that the run may have changed (wildcards, language models, styles),
    `guessed` when a text comes from a node of unknown class.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._memo: dict[tuple[str, int, str], Json] = {}
        self.inferred = False
        self.guessed = False
        self._user_texts = UserTexts(graph)

    def text(self, value: Json, input_name: str = "") -> str | None:
        """Return the literal value if it is a text that is not blank, else None."""
        text = value if isinstance(value, str) else self.literal(value, input_name)
        return text if isinstance(text, str) and text.strip() else None

    def literal(self, value: Json, input_name: str = "", depth: int = 0) -> Json:
        """Return the value itself, or the value that its link leads to; None if that is not in the file.

        `input_name` names the input that receives the value: it selects the output of a node with many outputs.
        """
        if type(value) is list:
            link = self._graph.link(value)
            return self._linked_value(link, input_name, depth) if link is not None else None
        if type(value) is dict:
            return value.get("content", value.get("value", value.get("__value__")))
        return value

    def input(self, node: Node, *names: str) -> Json:
        """Return the value of the first input of `names` that has one; None without one."""
        for name in names:
            if name in node.inputs:
                value = self.literal(node.inputs[name], name)
                if value is not None:
                    return value
        return None

    def is_text_output(self, link: Link, depth: int = 0) -> bool:
        """True if the output slot of a link returns a string or a number, not conditioning."""
        node = self._graph.nodes[link[0]]
        spec = spec_of(node.type)
        if spec.role in VALUE_ROLES:
            return True
        outputs = self._graph.outputs(node)
        if link[1] < len(outputs) and outputs[link[1]][1] not in ("*", ""):
            return outputs[link[1]][1] in ("STRING", "ASCII", "INT", "FLOAT", "COMBO")
        if spec.outputs and link[1] < len(spec.outputs):
            name = spec.outputs[link[1]]
            return name in ("text", "prompt", "populated_text", "line_text") or name.endswith("_prompt")
        if spec.role is Role.UNKNOWN and TEXT_CLASS.search(node.type) and not NOT_TEXT_CLASS.search(node.type):
            return True
        if spec.role in (Role.SWITCH, Role.PASS, Role.UNKNOWN) and depth < 20:
            sources = [source for _name, source in self._graph.links(node)]
            if len(sources) == 1 or (sources and spec.role is Role.SWITCH):
                return self.is_text_output(sources[0], depth + 1)
        return False

    def _linked_value(self, link: Link, input_name: str, depth: int) -> Json:
        key = (*link, input_name)
        if key in self._memo:
            return self._memo[key]
        if depth > MAX_DEPTH or not self._graph.visit():
            return None
        self._memo[key] = None  # a cycle has no value
        value = self._output_value(self._graph.nodes[link[0]], link[1], input_name, depth + 1)
        self._memo[key] = value
        return value

    def _output_value(self, node: Node, slot: int, input_name: str, depth: int) -> Json:
        spec = spec_of(node.type)
        if spec.role in MEMORY_ROLES:
            return None
        if spec.role is Role.SWITCH:
            for name in selected_inputs(self._graph, node, lambda item: self.literal(item, "", depth)):
                value = self.literal(node.inputs[name], input_name, depth)
                if value is not None:
                    return value
            return None
        if spec.op:
            return self._operate(node, slot, depth)
        number = self._binary(node, depth)
        if number is not None:
            return number
        if input_name in DIMENSIONS and spec.role is Role.UNKNOWN and self._graph.source(node, *PICTURES) is not None:
            return None  # the size of a resized picture is known at run time only
        if spec.role is Role.RUNTIME:
            self.inferred = True
            written = self._written_text(node, depth)
            return written if written is not None else self._displayed_text(node)
        passed = self._passed_input(node, slot, input_name)
        if passed is not None:
            value = self.literal(node.inputs[passed], input_name, depth)
            return value if value is not None else self._displayed_text(node)
        if spec.role is Role.PIPE:
            return self._pipe_value(node, slot, input_name, depth)
        if spec.role is Role.STYLER:
            self.inferred = True
        guessed = self._guessed_value(node, slot, input_name, depth)
        return guessed if guessed is not None else self._displayed_text(node)

    def _written_text(self, node: Node, depth: int) -> str | None:
        """Return what the user wrote into a node that generates text, without instructions to a language model."""
        spec = spec_of(node.type)
        for name in self._user_texts.input_names(node, spec):
            text = self._without_instructions(node.inputs[name], name, depth)
            if text is not None and text.strip():
                return text
        return None

    def _without_instructions(self, value: Json, input_name: str, depth: int) -> str | None:
        link = self._graph.link(value)
        source = self._graph.nodes[link[0]] if link is not None else None
        if source is not None and (parts := self._user_texts.parts(source)):
            texts = [self._without_instructions(part, "", depth + 1) for part in parts] if depth < MAX_DEPTH else []
            return concat([text for text in texts if text], self._delimiter(source, depth))
        text = self.literal(value, input_name, depth)
        is_written = isinstance(text, str) and (source is None or not self._user_texts.is_system_node(source))
        return text if is_written and isinstance(text, str) and not is_instruction(text) else None

    def _unzipped(self, node: Node, slot: int, depth: int) -> Json:
        """Return one text of a zipped prompt: from two texts, or from an entry of a text with many prompts."""
        source = self._graph.source(node, "zipped_prompt")
        if source is None:
            return None
        inputs = source[0].inputs
        if "text_data_opt" in inputs:
            index = self.literal(inputs.get("index", inputs.get("start_index")), "", depth)
            return zipped_prompt(self.literal(inputs["text_data_opt"], "", depth), index, slot)
        names = ("positive", "negative", "name_opt")
        return self.literal(inputs.get(names[slot]), "", depth) if slot < len(names) else None

    def _pipe_value(self, node: Node, slot: int, input_name: str, depth: int) -> Json:
        """Return a value that a pipe carries, selected by the name of the output slot or of the receiving input."""
        pipe = pipe_link(self._graph, node)
        outputs = spec_of(node.type).outputs
        for name in (outputs[slot] if slot < len(outputs) else "", input_name):
            value = self._linked_value(pipe, name, depth) if pipe is not None and name not in ("", "pipe") else None
            if value is not None:
                return value
        return None

    def _passed_input(self, node: Node, slot: int, input_name: str) -> str | None:
        """Return the name of the input that this output slot passes on unchanged; None if there is none."""
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
        return input_name if input_name and input_name in node.inputs else None

    def _guessed_value(self, node: Node, slot: int, input_name: str, depth: int) -> Json:
        """Guess the value of an unknown class: its numbered parts joined, a well-known input, or its only text."""
        inputs = node.inputs
        is_text = is_text_request(input_name)
        self.guessed = self.guessed or (is_text and spec_of(node.type).role is Role.UNKNOWN)
        negative = next((name for name in inputs if NEGATIVE_NAME.search(name)), None)
        if negative is not None and slot == 1 and isinstance(inputs[negative], str | list):
            return self.literal(inputs[negative], input_name, depth)
        parts = [name for name in inputs if is_part_name(name)]
        if len(parts) >= 2 and any(name in inputs for name in DELIMITER_INPUTS):
            return self._concat(node, parts, depth)
        if JOINER.search(node.type) and not NOT_TEXT_CLASS.search(node.type):
            joined = [name for name, value in inputs.items() if self._is_part(name, value)]
            if len(joined) >= 2:
                return self._concat(node, joined, depth)
        for name in (*spec_of(node.type).text, *VALUE_INPUTS):
            if name in inputs:
                value = self.literal(inputs[name], input_name, depth)
                if (
                    value is not None
                    and value != ""
                    and not (is_text and isinstance(value, str) and self._is_choice(value))
                ):
                    return value
        if len(parts) >= 2:
            return self._concat(node, parts, depth)
        links = [source for _name, source in self._graph.links(node)]
        if len(links) == 1 and not NOT_TEXT_CLASS.search(node.type):
            return self._linked_value(links[0], input_name, depth + 1)
        texts = [
            value
            for name, value in inputs.items()
            if isinstance(value, str) and value.strip() and not CHOICES.search(name)
        ]
        is_style = spec_of(node.type).role is Role.STYLER
        words = likely_words(texts)
        return words[0] if len(words) == 1 and not is_style and TEXT_CLASS.search(node.type) else None

    def _is_part(self, name: str, value: Json) -> bool:
        """True for an input of a joiner that holds one of the texts to join."""
        if name in DELIMITER_INPUTS or CHOICES.search(name):
            return False
        if isinstance(value, str):
            return value == "" or may_be_words(value)
        link = self._graph.link(value)
        return link is not None and self.is_text_output(link)

    @staticmethod
    def _is_choice(text: str) -> bool:
        return bool(text.strip()) and not may_be_words(text)

    def _displayed_text(self, node: Node) -> Json:
        """Return the text that a display node stored after the run: the only record of text computed at run time."""
        if not TEXT_CLASS.search(node.type):
            return None
        texts = [value for name, value in node.inputs.items() if isinstance(value, str) and "text" in name.lower()]
        self.inferred = self.inferred or bool(texts)
        return texts[-1] if texts else None

    def _concat(self, node: Node, names: list[str], depth: int) -> str | None:
        return concat([self.literal(node.inputs[name], "", depth) for name in names], self._delimiter(node, depth))

    def _delimiter(self, node: Node, depth: int) -> Json:
        inputs = node.inputs
        values = [self.literal(inputs[name], "", depth) for name in DELIMITER_INPUTS if name in inputs]
        return next((value for value in values if value not in (None, "")), "")

    def _binary(self, node: Node, depth: int) -> Json:
        """Return the result of an operation on two numbers; None if the node lacks the inputs of one."""
        names = [next((name for name in group if name in node.inputs), None) for group in BINARY_INPUTS]
        if None in names:
            return None
        operation, left, right = (self.literal(node.inputs[name], "", depth) for name in names if name is not None)
        return calculate_named(operation, left, right)

    def _operate(self, node: Node, slot: int, depth: int) -> Json:
        spec, inputs = spec_of(node.type), node.inputs
        if spec.op == "nothing":  # a file that is not here holds the text
            return None
        if spec.op == "resolution":
            sides = sides_of(*(self.input(node, name) for name in ("aspect_ratio", "megapixels", "multiple")))
            return sides[slot] if sides is not None and slot < 2 else None
        if spec.op == "unzip":
            return self._unzipped(node, slot, depth)
        if spec.op == "reader":
            return shown_setting(node, spec.outputs[slot] if slot < len(spec.outputs) else "")
        values = [self.literal(inputs.get(name), "", depth) for name in spec.text]
        first = values[0] if values else None
        if spec.op == "concat":
            names = [name for name in spec.text if name in inputs]
            numbered = [name for name in inputs if is_part_name(name) and name not in names]
            return self._concat(node, [*names, *numbered], depth)
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
        variables = {
            name: self.literal(inputs.get(name, inputs.get(f"values.{name}")), "", depth)
            for name in ("a", "b", "c", "d", "e", "f", "x", "y", "z")
        }
        return calculate(self.literal(inputs.get("expression", inputs.get("value")), "", depth), variables)
