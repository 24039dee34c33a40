"""Auto-tag rules: assign tags to files by their metadata. Pure.

A rule is `{"tag": name, "filters": [{"field", "operator", "value"}]}`. It matches if all its filters match; a rule
without filters never matches. Patterns run on RE2 in linear time. Texts are compared in composed spelling (NFC).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import re2

from iib._lib.text_folding import compose
from iib.errors import InvalidRequest
from iib.metadata import prompt_terms, settings_of, split_prompt_terms
from iib.model import GenerationInfo, Json
from iib.tags.name_rules import tag_name

RULES_PREFERENCE = "auto_tag_rules"
OPERATORS = ("contains", "equals", "regex")
MAX_RULES = 1_000
MAX_FILTERS = 50
MAX_VALUE = 2_000
MAX_PATTERNS = 1_000  # regular expressions of all rules together
ALL_PATTERNS_MEMORY = 64 << 20  # bytes for the regular expressions of all rules; one may take an eighth of it


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one field. `value` None, unknown operators and bad patterns never match."""

    field: str
    operator: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A tag and the filters that a file must match to get it."""

    tag: str
    filters: tuple[Filter, ...]


def check_rules(json_text: str) -> tuple[Rule, ...]:
    """Validate the rules of a preference. Raises `InvalidRequest` that names the rule and the mistake."""
    try:
        raw = json.loads(json_text)
    except ValueError as error:
        raise InvalidRequest(f"the rules are not JSON: {error}") from error
    if raw is None:
        return ()
    if not isinstance(raw, list) or len(raw) > MAX_RULES:
        raise InvalidRequest(f"the rules must be a list of at most {MAX_RULES}")
    count = sum(_count_patterns(item) for item in raw)
    if count > MAX_PATTERNS:
        raise InvalidRequest(f"the rules have more than {MAX_PATTERNS} regular expressions")
    return tuple(check_rule(item, f"rule {number}", count) for number, item in enumerate(raw, 1))


def check_rule(raw: Json, place: str = "the rule", pattern_count: int = 0) -> Rule:
    """Validate one rule; `place` names it in messages. Raises `InvalidRequest`.

    `pattern_count` is the number of regular expressions that share the memory; 0: those of this rule.

    >>> check_rule({"tag": "cats", "filters": [{"field": "pos_prompt", "operator": "contains", "value": "cat"}]})
    Rule(tag='cats', filters=(Filter(field='pos_prompt', operator='contains', value='cat'),))
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("tag"), str):
        raise InvalidRequest(f"{place} needs a tag and filters")
    filters = raw.get("filters", [])
    if not isinstance(filters, list) or len(filters) > MAX_FILTERS or not all(isinstance(i, dict) for i in filters):
        raise InvalidRequest(f"{place}: filters must be a list of at most {MAX_FILTERS} objects")
    try:
        name = tag_name(raw["tag"])
    except InvalidRequest as error:
        raise InvalidRequest(f"{place}: {error.message}") from error
    parsed = tuple(_filter(item) for item in filters)
    memory = _memory_per_pattern(pattern_count or _count_patterns(raw))
    for item in parsed:
        _check_filter(item, place, memory)
    return Rule(name, parsed)


def load_rules(json_text: str | None) -> tuple[Rule, ...]:
    """Read the rules of a stored preference leniently: invalid parts are omitted or never match."""
    try:
        raw = json.loads(json_text or "[]")
    except ValueError:
        return ()
    rules = []
    for item in raw if isinstance(raw, list) else ():
        if not isinstance(item, dict):
            continue
        filters = item.get("filters", [])
        if isinstance(item.get("tag"), str) and isinstance(filters, list):
            try:
                name = tag_name(item["tag"])
            except InvalidRequest:
                continue
            rules.append(Rule(name, tuple(_filter(part) for part in filters if isinstance(part, dict))))
    return tuple(rules[:MAX_RULES])


