"""What only tells that and by whom a picture was generated: C2PA claims, IPTC source types, AIGC labels.

No signature is checked: this says what the file claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
IPTC_KEYS = frozenset((*CREDIT_KEYS, *SOURCE_KEYS))
WITH_TOOL, WITHOUT_TOOL = 20, 10
BFL_MAKER = "Black Forest Labs"


class ProvenanceDialect:
    """Tool and a "generated" mark, nothing else; what any other dialect reads comes first."""

    name = "provenance"

    def read(self, context: Context) -> DialectResult | None:
        """Each kind of mark by itself; a C2PA claim tells most."""
        if len(context.entries) == 1 and context.entries[0].key == "parameters":
            return None  # the usual file, of which there are many
        for reader in (_read_c2pa, _read_label, _read_maker, _read_iptc):
            geninfo = reader(context)
            if geninfo is not None:
                return DialectResult(WITH_TOOL if geninfo.tool else WITHOUT_TOOL, geninfo)
        return None


def _read_c2pa(context: Context) -> GenerationInfo | None:
    values: dict[str, list[str]] = {}
    for entry in context.entries:
        if entry.place == "c2pa":
            values.setdefault(entry.key, []).append(entry.text)
    if not values:
        return None
    is_generated = any(text.lower().endswith(GENERATED) for text in values.get("source_type", ()))
    parameters = {
        label: ", ".join(dict.fromkeys(values[key]))
        for key, label in (
            ("claim_generator", "Claim generator"),
            ("generator_name", "Generator"),
            ("software_agent", "Software agent"),
            ("issuer", "Signed by"),
            ("source_type", "Digital source type"),
        )
        if key in values
    }
    tool = _producer(values) if is_generated else None
    return GenerationInfo(tool=tool, is_generated=is_generated or None, parameters=parameters)


def _producer(values: dict[str, list[str]]) -> str | None:
    texts = [text for key in AGENT_KEYS for text in values.get(key, ())]
    found = known_producer(texts)
    if found is not None:
        return found
    names = [text for key in AGENT_KEYS[:2] for text in values.get(key, ()) if not LIBRARIES.search(text)]
    names += [text.split("/")[0].split(" ")[0] for text in values.get("claim_generator", ())]
    return next((name.replace("_", " ") for name in names if name and not LIBRARIES.search(name)), None)


def known_producer(texts: list[str]) -> str | None:
    """The producer named in the first text that names one."""
    for text in texts:
        for pattern, tool in PRODUCERS:
            if pattern.search(text[:500]):
                return tool
    return None


def _read_label(context: Context) -> GenerationInfo | None:
    """The label that Chinese law asks for: `aigc_info` in a comment, or an `AIGC` object."""
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
        tool = source.capitalize() if source else known_producer([producer])
        parameters = {str(name): str(value)[:300] for name, value in label.items() if isinstance(value, str | int)}
        return GenerationInfo(tool=tool, is_generated=True, parameters=parameters)
    return None


def _read_maker(context: Context) -> GenerationInfo | None:
    """FLUX' own scripts name maker and model as a camera would."""
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


def _read_iptc(context: Context) -> GenerationInfo | None:
    if context.keys.isdisjoint(IPTC_KEYS):
        return None
    texts = {entry.key.lower(): entry.text for entry in context.entries}
    source = next((texts[key] for key in SOURCE_KEYS if key in texts), "")
    credit = next((texts[key] for key in CREDIT_KEYS if key in texts), "")
    is_generated = source.lower().rstrip("/").endswith(GENERATED)
    made_with = re.search(r"(?:made|edited|created) with (?:google )?ai", credit, re.IGNORECASE)
    if not is_generated and made_with is None:
        return None
    tool = known_producer(list(_software(texts, credit)))
    parameters = {key: text for key, text in (("Digital source type", source), ("Credit", credit)) if text}
    return GenerationInfo(tool=tool, is_generated=True, parameters=parameters)


def _software(texts: dict[str, str], credit: str) -> Iterator[str]:
    yield credit
    for key in ("xmp:creatortool", "software", "creatortool", "dc:creator", "make"):
        if key in texts:
            yield texts[key]
