"""Selects the active input of a switch node."""

from __future__ import annotations

import re
from collections.abc import Callable

from iib.metadata.dialects.comfyui.graph import Graph, Node
from iib.metadata.values import to_int
from iib.model import Json

SELECTORS = (
    "select", "index", "Input", "input", "selected", "boolean", "condition", "switch", "cond", "mode", "which",
    "boolean_value", "select_input", "value", "bool", "ANY",
)  # fmt: skip
TRUE_NAMES = re.compile(r"^(on_|if_|tt_|when_)?(true|tt|yes|then)(_value)?$|_a$|^(tt_value|true_value)$", re.IGNORECASE)
FALSE_NAMES = re.compile(
    r"^(on_|if_|ff_|when_)?(false|ff|no|else)(_value)?$|_b$|^(ff_value|false_value)$", re.IGNORECASE
)
NUMBERED = re.compile(r"^[A-Za-z_ ]*?(\d+)$")


def selected_inputs(graph: Graph, node: Node, literal: Callable[[Json], Json]) -> list[str]:
    """Return the names of the active inputs, most likely first; if the choice is unknown, all connected ones."""
    inputs = node.inputs
    selector = next((name for name in SELECTORS if name in inputs and not _is_switched_value(graph, node, name)), None)
    choice = literal(inputs[selector]) if selector is not None else None
    candidates = [name for name in inputs if name != selector]
    selected = _selected(candidates, choice)
    if selected:
        return selected
    return [name for name in candidates if graph.link(inputs[name]) is not None]


def _is_switched_value(graph: Graph, node: Node, name: str) -> bool:
    """True if an input with the name of a selector carries a switched value instead."""
    value = node.inputs[name]
    if name in ("input", "value", "Input", "mode") and not isinstance(value, int | bool):
        return graph.link(value) is not None or not isinstance(value, str)
    return False


def _selected(names: list[str], choice: Json) -> list[str]:
    """Return the name that a boolean, a number or a text selects, in a list; empty if none matches."""
    if isinstance(choice, str) and choice.lower() in ("true", "false"):
        choice = choice.lower() == "true"
    if isinstance(choice, bool):
        pattern = TRUE_NAMES if choice else FALSE_NAMES
        matching = [name for name in names if pattern.search(name)]
        if matching:
            return matching[:1]
        choice = 1 if choice else 2
    number = to_int(choice)
    if number is not None:
        for name in names:
            match = NUMBERED.match(name)
            if match and int(match[1]) == number:
                return [name]
        return []
    return [choice] if isinstance(choice, str) and choice in names else []
