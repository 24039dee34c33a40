"""Rules over files that are in the index already: what would match, and tagging it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from iib.errors import InvalidRequest
from iib.jobs import EventBus, JobManager, Progress
from iib.model import JobId, Json, MediaId, unpack_geninfo
from iib.store import Store
from iib.tags.rules import RULES_PREFERENCE, Rule, RuleSet, check_rule, load_rules
from iib.tags.service import EVENT

JOB_KIND = "tag_rules"
BATCH = 1_000
PREVIEW_S = 2.0


@dataclass(frozen=True, slots=True)
class RulePreview:
    """`count` of `examined` files match; with `exact` that is the whole library. `sample` are the newest ones."""

    count: int
    examined: int
    exact: bool
    sample: tuple[MediaId, ...]


class RuleService:
    """Looks through the stored metadata; files are not opened."""

    def __init__(self, store: Store, jobs: JobManager, bus: EventBus, clock: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._jobs = jobs
        self._bus = bus
        self._clock = clock
        jobs.register(JOB_KIND, self._job)

    def preview(self, rule: Rule, ids: Sequence[MediaId], sample: int, budget_s: float = PREVIEW_S) -> RulePreview:
        """Matches among `ids`, in their order, as far as one gets in the time."""
        rules = RuleSet((rule,))
        deadline = time.monotonic() + budget_s
        found: list[MediaId] = []
        count = examined = 0
        for start in range(0, len(ids), BATCH):
            if start and time.monotonic() > deadline:
                break
            chunk = ids[start : start + BATCH]
            examined += len(chunk)
            for media_id, _names in self._matches(rules, chunk):
                count += 1
                if len(found) < sample:
                    found.append(media_id)
        return RulePreview(count, examined, examined == len(ids), tuple(found))

    def start_apply(self, rules: Sequence[Json] | None = None) -> JobId:
        """Tag existing files in a job: by these rules (raises `InvalidRequest` for bad ones) or the stored ones."""
        for rule in rules or ():
            check_rule(rule)
        return self._jobs.start(JOB_KIND, {"rules": None if rules is None else list(rules)})

    def _job(self, params: dict[str, Json], progress: Progress) -> str:
        given = params.get("rules")
        if given is None:
            with self._store.read() as unit:
                rules = RuleSet(load_rules(unit.preferences.values_by_name().get(RULES_PREFERENCE)))
        else:
            rules = RuleSet(check_rule(item) for item in given)
        if not rules:
            raise InvalidRequest("there are no rules")
        with self._store.read() as unit:
            ids = unit.media.visible_ids()
        found: dict[str, list[MediaId]] = {}
        progress.update(stage="reading", total=len(ids))
        for start in range(0, len(ids), BATCH):
            for media_id, names in self._matches(rules, ids[start : start + BATCH]):
                for name in names:
                    found.setdefault(name, []).append(media_id)
            progress.update(done=min(len(ids), start + BATCH))
        linked = self._link(found)
        return f"{linked} links made for {len(found)} tags"

    def _matches(self, rules: RuleSet, ids: Sequence[MediaId]) -> Iterator[tuple[MediaId, tuple[str, ...]]]:
        with self._store.read() as unit:
            payloads = unit.media.payloads_by_id(ids)
        for media_id in ids:
            payload = payloads.get(media_id)
            names = rules.tags(unpack_geninfo(payload)) if payload else ()
            if names:
                yield media_id, names

    def _link(self, found: dict[str, list[MediaId]]) -> int:
        """One change, so that one undo takes it all back. Files from which a person took the tag stay as they are."""
        linked = 0
        with self._store.write() as unit:
            for name in sorted(found):
                tag_id = unit.custom_tags.ensure(name)
                refused = unit.custom_tags.manually_unlinked_media_ids(tag_id)
                wanted = unit.custom_tags.existing_media_ids(found[name]) - refused
                linked += unit.custom_tags.link(tag_id, sorted(wanted))
            unit.change_log.record("tag_rules", ", ".join(sorted(found))[:200], self._clock())
        self._bus.publish(EVENT, {"marks": self._store.curation_revision})
        return linked
