"""Interprets provenance marks: C2PA claims, IPTC source types and AIGC labels.

They name the producer of a generated image and no settings. Signatures are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iib.metadata.carriers.embedded.jumbf import OTHER_MANIFEST
from iib.metadata.dialects.json_values import as_object, json_object, real_text
from iib.metadata.protocol import Context, DialectResult
from iib.model import GenerationInfo, ModelRef

GENERATED = "trainedalgorithmicmedia"  # also the end of compositeWithTrainedAlgorithmicMedia
PRODUCERS = tuple(
    (re.compile(pattern, re.IGNORECASE), tool)
    for pattern, tool in (
        (r"firefly", "Adobe Firefly"),
        (r"dall[\s·.-]?e", "DALL-E"),
        (r"\bsora\b", "OpenAI Sora"),
        (r"chatgpt", "OpenAI ChatGPT"),
        (r"gpt-?image", "GPT-Image"),
        (r"gpt-?4o|openai", "OpenAI"),
        (r"bing image creator", "Bing Image Creator"),
        (r"microsoft.*designer|designer.*microsoft", "Microsoft Designer"),
        (r"copilot", "Microsoft Copilot"),
        (r"\bmicrosoft\b|\bbing\b", "Microsoft"),
        (r"\bveo\b", "Google Veo"),
        (r"imagen|gemini|google.*generative|google.*\bai\b", "Google Gemini"),
        (r"google", "Google Gemini"),
        (r"midjourney", "Midjourney"),
        (r"stability", "Stability AI"),
        (r"leonardo", "Leonardo.Ai"),
        (r"ideogram", "Ideogram"),
        (r"runway", "Runway"),
        (r"black forest|\bflux\b", "FLUX"),
        (r"titan|nova canvas|amazon", "Amazon"),
        (r"\bgrok\b|\bxai\b", "Grok"),
        (r"\bmeta ai\b|imagine with meta", "Meta AI"),
        (r"photoshop", "Adobe Photoshop"),
        (r"recraft", "Recraft"),
        (r"canva", "Canva"),
    )
)
LIBRARIES = re.compile(r"c2pa|toolkit|library|\bsdk\b|contentauth", re.IGNORECASE)
AGENT_KEYS = ("software_agent", "generator_name", "claim_generator", "author", "description", "issuer")
CREDIT_KEYS = ("photoshop:credit", "iptc:credit", "credit")
SOURCE_KEYS = ("digitalsourcetype", "iptcext:digitalsourcetype")
AI_SYSTEM, AI_VERSION, AI_PROMPT = "iptcext:aisystemused", "iptcext:aisystemversionused", "iptcext:aipromptinformation"
IPTC_KEYS = frozenset((*CREDIT_KEYS, *SOURCE_KEYS, AI_SYSTEM, AI_PROMPT))
WITH_TOOL, WITHOUT_TOOL = 20, 10
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SIGNATURE = re.compile(r"Signature: ?[A-Za-z0-9+/_-]{40,4096}={0,2}")
BFL_MAKER = "Black Forest Labs"


class ProvenanceDialect:
    """Dialect of provenance marks: generator and `is_generated` only. Every other dialect has a higher score."""

    name = "provenance"

    def read(self, context: Context) -> DialectResult | None:
        """Read the first kind of mark that the file has; C2PA claims come first, because they contain most."""
        if len(context.entries) == 1 and context.entries[0].key == "parameters":
            return None  # the most common kind of file
        for reader in (_read_c2pa, _read_label, _read_maker, _read_grok, _read_iptc):
            geninfo = reader(context)
            if geninfo is not None:
                return DialectResult(WITH_TOOL if geninfo.tool else WITHOUT_TOOL, geninfo)
        return None


def _read_c2pa(context: Context) -> GenerationInfo | None:
    values: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}  # of manifests that do not say who generated the picture
    for entry in context.entries:
        if entry.place == "c2pa":
            group = others if entry.key.startswith(OTHER_MANIFEST) else values
            group.setdefault(entry.key.removeprefix(OTHER_MANIFEST), []).append(entry.text)
    if not values:
        return None
    is_generated = any(text.lower().endswith(GENERATED) for text in values.get("source_type", ()))
    parameters = {
        label: ", ".join(dict.fromkeys((*values.get(key, ()), *others.get(key, ()))))
        for key, label in (
            ("claim_generator", "Claim generator"),
            ("generator_name", "Generator"),
            ("software_agent", "Software agent"),
            ("issuer", "Signed by"),
            ("source_type", "Digital source type"),
        )
        if key in values or key in others
    }
    tool = _producer(values) or _producer(others) if is_generated else None
    return GenerationInfo(tool=tool, is_generated=is_generated or None, parameters=parameters)


def _producer(values: dict[str, list[str]]) -> str | None:
    texts = [text for key in AGENT_KEYS for text in values.get(key, ())]
    producer = find_producer(texts)
    if producer is not None:
        return producer
    names = [text for key in AGENT_KEYS[:2] for text in values.get(key, ()) if not LIBRARIES.search(text)]
    names += [text.split("/")[0].split(" ")[0] for text in values.get("claim_generator", ())]
    return next((name.replace("_", " ") for name in names if name and not LIBRARIES.search(name)), None)


def find_producer(texts: list[str]) -> str | None:
    """Return the first known producer in these texts, or None.

    >>> find_producer(["c2pa-rs", "Adobe Firefly 3"])
    'Adobe Firefly'
    """
    for text in texts:
        for pattern, tool in PRODUCERS:
            if pattern.search(text[:500]):
                return tool
    return None


def _read_label(context: Context) -> GenerationInfo | None:
    """Read the label that Chinese law requires: `aigc_info` in a comment, or an `AIGC` object."""
    for entry in context.entries:
        key = entry.key.lower()
        if "aigc" not in entry.text[:2000].lower() and "aigc" not in key:
            continue
        values = json_object(entry.text) or {}
        label = as_object(values.get("aigc_info") or values.get("AIGC")) or (values if "aigc" in key else {})
        if not label:
            continue
        source = real_text(label.get("source_info")) or real_text(label.get("source"))
        producer = real_text(label.get("ContentProducer")) or ""
        tool = source.capitalize() if source else find_producer([producer])
        parameters = {str(name): str(value)[:300] for name, value in label.items() if isinstance(value, str | int)}
        return GenerationInfo(tool=tool, is_generated=True, parameters=parameters)
    return None


def _read_maker(context: Context) -> GenerationInfo | None:
    """Read the EXIF tags of the FLUX scripts, which name maker and model as cameras do."""
    maker, software = context.find("Make"), context.find("Software")
    marked = software is not None and software.text.lower().startswith("ai generated")
    if not marked and (maker is None or maker.text.strip() != BFL_MAKER):
        return None
    model, description = context.find("Model"), context.find("ImageDescription")
    return GenerationInfo(
        tool="FLUX" if maker is not None and maker.text.strip() == BFL_MAKER else None,
        prompt=real_text(description.text) if description is not None else None,
        models=(ModelRef(model.text.strip()),) if model is not None and marked else (),
        is_generated=True,
    )


def _read_grok(context: Context) -> GenerationInfo | None:
    """Read the signature of Grok, which has no name in it: a signature as description and an identifier as artist."""
    description, artist = context.find("ImageDescription"), context.find("Artist")
    if description is None or artist is None or UUID.fullmatch(artist.text.strip()) is None:
        return None
    is_signed = SIGNATURE.fullmatch(description.text.strip()) is not None
    return GenerationInfo(tool="Grok", is_generated=True) if is_signed else None


def _read_iptc(context: Context) -> GenerationInfo | None:
    """Read source type and credit, and the properties for generated images of IPTC 2025.1."""
    if context.keys.isdisjoint(IPTC_KEYS):
        return None
    texts = {entry.key.lower(): entry.text for entry in context.entries}
    source = next((texts[key] for key in SOURCE_KEYS if key in texts), "")
    credit = next((texts[key] for key in CREDIT_KEYS if key in texts), "")
    is_generated = source.lower().rstrip("/").endswith(GENERATED)
    made_with = re.search(r"(?:made|edited|created) with (?:google )?ai", credit, re.IGNORECASE)
    system, prompt = real_text(texts.get(AI_SYSTEM)), real_text(texts.get(AI_PROMPT))
    if not is_generated and made_with is None and system is None and prompt is None:
        return None
    tool = find_producer(list(_software(texts, credit))) if system is None else find_producer([system]) or system
    parameters = {key: text for key, text in (("Digital source type", source), ("Credit", credit)) if text}
    version = real_text(texts.get(AI_VERSION))
    return GenerationInfo(tool=tool, tool_version=version, prompt=prompt, is_generated=True, parameters=parameters)


def _software(texts: dict[str, str], credit: str) -> Iterator[str]:
    yield credit
    for key in ("xmp:creatortool", "software", "creatortool", "dc:creator", "make"):
        if key in texts:
            yield texts[key]
