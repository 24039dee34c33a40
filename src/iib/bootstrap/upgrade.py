"""A user starts this program on the database of the earlier one: it is kept, and taken over into a new one."""

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
    """Exchange an old database for a new one with everything a person made; None if there is nothing to do.

    The old one gets a second name first, the new one is built under a third and takes the place at the very end: until
    then the next start does it all again. Raises `StoreError`; then nothing has changed.
    """
    if not is_legacy(path):
        return None
    _say(f"{path} belongs to an earlier program. It is kept, and its tags, folders and settings are taken over ...")
    try:
        kept = keep_previous_database(path, LABEL)
        report = _exchange(path, kept)
    except (OSError, InvalidRequest) as error:
        raise StoreError(f"cannot take over the old database {path}: {error}") from error
    tags = report.tags_new + report.tags_known
    _say(
        f"Taken over: {tags} tags with {report.links} links, {report.roots_new} folders, "
        f"{report.settings_new} settings, {report.rules_new} rules. The links appear as the files are read.\n"
        f"The old database is untouched: {kept}"
    )
    log.info("old database taken over", kept=str(kept), links=report.links, tags=tags)
    return report


def _exchange(path: Path, kept: Path) -> ImportReport:
    building = path.with_name(path.name + BUILDING)
    discard_database(building)
    try:
        store = Store.open(building, backup_max=0)
        try:
            report = Importer(store).run(kept, PathRelocation(), dry_run=False, undoable=False)
        finally:
            store.close()
        seal_database(building)
        swap_in_database(building, path)
    except BaseException:
        discard_database(building)
        raise
    return report


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
