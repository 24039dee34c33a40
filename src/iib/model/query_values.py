"""The few facts of a file that queries compare with, ready for columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntFlag

from iib._lib.text_folding import only_changes_case
from iib.model.geninfo import GenerationInfo
from iib.model.tag_kind import TagKind

MAX_STEPS = 2**31 - 1
MAX_SEED = 2**64 - 1
# As plain texts: the facts of a file cross to another process, see `TagKind`.
_TOOL, _SCHEDULER = TagKind.HIDDEN_TOOL.value, TagKind.HIDDEN_SCHEDULER.value
_FURTHER_MODEL = TagKind.FURTHER_MODEL.value


class TextFlag(IntFlag):
    """Yes-or-no facts."""

    TEXT = 1
    PROMPT = 2
    NEGATIVE = 4
    FOLDING_CHANGES_TEXT = 8  # folding its path or text does more than lower capital letters, see `only_changes_case`
    PROMPT_NOT_VERBATIM = 16  # a prompt stands in the text in other words, or not at all


@dataclass(slots=True, unsafe_hash=True)
class Span:
    """A part of a text: `text[start : start + length]`."""

    start: int
    length: int


@dataclass(slots=True, unsafe_hash=True)
class QueryValues:
    """Numbers that the file lacks are None. The spans tell where in the generation text the prompts stand; None if
    there is none or it stands there in other words."""

    steps: int | None = None
    cfg: float | None = None
    seed: int | None = None
    marks: int = 0
    prompt: Span | None = None
    negative: Span | None = None


def query_values_of(path: str, text: str, body: str, geninfo: GenerationInfo) -> QueryValues:
    """The facts of one parsed file; `body` is its folded search text. Numbers out of any sensible range count as
    lacking."""
    steps, cfg, seed = geninfo.steps, geninfo.cfg, geninfo.seed
    marks = [TextFlag.TEXT] if text else []
    if geninfo.prompt:
        marks.append(TextFlag.PROMPT)
    if geninfo.negative_prompt:
        marks.append(TextFlag.NEGATIVE)
    if not only_changes_case(f"{path}\n{text}", body):
        marks.append(TextFlag.FOLDING_CHANGES_TEXT)
    prompt, negative = _span(text, geninfo.prompt), _span(text, geninfo.negative_prompt, last=True)
    if (geninfo.prompt and prompt is None) or (geninfo.negative_prompt and negative is None):
        marks.append(TextFlag.PROMPT_NOT_VERBATIM)
    return QueryValues(
        steps=steps if steps is not None and 0 <= steps <= MAX_STEPS else None,
        cfg=float(cfg) if cfg is not None and math.isfinite(cfg) else None,
        seed=seed if seed is not None and 0 <= seed <= MAX_SEED else None,
        marks=sum(marks),  # each once; joining flags takes ten times as long
        prompt=prompt,
        negative=negative,
    )


def hidden_tags(geninfo: GenerationInfo) -> list[tuple[str, str]]:
    """(kind, name) of what queries find by name but the public tag lists do not show."""
    found = [(_FURTHER_MODEL, model.name) for model in geninfo.models[1:]]
    if geninfo.tool:
        found.append((_TOOL, geninfo.tool))
    if geninfo.scheduler:
        found.append((_SCHEDULER, geninfo.scheduler))
    return [(kind, " ".join(name.split())[:200]) for kind, name in found if name.strip()]


def _span(text: str, part: str | None, *, last: bool = False) -> Span | None:
    if not part:
        return None
    start = text.rfind(part) if last else text.find(part)
    return Span(start, len(part)) if start >= 0 else None
