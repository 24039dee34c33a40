"""Requests titles of clusters from a chat model; a cluster has its local title if the model fails."""

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
SIMPLIFIED = frozenset(("zh", "zhhans", "zh-cn", "zh_cn", "cn", "zhs", "zh-hans"))
TRADITIONAL = frozenset(
    ("zhhant", "zh-hant", "zh-tw", "zh_tw", "zh-hk", "zh_hk", "zh-mo", "zh_mo", "tw", "hk", "mo", "zht")
)
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
    """Options of titles. `seed` is the rest of the cache key: model, threshold, sizes and rules of the clustering."""

    model: str
    language: str
    seed: str
    use_cache: bool = True
    force: bool = False


@dataclass(frozen=True, slots=True)
class TitledCluster:
    """The topic of a cluster; `is_fallback` is True if the model failed and the topic is the local one."""

    topic: Topic
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class TitleRequest:
    """A cluster that needs a title: its files, some of its prompts, and its local topic."""

    members: Sequence[int]
    samples: Sequence[str]
    local: Topic


class TitleMaker:
    """Requests titles, four at a time, and stores them by the members of the cluster."""

    def __init__(self, store: Store, chat: ChatClient, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock

    def titles(
        self,
        requests: Sequence[TitleRequest],
        options: TitleOptions,
        *,
        check: Callable[[], None],
        report: Callable[[int], None],
    ) -> list[TitledCluster]:
        """A title for each cluster, in order; raises only `Cancelled`. `report` receives the number of finished."""
        known_keywords = self._known_keywords(options)
        failures = _Failures()
        titled: list[TitledCluster] = []
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="iib-titles") as pool:
            futures = [pool.submit(self._title, item, options, known_keywords, failures, check) for item in requests]
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
        known_keywords: Sequence[str],
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
            topic = _topic_of(self._request(item, options, known_keywords, check))
        except Cancelled:
            raise
        except IIBError as error:
            failures.add()
            log.warning("the chat model has returned no title; the local title is used", reason=error.message)
            return TitledCluster(item.local, is_fallback=True)
        failures.clear()
        if options.use_cache:
            value = json.dumps({"title": topic.title, "keywords": topic.keywords}, ensure_ascii=False)
            with self._store.write() as write:
                write.topics.save_title(key, value, model=options.model, lang=options.language, now=self._clock())
        return TitledCluster(topic)

    def _request(
        self, item: TitleRequest, options: TitleOptions, known_keywords: Sequence[str], check: Callable[[], None]
    ) -> Json:
        messages = [
            {"role": "system", "content": _instructions(options.language, known_keywords)},
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
    """Counts the titles that failed in a row, over all threads."""

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
    """Key of the stored title of a cluster: SHA-1 of its members and the options."""
    ids = ",".join(map(str, sorted(members)))
    return hashlib.sha1(  # noqa: S324  (an identifier, not a secret)
        f"{ids}|{options.model}|{options.language}|{options.seed}".encode()
    ).hexdigest()


def title_language(code: str | None) -> str:
    """The English name of the title language of a language code (docs/reference/public-api.md#ai).

    >>> title_language("zh-TW"), title_language("fr")
    ('Traditional Chinese', 'English')
    """
    word = (code or "").strip().lower()
    if word in SIMPLIFIED:
        return "Simplified Chinese"
    if word in TRADITIONAL:
        return "Traditional Chinese"
    return "German" if word.startswith("de") else "English"


def valid_topic(answer: Json) -> Json:
    """Title and keywords of an answer, cleaned. Raises `ProviderUnusable` if one of them is missing."""
    if not isinstance(answer, dict):
        raise ProviderUnusable("the model did not answer with an object")
    title, words = answer.get("title"), answer.get("keywords")
    if isinstance(words, str):
        words = words.replace("，", ",").split(",")
    keywords = [
        " ".join(word.split())[:KEYWORD_CHARS] for word in words or () if isinstance(word, str) and word.strip()
    ]
    if not isinstance(title, str) or not title.strip() or not keywords:
        raise ProviderUnusable("the model returned no title or no keywords")
    return {"title": " ".join(title.split()), "keywords": list(dict.fromkeys(keywords))[:MAX_KEYWORDS]}


def _topic_of(value: Json) -> Topic:
    return Topic(shortened(value["title"], TITLE_CHARS), tuple(value["keywords"]))


def _instructions(language: str, known_keywords: Sequence[str]) -> str:
    text = (
        "You name groups of AI-generated pictures. You get prompts of some pictures of one group. Find what they have "
        "in common: subject, place, style. Ignore words about quality, cameras and rendering. Answer with strict JSON "
        '{"title": "...", "keywords": ["...", "..."]} and nothing else. '
        f"The title has at most {TITLE_CHARS} characters; give three to {MAX_KEYWORDS} keywords; "
        f"write both in {language}."
    )
    if known_keywords:
        instruction = (
            "Choose keywords from this list whenever one fits"
            if len(known_keywords) > MANY_KEYWORDS
            else "Reuse these where they fit"
        )
        text += f" {instruction}: {', '.join(known_keywords)}."
    return text


def _prompt(samples: Sequence[str]) -> str:
    return "\n".join(f"{number}. {text[:SAMPLE_CHARS]}" for number, text in enumerate(samples[:SAMPLES], 1))
