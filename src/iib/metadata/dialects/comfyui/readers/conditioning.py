"""Reads the prompts of a sampler: follows conditioning upstream to the text encoders."""

from __future__ import annotations

from dataclasses import dataclass, field

from iib.metadata.dialects.comfyui.evaluate import VALUE_ROLES, Evaluator
from iib.metadata.dialects.comfyui.graph import Graph, Link, Node
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.slots import name_matcher, output_meaning, pipe_link
from iib.metadata.dialects.comfyui.switches import selected_inputs
from iib.metadata.dialects.comfyui.wording import may_be_words
from iib.metadata.values import to_float

POSITIVE, NEGATIVE = "positive", "negative"
INPUT_NAMES = {
    POSITIVE: (
        "positive", "cond1", "conditioning", "text_embeds", "hyvid_embeds", "kolors_embeds", "prompt_embeds"
    ),
    NEGATIVE: ("negative", "uncond", "negative_conditioning"),
}  # fmt: skip
is_picture_input = name_matcher(r"image|^clip_embeds$|^add_cond_embeds$|^optional_embeds$|indices|latent")
MAX_DEPTH = 120  # conditioning nodes in a row; each costs some frames of the call stack
MAX_PARTS = 200

is_negative_input = name_matcher(r"neg|^uncond")
is_conditioning_input = name_matcher(
    r"cond(?!ition_)|guidance_cond|embeds?$|^positive|^base_positive|clip_regions|text_emb"
)
# Inputs that carry no conditioning: all other inputs of a node of unknown class are followed.
is_unrelated_name = name_matcher(
    r"^(clip(?!_regions)|model|vae|image|images|control_?net|style_model|clip_vision|latent|mask|strength|seed|pixels"
    r"|width|height|\w+_model|samples|noise|sigmas|sampler|steps|cfg|area|lora|gligen|video|audio|batch|factor|percent|start|end)"
)
is_encoder_input = name_matcher(r"^clip(?!_vision)|^t5|text_?enc|pipe|encoder|llm|bert|gemma|llama|qwen")
is_text_input = name_matcher(
    r"^(text|prompt|string|value|t5xxl|t5|clip_[lg]|llama|bert|mt5xl|user_prompt|caption|tags|lyrics|description"
    r"|prompt_text|text_?prompt|text_positive\w*|positive\w*|pos_prompt|main_?prompt|text_[gl]|prompt_[gl]"
    r"|(text|prompt|positive|string)_?\d+|body_prompt|conditioning_text|qwen\w*)$"
)
is_negative_text_input = name_matcher(r"^(text_|prompt_|string_)?neg\w*$|^uncond\w*$|negative")


@dataclass(slots=True)
class PromptTexts:
    """Prompts of one sampler in the order of the walk upstream, each text once."""

    positive: list[str] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    guidance: float | None = None
    is_generic: bool = False  # a node of unknown class was interpreted by the names of its inputs
    lora_texts: list[str] = field(default_factory=list)  # texts whose `<lora:...>` tags a node applies

    def add(self, polarity: str, texts: list[str]) -> None:
        """Add the texts of one polarity that are new, up to `MAX_PARTS` in all."""
        target = self.positive if polarity == POSITIVE else self.negative
        target.extend(text for text in texts if text not in target and len(target) < MAX_PARTS)


