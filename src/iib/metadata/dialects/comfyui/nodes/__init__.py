"""The node table: what is known of single node classes. A new node is one line in one of these modules."""

from __future__ import annotations

import re
from collections.abc import Callable

from iib._lib.cache import TextMemo
from iib.metadata.dialects.comfyui.nodes.core import CORE
from iib.metadata.dialects.comfyui.nodes.packs import PACKS
from iib.metadata.dialects.comfyui.nodes.spec import NodeSpec, Role
from iib.metadata.dialects.comfyui.nodes.tools import TOOLBOX
from iib.metadata.dialects.comfyui.nodes.wrappers import WRAPPERS

__all__ = ["TABLE", "NodeSpec", "Role", "spec_of"]

TABLE: dict[str, NodeSpec] = {**PACKS, **TOOLBOX, **WRAPPERS, **CORE}

# Classes that are not in the table are sorted by words of their name; the first that fits counts.
_NOT_A_PICTURE = r"latent|checkpoint|model|lora|text|string|json|caption|prompt.*file|(?<!up)load|mask|kohya"
_SPEAKS = (
    r"florence|tagger|caption|ollama|llm|gpt(?!.*image)|describe|interrogat|img2txt|image ?(2|to) ?prompt|moondream"
    r"|text ?generat|generate ?text"
    r"|enhance.*prompt|prompt.*enhance|random.*(line|prompt)|prompt.*(generat|random)|qwen.*vl|wildcard|magic ?prompt"
)
_SERVICES = (
    r"^(open ?ai|dall-?e|gemini|imagen|veo\d?|kling|runway|luma|recraft|ideogram|stability|minimax|hailuo|pika|pixverse"
    r"|flux2? ?(pro|max|kontext ?(pro|max))|moonvalley|byte ?dance|seedream|seedance|vidu|grok|nano ?banana|bria"
    r"|higgsfield|reve|happy ?horse|wan\w*api$)|(image|video)(edit|generation)?(node|api)(v?\d+)?$"
)
_BY_NAME: tuple[tuple[re.Pattern[str], NodeSpec], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), NodeSpec(role))
    for pattern, role in (
        (r"zero ?out", Role.ZERO),
        (r"prompt.*schedul|schedul.*prompt", Role.ENCODER),
        (r"^preview(?!any)|^(?!.*(metadata|settings|config|path)).*\bpreview.*image", Role.PREVIEW),
        (r"video ?combine|save.*(video|webm|animated|gif|apng|mp4|audio)|video.*sav", Role.VIDEO_SAVER),
        (rf"^(?!.*({_NOT_A_PICTURE})).*(save|export.*image)", Role.SAVER),
        (r"detailer(?!.*(pipe.*to|to.*pipe|hook|provider))|face ?swap|reactor", Role.DETAILER),
        (r"switch|if ?else|^if$|^if any\b|selector.*any", Role.SWITCH),
        (r"styler|style ?selector|prompt ?styles?$", Role.STYLER),
        (_SPEAKS, Role.RUNTIME),
        (r"empty.*(latent|embeds)|latent.*(empty|size|preset)|aspect ?ratio", Role.LATENT),
        (r"lora.*(load|stack|select|apply)|(load|apply|stack).*lora|loras?$", Role.LORA),
        (r"schedul|config|noise$|sigmas|guider|settings$", Role.NOT_SAMPLER),
        (_SERVICES, Role.PROVIDER),
    )
)
_UNKNOWN = NodeSpec()
LONGEST, MAX_MET = 120, 4096  # characters of a name that are looked at; classes that are remembered


def _find_spec(node_type: str) -> NodeSpec:
    spec = TABLE.get(node_type)
    if spec is None:
        name = node_type[:LONGEST]
        spec = next((spec for pattern, spec in _BY_NAME if pattern.search(name)), _UNKNOWN)
    return spec


# The table's line for a class, or a line made from the words of its name.
spec_of: Callable[[str], NodeSpec] = TextMemo(_find_spec, max_count=MAX_MET, max_length=LONGEST).__getitem__
