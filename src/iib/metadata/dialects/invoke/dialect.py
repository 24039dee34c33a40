"""Interprets the three generations of InvokeAI metadata: `Dream` lines, `sd-metadata`, `invokeai_metadata`."""

from __future__ import annotations

import re

from iib.metadata.dialects.invoke.graph import metadata_of_graph
from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "InvokeAI"
NEGATIVE_PART = re.compile(r"\[([^\[\]]*)\]")
FLAG = re.compile(r"\s--?[A-Za-z]")
KEYS = frozenset(("invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata", "dream"))
DEFAULT_SAMPLER = "k_lms"  # of the command line if it names none
NO_PROMPTS = ("!", "<too lazy to implement>")


class InvokeAIDialect:
    """Dialect of InvokeAI. The newest readable generation of metadata counts."""

    name = "invokeai"
    keys = KEYS

    def read(self, context: Context) -> DialectResult | None:
        """Read `invokeai_metadata`, otherwise the graph, otherwise `sd-metadata`, otherwise `Dream`."""
        geninfo: GenerationInfo | None = None
        metadata = context.find("invokeai_metadata")
        graph = context.find("invokeai_graph", "invokeai_workflow")
        old = context.find("sd-metadata")
        dream = context.find("Dream")
        if metadata is not None and (values := json_object(metadata.text)):
            geninfo = parse_metadata(values)
        if graph is not None and (geninfo is None or geninfo.prompt is None):
            values = metadata_of_graph(as_object(graph.text))
            geninfo = parse_metadata(values) if values else geninfo
        if geninfo is None and old is not None:
            geninfo = parse_sd_metadata(as_object(old.text))
        if geninfo is None and dream is not None:
            geninfo = parse_dream(dream.text)
        if geninfo is None and (metadata or graph or old or dream):
            return DialectResult(40, GenerationInfo(tool=TOOL))
        return None if geninfo is None else DialectResult(100, geninfo)


