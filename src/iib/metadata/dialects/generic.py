"""Interprets unknown generators whose settings have common names; the fallback of all other dialects."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from iib.metadata.dialects.json_values import PLACEHOLDERS, as_list, as_object, json_object, other_parameters, real_text
from iib.metadata.protocol import Context, DialectResult, Entry
from iib.metadata.values import clean_model_name, find_loras, parse_size, split_schedule, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

SYNONYMS = {
    "prompt": ("prompt", "positiveprompt", "positive", "promptpositive", "textprompt", "inputprompt"),
    "negative": ("negativeprompt", "negative", "uc", "promptnegative", "negprompt"),
    "model": ("model", "modelname", "checkpoint", "basemodel", "modelid", "sdmodel", "modelfilename", "ckpt"),
    "hash": ("modelhash",),
    "sampler": ("sampler", "samplername", "samplingmethod", "ksamplername"),
    "scheduler": ("scheduler", "schedule", "scheduletype", "schedulername", "noiseschedule"),
    "steps": ("steps", "numinferencesteps", "inferencesteps", "samplingsteps", "numsteps"),
    "cfg": ("cfg", "cfgscale", "guidancescale", "scale", "guidance"),
    "seed": ("seed", "noiseseed", "randomseed"),
    "width": ("width",),
    "height": ("height",),
    "size": ("size", "resolution", "dimensions"),
    "denoise": ("denoise", "denoisingstrength", "strength", "denoisestrength"),
    "vae": ("vae", "vaename"),
    "tool": ("software", "generator", "app", "application", "tool", "appname", "generatedby"),
    "version": ("version", "appversion", "softwareversion"),
}
ALL_SYNONYMS = frozenset(chain.from_iterable(SYNONYMS.values()))
NUMBERS = ("steps", "cfg", "seed", "width", "height", "denoise", "size")
WRAPPERS = ("parameters", "params", "metadata", "meta", "settings", "generation", "generationdata", "request", "input")
JSON_SCORE, CHUNK_SCORE = 30, 25
MAX_OBJECT_CHARACTERS = 1_000_000


class GenericDialect:
    """Dialect of unknown generators: a JSON object in any entry, or one entry per setting."""

    name = "generic"

    def read(self, context: Context) -> DialectResult | None:
        """Read the first object with a prompt and at least one number, otherwise all plain entries together."""
        for entry in context.entries:
            if entry.text[:1] == "{" and len(entry.text) <= MAX_OBJECT_CHARACTERS and "class_type" not in entry.text:
                settings = _find_settings(json_object(entry.text) or {})
                if settings:
                    return DialectResult(JSON_SCORE, to_geninfo(settings, entry.place))
        if len(context.entries) >= 2:
            settings = _find_settings({entry.key: entry.text for entry in context.entries if _is_plain(entry)})
            if settings:
                return DialectResult(CHUNK_SCORE, to_geninfo(settings, context.entries[0].place))
        return None


def _is_plain(entry: Entry) -> bool:
    return entry.place not in ("exif", "c2pa", "iptc") and entry.text.lstrip()[:1] not in ("{", "[")


def _find_settings(values: dict[str, Json]) -> dict[str, Json]:
    """Return the settings of the object, or of one inside it, with a prompt and numbers; empty if there is none."""
    for candidate in (values, *(as_object(values[key]) for key in values if _plain_key(key) in WRAPPERS)):
        by_key = {_plain_key(key): value for key, value in candidate.items()}
        if real_text(_first_value(by_key, "prompt")) and any(
            _is_number(_first_value(by_key, name)) for name in NUMBERS
        ):
            return {**{name: _first_value(by_key, name) for name in SYNONYMS}, "all": candidate}
    return {}


def _first_value(by_key: dict[str, Json], name: str) -> Json:
    """Return the value of the first synonym of `name` that is not empty, or None."""
    for key in SYNONYMS[name]:
        if by_key.get(key) not in (None, ""):
            return by_key[key]
    return None


@lru_cache(maxsize=4096)  # the same few keys in every file
def _plain_key(key: str) -> str:
    return "".join(char for char in str(key).lower() if char.isalnum())


def _is_number(value: Json) -> bool:
    return to_float(value) is not None or parse_size(value) is not None


def to_geninfo(settings: dict[str, Json], place: str) -> GenerationInfo:
    """Return the generation info of settings by the names of `SYNONYMS`; `place` is the place of their entry."""
    size = parse_size(settings["size"]) or (to_int(settings["width"]), to_int(settings["height"]))
    model = settings["model"]
    name = real_text(model) or real_text(as_object(model).get("name") or as_object(model).get("model_name"))
    sampler, scheduler = real_text(settings["sampler"]), real_text(settings["scheduler"])
    if sampler and scheduler is None:
        sampler, scheduler = split_schedule(sampler)
    prompt = real_text(settings["prompt"])
    seed = to_int(settings["seed"])
    vae = real_text(settings["vae"])
    everything: dict[str, Json] = settings["all"]
    used = tuple(key for key in everything if _plain_key(key) in ALL_SYNONYMS)
    return GenerationInfo(
        tool=real_text(settings["tool"]),
        tool_version=real_text(settings["version"]),
        prompt=prompt,
        negative_prompt=real_text(settings["negative"]),
        models=(ModelRef(clean_model_name(name), real_text(settings["hash"])),) if name else (),
        loras=_loras(everything, prompt or ""),
        vae=clean_model_name(vae) if vae else None,
        sampler=sampler,
        scheduler=scheduler,
        steps=to_int(settings["steps"]) or None,
        cfg=to_float(settings["cfg"]),
        seed=seed if seed is not None and seed >= 0 else None,
        width=size[0],
        height=size[1],
        denoise=to_float(settings["denoise"]),
        parameters=other_parameters(everything, *used),
        source={"prompt": place},
        is_generated=True,
    )


def _loras(values: dict[str, Json], prompt: str) -> tuple[LoraRef, ...]:
    loras = {lora.name: lora for lora in find_loras(prompt)}
    for item in as_list(values.get("loras") or values.get("lora"))[:100]:
        fields = as_object(item) if isinstance(item, dict) else {"name": item}
        name = real_text(fields.get("name") or fields.get("model") or fields.get("path"))
        if name and name.lower() not in PLACEHOLDERS:
            weight = to_float(fields.get("weight", fields.get("strength", fields.get("scale"))))
            loras.setdefault(clean_model_name(name), LoraRef(clean_model_name(name), weight))
    return tuple(loras.values())
