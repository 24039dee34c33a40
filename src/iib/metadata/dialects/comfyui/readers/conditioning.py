"""From a sampler to the texts that steered it."""

from __future__ import annotations

from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.evaluate import VALUE_ROLES, Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.output_slots import meaning, pipe_of
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.values import to_float

POSITIVE, NEGATIVE = "positive", "negative"
INPUT_NAMES = {
    POSITIVE: (
        "positive", "cond1", "conditioning", "text_embeds", "hyvid_embeds", "kolors_embeds", "prompt_embeds"
    ),
    NEGATIVE: ("negative", "uncond", "negative_conditioning"),
}  # fmt: skip
is_picture_name = names_like(r"image|^clip_embeds$|^add_cond_embeds$|^optional_embeds$|indices|latent")
MAX_DEPTH = 120  # conditioning nodes in a row; each costs some frames of the stack
MAX_PARTS = 200

is_negative_name = names_like(r"neg|^uncond")
is_conditioning_name = names_like(
    r"cond(?!ition_)|guidance_cond|embeds?$|^positive|^base_positive|clip_regions|text_emb"
)
# Inputs that carry no conditioning: whatever a node of unknown class has beside these is followed.
is_side_name = names_like(
    r"^(clip(?!_regions)|model|vae|image|images|control_?net|style_model|clip_vision|latent|mask|strength|seed|pixels"
    r"|width|height|\w+_model|samples|noise|sigmas|sampler|steps|cfg|area|lora|gligen|video|audio|batch|factor|percent|start|end)"
)
is_encoder_name = names_like(r"^clip(?!_vision)|^t5|text_?enc|pipe|encoder|llm|bert|gemma|llama|qwen")
is_text_name = names_like(
    r"^(text|prompt|string|value|t5xxl|t5|clip_[lg]|llama|bert|mt5xl|user_prompt|caption|tags|lyrics|description"
    r"|prompt_text|text_?prompt|text_positive\w*|positive\w*|pos_prompt|main_?prompt|text_[gl]|prompt_[gl]"
    r"|(text|prompt|positive|string)_?\d+|body_prompt|conditioning_text|qwen\w*)$"
)
is_negative_text_name = names_like(r"^(text_|prompt_|string_)?neg\w*$|^uncond\w*$|negative")


@dataclass(slots=True)
class Words:
    """Texts of one sampler in the order in which they are met, each once."""

    positive: list[str] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    guidance: float | None = None
    is_generic: bool = False  # a node of unknown class was read by the names of its inputs
    tags: list[str] = field(default_factory=list)  # texts whose `<lora:...>` tags were obeyed

    def add(self, side: str, texts: list[str]) -> None:
        """Add what is new."""
        target = self.positive if side == POSITIVE else self.negative
        target.extend(text for text in texts if text not in target and len(target) < MAX_PARTS)


