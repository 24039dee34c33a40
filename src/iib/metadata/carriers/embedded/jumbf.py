"""Reads C2PA manifests in JUMBF boxes (ISO/IEC 19566-5): the claimed producer. Signatures are not checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

import orjson

from iib.errors import MetadataError
from iib.metadata.carriers.embedded.cbor import loads_cbor
from iib.metadata.protocol import Entry
from iib.model import Json

MAX_BOXES = 2_000
MAX_DEPTH = 8
MAX_CONTENT = 1 << 20
ORGANISATION = re.compile(
    rb"\x06\x03\x55\x04\x0a[\x0c\x13](.)", re.DOTALL
)  # OID 2.5.4.10, UTF8String or PrintableString
OTHER_MANIFEST = "other."
MAX_C2PA_ENTRIES = 200
CLAIMS = ("c2pa.claim", "c2pa.claim.v2")
ACTIONS = ("c2pa.actions", "stds.schema-org")
METADATA = ("stds.iptc", "c2pa.metadata", "cawg.metadata")
MANIFEST_TYPES = (b"c2ma", b"c2um", b"c2cm")  # beginning of the types: manifest, update manifest, compressed manifest
MANIFEST_LABELS = ("urn:uuid:", "urn:c2pa:", "contentauth:")
GENERATED = "trainedalgorithmicmedia"  # also the end of compositeWithTrainedAlgorithmicMedia


def read_jumbf(data: bytes) -> list[Entry]:
    """Return the entries of all manifests: generator, agents, source types, issuer.

    The newest manifest that says the picture was generated comes first, otherwise the active one. The keys of entries
    of all others begin with `OTHER_MANIFEST`: a later step, such as a watermark or a download, often adds a manifest
    of its own that says nothing about the origin.
    """
    manifests: list[list[Entry]] = [[]]
    boxes_left = [MAX_BOXES]
    for label, kind, body in _iter_content_boxes(data, "", 0, boxes_left):
        if kind == b"jumd" and (body in MANIFEST_TYPES or label.startswith(MANIFEST_LABELS)):
            manifests.append([])
        elif label == "c2pa.signature" and kind == b"cbor":
            match = ORGANISATION.search(body)
            if match is not None:
                start = match.end()
                issuer = body[start : start + match[1][0]].decode("utf-8", "replace")
                manifests[-1].append(_entry("issuer", issuer))
        elif kind in (b"cbor", b"json"):
            manifests[-1] += _content_entries(label, kind, body)
    newest_first = [entries for entries in reversed(manifests) if entries]
    newest_first.sort(key=_is_generated, reverse=True)  # stable
    unique = dict.fromkeys(entry for entries in newest_first[:1] for entry in entries if entry.text)
    for entry in chain.from_iterable(newest_first[1:]):
        if entry.text:
            unique.setdefault(Entry(entry.place, OTHER_MANIFEST + entry.key, entry.text))
    return list(unique)[:MAX_C2PA_ENTRIES] or [Entry("c2pa", "manifest", "present")]


def _content_entries(label: str, kind: bytes, body: bytes) -> Iterator[Entry]:
    if label in CLAIMS:
        read: Callable[[dict[str, Json]], Iterator[Entry]] = _claim_entries
    elif label.startswith(ACTIONS):
        read = _action_entries
    elif label.startswith(METADATA):
        read = _metadata_entries
    else:
        return
    value = _decode(kind, body)
    if isinstance(value, dict):
        yield from read(value)


def _is_generated(entries: list[Entry]) -> bool:
    return any(entry.key == "source_type" and entry.text.lower().endswith(GENERATED) for entry in entries)


def _entry(key: str, value: Json) -> Entry:
    return Entry("c2pa", key, value.strip()[:500] if isinstance(value, str) else "")


def _decode(kind: bytes, body: bytes) -> Json:
    try:
        return loads_cbor(body) if kind == b"cbor" else orjson.loads(body)
    except (MetadataError, orjson.JSONDecodeError):
        return None


def _claim_entries(claim: dict[str, Json]) -> Iterator[Entry]:
    yield _entry("claim_generator", claim.get("claim_generator"))
    info = claim.get("claim_generator_info")
    for item in (info if isinstance(info, list) else [info])[:8]:
        if isinstance(item, dict):
            yield _entry("generator_name", item.get("name"))
            yield _entry("generator_version", item.get("version"))
    yield _entry("title", claim.get("dc:title"))


def _action_entries(assertion: dict[str, Json]) -> Iterator[Entry]:
    actions = assertion.get("actions")
    for action in (actions if isinstance(actions, list) else [])[:32]:
        if not isinstance(action, dict):
            continue
        agent = action.get("softwareAgent")
        yield _entry("software_agent", agent.get("name") if isinstance(agent, dict) else agent)
        yield _entry("source_type", action.get("digitalSourceType"))
        yield _entry("description", action.get("description"))
    author = assertion.get("author")
    for item in (author if isinstance(author, list) else [])[:4]:
        if isinstance(item, dict):
            yield _entry("author", item.get("name"))


def _metadata_entries(assertion: dict[str, Json]) -> Iterator[Entry]:
    """Yield the source type of IPTC metadata in JSON-LD; the prefix of its name may differ."""
    for key, value in list(assertion.items())[:100]:
        if key.lower().rpartition(":")[2] == "digitalsourcetype":
            yield _entry("source_type", value)


def _iter_content_boxes(
    data: bytes, label: str, depth: int, boxes_left: list[int]
) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield (label of the superbox, type, body) of every content box, in file order; `boxes_left` holds the limit.

    The body of a description box is the beginning of the type of its superbox.
    """
    position = 0
    while position + 8 <= len(data) and boxes_left[0] > 0:
        boxes_left[0] -= 1
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        start = 8
        if length == 1:
            length, start = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif length == 0:
            length = len(data) - position
        if length < start:
            return
        body = data[position + start : position + length]
        position += length
        if kind == b"jumb":
            if depth < MAX_DEPTH:
                yield from _iter_content_boxes(body, label, depth + 1, boxes_left)
        elif kind == b"jumd":
            label = body[17:].partition(b"\0")[0].decode("utf-8", "replace") if len(body) > 17 and body[16] & 2 else ""
            yield label, kind, body[:4]
        else:
            yield label, kind, body[:MAX_CONTENT]
