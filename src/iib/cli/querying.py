"""`iib search` and `iib stats`: queries without a server."""

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
PRINTED_FACETS = ("tool", "model", "lora", "sampler", "shape", "size", "rating", "kind", "ext")


def use_whole_library(services: Services) -> None:
    """Search every indexed folder, also those that are not registered."""
    with services.store.read() as unit:
        indexed = [row.path for row in unit.folders.list_top_level()]
    services.views.set_scopes(lambda: indexed)


def print_matches(services: Services, query: GridQuery, limit: int, *, as_json: bool) -> None:
    """Print the first `limit` results, one per line, as paths or as file entries of the public API."""
    result = services.results.open(query)
    allowed = services.authorizer.allowed_paths()
    for row in services.catalog.list_by_ids(result.ids[:limit].tolist()):
        entry = media_entry(row, is_under_root=allowed.leads_inside(row.path))
        sys.stdout.write(f"{orjson.dumps(entry).decode() if as_json else row.path}\n")


def export_matches(services: Services, query: GridQuery, kind: str, target: Path | None, limit: int) -> int:
    """Write rows as JSONL, CSV or Parquet to a file or standard output, and return their number.

    Raises `InvalidRequest` for an unknown format, `Unsupported` if Parquet is not installed.
    """
    if kind not in EXPORT_FORMATS:
        raise InvalidRequest(f"format must be one of {', '.join(EXPORT_FORMATS)}")
    if kind == "parquet":
        require_parquet()
    ids = services.results.open(query).ids[:limit]
    rows = iter_export_rows(services.store, ids, services.curation_cache.current())
    with _open_target(target) as stream:
        for chunk in EXPORT_WRITERS[kind](rows):
            stream.write(chunk)
    return len(ids)


def statistics_lines(services: Services, text: str, by: str, per: str, limit: int) -> Iterator[str]:
    """Return lines of text: counts over time as bars, then the most frequent values. Raises `InvalidRequest`."""
    result = services.results.open(GridQuery(text=text, language=True))
    view = services.views.view()
    timeline = TimelineCounter(services.facet_counter).timeline(result.ids, view, by, per, limit)
    yield f"{len(result.ids):,} files{'' if result.exact else ' at least'}"
    highest = max(timeline.total, default=1)
    for period, count in zip(timeline.periods, timeline.total, strict=True):
        if count:
            yield f"{period}  {count:>9,}  {'#' * max(1, round(BAR_WIDTH * count / highest))}"
    if by:
        yield f"\nby {by}"
        yield from (f"  {item.total:>9,}  {item.value}" for item in timeline.series)
        return
    for name, values in services.facet_counter.facets(result.ids, view, PRINTED_FACETS, limit).items():
        if values:
            yield f"\n{name}"
            yield from (f"  {value.count:>9,}  {value.value}" for value in values)


def list_dimensions() -> str:
    """Return the properties that split statistics, separated by commas, for help texts."""
    return ", ".join(("rating", *TAG_FACETS))


@contextmanager
def _open_target(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file for writing; None means standard output."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with path.open("wb") as stream:
        yield stream
