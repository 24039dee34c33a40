"""Describes node classes: the role of a node and the meaning of its widgets, inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Role(Enum):
    """The role of a node class in a graph, as far as it matters for reading generation parameters."""

    UNKNOWN = auto()  # followed by the names and types of its inputs
    SAVER = auto()
    VIDEO_SAVER = auto()
    PREVIEW = auto()
    SAMPLER = auto()
    DETAILER = auto()  # a sampler that repaints parts of an existing picture
    NOT_SAMPLER = auto()  # resembles a sampler by its inputs but does not sample
    ENCODER = auto()  # encodes texts to conditioning
    ZERO = auto()  # zeroes conditioning: the upstream text has no effect
    NO_TEXT = auto()  # returns conditioning that does not come from text
    PASS = auto()  # passes on the values of its `follow` inputs
    PIPE = auto()  # carries many values in one link; the output slot says which value it returns
    SWITCH = auto()
    LOADER = auto()  # opens model files
    LORA = auto()
    TEXT = auto()
    RUNTIME = auto()  # generates text while the graph runs; its text inputs hold what the user wrote
    STYLER = auto()  # inserts the user's text into a template that is not in the file
    NUMBER = auto()
    LATENT = auto()  # returns an empty latent of a given size
    API_NODE = auto()  # requests the picture from a remote service
    DISPLAY = auto()  # a note in the editor; does not run


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """Description of one node class.

    `widgets` are the inputs with a widget in the editor's order (old files do not name them). `outputs` are the
    meanings of the output slots: "model", "positive"... or the name of the input that is returned unchanged. `text`
    and `negative` are the inputs that hold the user's texts, `follow` the inputs that continue the walk upstream, `op`
    the operation that computes a text or number.
    """

    role: Role = Role.UNKNOWN
    widgets: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    follow: tuple[str, ...] = ()
    op: str = ""
    lora_tags: tuple[str, ...] = ()  # inputs whose `<lora:...>` tags the node applies
    old_widgets: tuple[tuple[str, ...], ...] = ()  # orders of `widgets` in former versions of the node


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
    old: tuple[str, ...] = (),
) -> NodeSpec:
    """Build one entry of the node table; lists are written as words, or with commas where names contain spaces.

    >>> node(Role.LATENT, "width height").widgets
    ('width', 'height')
    """
    return NodeSpec(
        role,
        _names(widgets),
        _names(outputs),
        _names(text),
        _names(negative),
        _names(follow),
        op,
        _names(lora_tags),
        tuple(_names(order) for order in old),
    )


def _names(text: str) -> tuple[str, ...]:
    if "," in text:
        return tuple(name.strip() for name in text.split(","))
    return tuple(text.split())