class RuleSubject:
    """Texts of one file that the filters of rules compare; field names are case-insensitive."""

    def __init__(self, geninfo: GenerationInfo) -> None:
        self._geninfo = geninfo
        self._settings: dict[str, str] | None = None
        self._prompts: dict[str, tuple[str, ...]] = {}

    def of(self, field: str) -> tuple[str, ...]:
        """Texts of a field, any of which may match. A prompt is available as its terms and as written."""
        cached = self._prompts.get(field)
        if cached is not None:
            return cached
        if field == "pos_prompt":
            texts = self._prompt(prompt_terms(self._geninfo), self._geninfo.prompt)
        elif field == "neg_prompt":
            negative = self._geninfo.negative_prompt or ""
            texts = self._prompt(split_prompt_terms(negative), negative)
        else:
            if self._settings is None:
                self._settings = {key.lower(): value for key, value in settings_of(self._geninfo).items()}
            value = self._settings.get(field.lower())
            return () if value is None else (value,)
        self._prompts[field] = texts
        return texts

    @staticmethod
    def _prompt(terms: Sequence[str], written: str | None) -> tuple[str, ...]:
        return tuple(text for text in (",".join(terms), written) if text)


class RulePattern(Protocol):
    """Interface of a compiled regular expression of RE2."""

    def search(self, text: str) -> object | None:
        """Find the pattern anywhere in the text; None without a match."""


Test = Callable[[RuleSubject], bool]


class RuleSet:
    """Compiled rules, for matching many files."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        active = [rule for rule in rules if rule.filters]
        count = sum(item.operator == "regex" for rule in active for item in rule.filters)
        memory = _memory_per_pattern(count)
        self._rules = [(rule.tag, [_compile(item, memory) for item in rule.filters]) for rule in active]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def tags(self, geninfo: GenerationInfo) -> tuple[str, ...]:
        """Names of the tags that the rules give a file, each once."""
        subject = RuleSubject(geninfo)
        names = (tag for tag, tests in self._rules if all(test(subject) for test in tests))
        return tuple(dict.fromkeys(names))


def _filter(raw: dict[str, Json]) -> Filter:
    value = raw.get("value")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value if isinstance(value, str) else None if value is None else json.dumps(value)
    return Filter(str(raw.get("field", "")), str(raw.get("operator", "")), text)


def _count_patterns(raw: Json) -> int:
    """Count the regular expressions of a rule that may be invalid."""
    filters = raw.get("filters") if isinstance(raw, dict) else None
    parts = filters if isinstance(filters, list) else []
    return sum(isinstance(part, dict) and part.get("operator") == "regex" for part in parts)


def _memory_per_pattern(count: int) -> int:
    """Bytes that RE2 may take for one of `count` regular expressions."""
    return ALL_PATTERNS_MEMORY // max(8, min(count, MAX_PATTERNS // 4))


def _check_filter(item: Filter, place: str, pattern_memory: int) -> None:
    if not item.field.strip():
        raise InvalidRequest(f"{place}: a filter has no field")
    if item.operator not in OPERATORS:
        raise InvalidRequest(f"{place}: unknown operator {item.operator!r}; known are {', '.join(OPERATORS)}")
    if item.value is not None and len(item.value) > MAX_VALUE:
        raise InvalidRequest(f"{place}: a value is longer than {MAX_VALUE} characters")
    if item.operator == "regex" and item.value:
        try:
            _pattern(item.value, pattern_memory)
        except re2.error as error:
            reason = error.args[0] if error.args else "not understood"
            text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
            hint = "look-around and back-references are not supported"
            raise InvalidRequest(f"{place}: bad regular expression {item.value!r}: {text} ({hint})") from error


def _compile(item: Filter, pattern_memory: int) -> Test:
    needle = compose(item.value or "").lower()
    if not needle or item.operator not in OPERATORS:
        return _never
    if item.operator == "contains":
        return lambda subject: any(needle in compose(text).lower() for text in subject.of(item.field))
    if item.operator == "equals":
        return lambda subject: any(needle == compose(text).lower() for text in subject.of(item.field))
    try:
        search = _pattern(item.value or "", pattern_memory).search
    except re2.error:
        return _never
    return lambda subject: any(search(compose(text)) is not None for text in subject.of(item.field))


def _never(_subject: RuleSubject) -> bool:
    return False


def _pattern(text: str, pattern_memory: int) -> RulePattern:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = pattern_memory
    compiled: RulePattern = re2.compile(compose(text), options)
    return compiled
