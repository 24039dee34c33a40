"""Interprets Fooocus in both of its schemes, its folder log, and Ruined Fooocus."""

from __future__ import annotations

import ast
import re

from iib.metadata.dialects.json_values import as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.dialects.webui.infotext import parse_infotext
from iib.metadata.protocol import Context, DialectResult, Entry
from iib.metadata.values import clean_model_name, parse_size, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "Fooocus"
RUINED = "RuinedFooocus"
MAX_LORAS = 32
LORA_ROW = re.compile(r"(.*?)\s*:\s*([-+]?[\d.]+)\s*")
WEIGHT_FIRST = re.compile(r"\s*([-+]?[\d.]+)\s*-\s*(.+)")
SCHEMES = frozenset(("fooocus", "a1111", "simple"))  # the last one is of SimpleSDXL and FooocusPlus
SCHEME_MARKS = ("metadata_scheme", "Metadata Scheme")
LORA_KEY = re.compile(r"LoRA \[(.+)\] weight")
BRACKETED_LORA = re.compile(r"<([^<>]{1,400}):([-+]?[\d.]{1,12})>")
NOTE_SIGN = re.compile(r"\s*[^\w\s.)\]}-]+\s*$")  # behind the extension of a LoRA with notes
MAX_LORA_CHARACTERS = 20_000
USED_LOG_LABELS = frozenset(
    ("prompt", "negative prompt", "base model", "sampler", "scheduler", "seed", "version", "steps")
)
USED_KEYS = (
    "prompt", "negative_prompt", "steps", "guidance_scale", "sampler", "scheduler", "seed", "resolution", "base_model",
    "refiner_model", "loras", "vae", "version", "metadata_scheme",
)  # fmt: skip


class FooocusDialect:
    """Dialect of Fooocus and Ruined Fooocus."""

    name = "fooocus"

    def read(self, context: Context) -> DialectResult | None:
        """Read the JSON schemes first, then the scheme like infotext, then the folder log.

        Files are recognised by the name of the scheme, the version in the JSON, or its key `software`.
        """
        scheme = context.find("fooocus_scheme", "MakerNote")
        has_scheme = scheme is not None and (
            scheme.key.lower() == "fooocus_scheme" or scheme.text.strip("\0 ").lower() in SCHEMES
        )
        entry = context.find("parameters", "UserComment", "Comment", "metadata")
        if entry is None:
            return _read_log(context)
        if entry.text.lstrip()[:1] == "{":
            return _read_object(entry, has_scheme=has_scheme)
        if has_scheme or "Version: Fooocus" in entry.text or "Fooocus" in entry.text[-400:]:
            return _read_text(entry)
        return _read_log(context)


