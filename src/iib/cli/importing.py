"""`iib import`: imports tags, folders, settings and rules of the earlier program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from iib._lib.path_relocation import PathRelocation, parse_pair
from iib.api import Services
from iib.errors import InvalidRequest
from iib.tags import ImportReport


def import_from(services: Services, source: Path, pairs: Sequence[str], *, dry_run: bool) -> Iterator[str]:
    """Import and return a report, line by line. Raises `InvalidRequest`, `StoreError`."""
    mapping = [parse_pair(text) for text in pairs]
    for text, pair in zip(pairs, mapping, strict=True):
        if pair is None:
            raise InvalidRequest(f"--map must be OLD=NEW, not {text!r}")
    report = services.importer.run(
        source, PathRelocation(tuple(pair for pair in mapping if pair is not None)), dry_run=dry_run
    )
    yield from _lines(report)


def _lines(report: ImportReport) -> Iterator[str]:
    verb = "Would import" if report.dry_run else "Imported"
    yield f"{verb} from {report.source} ({report.images:,} files there)"
    yield f"  tags      {report.tags_new:,} new, {report.tags_known:,} known, {report.colors:,} colours"
    yield (
        f"  links     {report.links:,}: {report.links_new:,} new, {report.links_known:,} known, "
        f"{report.links_pending:,} pending until their files are indexed, {report.links_unusable:,} unusable; "
        f"{report.orphans:,} orphans skipped"
    )
    yield f"  folders   {report.roots_new:,} new, {report.roots_known:,} known, {report.roots_refused:,} skipped"
    yield (
        f"  settings  {report.settings_new:,} new, {report.settings_kept:,} existing ones kept, "
        f"{report.settings_skipped:,} skipped; {report.rules_new:,} new rules"
    )
    if report.unseen_folders:
        yield "These folders of tagged files do not exist here; if they have moved, use --map OLD=NEW:"
        yield from (f"  {path}  ({count:,} links)" for path, count in report.unseen_folders)