class ConditioningReader:
    """Follows conditioning back to text encoders. Each output is entered once a side."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator

    def read(self, holder: Node, words: Words) -> bool:
        """Texts of a sampler or guider; False if nothing is connected to it that could hold any."""
        seen: set[tuple[str, int, str]] = set()
        positive = self._door(holder, POSITIVE)
        negative = self._door(holder, NEGATIVE)
        if positive is None and negative is None:
            words.add(POSITIVE, self._own(holder, POSITIVE, words))
            words.add(NEGATIVE, self._own(holder, NEGATIVE, words))
            pipe = pipe_of(self._graph, holder)
            if pipe is not None and not words.positive:
                self._follow(pipe, POSITIVE, words, seen, 0)
                self._follow(pipe, NEGATIVE, words, seen, 0)
            return pipe is not None or bool(words.positive)
        if positive is not None:
            self._follow(positive, POSITIVE, words, seen, 0)
        if negative is not None:
            self._follow(negative, NEGATIVE, words, seen, 0)
        elif positive is not None and self._holds_both(positive):
            self._follow(positive, NEGATIVE, words, seen, 0)
        return True

    def _door(self, holder: Node, side: str) -> Link | None:
        for name in INPUT_NAMES[side]:
            link = self._graph.link(holder.inputs.get(name))
            if link is not None:
                return link
        for name, link in self._graph.links(holder):
            is_negative = is_negative_name(name)
            is_conditioning = is_negative or (is_conditioning_name(name) and not is_picture_name(name))
            if is_conditioning and is_negative == (side == NEGATIVE):
                return link
        return None

    def _holds_both(self, link: Link) -> bool:
        """True for encoders of video packs that give both texts in one output."""
        node = self._graph.nodes[link[0]]
        for _ in range(20):
            if spec_of(node.type).negative or "negative_prompt" in node.inputs:
                return True
            source = self._graph.source(node, "text_embeds", "positive", "hyvid_embeds", "hyvid_cfg")
            if source is None:
                return False
            node = source[0]
        return False

    def _follow(self, link: Link, side: str, words: Words, seen: set[tuple[str, int, str]], depth: int) -> None:
        key = (*link, side)
        if key in seen or depth > MAX_DEPTH or not self._graph.visit():
            return
        seen.add(key)
        node = self._graph.nodes[link[0]]
        spec = spec_of(node.type)
        if spec.role in (Role.ZERO, Role.NO_TEXT):
            return
        if side == POSITIVE and words.guidance is None and "guidance" in node.inputs:
            words.guidance = to_float(self._eval.literal(node.inputs["guidance"], "guidance"))
        if spec.role in VALUE_ROLES or (spec.role is Role.UNKNOWN and self._eval.gives_text(link)):
            text = self._eval.text(list(link), "text")
            words.add(side, [text] if text else [])
            return
        if side == NEGATIVE and link[1] > 0 and (node.id, 0, POSITIVE) in seen and self._has_one_text(node):
            return
        for following, next_side in self._onward(node, link[1], side, words):
            self._follow(following, next_side, words, seen, depth + 1)

    def _onward(self, node: Node, slot: int, side: str, words: Words) -> list[tuple[Link, str]]:
        """Links to go on with; texts of the node itself are taken on the way."""
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH:
            links = [self._graph.link(node.inputs[name]) for name in selected_inputs(self._graph, node, self._value)]
            return [(link, side) for link in links[:1] if link is not None]
        if spec.follow:
            links = [self._graph.link(node.inputs.get(name)) for name in spec.follow]
            return [(link, side) for link in links if link is not None]
        if spec.role is Role.ENCODER and not spec.negative:
            words.add(side, self._own(node, side, words))
            return []
        turned = self._turned(node, slot, side)
        named = self._named_links(node, turned)
        own = [] if self._only_hands_on(node, named) or self._is_other(node, turned) else self._own(node, turned, words)
        words.add(turned, own)
        if spec.role in (Role.ENCODER, Role.LOADER):
            named = [] if own else named
        words.is_generic = words.is_generic or (spec.role is Role.UNKNOWN and bool(own))
        if named:
            return [(link, turned) for link in named]
        return [] if own or self._has_words(node, turned) else self._loose_links(node, turned)

    def _only_hands_on(self, node: Node, named: list[Link]) -> bool:
        """True for a node of unknown class that gets conditioning and no text encoder: its texts are settings."""
        if not named or spec_of(node.type).role is not Role.UNKNOWN:
            return False
        return not any(is_encoder_name(name) for name, _link in self._graph.links(node))

    def _is_other(self, node: Node, side: str) -> bool:
        """True for the negative side of a node that gives both sides and has one text, which is the positive's."""
        if side == POSITIVE or spec_of(node.type).role not in (Role.UNKNOWN, Role.PROVIDER):
            return False
        gives = [name.lower() for name, kind in self._graph.outputs(node) if kind == "CONDITIONING"]
        names = self._text_names(node, side)
        return len(gives) > 1 and not any(is_negative_name(name) for name in names)

    def _has_one_text(self, node: Node) -> bool:
        """True for an encoder of unknown class with words for the positive side only, which left it before."""
        if spec_of(node.type).role not in (Role.UNKNOWN, Role.PROVIDER) or self._named_links(node, NEGATIVE):
            return False
        return self._has_words(node, POSITIVE) and not any(is_negative_name(name) for name in node.inputs)

    def _has_words(self, node: Node, side: str) -> bool:
        """True if the words would stand here, even if there are none."""
        return any(self._is_text(node.inputs.get(name)) for name in self._text_names(node, side))

    def _turned(self, node: Node, slot: int, side: str) -> str:
        """Two conditionings in, two out: the slot tells which one leaves, not who asked."""
        known = meaning(self._graph, node, slot)
        if known in (POSITIVE, NEGATIVE):
            return known
        spec = spec_of(node.type)
        if known or (spec.negative and not spec.outputs):  # both sides leave together
            return side
        names = list(node.inputs)
        if spec.role is not Role.LOADER and slot < 2 and pipe_of(self._graph, node) is None:
            linked = [name for name in names if self._graph.link(node.inputs[name]) is not None]
            if any(is_negative_name(name) for name in linked) and any(
                name.lower().startswith(("pos", "base_pos", "conditioning_pos")) for name in linked
            ):
                # Where a model passes through as well, it leaves first: then the slot says less than who asked.
                return side if "model" in linked else (POSITIVE if slot == 0 else NEGATIVE)
        return side

    def _named_links(self, node: Node, side: str) -> list[Link]:
        """Links whose names say that they carry this side's conditioning."""
        links = [(name, link) for name, link in self._graph.links(node) if not is_side_name(name)]
        if side == NEGATIVE:
            exact = [link for name, link in links if is_negative_name(name)]
            if exact:
                return [link for link in exact if not self._eval.gives_text(link)]
            links = [(name, link) for name, link in links if not name.lower().startswith("pos")]
        fitting = [(name, link) for name, link in links if not is_negative_name(name) or side == NEGATIVE]
        named = [link for name, link in fitting if is_conditioning_name(name)]
        return [link for link in named if not self._eval.gives_text(link)]

    def _loose_links(self, node: Node, side: str) -> list[tuple[Link, str]]:
        """The bundle, or the only thing that comes in."""
        pipe = pipe_of(self._graph, node)
        if pipe is not None:
            return [(pipe, side)]
        if spec_of(node.type).role is Role.LOADER:
            return []
        rest = [
            link
            for name, link in self._graph.links(node)
            if not is_side_name(name) and not (side == POSITIVE and is_negative_name(name))
        ]
        if len(rest) == 1 or (rest and len(node.inputs) == len(rest)):
            return [(link, side) for link in rest]
        every = [link for _name, link in self._graph.links(node)]
        return [(every[0], side)] if len(every) == 1 and len(node.inputs) == 1 else []

    def _own(self, node: Node, side: str, words: Words) -> list[str]:
        """Texts written into the node itself, or connected to it as strings."""
        spec = spec_of(node.type)
        names = self._text_names(node, side)
        texts = []
        for name in names:
            value = node.inputs.get(name)
            if value is None or not self._is_text(value):
                continue
            text = self._eval.text(value, name)
            if text and text not in texts:
                texts.append(text)
                if name in spec.lora_tags:
                    words.tags.append(text)
                if name == "populated_text":
                    break
        return texts

    def _text_names(self, node: Node, side: str) -> tuple[str, ...]:
        """Names of the inputs that hold this side's texts."""
        spec = spec_of(node.type)
        if side == NEGATIVE and spec.negative:
            return spec.negative
        if spec.text and (side == POSITIVE or spec.role is Role.ENCODER):
            return spec.text
        if spec.role is Role.ENCODER:
            return tuple(name for name in node.inputs if is_text_name(name))
        if spec.role in (Role.UNKNOWN, Role.SAMPLER, Role.DETAILER, Role.LOADER, Role.RUNTIME, Role.PROVIDER):
            return tuple(self._guessed_names(node, side))
        return ()

    def _guessed_names(self, node: Node, side: str) -> list[str]:
        names = list(node.inputs)
        if "populated_text" in names and side == POSITIVE:
            return ["populated_text"]
        has_negative = any(is_negative_text_name(name) and self._is_text(node.inputs[name]) for name in names)
        if side == NEGATIVE and (has_negative or any(name.lower().startswith("pos") for name in names)):
            return [name for name in names if is_negative_text_name(name)]
        return [name for name in names if is_text_name(name) and not is_negative_text_name(name)]

    def _is_text(self, value: object) -> bool:
        if isinstance(value, str):
            return True
        link = self._graph.link(value)
        return link is not None and self._eval.gives_text(link)

    def _value(self, value: object) -> object:
        return self._eval.literal(value)
