"""Query values of a file (steps, CFG, seed, text flags, positions of prompts) and its hidden tags."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntFlag

from iib._lib.text_folding import only_changes_case
from iib.model.enums import TagKind
from iib.model.geninfo import GenerationInfo

MAX_STEPS = 2**31 - 1
MAX_SEED = 2**64 - 1
# Plain texts, because the tags of a file cross to another process, see `TagKind`.
_TOOL, _SCHEDULER = TagKind.HIDDEN_TOOL.value, TagKind.HIDDEN_SCHEDULER.value
_FURTHER_MODEL = TagKind.FURTHER_MODEL.value


class TextFlag(IntFlag):
    """Bits that state what the text of a file contains and how far it can be used for matching."""

    TEXT = 1
    PROMPT = 2
    NEGATIVE = 4
    FOLDING_CHANGES_TEXT = 8  # folding of path or text changes more than case, see `only_changes_case`
    PROMPT_NOT_VERBATIM = 16  # the text contains a prompt in another form or not at all


@dataclass(slots=True, unsafe_hash=True)
class Span:
    """A part of a text: `text[start : start + length]`."""

    start: int
    length: int


@dataclass(slots=True, unsafe_hash=True)
class QueryValues:
    """Values of a file that queries compare; None if the file does not contain them.

    `prompt` and `negative` are the spans of the prompts in the generation text; None if there is no prompt or if the
    text contains it in another form.
    """

    steps: int | None = None
    cfg: float | None = None
    seed: int | None = None
    text_flags: int = 0
    prompt: Span | None = None
    negative: Span | None = None


def query_values_of(path: str, text: str, body: str, geninfo: GenerationInfo) -> QueryValues:
    """Compute the query values of a parsed file; `body` is its folded search text.

    Numbers outside a sensible range become None.
    """
    steps, cfg, seed = geninfo.steps, geninfo.cfg, geninfo.seed
    text_flags = [TextFlag.TEXT] if text else []
    if geninfo.prompt:
        text_flags.append(TextFlag.PROMPT)
    if geninfo.negative_prompt:
        text_flags.append(TextFlag.NEGATIVE)
    if not only_changes_case(f"{path}\n{text}", body):
        text_flags.append(TextFlag.FOLDING_CHANGES_TEXT)
    prompt, negative = _span(text, geninfo.prompt), _span(text, geninfo.negative_prompt, last=True)
    if (geninfo.prompt and prompt is None) or (geninfo.negative_prompt and negative is None):
        text_flags.append(TextFlag.PROMPT_NOT_VERBATIM)
    return QueryValues(
        steps=steps if steps is not None and 0 <= steps <= MAX_STEPS else None,
        cfg=float(cfg) if cfg is not None and math.isfinite(cfg) else None,
        seed=seed if seed is not None and 0 <= seed <= MAX_SEED else None,
        text_flags=sum(text_flags),  # each at most once; `|` of flags takes ten times as long
        prompt=prompt,
        negative=negative,
    )


def hidden_tags(geninfo: GenerationInfo) -> list[tuple[str, str]]:
    """Pairs (kind, name) of tags that queries find and the public tag lists omit."""
    tags = [(_FURTHER_MODEL, model.name) for model in geninfo.models[1:]]
    if geninfo.tool:
        tags.append((_TOOL, geninfo.tool))
    if geninfo.scheduler:
        tags.append((_SCHEDULER, geninfo.scheduler))
    return [(kind, " ".join(name.split())[:200]) for kind, name in tags if name.strip()]


def _span(text: str, part: str | None, *, last: bool = False) -> Span | None:
    if not part:
        return None
    start = text.rfind(part) if last else text.find(part)
    return Span(start, len(part)) if start >= 0 else None
