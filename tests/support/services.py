"""Builds the services of the program in a temporary folder, and waits for its threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from iib.api import Services
from iib.bootstrap import build_services
from iib.model.job import JobRow, JobStatus
from iib.model.media import MediaRow
from iib.search.service import TextQuery
from iib.settings import IndexSettings, Settings

T = TypeVar("T")
LONG_S = 60.0


def make_settings(
    home: Path,
    roots: Sequence[Path | str] = (),
    *,
    watch: bool = False,
    previews: bool = False,
    workers: int = 1,
    backup_max: int = 0,
) -> Settings:
    """Settings of a program that stores all its files below `home`."""
    return Settings(
        program_dir=home,
        db_path=home / "iib.db",
        backup_dir=home / "iib_db_backup",
        backup_max=backup_max,
        cache_dir=home / "iib_cache",
        index=IndexSettings(
            extra_paths=tuple(str(root) for root in roots), watch=watch, previews=previews, workers=workers
        ),
    )


def make_services(home: Path, roots: Sequence[Path | str] = (), **options: bool | int) -> Services:
    """Build the services without starting them; the caller closes them."""
    return build_services(make_settings(home, roots, **options))  # type: ignore[arg-type]


def update(services: Services, path: str | None = None, *, rebuild: bool = False) -> JobRow:
    """Run an index job and wait for its end; fails the test if the job fails."""
    start = services.index.start_rebuild if rebuild else services.index.start_update
    row = services.jobs.wait(start(path), LONG_S)
    assert row.status is JobStatus.COMPLETED, row
    return row


def visible(services: Services) -> list[MediaRow]:
    """All visible files of the library, newest first."""
    rows: list[MediaRow] = []
    cursor = ""
    while True:
        page = services.search.by_text(TextQuery(cursor=cursor, size=1000))
        rows += page.rows
        if not page.has_next:
            return rows
        cursor = page.next


def by_name(services: Services) -> dict[str, MediaRow]:
    """All visible files of the library, by file name."""
    return {row.name: row for row in visible(services)}


def text_of(services: Services, row: MediaRow) -> str:
    """The stored generation text of a file."""
    with services.store.read() as unit:
        return unit.media.texts_by_id([row.id])[row.id][1]


def tags_of(services: Services, row: MediaRow) -> set[tuple[str, str]]:
    """Pairs (kind, name) of all tags of a file."""
    with services.store.read() as unit:
        return {(tag.kind, tag.name) for tag in unit.tags.tags_by_media([row.id]).get(row.id, [])}


def wait_for(question: Callable[[], T], *, timeout_s: float = LONG_S, every_s: float = 0.02) -> T:
    """Call `question` until its answer is true, and return the answer; fails the test after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {timeout_s} s (last answer: {answer!r})"
        time.sleep(every_s)
