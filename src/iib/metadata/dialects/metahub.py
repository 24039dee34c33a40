"""Interprets the save nodes of Image MetaHub for ComfyUI: a JSON object beside an infotext of the same picture."""

from __future__ import annotations

from dataclasses import replace

from iib.metadata.dialects.json_values import as_list, as_object, json_object, real_text
from iib.metadata.dialects.webui.a1111 import to_geninfo
from iib.metadata.dialects.webui.infotext import parse_infotext
from iib.metadata.protocol import Context, DialectResult
from iib.metadata.values import clean_model_name, to_float, to_int
from iib.model import GenerationInfo, Json, LoraRef, ModelRef

TOOL = "ComfyUI"
KEY = "imagemetahub_data"
MARKS = ("imh_pro", "imh_attribution")  # keys of the object, which has no name of its own in EXIF and videos
GUESSED = frozenset(("default", "unknown"))
SOURCE_NAMES = {"prompt": "positive", "negativePrompt": "negative", "model": "model_name", "vae": "vae_name"}
TEXT_KEYS = ("parameters", "UserComment", "description")
ORDINARY_SCHEDULE = "normal"
SCORE = 80  # above infotext, below the graph


class MetaHubDialect:
    """Dialect of the save nodes of Image MetaHub. Files are recognised by the chunk or the keys of the object."""

    name = "metahub"
    keys = frozenset((KEY, "imagedescription", "comment"))

    def read(self, context: Context) -> DialectResult | None:
        """Read the object; values that the infotext states take precedence, except LoRAs, whose weights it lacks."""
        for entry in context.entries:
            if entry.key.lower() not in self.keys or entry.text[:1] != "{":
                continue
            values = json_object(entry.text)
            if values is None or (entry.key.lower() != KEY and not any(mark in values for mark in MARKS)):
                continue
            geninfo = parse_metahub(values)
            text = context.find(*TEXT_KEYS)
            info = parse_infotext(text.text) if text is not None and "Steps: " in text.text else None
            if text is not None and info is not None and info.has_settings:
                stated = to_geninfo(info, {"text": text.text.strip("\0 \n"), "prompt": text.place})
                geninfo = _joined(stated, geninfo)
            return DialectResult(SCORE, geninfo)
        return None


def _schedule(stated: GenerationInfo, geninfo: GenerationInfo) -> str | None:
    """Return the schedule, which only the object names. Infotext leaves out the ordinary one, so it stays unnamed."""
    return stated.scheduler or (geninfo.scheduler if geninfo.scheduler != ORDINARY_SCHEDULE else None)


def _joined(stated: GenerationInfo, geninfo: GenerationInfo) -> GenerationInfo:
    return replace(
        stated,
        tool=TOOL,
        loras=_hashed(geninfo.loras, stated.loras) or stated.loras,
        scheduler=_schedule(stated, geninfo),
        vae=stated.vae or geninfo.vae,
        denoise=geninfo.denoise if stated.denoise is None else stated.denoise,
        is_generated=True,
    )


def _hashed(loras: tuple[LoraRef, ...], stated: tuple[LoraRef, ...]) -> tuple[LoraRef, ...]:
    hashes = {lora.name: lora.hash for lora in stated}
    return tuple(replace(lora, hash=hashes.get(lora.name)) for lora in loras)


def parse_metahub(values: dict[str, Json]) -> GenerationInfo:
    """Return the generation info of the object, without values that the node only guessed."""
    sources = as_object(values.get("metadata_sources"))

    def known(key: str) -> Json:
        return None if sources.get(SOURCE_NAMES.get(key, key)) in GUESSED else values.get(key)

    model, vae = real_text(known("model")), real_text(known("vae"))
    loras = []
    for item in as_list(values.get("loras"))[:100]:
        name = real_text(as_object(item).get("name"))
        if name:
            loras.append(LoraRef(clean_model_name(name), to_float(as_object(item).get("weight"))))
    return GenerationInfo(
        tool=TOOL,
        prompt=real_text(known("prompt")),
        negative_prompt=real_text(known("negativePrompt")),
        models=(ModelRef(clean_model_name(model), real_text(values.get("model_hash"))),) if model else (),
        loras=tuple(loras),
        vae=clean_model_name(vae) if vae else None,
        sampler=real_text(known("sampler_name")),
        scheduler=real_text(known("scheduler")),
        steps=to_int(known("steps")) or None,
        cfg=to_float(known("cfg")),
        seed=to_int(known("seed")),
        width=to_int(values.get("width")) or None,
        height=to_int(values.get("height")) or None,
        denoise=to_float(known("denoise")),
        is_generated=True,
    )
