"""Interprets Mochi Diffusion: one caption of labelled fields in XMP and IPTC.

Up to version 6.0 the fields are in one line, `Include in Image: a cat; Exclude from Image: dog; Model: m; Steps: 20`,
and nothing is escaped; version 6.1 writes one field per line after `Metadata Version: 2`, with `\\n` for a line break.
"""

from __future__ import annotations

import re

from iib.metadata.dialects.json_values import other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, parse_size, to_float, to_int
from iib.model import GenerationInfo, ModelRef

TOOL = "Mochi Diffusion"
LABELS = (
    "Include in Image", "Exclude from Image", "Model", "Steps", "Guidance Scale", "Seed", "Size", "Quality", "Upscaler",
    "Starting Image", "ControlNet Image", "Input Images", "Scheduler", "ML Compute Unit", "Generator", "Engine",
    "Model Key", "Date",
)  # fmt: skip
KEYS = ("dc:description", "iptc:Caption", "ImageDescription", "Description")
LOWER_KEYS = frozenset(key.lower() for key in KEYS)
USED_KEYS = ("Include in Image", "Exclude from Image", "Model", "Steps", "Guidance Scale", "Seed", "Size", "Scheduler")
FIELD = re.compile(rf"(?:^|; )({'|'.join(LABELS)}): ")
LINES = "Metadata Version: 2"
ESCAPED = re.compile(r"\\([nr\\])")
PLAIN = {"n": "\n", "r": "\r", "\\": "\\"}


class MochiDialect:
    """Dialect of Mochi Diffusion. Files are recognised by the generator in the caption."""

    name = "mochi"
    keys = LOWER_KEYS

    def read(self, context: Context) -> DialectResult | None:
        """Read the first caption that names Mochi Diffusion as generator."""
        for key in KEYS:
            entry = context.find(key)
            if entry is not None and f"Generator: {TOOL}" in entry.text:
                fields = _parse_fields(entry.text.strip())
                if "Include in Image" in fields:
                    return DialectResult(100, parse_caption(fields))
        return None


def _parse_fields(caption: str) -> dict[str, str]:
    """Return the fields of a caption by label; if a label occurs twice, the first one counts."""
    fields: dict[str, str] = {}
    if caption.startswith(LINES):
        for line in caption.splitlines():
            label, _, value = line.partition(": ")
            if label.rstrip(":") in LABELS:
                fields.setdefault(label.rstrip(":"), ESCAPED.sub(lambda match: PLAIN[match[1]], value))
        return fields
    marks = list(FIELD.finditer(caption))
    ends = [mark.start() for mark in marks[1:]] + [len(caption)]
    for mark, end in zip(marks, ends, strict=True):
        fields.setdefault(mark[1], caption[mark.end() : end])
    return fields


def parse_caption(fields: dict[str, str]) -> GenerationInfo:
    """Return the generation info of a caption. Its field `Scheduler` is the sampler; it has no schedule."""
    size = parse_size(fields.get("Size"))
    model = real_text(fields.get("Model"))
    return GenerationInfo(
        tool=TOOL,
        tool_version=real_text(fields.get("Generator", "").removeprefix(TOOL)),
        prompt=real_text(fields.get("Include in Image")),
        negative_prompt=real_text(fields.get("Exclude from Image")),
        models=(ModelRef(clean_model_name(model)),) if model else (),
        sampler=real_text(fields.get("Scheduler")),
        steps=to_int(fields.get("Steps")),
        cfg=to_float(fields.get("Guidance Scale")),
        seed=to_int(fields.get("Seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        parameters=other_parameters(dict(fields), *USED_KEYS),
        is_generated=True,
    )