class ConditioningReader:
    """Follows conditioning upstream to text encoders. Each output slot is entered once per polarity."""

    def __init__(self, graph: Graph, evaluator: Evaluator) -> None:
        self._graph = graph
        self._eval = evaluator

    def read(self, node: Node, prompts: PromptTexts) -> bool:
        """Add the prompts of a sampler or guider; return False if no connected input can lead to a prompt."""
        visited: set[tuple[str, int, str]] = set()
        positive = self._conditioning_input(node, POSITIVE)
        negative = self._conditioning_input(node, NEGATIVE)
        if positive is None and negative is None:
            prompts.add(POSITIVE, self._node_texts(node, POSITIVE, prompts))
            prompts.add(NEGATIVE, self._node_texts(node, NEGATIVE, prompts))
            pipe = pipe_link(self._graph, node)
            if pipe is not None and not prompts.positive:
                self._follow(pipe, POSITIVE, prompts, visited, 0)
                self._follow(pipe, NEGATIVE, prompts, visited, 0)
            return pipe is not None or bool(prompts.positive)
        if positive is not None:
            self._follow(positive, POSITIVE, prompts, visited, 0)
        if negative is not None:
            self._follow(negative, NEGATIVE, prompts, visited, 0)
        elif positive is not None and self._encodes_both(positive):
            self._follow(positive, NEGATIVE, prompts, visited, 0)
        if spec_of(node.type).text:  # a sampler with texts of its own
            for polarity, link in ((POSITIVE, positive), (NEGATIVE, negative)):
                prompts.add(polarity, self._node_texts(node, polarity, prompts) if link is None else [])
        return True

    def _conditioning_input(self, node: Node, polarity: str) -> Link | None:
        for name in INPUT_NAMES[polarity]:
            link = self._graph.link(node.inputs.get(name))
            if link is not None:
                return link
        for name, link in self._graph.links(node):
            is_negative = is_negative_input(name)
            is_conditioning = is_negative or (is_conditioning_input(name) and not is_picture_input(name))
            if is_conditioning and is_negative == (polarity == NEGATIVE):
                return link
        return None

    def _encodes_both(self, link: Link) -> bool:
        """True for encoders of video packs that return both prompts in one output slot."""
        node = self._graph.nodes[link[0]]
        for _ in range(20):
            if spec_of(node.type).negative or "negative_prompt" in node.inputs:
                return True
            source = self._graph.source(node, "text_embeds", "positive", "hyvid_embeds", "hyvid_cfg")
            if source is None:
                return False
            node = source[0]
        return False

    def _follow(
        self, link: Link, polarity: str, prompts: PromptTexts, visited: set[tuple[str, int, str]], depth: int
    ) -> None:
        key = (*link, polarity)
        if key in visited or depth > MAX_DEPTH or not self._graph.visit():
            return
        visited.add(key)
        node = self._graph.nodes[link[0]]
        spec = spec_of(node.type)
        if spec.role in (Role.ZERO, Role.NO_TEXT):
            return
        if polarity == POSITIVE and prompts.guidance is None and "guidance" in node.inputs:
            prompts.guidance = to_float(self._eval.literal(node.inputs["guidance"], "guidance"))
        if spec.role in VALUE_ROLES or (spec.role is Role.UNKNOWN and self._eval.is_text_output(link)):
            text = self._eval.text(list(link), "text")
            prompts.add(polarity, [text] if text else [])
            return
        if polarity == NEGATIVE and link[1] > 0 and (node.id, 0, POSITIVE) in visited and self._has_one_text(node):
            return
        for next_link, next_polarity in self._upstream_links(node, link[1], polarity, prompts):
            self._follow(next_link, next_polarity, prompts, visited, depth + 1)

    def _upstream_links(self, node: Node, slot: int, polarity: str, prompts: PromptTexts) -> list[tuple[Link, str]]:
        """Add the texts of the node itself and return the links to follow, with their polarity."""
        spec = spec_of(node.type)
        if spec.role is Role.SWITCH:
            links = [self._graph.link(node.inputs[name]) for name in selected_inputs(self._graph, node, self._value)]
            return [(link, polarity) for link in links[:1] if link is not None]
        if spec.follow:
            links = [self._graph.link(node.inputs.get(name)) for name in spec.follow]
            return [(link, polarity) for link in links if link is not None]
        if spec.role is Role.ENCODER and not spec.negative:
            prompts.add(polarity, self._node_texts(node, polarity, prompts))
            return []
        output_polarity = self._output_polarity(node, slot, polarity)
        next_links = self._conditioning_links(node, output_polarity)
        if self._only_passes_conditioning(node, next_links) or self._lacks_negative_text(node, output_polarity):
            texts = []
        else:
            texts = self._node_texts(node, output_polarity, prompts)
        prompts.add(output_polarity, texts)
        if spec.role in (Role.ENCODER, Role.LOADER):
            next_links = [] if texts else next_links
        prompts.is_generic = prompts.is_generic or (spec.role is Role.UNKNOWN and bool(texts))
        if next_links:
            return [(link, output_polarity) for link in next_links]
        if texts or self._has_text_input(node, output_polarity):
            return []
        return self._fallback_links(node, output_polarity)

    def _only_passes_conditioning(self, node: Node, links: list[Link]) -> bool:
        """True for a node of unknown class with conditioning but without a text encoder: its texts are settings."""
        if not links or spec_of(node.type).role is not Role.UNKNOWN:
            return False
        return not any(is_encoder_input(name) for name, _link in self._graph.links(node))

    def _lacks_negative_text(self, node: Node, polarity: str) -> bool:
        """True for the negative output of a node with two outputs and one text, which belongs to the positive one."""
        if polarity == POSITIVE or spec_of(node.type).role not in (Role.UNKNOWN, Role.API_NODE):
            return False
        outputs = [name.lower() for name, slot_type in self._graph.outputs(node) if slot_type == "CONDITIONING"]
        names = self._text_names(node, polarity)
        return len(outputs) > 1 and not any(is_negative_input(name) for name in names)

    def _has_one_text(self, node: Node) -> bool:
        """True for an encoder of unknown class with a positive text only, which another output has returned already."""
        if spec_of(node.type).role not in (Role.UNKNOWN, Role.API_NODE) or self._conditioning_links(node, NEGATIVE):
            return False
        return self._has_text_input(node, POSITIVE) and not any(is_negative_input(name) for name in node.inputs)

    def _has_text_input(self, node: Node, polarity: str) -> bool:
        """True if the node has an input for texts of this polarity, even an empty one."""
        return any(self._is_text(node.inputs.get(name)) for name in self._text_names(node, polarity))

    def _output_polarity(self, node: Node, slot: int, polarity: str) -> str:
        """Return the polarity of an output slot, which may differ from the polarity of the walk."""
        slot_meaning = output_meaning(self._graph, node, slot)
        if slot_meaning in (POSITIVE, NEGATIVE):
            return slot_meaning
        spec = spec_of(node.type)
        if slot_meaning or (spec.negative and not spec.outputs):  # one slot returns both
            return polarity
        names = list(node.inputs)
        if spec.role is not Role.LOADER and slot < 2 and pipe_link(self._graph, node) is None:
            linked = [name for name in names if self._graph.link(node.inputs[name]) is not None]
            if any(is_negative_input(name) for name in linked) and any(
                name.lower().startswith(("pos", "base_pos", "conditioning_pos")) for name in linked
            ):
                # A model that passes through as well shifts the slots: then the polarity of the walk is more reliable.
                return polarity if "model" in linked else (POSITIVE if slot == 0 else NEGATIVE)
        return polarity

    def _conditioning_links(self, node: Node, polarity: str) -> list[Link]:
        """Return the links of inputs whose names denote conditioning of this polarity."""
        links = [(name, link) for name, link in self._graph.links(node) if not is_unrelated_name(name)]
        if polarity == NEGATIVE:
            negative_links = [link for name, link in links if is_negative_input(name)]
            if negative_links:
                return [link for link in negative_links if not self._eval.is_text_output(link)]
            links = [(name, link) for name, link in links if not name.lower().startswith("pos")]
        candidates = [(name, link) for name, link in links if not is_negative_input(name) or polarity == NEGATIVE]
        named = [link for name, link in candidates if is_conditioning_input(name)]
        return [link for link in named if not self._eval.is_text_output(link)]

    def _fallback_links(self, node: Node, polarity: str) -> list[tuple[Link, str]]:
        """Return the pipe, or the only connected input."""
        pipe = pipe_link(self._graph, node)
        if pipe is not None:
            return [(pipe, polarity)]
        if spec_of(node.type).role is Role.LOADER:
            return []
        remaining = [
            link
            for name, link in self._graph.links(node)
            if not is_unrelated_name(name) and not (polarity == POSITIVE and is_negative_input(name))
        ]
        if len(remaining) == 1 or (remaining and len(node.inputs) == len(remaining)):
            return [(link, polarity) for link in remaining]
        links = [link for _name, link in self._graph.links(node)]
        return [(links[0], polarity)] if len(links) == 1 and len(node.inputs) == 1 else []

    def _node_texts(self, node: Node, polarity: str, prompts: PromptTexts) -> list[str]:
        """Return the texts of the node itself: literal ones, and those connected to it as strings."""
        spec = spec_of(node.type)
        names = self._text_names(node, polarity)
        texts = []
        for name in names:
            value = node.inputs.get(name)
            if value is None or not self._is_text(value):
                continue
            text = self._eval.text(value, name)
            if text and spec.role is Role.UNKNOWN and not may_be_words(text):
                continue
            if text and text not in texts:
                texts.append(text)
                if name in spec.lora_tags:
                    prompts.lora_texts.append(text)
                if name == "populated_text":
                    break
        return texts

    def _text_names(self, node: Node, polarity: str) -> tuple[str, ...]:
        """Return the names of the inputs that contain texts of this polarity."""
        spec = spec_of(node.type)
        if polarity == NEGATIVE and spec.negative:
            return spec.negative
        if spec.text and (polarity == POSITIVE or spec.role is Role.ENCODER):
            return spec.text
        if spec.role is Role.ENCODER:
            return tuple(name for name in node.inputs if is_text_input(name))
        if spec.role in (Role.UNKNOWN, Role.SAMPLER, Role.DETAILER, Role.LOADER, Role.RUNTIME, Role.API_NODE):
            return tuple(self._guessed_names(node, polarity))
        return ()

    def _guessed_names(self, node: Node, polarity: str) -> list[str]:
        names = list(node.inputs)
        if "populated_text" in names and polarity == POSITIVE:
            return ["populated_text"]
        has_negative = any(is_negative_text_input(name) and self._is_text(node.inputs[name]) for name in names)
        if polarity == NEGATIVE and (has_negative or any(name.lower().startswith("pos") for name in names)):
            return [name for name in names if is_negative_text_input(name)]
        return [name for name in names if is_text_input(name) and not is_negative_text_input(name)]

    def _is_text(self, value: object) -> bool:
        if isinstance(value, str):
            return True
        link = self._graph.link(value)
        return link is not None and self._eval.is_text_output(link)

    def _value(self, value: object) -> object:
        return self._eval.literal(value)
