"""Describes known node classes in a table. A new class is one line in one of the modules of this folder."""

from __future__ import annotations

import re
from collections.abc import Callable

from iib._lib.cache import TextMemo
from iib.metadata.dialects.comfyui.nodes.core import CORE
from iib.metadata.dialects.comfyui.nodes.packs import PACKS
from iib.metadata.dialects.comfyui.nodes.spec import NodeSpec, Role
from iib.metadata.dialects.comfyui.nodes.suites import SUITES
from iib.metadata.dialects.comfyui.nodes.tools import TOOLBOX
from iib.metadata.dialects.comfyui.nodes.wrappers import WRAPPERS

__all__ = ["TABLE", "NodeSpec", "Role", "spec_of"]

TABLE: dict[str, NodeSpec] = {**PACKS, **SUITES, **TOOLBOX, **WRAPPERS, **CORE}

# Classes outside the table get a role from the words of their name; the first matching pattern wins.
_NOT_A_PICTURE_SAVER = r"latent|checkpoint|model|lora|text|string|json|caption|prompt.*file|(?<!up)load|mask|kohya"
_TEXT_GENERATORS = (
    r"florence|tagger|caption|ollama|llm|gpt(?!.*image)|describe|interrogat|img2txt|image ?(2|to) ?prompt|moondream"
    r"|text ?generat|generate ?text"
    r"|enhance.*prompt|prompt.*enhance|random.*(line|prompt)|prompt.*(generat|random)|qwen.*vl|wildcard|magic ?prompt"
)
_API_NODES = (
    r"^(open ?ai|dall-?e|gemini|imagen|veo\d?|kling|runway|luma|recraft|ideogram|stability|minimax|hailuo|pika|pixverse"
    r"|flux2? ?(pro|max|kontext ?(pro|max))|moonvalley|byte ?dance|seedream|seedance|vidu|grok|nano ?banana|bria"
    r"|higgsfield|reve|happy ?horse|wan\w*api$)|(image|video)(edit|generation)?(node|api)(v?\d+)?$"
)
_ROLES_BY_NAME: tuple[tuple[re.Pattern[str], NodeSpec], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), NodeSpec(role))
    for pattern, role in (
        (r"zero ?out", Role.ZERO),
        (r"prompt.*schedul|schedul.*prompt", Role.ENCODER),
        (r"^preview(?!any)|^(?!.*(metadata|settings|config|path)).*\bpreview.*image", Role.PREVIEW),
        (r"video ?combine|save.*(video|webm|animated|gif|apng|mp4|audio)|video.*sav", Role.VIDEO_SAVER),
        (rf"^(?!.*({_NOT_A_PICTURE_SAVER})).*(save|export.*image)", Role.SAVER),
        (r"detailer(?!.*(pipe.*to|to.*pipe|hook|provider))|face ?swap|reactor", Role.DETAILER),
        (r"switch|if ?else|^if$|^if any\b|selector.*any", Role.SWITCH),
        (r"styler|style ?selector|prompt ?styles?$", Role.STYLER),
        (_TEXT_GENERATORS, Role.RUNTIME),
        (r"empty.*(latent|embeds)|latent.*(empty|size|preset)|aspect ?ratio", Role.LATENT),
        (r"lora.*(load|stack|select|apply)|(load|apply|stack).*lora|loras?$", Role.LORA),
        (r"schedul|config|noise$|sigmas|guider|settings$", Role.NOT_SAMPLER),
        (_API_NODES, Role.API_NODE),
    )
)
_UNKNOWN = NodeSpec()
MAX_NAME_LENGTH, MAX_CACHED_CLASSES = 120, 4096  # characters of a name that are examined; classes that are cached


def _find_spec(node_type: str) -> NodeSpec:
    spec = TABLE.get(node_type)
    if spec is None:
        name = node_type[:MAX_NAME_LENGTH]
        spec = next((spec for pattern, spec in _ROLES_BY_NAME if pattern.search(name)), _UNKNOWN)
    return spec


# Returns the table entry of a class, or an entry derived from the words of its name.
spec_of: Callable[[str], NodeSpec] = TextMemo(
    _find_spec, max_count=MAX_CACHED_CLASSES, max_length=MAX_NAME_LENGTH
).__getitem__
