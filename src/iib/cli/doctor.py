"""`iib doctor`: checks the installation and the database, and repairs derived data."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from iib.api import Services
from iib.bootstrap import build_services
from iib.errors import IIBError, StoreDamaged
from iib.index import FullTextRebuilder
from iib.jobs import Progress
from iib.plugins import load_readers
from iib.settings import Settings
from iib.store import Store

SAMPLE = 2_000
REPAIR = "run `iib doctor --repair`"

Check = tuple[str, bool, str]  # name, result, and a hint for the case that it failed


def examine(settings: Settings, *, repair: bool) -> Iterator[Check]:
    """Iterate the results of all checks. With `repair`, wrong derived data is rebuilt first."""
    yield f"Python {sys.version.split()[0]}", sys.version_info >= (3, 10), "Python 3.10 or newer is required"
    page = Path(__file__).resolve().parents[1] / "web_dist" / "index.html"
    yield "page is built", page.is_file(), "run `make web`"
    free = shutil.disk_usage(settings.program_dir).free
    for plugin in load_readers(settings).plugins:
        yield f"plug-in {plugin.name} ({plugin.origin})", plugin.is_enabled, plugin.detail
    yield f"{free / 2**30:.1f} GiB free", free > 2**30, "less than 1 GiB is left on this disk"
    try:
        services = build_services(settings)
    except IIBError as error:
        yield "database", False, error.message
        return
    try:
        yield from _library(services, repair=repair)
    finally:
        services.close()


def _library(services: Services, *, repair: bool) -> Iterator[Check]:
    """Check the database, the full-text index, the tag sets and the folders."""
    store = services.store
    with store.read() as unit:
        yield f"database {services.settings.db_path}", unit.is_intact(), "the integrity check failed; restore a backup"
        total, _rows = unit.media.list_problems(1)
        yield f"{unit.media.count():,} files, {total} with problems", True, ""
    if repair and not _finds_texts(store):
        FullTextRebuilder(store).job({"restart": True}, Progress(lambda _progress: None))
    yield "full-text index", _finds_texts(store), f"it does not contain every file; start the server, or {REPAIR}"
    if repair:
        _repair_tags(store)
    with store.read() as unit:
        zones, counts = unit.tag_consistency.list_wrong_zones(), unit.tag_consistency.count_wrong_counts()
    yield "tag sets", not zones, f"{len(zones)} differ from the tags of the files; {REPAIR}"
    yield "tag counts", not counts, f"{counts} are wrong; {REPAIR}"
    for entry in services.roots.all():
        yield f"folder {entry.path}", Path(entry.path).is_dir(), "it does not exist at the moment"


def _finds_texts(store: Store) -> bool:
    """True if the full-text index is complete, by a sample of 2,000 texts."""
    try:
        with store.read() as unit:
            return unit.fulltext.find_build_position() is None and unit.fulltext.count_lost(SAMPLE) == 0
    except StoreDamaged:
        return False


def _repair_tags(store: Store) -> None:
    """Rebuild the wrong tag sets, one transaction per zone, and the tag counts if anything was wrong."""
    with store.read() as unit:
        zones, counts = unit.tag_consistency.list_wrong_zones(), unit.tag_consistency.count_wrong_counts()
    for zone in zones:
        with store.write() as write:
            write.tag_consistency.repair(zone)
    if zones or counts:
        with store.write() as write:
            write.tag_consistency.repair_counts()
