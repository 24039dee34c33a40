"""`iib search` and `iib stats`: the library without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import orjson

from iib.api import Services, media_entry
from iib.errors import InvalidRequest
from iib.search import (
    EXPORT_FORMATS,
    EXPORT_WRITERS,
    TAG_FACETS,
    GridQuery,
    TimelineCounter,
    iter_export_rows,
    require_parquet,
)

BAR_WIDTH = 40
SHOWN_FACETS = ("tool", "model", "lora", "sampler", "shape", "size", "rating", "kind", "ext")


def use_whole_library(services: Services) -> None:
    """Look at every indexed folder, whether or not this call names it."""
    with services.store.read() as unit:
        known = [row.path for row in unit.folders.list_top_level()]
    services.views.set_scopes(lambda: known)


def print_matches(services: Services, query: GridQuery, limit: int, *, as_json: bool) -> None:
    """Paths, or one file entry of the public API a line, the first `limit` in the order of the query."""
    found = services.results.open(query)
    allowed = services.authorizer.allowed_paths()
    with services.store.read() as unit:
        rows = unit.media.list_by_ids(found.ids[:limit].tolist())
    for row in rows:
        entry = media_entry(row, is_under_root=allowed.leads_inside(row.path))
        sys.stdout.write(f"{orjson.dumps(entry).decode() if as_json else row.path}\n")


def export_matches(services: Services, query: GridQuery, kind: str, target: Path | None, limit: int) -> int:
    """Write rows as JSONL, CSV or Parquet to a file or standard output; returns how many files match.

    Raises `InvalidRequest` for an unknown kind, `Unsupported` when Parquet is not installed.
    """
    if kind not in EXPORT_FORMATS:
        raise InvalidRequest(f"format must be one of {', '.join(EXPORT_FORMATS)}")
    if kind == "parquet":
        require_parquet()
    ids = services.results.open(query).ids[:limit]
    rows = iter_export_rows(services.store, ids, services.curation_cache.current())
    with _target(target) as stream:
        for chunk in EXPORT_WRITERS[kind](rows):
            stream.write(chunk)
    return len(ids)


def statistics_lines(services: Services, text: str, by: str, per: str, limit: int) -> Iterator[str]:
    """Files over time as bars, then the most frequent values of the usual facets. Raises `InvalidRequest`."""
    found = services.results.open(GridQuery(text=text, language=True))
    view = services.views.view()
    line = TimelineCounter(services.summary).timeline(found.ids, view, by, per, limit)
    yield f"{len(found.ids):,} files{'' if found.exact else ' at least'}"
    highest = max(line.total, default=1)
    for period, count in zip(line.periods, line.total, strict=True):
        if count:
            yield f"{period}  {count:>9,}  {'#' * max(1, round(BAR_WIDTH * count / highest))}"
    if by:
        yield f"\nby {by}"
        yield from (f"  {item.total:>9,}  {item.value}" for item in line.series)
        return
    for name, values in services.summary.facets(found.ids, view, SHOWN_FACETS, limit).items():
        if values:
            yield f"\n{name}"
            yield from (f"  {value.count:>9,}  {value.value}" for value in values)


def known_dimensions() -> str:
    """What statistics can be made by, for help texts."""
    return ", ".join(("rating", *TAG_FACETS))


@contextmanager
def _target(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with path.open("wb") as stream:
        yield stream
