"""Titles by a chat model, with the local ones where it fails."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from iib.errors import Cancelled, IIBError, ProviderUnusable
from iib.model import Json
from iib.semantic.clustering.keywords import MAX_KEYWORDS, Topic, shortened, unique_title
from iib.semantic.providers.chat import ChatClient
from iib.store import Store

log = structlog.get_logger(__name__)

TITLE_CHARS = 24
KEYWORD_CHARS = 40
SAMPLES, SAMPLE_CHARS = 6, 400
KNOWN_KEYWORDS, KNOWN_TITLES = 100, 400
AT_ONCE = 4  # requests under way
GIVE_UP_AFTER = 3  # failures in a row: the rest of the clusters need not wait for them
MANY_KEYWORDS = 30
TOOL: Json = {
    "name": "name_topic",
    "description": "Name a group of pictures by what their prompts have in common.",
    "parameters": {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": f"short title, at most {TITLE_CHARS} characters"},
            "keywords": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": MAX_KEYWORDS},
        },
        "required": ["title", "keywords"],
    },
}


@dataclass(frozen=True, slots=True)
class TitleOptions:
    """`seed` is what else belongs to the cache key: threshold, sizes, rules."""

    model: str
    language: str
    seed: str
    use_cache: bool = True
    force: bool = False


@dataclass(frozen=True, slots=True)
class TitledCluster:
    """A topic and whether it is the local one because the model failed."""

    topic: Topic
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class TitleRequest:
    """A cluster to be named: its files, some of its prompts, and its local topic."""

    members: Sequence[int]
    samples: Sequence[str]
    local: Topic


class TitleMaker:
    """Asks for titles, four at a time, and remembers them by the members of the cluster."""

    def __init__(self, store: Store, chat: ChatClient, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock

    def titles(
        self,
        wanted: Sequence[TitleRequest],
        options: TitleOptions,
        *,
        check: Callable[[], None],
        report: Callable[[int], None],
    ) -> list[TitledCluster]:
        """One for each cluster, in order; never fails but by `Cancelled`. `report` gets the number of those done."""
        known = self._known_keywords(options)
        failures = _Failures()
        titled: list[TitledCluster] = []
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="iib-titles") as pool:
            futures = [pool.submit(self._title, item, options, known, failures, check) for item in wanted]
            try:
                for number, future in enumerate(futures, 1):
                    titled.append(future.result())
                    report(number)
            except BaseException:
                for future in futures:
                    future.cancel()
                raise
        taken: set[str] = set()
        return [
            TitledCluster(
                Topic(unique_title(item.topic.title, item.topic.keywords, taken), item.topic.keywords),
                item.is_fallback,
            )
            for item in titled
        ]

    def _title(
        self,
        item: TitleRequest,
        options: TitleOptions,
        known: Sequence[str],
        failures: _Failures,
        check: Callable[[], None],
    ) -> TitledCluster:
        check()
        key = cache_key(item.members, options)
        if options.use_cache and not options.force:
            with self._store.read() as unit:
                cached = unit.topics.find_title(key)
            if cached is not None:
                return TitledCluster(_topic_of(json.loads(cached)))
        if failures.is_hopeless:
            return TitledCluster(item.local, is_fallback=True)
        try:
            topic = _topic_of(self._ask(item, options, known, check))
        except Cancelled:
            raise
        except IIBError as error:
            failures.add()
            log.warning("a topic keeps its local title", reason=error.message)
            return TitledCluster(item.local, is_fallback=True)
        failures.clear()
        if options.use_cache:
            value = json.dumps({"title": topic.title, "keywords": topic.keywords}, ensure_ascii=False)
            with self._store.write() as write:
                write.topics.save_title(key, value, model=options.model, lang=options.language, now=self._clock())
        return TitledCluster(topic)

    def _ask(self, item: TitleRequest, options: TitleOptions, known: Sequence[str], check: Callable[[], None]) -> Json:
        messages = [
            {"role": "system", "content": _instructions(options.language, known)},
            {"role": "user", "content": _prompt(item.samples)},
        ]
        return self._chat.structured(options.model, messages, TOOL, valid=valid_topic, check=check)

    def _known_keywords(self, options: TitleOptions) -> list[str]:
        """The most frequent keywords of earlier titles of this title model and language."""
        with self._store.read() as unit:
            values = unit.topics.list_titles(options.model, options.language, KNOWN_TITLES)
        counts = Counter(word for value in values for word in json.loads(value)["keywords"])
        return [word for word, _count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:KNOWN_KEYWORDS]]


class _Failures:
    """How many titles failed in a row, over all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @property
    def is_hopeless(self) -> bool:
        return self._count >= GIVE_UP_AFTER

    def add(self) -> None:
        with self._lock:
            self._count += 1

    def clear(self) -> None:
        with self._lock:
            if not self.is_hopeless:
                self._count = 0


def cache_key(members: Sequence[int], options: TitleOptions) -> str:
    """Of one cluster's title."""
    ids = ",".join(map(str, sorted(members)))
    return hashlib.sha1(  # noqa: S324  (a name, not a secret)
        f"{ids}|{options.model}|{options.language}|{options.seed}".encode()
    ).hexdigest()


def valid_topic(found: Json) -> Json:
    """A usable title and keywords. Raises `ProviderUnusable`."""
    if not isinstance(found, dict):
        raise ProviderUnusable("the model did not answer with an object")
    title, words = found.get("title"), found.get("keywords")
    if isinstance(words, str):
        words = words.replace("，", ",").split(",")
    kept = [" ".join(word.split())[:KEYWORD_CHARS] for word in words or () if isinstance(word, str) and word.strip()]
    if not isinstance(title, str) or not title.strip() or not kept:
        raise ProviderUnusable("the model gave no title or no keywords")
    return {"title": " ".join(title.split()), "keywords": list(dict.fromkeys(kept))[:MAX_KEYWORDS]}


def _topic_of(value: Json) -> Topic:
    return Topic(shortened(value["title"], TITLE_CHARS), tuple(value["keywords"]))


def _instructions(language: str, known: Sequence[str]) -> str:
    text = (
        "You name groups of AI-generated pictures. You get prompts of some pictures of one group. Find what they have "
        "in common: subject, place, style. Ignore words about quality, cameras and rendering. Answer with strict JSON "
        '{"title": "...", "keywords": ["...", "..."]} and nothing else. '
        f"The title has at most {TITLE_CHARS} characters; give three to {MAX_KEYWORDS} keywords; "
        f"write both in {language}."
    )
    if known:
        urge = (
            "Choose keywords from this list whenever one fits"
            if len(known) > MANY_KEYWORDS
            else "Reuse these where they fit"
        )
        text += f" {urge}: {', '.join(known)}."
    return text


def _prompt(samples: Sequence[str]) -> str:
    return "\n".join(f"{number}. {text[:SAMPLE_CHARS]}" for number, text in enumerate(samples[:SAMPLES], 1))
