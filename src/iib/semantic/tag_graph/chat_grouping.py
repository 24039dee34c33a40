"""Groups of keywords by a chat model: what it is asked, and what of its answer is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from iib._lib.text_folding import fold
from iib.errors import ProviderUnusable
from iib.model import Json
from iib.semantic.tag_graph.graph import Grouping, KeywordGroup, SuperGroup, Tag

LABEL_CHARS = 40
KEYWORD_CHARS = 80
LEAST, MOST = 5, 15  # groups that are asked for
LEAST_SUPERS, MOST_SUPERS = 2, 5
TEXTS: Json = {"type": "array", "items": {"type": "string"}}
TOOL: Json = {
    "name": "group_keywords",
    "description": "Sort the keywords of a picture library into groups.",
    "parameters": {
        "type": "object",
        "properties": {
            "groups": {
                "type": "array",
                "description": f"{LEAST} to {MOST} groups; every keyword in exactly one",
                "items": {
                    "type": "object",
                    "properties": {
                        "label": {"type": "string"},
                        "keywords": {"type": "array", "items": {"type": "string"}},
                    },
                    "required": ["label", "keywords"],
                },
            },
            "super_groups": {
                "type": "array",
                "description": f"optional: {LEAST_SUPERS} to {MOST_SUPERS} groups of groups, by their labels",
                "items": {
                    "type": "object",
                    "properties": {
                        "label": {"type": "string"},
                        "groups": {"type": "array", "items": {"type": "string"}},
                    },
                    "required": ["label", "groups"],
                },
            },
        },
        "required": ["groups"],
    },
}


def messages(tags: Sequence[Tag], language: str) -> list[dict[str, str]]:
    """The question. Keywords are data: they stand apart from the instructions, as JSON."""
    instructions = (
        "You sort keywords of a library of AI-generated pictures. You get a JSON array of keywords, the most frequent "
        f"first. Make {LEAST} to {MOST} groups by what the keywords are about (fewer if there are few keywords), and "
        "put every keyword into exactly one group, spelled as it was given. Add no keywords. If the groups fall into "
        f"{LEAST_SUPERS} to {MOST_SUPERS} larger fields, name these as super groups of whole groups; else leave them "
        f"out. Labels are short, at most {LABEL_CHARS} characters, and written in {language}. Answer with strict JSON "
        '{"groups": [{"label": "...", "keywords": ["..."]}], "super_groups": [{"label": "...", "groups": ["label"]}]} '
        "and nothing else."
    )
    words = [tag.label[:KEYWORD_CHARS] for tag in tags]
    return [
        {"role": "system", "content": instructions},
        {"role": "user", "content": json.dumps(words, ensure_ascii=False)},
    ]


def grouping_of(answer: Json, tags: Sequence[Tag]) -> Grouping:
    """What the model said, as far as it is true: unknown keywords are left out, a keyword stays where it came first,
    groups of one label are one, empty ones are none. Raises `ProviderUnusable` if nothing is left."""
    known = {fold(tag.label[:KEYWORD_CHARS]): tag.key for tag in tags}
    taken: set[str] = set()
    found: dict[str, tuple[str, list[str]]] = {}
    for label, words in _entries(answer, "groups", "keywords"):
        keys = [known[word] for word in map(_folded, words) if word in known]
        fresh = [key for key in dict.fromkeys(keys) if key not in taken]
        if fresh:
            taken.update(fresh)
            found.setdefault(fold(label), (label, []))[1].extend(fresh)
    if not found:
        raise ProviderUnusable("the model sorted no keyword into any group")
    groups = tuple(KeywordGroup(label, tuple(keys)) for label, keys in found.values())
    return Grouping(groups, _supers(answer, list(found)))


def _supers(answer: Json, labels: Sequence[str]) -> tuple[SuperGroup, ...]:
    """Larger fields, if at least two of them have groups."""
    places = {label: place for place, label in enumerate(labels)}
    taken: set[int] = set()
    found: dict[str, tuple[str, list[int]]] = {}
    for label, names in _entries(answer, "super_groups", "groups"):
        own = [places[name] for name in map(_folded, names) if name in places]
        fresh = [place for place in dict.fromkeys(own) if place not in taken]
        if fresh:
            taken.update(fresh)
            found.setdefault(fold(label), (label, []))[1].extend(fresh)
    if len(found) < LEAST_SUPERS:
        return ()
    return tuple(SuperGroup(label, tuple(own)) for label, own in found.values())


def _entries(answer: Json, name: str, members: str) -> Iterator[tuple[str, list[str]]]:
    """(label, texts) of each entry that has both."""
    listed = answer.get(name) if isinstance(answer, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        label = entry.get("label") if isinstance(entry, dict) else None
        words = entry.get(members) if isinstance(entry, dict) else None
        if isinstance(label, str) and label.strip() and isinstance(words, list):
            yield " ".join(label.split())[:LABEL_CHARS], [word for word in words if isinstance(word, str)]


def _folded(text: str) -> str:
    return fold(" ".join(text.split())[:KEYWORD_CHARS])


def dump(grouping: Grouping) -> str:
    """As JSON text."""
    return json.dumps(asdict(grouping), ensure_ascii=False)


def load(text: str) -> Grouping:
    """The inverse of `dump`."""
    found = json.loads(text)
    return Grouping(
        tuple(KeywordGroup(item["label"], tuple(item["keys"])) for item in found["groups"]),
        tuple(SuperGroup(item["label"], tuple(item["groups"])) for item in found["supers"]),
    )
