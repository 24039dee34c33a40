"""Upgrade of a database of the earlier program: the old file is kept, and its curation is imported into a new one."""

from __future__ import annotations

import sys
from pathlib import Path

import structlog

from iib._lib.path_relocation import PathRelocation
from iib.errors import InvalidRequest, StoreError
from iib.store import Store, discard_database, is_legacy, keep_previous_database, seal_database, swap_in_database
from iib.tags import Importer, ImportReport

log = structlog.get_logger(__name__)

LABEL = "before-upgrade"
BUILDING = ".importing"


def upgrade_in_place(path: Path) -> ImportReport | None:
    """Replace a database of the earlier program by a new one with its curation; None if there is nothing to do.

    The old file gets a second name first. The new one is built under a third name and replaces it at the very end, so
    that after an interruption the next start repeats everything. Raises `StoreError`; then nothing has changed.
    """
    if not is_legacy(path):
        return None
    _print_error(f"{path} belongs to an earlier program. It is kept; its tags, folders and settings are imported ...")
    try:
        previous = keep_previous_database(path, LABEL)
        report = _replace(path, previous)
    except (OSError, InvalidRequest) as error:
        raise StoreError(f"cannot import the old database {path}: {error}") from error
    tags = report.tags_new + report.tags_known
    _print_error(
        f"Imported: {tags} tags with {report.links} links, {report.roots_new} folders, "
        f"{report.settings_new} settings, {report.rules_new} rules. The links appear as the files are indexed.\n"
        f"The old database is unchanged: {previous}"
    )
    log.info("old database imported", previous=str(previous), links=report.links, tags=tags)
    return report


def _replace(path: Path, previous: Path) -> ImportReport:
    """Build the new database, and put it in the place of the old one."""
    building = path.with_name(path.name + BUILDING)
    discard_database(building)
    try:
        store = Store.open(building, backup_max=0)
        try:
            report = Importer(store).run(previous, PathRelocation(), dry_run=False, undoable=False)
        finally:
            store.close()
        seal_database(building)
        swap_in_database(building, path)
    except BaseException:
        discard_database(building)
        raise
    return report


def _print_error(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
