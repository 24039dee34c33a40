"""What can be said of a node class."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Role(Enum):
    """What a node does, as far as reading its graph goes."""

    UNKNOWN = auto()  # followed by the names and types of its inputs
    SAVER = auto()
    VIDEO_SAVER = auto()
    PREVIEW = auto()
    SAMPLER = auto()
    DETAILER = auto()  # samples too, but repaints parts of a picture that is already there
    NOT_SAMPLER = auto()  # looks like a sampler and is none
    ENCODER = auto()  # texts to conditioning
    ZERO = auto()  # the text behind has no effect
    NO_TEXT = auto()  # conditioning that does not come from text
    PASS = auto()  # hands on what comes in through its `follow` inputs
    PIPE = auto()  # carries many things at once; which one leaves is told by the slot
    SWITCH = auto()
    LOADER = auto()  # opens model files
    LORA = auto()
    TEXT = auto()
    RUNTIME = auto()  # text that is made while the graph runs; its own text inputs are what the user wrote
    STYLER = auto()  # wraps the user's text into a template that is not in the file
    NUMBER = auto()
    LATENT = auto()  # an empty picture of a size
    PROVIDER = auto()  # asks a service for the picture
    DISPLAY = auto()  # no part of the graph


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node class.

    `widgets` are the inputs with a widget in the editor's order (old files do not name them), `outputs` the meaning
    of the output slots ("model", "positive"... or the name of the input that leaves there), `text` and `negative`
    the inputs that hold the user's words, `follow` the inputs to go on with, `op` how a text or number is made.
    """

    role: Role = Role.UNKNOWN
    widgets: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    follow: tuple[str, ...] = ()
    op: str = ""
    lora_tags: tuple[str, ...] = ()  # inputs whose `<lora:...>` tags the node obeys


def node(
    role: Role,
    widgets: str = "",
    *,
    outputs: str = "",
    text: str = "",
    negative: str = "",
    follow: str = "",
    op: str = "",
    lora_tags: str = "",
) -> NodeSpec:
    """One line of the table; lists are written as words, or with commas where names hold blanks."""
    return NodeSpec(
        role, _names(widgets), _names(outputs), _names(text), _names(negative), _names(follow), op, _names(lora_tags)
    )


def _names(listed: str) -> tuple[str, ...]:
    if "," in listed:
        return tuple(name.strip() for name in listed.split(","))
    return tuple(listed.split())
