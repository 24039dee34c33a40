"""Imports tags, links, folders, settings and rules from the existing program (legacy database)."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from iib._lib.path_relocation import PathRelocation, is_windows_path
from iib.access import TYPES
from iib.errors import InvalidRequest
from iib.model import Json, TagId, TagKind, storable
from iib.store import LegacyLibrary, LegacyRoot, Store, WriteUnit, read_legacy
from iib.tags.name_rules import css_color, plain_name
from iib.tags.rules import RULES_PREFERENCE, load_rules

LISTED_FOLDERS = 20
CHECKED_FOLDERS = 5_000
MAX_SETTING = 1024 * 1024


@dataclass(slots=True)
class ImportReport:
    """Counts of an import, or of a dry run.

    Links are `new`, `known` (the file already has the tag), `pending` (the file is not indexed yet) or `unusable` (the
    path belongs to another system and no mapping matches). `unseen_folders` are folders of tagged files that do not
    exist on this system, with the number of links: candidates for a mapping.
    """

    source: str
    dry_run: bool
    images: int = 0
    tags_new: int = 0
    tags_known: int = 0
    colors: int = 0
    links: int = 0
    links_new: int = 0
    links_known: int = 0
    links_pending: int = 0
    links_unusable: int = 0
    orphans: int = 0
    roots_new: int = 0
    roots_known: int = 0
    roots_refused: int = 0
    settings_new: int = 0
    settings_kept: int = 0
    settings_skipped: int = 0
    rules_new: int = 0
    unseen_folders: list[tuple[str, int]] = field(default_factory=list)


class _DryRun(Exception):
    """Raised at the end of a dry run to roll the transaction back."""


class Importer:
    """Imports legacy databases in one transaction each. A dry run is rolled back, so its counts are exact."""

    def __init__(self, store: Store, clock: Callable[[], int] = time.time_ns) -> None:
        self._store = store
        self._clock = clock

    def run(
        self,
        source: Path,
        mapping: PathRelocation,
        *,
        dry_run: bool,
        may_register: Callable[[str], bool] = lambda _path: True,
        undoable: bool = True,
    ) -> ImportReport:
        """Import a legacy database, which is not modified.

        Existing names, colours, aliases and settings take precedence over those of the file. Raises `InvalidRequest`
        for any other file.
        """
        library = read_legacy(source)
        report = ImportReport(str(source), dry_run, images=library.images, orphans=library.orphans)
        try:
            with self._store.write() as unit:
                _import_tags(unit, library, mapping, report)
                _import_roots(unit, library.roots, mapping, may_register, report)
                _import_settings(unit, library, report)
                if undoable:
                    unit.change_log.record("import", source.name, self._clock())
                _roll_back_if(dry_run)
        except _DryRun:
            pass
        return report


def _roll_back_if(dry_run: bool) -> None:
    if dry_run:
        raise _DryRun


def _import_tags(unit: WriteUnit, library: LegacyLibrary, mapping: PathRelocation, report: ImportReport) -> None:
    ids: dict[str, TagId] = {}
    for tag in library.tags:
        name = _storable_name(tag.name)
        if name is None:
            continue
        is_custom = tag.kind == TagKind.CUSTOM
        exists = is_custom and unit.custom_tags.find_by_name(name) is not None
        tag_id = unit.custom_tags.ensure(name) if is_custom else unit.tags.ensure(tag.kind, name)
        if is_custom:
            ids[tag.name] = tag_id
            report.tags_known += exists
            report.tags_new += not exists
        row = unit.custom_tags.find(tag_id)
        color = _color(tag.color)
        if color and row is not None and not row.color:
            unit.custom_tags.set_color(tag_id, color)
            report.colors += 1
    _import_links(unit, library, ids, mapping, report)


def _import_links(
    unit: WriteUnit, library: LegacyLibrary, ids: dict[str, TagId], mapping: PathRelocation, report: ImportReport
) -> None:
    paths_by_tag: dict[TagId, list[str]] = {}
    for path, name in library.links:
        if name in ids:
            paths_by_tag.setdefault(ids[name], []).append(storable(mapping.apply(path)))
    indexed = unit.media.ids_by_path({path for paths in paths_by_tag.values() for path in paths})
    pending: list[tuple[str, TagId]] = []
    unseen: Counter[str] = Counter()
    for tag_id, paths in paths_by_tag.items():
        media = list(dict.fromkeys(indexed[path] for path in paths if path in indexed))
        linked = unit.custom_tags.link(tag_id, media)
        report.links_new += linked
        report.links_known += sum(path in indexed for path in paths) - linked
        for path in paths:
            if path in indexed:
                continue
            unseen[_parent(path)] += 1
            if os.path.isabs(path) and is_windows_path(path) == (os.name == "nt"):  # noqa: PTH117
                pending.append((path, tag_id))
            else:
                report.links_unusable += 1
    unit.custom_tags.add_pending_links(pending)
    report.links = sum(map(len, paths_by_tag.values()))
    report.links_pending = len(pending)
    report.unseen_folders = _absent_folders(unseen)


def _absent_folders(folders: Counter[str]) -> list[tuple[str, int]]:
    checked = folders.most_common(CHECKED_FOLDERS)
    return [(path, count) for path, count in checked if not os.path.isdir(path)][:LISTED_FOLDERS]  # noqa: PTH112


def _import_roots(
    unit: WriteUnit,
    roots: tuple[LegacyRoot, ...],
    mapping: PathRelocation,
    may_register: Callable[[str], bool],
    report: ImportReport,
) -> None:
    for root in roots:
        path = storable(mapping.apply(root.path))
        types = [item for item in root.types if item in TYPES]
        existing = unit.roots.find(path)
        if not types or not os.path.isabs(path) or not may_register(path):  # noqa: PTH117
            report.roots_refused += 1
            continue
        unit.roots.add(path, types)
        if root.alias and (existing is None or not existing.alias):
            unit.roots.set_alias(path, root.alias)
        report.roots_known += existing is not None
        report.roots_new += existing is None


def _import_settings(unit: WriteUnit, library: LegacyLibrary, report: ImportReport) -> None:
    existing = unit.preferences.values_by_name()
    report.settings_skipped = library.internal_settings + library.broken_settings
    for name, text in library.settings.items():
        if name == RULES_PREFERENCE:
            _import_rules(unit, existing.get(name), text, report)
        elif name in existing:
            report.settings_kept += 1
        elif len(text) > MAX_SETTING:
            report.settings_skipped += 1
        else:
            unit.curation.set_preference(name, storable(text))
            report.settings_new += 1


def _import_rules(unit: WriteUnit, existing: str | None, text: str, report: ImportReport) -> None:
    """Append the valid rules that do not exist yet to the existing rules."""
    rules: list[Json] = json.loads(existing) if existing else []
    imported: Json = json.loads(text)
    if not isinstance(rules, list) or not isinstance(imported, list):
        return
    new_rules = [rule for rule in imported if rule not in rules and load_rules(json.dumps([rule]))]
    if new_rules:
        unit.curation.set_preference(RULES_PREFERENCE, json.dumps(rules + new_rules, ensure_ascii=False))
        report.rules_new = len(new_rules)


def _storable_name(name: str) -> str | None:
    """The name as it is stored, or None. The existing program had no limits, so long names are shortened."""
    try:
        return plain_name(storable(name)[:200], "a tag")
    except InvalidRequest:
        return None


def _color(raw: str) -> str:
    try:
        return css_color(raw)
    except InvalidRequest:
        return ""


def _parent(path: str) -> str:
    cut = max(path.rfind("/"), path.rfind("\\") if is_windows_path(path) else -1)
    return path[:cut] or path[: cut + 1]