def parse_metadata(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of version 3 and later. `scheduler` is the sampler; `_k` at its end means Karras."""
    sampler = real_text(values.get("scheduler"))
    schedule = "karras" if sampler is not None and sampler.endswith("_k") else None
    models = []
    for key, kind in (("model", "checkpoint"), ("refiner_model", "refiner")):
        model = _model(values.get(key), kind)
        if model is not None:
            models.append(model)
    vae = _model(values.get("vae"), "vae")
    version = real_text(values.get("app_version"))
    return GenerationInfo(
        tool=TOOL,
        tool_version=version,
        prompt=real_text(values.get("positive_prompt")),
        negative_prompt=real_text(values.get("negative_prompt")),
        models=tuple(models),
        loras=_loras(values.get("loras")),
        vae=vae.name if vae else None,
        sampler=sampler,
        scheduler=schedule,
        steps=to_int(values.get("steps")),
        cfg=to_float(values.get("cfg_scale")),
        guidance=to_float(values.get("guidance")),
        seed=to_int(values.get("seed")),
        width=to_int(values.get("width")),
        height=to_int(values.get("height")),
        denoise=to_float(values.get("strength")),
        parameters=other_parameters(
            values, "positive_prompt", "negative_prompt", "steps", "cfg_scale", "seed", "width", "height", "scheduler"
        ),
    )


def _model(value: Json, kind: str) -> ModelRef | None:
    if isinstance(value, str):
        return ModelRef(clean_model_name(value), kind=kind) if real_text(value) else None
    fields = as_object(value)
    name = real_text(fields.get("model_name")) or real_text(fields.get("name"))
    return ModelRef(clean_model_name(name), real_text(fields.get("hash")), kind) if name else None


def _loras(value: Json) -> tuple[LoraRef, ...]:
    loras = []
    for item in as_list(value):
        fields = as_object(item)
        model = _model(fields.get("lora") or fields.get("model"), "lora")
        if model is not None:
            loras.append(LoraRef(model.name, to_float(fields.get("weight")), hash=model.hash))
    return tuple(loras)


def parse_sd_metadata(values: dict[str, Json]) -> GenerationInfo | None:
    """Return the generation info of versions 1.15 to 2. The model is in `model_weights`, or `model_id` if older."""
    image = as_object(values.get("image"))
    if not image:
        image = next((item for item in as_list(values.get("images")) if isinstance(item, dict)), {})
    if not image:
        return None
    parts = _prompt_parts(image.get("prompt"))
    prompt, negative = split_negative(" ".join(parts))
    model = real_text(values.get("model_weights")) or real_text(values.get("model_id"))
    digest = real_text(values.get("model_hash"))
    return GenerationInfo(
        tool=TOOL,
        tool_version=real_text(values.get("app_version")),
        prompt=prompt,
        negative_prompt=negative,
        prompt_parts=tuple(parts) if len(parts) > 1 else (),
        models=(ModelRef(clean_model_name(model), digest),) if model else (),
        sampler=real_text(image.get("sampler")),
        steps=to_int(image.get("steps")),
        cfg=to_float(image.get("cfg_scale")),
        seed=to_int(image.get("seed")),
        width=to_int(image.get("width")),
        height=to_int(image.get("height")),
        denoise=to_float(image.get("strength")),
        parameters=other_parameters(
            image, "prompt", "sampler", "steps", "cfg_scale", "seed", "width", "height", "strength"
        ),
    )


def _prompt_parts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = []
    for item in as_list(value):
        text = item if isinstance(item, str) else as_object(item).get("prompt")
        if isinstance(text, str) and text.strip():
            parts.append(text.strip())
    return parts


def split_negative(text: str) -> tuple[str | None, str | None]:
    """Split a prompt into the positive prompt and the negative one in brackets.

    >>> split_negative("a cat [dog] on a mat")
    ('a cat on a mat', 'dog')
    """
    if "[" not in text:
        return real_text(text), None
    negative = " ".join(part.strip() for part in NEGATIVE_PART.findall(text) if part.strip())
    prompt = " ".join(NEGATIVE_PART.sub(" ", text).split())
    return real_text(prompt), real_text(negative)


def parse_dream(text: str) -> GenerationInfo | None:
    """Return the generation info of a command line; None for commands and masks, which have no prompt.

    >>> info = parse_dream('"a cat" -s50 -S 42 -W512 -H512 -C7.5 -A k_lms')
    >>> info.prompt, info.steps, info.seed, info.sampler
    ('a cat', 50, 42, 'k_lms')
    """
    text = text.strip()
    if not text or text.startswith(NO_PROMPTS) or text[1:].startswith(NO_PROMPTS):
        return None
    body, flags = _split_flags(text)
    prompt, negative = split_negative(body)
    values = _flags(flags)

    def flag(*names: str) -> str | None:
        return next((values[name] for name in names if name in values), None)

    return GenerationInfo(
        tool=TOOL,
        prompt=prompt,
        negative_prompt=negative,
        sampler=flag("A", "m", "sampler") or DEFAULT_SAMPLER,
        steps=to_int(flag("s", "steps")),
        cfg=to_float(flag("C", "cfg_scale")),
        seed=to_int(flag("S", "seed")),
        width=to_int(flag("W", "width")),
        height=to_int(flag("H", "height")),
        denoise=to_float(flag("f", "strength")),
        parameters={name: value for name, value in values.items() if len(name) > 1 and len(value) <= 200},
    )


def _split_flags(text: str) -> tuple[str, str]:
    if text[0] in "\"'":
        end = text.find(text[0], 1)
        while end > 0:
            rest = text[end + 1 : end + 40].lstrip()
            if not rest or (rest.startswith("-") and text[end + 1].isspace()):
                return text[1:end], text[end + 1 :]
            end = text.find(text[0], end + 1)
    match = FLAG.search(text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def _flags(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    tokens = text.split()
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.startswith("--"):
            name, _, value = token[2:].partition("=")
        elif token.startswith("-") and token[1:2].isalpha():
            name, value = token[1], token[2:]
        else:
            continue
        if not value and index < len(tokens) and not (tokens[index].startswith("-") and tokens[index][1:2].isalpha()):
            value = tokens[index]
            index += 1
        values.setdefault(name, value.strip("\"'"))
    return values
