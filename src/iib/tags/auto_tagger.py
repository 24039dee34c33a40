"""Tags files during indexing: by the stored rules, and by imported links that waited for the file."""

from __future__ import annotations

from collections.abc import Sequence

from iib._lib.cache import RevisionCache
from iib.model import MediaId, MediaRecord, unpack_geninfo
from iib.store import Store, WriteUnit
from iib.tags.rules import RULES_PREFERENCE, RuleSet, load_rules

Names = tuple[str, ...]


class AutoTagger:
    """Applies the stored rules. A change of the rules takes effect with the next batch of files."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: RevisionCache[str, RuleSet] = RevisionCache()

    def plan(self, records: Sequence[MediaRecord]) -> list[Names]:
        """Tag names of each record by the rules. Costs nothing without rules; takes no lock of the store."""
        rules = self._rules()
        if not rules:
            return [()] * len(records)
        return [rules.tags(unpack_geninfo(record.payload)) if record.payload else () for record in records]

    def apply(self, write: WriteUnit, files: Sequence[tuple[str, MediaId]], planned: Sequence[Names]) -> None:
        """Tag the files (path, id) that `write` has just stored, in the same transaction."""
        ids = {name: write.custom_tags.ensure(name) for name in sorted({name for names in planned for name in names})}
        pairs = [
            (ids[name], media_id) for (_path, media_id), names in zip(files, planned, strict=True) for name in names
        ]
        write.custom_tags.link_by_rule(pairs)
        write.custom_tags.attach_pending_links(files)

    def _rules(self) -> RuleSet:
        return self._cache.get(self._stored_text, lambda text, _previous: RuleSet(load_rules(text) if text else ()))

    def _stored_text(self) -> str:
        with self._store.read() as unit:
            return unit.preferences.values_by_name().get(RULES_PREFERENCE, "")
