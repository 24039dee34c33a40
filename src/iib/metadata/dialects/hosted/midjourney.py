"""Interprets Midjourney: prompt, flags and job id in one description."""

from __future__ import annotations

import re

from iib.metadata.dialects.json_values import real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import to_int
from iib.model import GenerationInfo, ModelRef

TOOL = "Midjourney"
JOB = re.compile(r"\s*Job ID:\s*([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\s*$")
FLAG = re.compile(r"(?:^|\s)(?:--|—)([a-zA-Z]+)")
KEYS = frozenset(("description", "imagedescription", "dc:description", "usercomment", "comment"))


class MidjourneyDialect:
    """Dialect of Midjourney. Descriptions are recognised by the job id at their end."""

    name = "midjourney"
    keys = KEYS

    def read(self, context: Context) -> DialectResult | None:
        """Read the first description with a job id."""
        for entry in context.entries:
            if entry.key.lower() in KEYS and "Job ID:" in entry.text:
                match = JOB.search(entry.text)
                if match is not None:
                    return DialectResult(100, parse_description(entry.text[: match.start()], match[1]))
        return None


def parse_description(text: str, job: str) -> GenerationInfo:
    """Return the generation info of a description without its job id, and of the job id.

    >>> info = parse_description("a cat --v 6.1 --no dog --seed 5", "1f1b2c3d")
    >>> info.prompt, info.negative_prompt, info.seed, info.model
    ('a cat', 'dog', 5, 'Midjourney v6.1')
    """
    flags = list(FLAG.finditer(text))
    prompt = text[: flags[0].start()] if flags else text
    values: dict[str, str] = {}
    for index, flag in enumerate(flags):
        end = flags[index + 1].start() if index + 1 < len(flags) else len(text)
        values.setdefault(flag[1].lower(), text[flag.end() : end].strip())
    version = values.get("v") or values.get("version")
    niji = values.get("niji")
    model = f"Midjourney v{version}" if version else f"niji {niji}".strip() if niji is not None else None
    return GenerationInfo(
        tool=TOOL,
        tool_version=version or niji or None,
        prompt=real_text(prompt),
        negative_prompt=real_text(values.get("no")),
        models=(ModelRef(model),) if model else (),
        seed=to_int(values.get("seed")),
        parameters={**{f"--{key}": value or "yes" for key, value in values.items()}, "Job ID": job},
        is_generated=True,
    )