def _read_log(context: Context) -> DialectResult | None:
    """Return the result for the table of this picture in the folder log, with the labels of all versions."""
    entry = next((entry for entry in context.entries if entry.place == "sidecar:log"), None)
    if entry is None:
        return None
    table = {key: value for key, value in (json_object(entry.text) or {}).items() if isinstance(value, str)}
    if not table:
        return None
    by_label = {key.lower(): value for key, value in table.items()}
    size = parse_size(by_label.get("resolution"))
    base = real_text(by_label.get("base model"))
    refiner = real_text(by_label.get("refiner model"))
    loras = {}
    for label, value in by_label.items():
        match = LORA_ROW.fullmatch(value) if label.startswith("lora ") else None
        if match is not None and real_text(match[1]):
            loras[clean_model_name(match[1])] = LoraRef(clean_model_name(match[1]), to_float(match[2]))
    parameters = {key: value.replace(",", "，") for key, value in table.items() if key.lower() not in USED_LOG_LABELS}
    if size:
        parameters["Size"] = f"{size[0]} * {size[1]}"
    models = [ModelRef(clean_model_name(base))] if base else []
    if refiner:
        models.append(ModelRef(clean_model_name(refiner), kind="refiner"))
        parameters["Refiner"] = clean_model_name(refiner)
    geninfo = GenerationInfo(
        tool=TOOL,
        tool_version=real_text(by_label.get("version")),
        prompt=real_text(by_label.get("prompt")) or real_text(by_label.get("raw prompt")),
        negative_prompt=real_text(by_label.get("negative prompt")),
        models=tuple(models),
        loras=tuple(loras.values()),
        sampler=real_text(by_label.get("sampler")),
        scheduler=real_text(by_label.get("scheduler")),
        steps=to_int(by_label.get("steps")),
        cfg=to_float(by_label.get("guidance scale")),
        seed=to_int(by_label.get("seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        parameters=parameters,
        source={"prompt": "sidecar:log"},
        is_generated=True,
    )
    return DialectResult(90, geninfo)


def _read_object(entry: Entry, *, has_scheme: bool) -> DialectResult | None:
    if RUINED in entry.text:
        values = json_object(entry.text)
        if values is not None and str(values.get("software", "")).startswith(RUINED):
            return DialectResult(100, parse_ruined(values))
    if not has_scheme and "Fooocus" not in entry.text and not any(mark in entry.text for mark in SCHEME_MARKS):
        return None
    values = json_object(entry.text)
    if values is None:
        return None
    versions = [str(values.get(key, "")).lower() for key in ("version", "Version", *SCHEME_MARKS)]
    if not has_scheme and not any(text.startswith(TOOL.lower()) or text in SCHEMES for text in versions):
        return None
    return DialectResult(100, parse_fooocus(values))


def parse_fooocus(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of the scheme `fooocus`.

    Tuples and lists may be printed by Python. One variant spells the keys as labels, such as "Base Model".
    """
    named_weights = {match[1]: value for key, value in values.items() if (match := LORA_KEY.fullmatch(key))}
    values = {key.lower().replace(" ", "_"): value for key, value in values.items()}
    size = parse_size(values.get("resolution"))
    base, refiner = real_text(values.get("base_model")), real_text(values.get("refiner_model"))
    models = [ModelRef(clean_model_name(base), real_text(values.get("base_model_hash")))] if base else []
    parameters = other_parameters(values, *USED_KEYS)
    if refiner:
        models.append(ModelRef(clean_model_name(refiner), real_text(values.get("refiner_model_hash")), "refiner"))
        parameters["Refiner"] = clean_model_name(refiner)
    vae = real_text(values.get("vae"))
    return GenerationInfo(
        tool=TOOL,
        tool_version=real_text(values.get("version")),
        prompt=real_text(values.get("prompt")),
        negative_prompt=real_text(values.get("negative_prompt")),
        models=tuple(models),
        loras=_loras(values, named_weights),
        vae=clean_model_name(vae) if vae and not vae.lower().startswith("default") else None,
        sampler=real_text(values.get("sampler")),
        scheduler=real_text(values.get("scheduler")),
        steps=to_int(values.get("steps")),
        cfg=to_float(values.get("guidance_scale")),
        seed=to_int(values.get("seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        parameters=parameters,
        is_generated=True,
    )


def _loras(values: dict[str, Json], named_weights: dict[str, Json]) -> tuple[LoraRef, ...]:
    """Return the LoRAs of the list, of the numbered rows `name : weight` and of fields named after a LoRA."""
    loras: dict[str, LoraRef] = {}
    for item in _python_list(values.get("loras")):
        row = item if isinstance(item, list | tuple) else ()
        if row and (name := real_text(row[0])):
            digest = real_text(row[2]) if len(row) > 2 else None
            loras[clean_model_name(name)] = LoraRef(
                clean_model_name(name), to_float(row[1]) if len(row) > 1 else None, hash=digest
            )
    for number in range(1, MAX_LORAS):
        text = values.get(f"lora_combined_{number}") or values.get(f"lora_{number}")
        match = LORA_ROW.fullmatch(text) if isinstance(text, str) else None
        if match and real_text(match[1]):
            loras.setdefault(clean_model_name(match[1]), LoraRef(clean_model_name(match[1]), to_float(match[2])))
    for name, weight in named_weights.items():
        loras.setdefault(clean_model_name(name), LoraRef(clean_model_name(name), to_float(weight)))
    return tuple(loras.values())


def _python_list(value: Json) -> list[Json]:
    """Return a list, also one that is printed by Python; otherwise an empty list."""
    if isinstance(value, str) and value[:1] in "[(" and len(value) < 100_000:
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return []
    return list(value) if isinstance(value, list | tuple) else []


def _bracketed_loras(value: Json) -> list[Json]:
    """Return names and weights of the text of 2023, `Loras:<name:1>,<None:0.5>`; a sign for notes follows the name."""
    rows = BRACKETED_LORA.findall(value[:MAX_LORA_CHARACTERS]) if isinstance(value, str) else []
    return [[NOTE_SIGN.sub("", name), weight] for name, weight in rows if real_text(name)]


def parse_ruined(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of Ruined Fooocus, whose keys of prompts begin with capital letters."""
    name = real_text(values.get("base_model_name"))
    loras = []
    for item in _python_list(values.get("loras")) or _bracketed_loras(values.get("loras")):
        if isinstance(item, dict):
            lora, weight = real_text(item.get("name")), to_float(item.get("weight"))
        elif isinstance(item, list | tuple) and item:
            row = [str(part) for part in item]
            if len(row) == 3:  # [hash, weight and name...] of newer versions
                row = row[1:]
            weighted_name = WEIGHT_FIRST.fullmatch(row[-1])
            if weighted_name is not None:
                row = [weighted_name[2], weighted_name[1]]
            lora, weight = row[0], to_float(row[1]) if len(row) > 1 else None
        else:
            match = WEIGHT_FIRST.fullmatch(str(item))
            lora, weight = (match[2], to_float(match[1])) if match else (str(item), None)
        if lora:
            loras.append(LoraRef(clean_model_name(lora), weight))
    return GenerationInfo(
        tool=RUINED,
        tool_version=real_text(values.get("version")),
        prompt=real_text(values.get("Prompt")),
        negative_prompt=real_text(values.get("Negative")),
        models=(ModelRef(clean_model_name(name), real_text(values.get("base_model_hash"))),) if name else (),
        loras=tuple(loras),
        sampler=real_text(values.get("sampler_name")),
        scheduler=real_text(values.get("scheduler")),
        steps=to_int(values.get("steps")),
        cfg=to_float(values.get("cfg")),
        seed=to_int(values.get("seed")),
        width=to_int(values.get("width")),
        height=to_int(values.get("height")),
        denoise=to_float(values.get("denoise")),
        parameters=other_parameters(as_object(values), "Prompt", "Negative"),
        is_generated=True,
    )


def _read_text(entry: Entry) -> DialectResult | None:
    """Return the result for the scheme `a1111`: an infotext with the keys of Fooocus."""
    info = parse_infotext(entry.text)
    if not info.has_settings:
        return None
    base, size = info.get("Base Model", "Model"), parse_size(info.get("Size", "Resolution"))
    loras: list[LoraRef] = []
    weights = _parse_lora_weights(info.get("LoRAs", "Lora weights"))
    for row in (info.get("Lora hashes") or "").split(","):
        name, _, digest = row.strip().rpartition(":")
        if name:
            loras.append(
                LoraRef(clean_model_name(name), weights.get(clean_model_name(name)), hash=digest.split()[0].strip())
            )
    hashed_names = {lora.name for lora in loras}
    loras += [LoraRef(name, weight) for name, weight in weights.items() if name not in hashed_names]
    geninfo = GenerationInfo(
        tool=TOOL,
        tool_version=info.get("Version"),
        prompt=info.get("Raw prompt") or info.prompt or None,
        negative_prompt=info.get("Raw negative prompt") or info.negative or None,
        models=(ModelRef(clean_model_name(base), info.get("Base Model Hash", "Model hash")),) if base else (),
        loras=tuple(loras),
        sampler=info.get("Sampler"),
        scheduler=info.get("Scheduler", "Schedule type"),
        steps=to_int(info.get("Steps")),
        cfg=to_float(info.get("Guidance Scale", "CFG scale")),
        seed=to_int(info.get("Seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        parameters=dict(info.settings),
        source={"text": entry.text.replace("\r\n", "\n").strip("\0 \n"), "prompt": entry.place},
        is_generated=True,
    )
    return DialectResult(100, geninfo)


def _parse_lora_weights(text: str | None) -> dict[str, float | None]:
    weights: dict[str, float | None] = {}
    for item in as_list((text or "").split(",")):
        match = LORA_ROW.fullmatch(item.strip())
        if match:
            weights[clean_model_name(match[1])] = to_float(match[2])
    return weights
