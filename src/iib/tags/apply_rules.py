"""Applies tag rules to indexed files: previews the matches, and tags them in a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from iib.errors import InvalidRequest
from iib.jobs import EventBus, JobManager, Progress
from iib.model import JobId, Json, MediaId, unpack_geninfo
from iib.store import Store
from iib.tags.rules import RULES_PREFERENCE, Rule, RuleSet, check_rule, load_rules
from iib.tags.service import publish_curation_change

JOB_KIND = "tag_rules"
BATCH = 1_000
PREVIEW_S = 2.0


@dataclass(frozen=True, slots=True)
class RulePreview:
    """`count` of `examined` files match; `exact` if these are all requested files. `sample`: first matches."""

    count: int
    examined: int
    exact: bool
    sample: tuple[MediaId, ...]


class RuleService:
    """Matches rules against stored metadata; files are not opened."""

    def __init__(self, store: Store, jobs: JobManager, bus: EventBus, clock: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._jobs = jobs
        self._bus = bus
        self._clock = clock
        jobs.register(JOB_KIND, self._job)

    def preview(self, rule: Rule, ids: Sequence[MediaId], sample: int, budget_s: float = PREVIEW_S) -> RulePreview:
        """Count the matches among `ids` in their order, for `budget_s` seconds at most."""
        rules = RuleSet((rule,))
        deadline = time.monotonic() + budget_s
        matches: list[MediaId] = []
        count = examined = 0
        for start in range(0, len(ids), BATCH):
            if start and time.monotonic() > deadline:
                break
            chunk = ids[start : start + BATCH]
            examined += len(chunk)
            for media_id, _names in self._matches(rules, chunk):
                count += 1
                if len(matches) < sample:
                    matches.append(media_id)
        return RulePreview(count, examined, examined == len(ids), tuple(matches))

    def start_apply(self, rules: Sequence[Json] | None = None) -> JobId:
        """Start a job that tags files by these rules, or by the stored rules. Raises `InvalidRequest` for bad rules."""
        for rule in rules or ():
            check_rule(rule)
        return self._jobs.start(JOB_KIND, {"rules": None if rules is None else list(rules)})

    def _job(self, params: dict[str, Json], progress: Progress) -> str:
        requested = params.get("rules")
        if requested is None:
            with self._store.read() as unit:
                rules = RuleSet(load_rules(unit.preferences.values_by_name().get(RULES_PREFERENCE)))
        else:
            rules = RuleSet(check_rule(item) for item in requested)
        if not rules:
            raise InvalidRequest("no tag rules are defined")
        with self._store.read() as unit:
            ids = unit.media.visible_ids()
        ids_by_tag: dict[str, list[MediaId]] = {}
        progress.update(stage="reading", total=len(ids))
        for start in range(0, len(ids), BATCH):
            for media_id, names in self._matches(rules, ids[start : start + BATCH]):
                for name in names:
                    ids_by_tag.setdefault(name, []).append(media_id)
            progress.update(done=min(len(ids), start + BATCH))
        linked = self._link(ids_by_tag)
        return f"{linked} links made for {len(ids_by_tag)} tags"

    def _matches(self, rules: RuleSet, ids: Sequence[MediaId]) -> Iterator[tuple[MediaId, tuple[str, ...]]]:
        with self._store.read() as unit:
            payloads = unit.media.payloads_by_id(ids)
        for media_id in ids:
            payload = payloads.get(media_id)
            names = rules.tags(unpack_geninfo(payload)) if payload else ()
            if names:
                yield media_id, names

    def _link(self, ids_by_tag: dict[str, list[MediaId]]) -> int:
        """Link files to tags in one change, so one undo reverts all. Skips files whose tag a person removed."""
        linked = 0
        with self._store.write() as unit:
            for name in sorted(ids_by_tag):
                tag_id = unit.custom_tags.ensure(name)
                refused = unit.custom_tags.manually_unlinked_media_ids(tag_id)
                to_link = unit.custom_tags.existing_media_ids(ids_by_tag[name]) - refused
                linked += unit.custom_tags.link(tag_id, sorted(to_link))
            unit.change_log.record("tag_rules", ", ".join(sorted(ids_by_tag))[:200], self._clock())
        publish_curation_change(self._bus, self._store)
        return linked
