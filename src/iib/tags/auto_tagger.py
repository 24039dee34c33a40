"""Tags that files get when they are indexed: by the rules, and by links that waited for them."""

from __future__ import annotations

from collections.abc import Sequence

from iib._lib.cache import RevisionCache
from iib.model import MediaId, MediaRecord, unpack_geninfo
from iib.store import Store, WriteUnit
from iib.tags.rules import RULES_PREFERENCE, RuleSet, load_rules

Names = tuple[str, ...]


class AutoTagger:
    """Applies the rules as they are stored at that moment: a change counts from the next batch of files on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[str, RuleSet] = RevisionCache()

    def plan(self, records: Sequence[MediaRecord]) -> list[Names]:
        """For every record the names of its tags. Costs nothing without rules; takes no lock of the store."""
        rules = self._rules()
        if not rules:
            return [()] * len(records)
        return [rules.tags(unpack_geninfo(record.payload)) if record.payload else () for record in records]

    def apply(self, write: WriteUnit, files: Sequence[tuple[str, MediaId]], planned: Sequence[Names]) -> None:
        """Link the files (path, id) that were just written, in the same transaction."""
        ids = {name: write.custom_tags.ensure(name) for name in sorted({name for own in planned for name in own})}
        pairs = [(ids[name], media_id) for (_path, media_id), own in zip(files, planned, strict=True) for name in own]
        write.custom_tags.link_by_rule(pairs)
        write.custom_tags.attach_pending_links(files)

    def _rules(self) -> RuleSet:
        return self._cache.get(self._stored_text, lambda text, _previous: RuleSet(load_rules(text) if text else ()))

    def _stored_text(self) -> str:
        with self._store.read() as unit:
            return unit.preferences.values_by_name().get(RULES_PREFERENCE, "")
