"""Grouping of keywords by a chat model: the request, and the validation of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from iib._lib.text_folding import fold
from iib.errors import ProviderUnusable
from iib.model import Json
from iib.semantic.tag_graph.graph import Grouping, Keyword, KeywordGroup, SuperGroup

LABEL_CHARS = 40
KEYWORD_CHARS = 80
MIN_GROUPS, MAX_GROUPS = 5, 15  # requested from the model
MIN_SUPER_GROUPS, MAX_SUPER_GROUPS = 2, 5
TEXTS: Json = {"type": "array", "items": {"type": "string"}}
TOOL: Json = {
    "name": "group_keywords",
    "description": "Sort the keywords of a picture library into groups.",
    "parameters": {
        "type": "object",
        "properties": {
            "groups": {
                "type": "array",
                "description": f"{MIN_GROUPS} to {MAX_GROUPS} groups; every keyword in exactly one",
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
                "description": f"optional: {MIN_SUPER_GROUPS} to {MAX_SUPER_GROUPS} groups of groups, by their labels",
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


def messages(keywords: Sequence[Keyword], language: str) -> list[dict[str, str]]:
    """The messages of the request. Keywords are data, so they are JSON in a message without instructions."""
    instructions = (
        "You sort keywords of a library of AI-generated pictures. You get a JSON array of keywords, the most frequent "
        f"first. Make {MIN_GROUPS} to {MAX_GROUPS} groups by what the keywords are about "
        "(fewer if there are few keywords), and put every keyword into exactly one group, spelled as it was given. "
        "Add no keywords. If the groups fall into "
        f"{MIN_SUPER_GROUPS} to {MAX_SUPER_GROUPS} larger fields, name these as super groups of whole "
        f"groups; else leave them out. "
        f"Labels are short, at most {LABEL_CHARS} characters, and written in {language}. Answer with strict JSON "
        '{"groups": [{"label": "...", "keywords": ["..."]}], "super_groups": [{"label": "...", "groups": ["label"]}]} '
        "and nothing else."
    )
    words = [keyword.label[:KEYWORD_CHARS] for keyword in keywords]
    return [
        {"role": "system", "content": instructions},
        {"role": "user", "content": json.dumps(words, ensure_ascii=False)},
    ]


def grouping_of(answer: Json, keywords: Sequence[Keyword]) -> Grouping:
    """The valid part of an answer of the model. Raises `ProviderUnusable` if no group is valid.

    Unknown keywords and empty groups are dropped, a keyword is in its first group only, and groups with the same label
    are merged.
    """
    keys_by_label = {fold(keyword.label[:KEYWORD_CHARS]): keyword.key for keyword in keywords}
    taken: set[str] = set()
    groups_by_label: dict[str, tuple[str, list[str]]] = {}
    for label, words in _entries(answer, "groups", "keywords"):
        keys = [keys_by_label[word] for word in map(_folded, words) if word in keys_by_label]
        fresh = [key for key in dict.fromkeys(keys) if key not in taken]
        if fresh:
            taken.update(fresh)
            groups_by_label.setdefault(fold(label), (label, []))[1].extend(fresh)
    if not groups_by_label:
        raise ProviderUnusable("the model sorted no keyword into any group")
    groups = tuple(KeywordGroup(label, tuple(keys)) for label, keys in groups_by_label.values())
    return Grouping(groups, _super_groups(answer, list(groups_by_label)))


def _super_groups(answer: Json, labels: Sequence[str]) -> tuple[SuperGroup, ...]:
    """The super-groups of an answer; none if fewer than two of them have groups."""
    positions = {label: position for position, label in enumerate(labels)}
    taken: set[int] = set()
    positions_by_label: dict[str, tuple[str, list[int]]] = {}
    for label, names in _entries(answer, "super_groups", "groups"):
        named = [positions[name] for name in map(_folded, names) if name in positions]
        fresh = [position for position in dict.fromkeys(named) if position not in taken]
        if fresh:
            taken.update(fresh)
            positions_by_label.setdefault(fold(label), (label, []))[1].extend(fresh)
    if len(positions_by_label) < MIN_SUPER_GROUPS:
        return ()
    return tuple(SuperGroup(label, tuple(members)) for label, members in positions_by_label.values())


def _entries(answer: Json, name: str, members: str) -> Iterator[tuple[str, list[str]]]:
    """(label, texts) of each entry with both values."""
    listed = answer.get(name) if isinstance(answer, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        label = entry.get("label") if isinstance(entry, dict) else None
        words = entry.get(members) if isinstance(entry, dict) else None
        if isinstance(label, str) and label.strip() and isinstance(words, list):
            yield " ".join(label.split())[:LABEL_CHARS], [word for word in words if isinstance(word, str)]


def _folded(text: str) -> str:
    return fold(" ".join(text.split())[:KEYWORD_CHARS])


def dump(grouping: Grouping) -> str:
    """The grouping as JSON text, for the store."""
    groups = [asdict(group) for group in grouping.groups]
    super_groups = [asdict(group) for group in grouping.super_groups]
    return json.dumps({"groups": groups, "supers": super_groups}, ensure_ascii=False)


def load(text: str) -> Grouping:
    """The grouping from the text of `dump`."""
    values = json.loads(text)
    return Grouping(
        tuple(KeywordGroup(item["label"], tuple(item["keys"])) for item in values["groups"]),
        tuple(SuperGroup(item["label"], tuple(item["groups"])) for item in values["supers"]),
    )
