"""Queries of the search language: pages, facets, statistics, suggestions and export."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from iib.api.http.concurrency import limit_search
from iib.api.params import existing_folders, grid_query, page_size
from iib.api.permissions import KNOWN, READ, services_of
from iib.api.schemas import query as responses
from iib.api.schemas.requests import (
    CheckBody,
    FacetBody,
    GridQueryBody,
    QuerySearchBody,
    SuggestBody,
    TimelineBody,
    TogetherBody,
)
from iib.api.schemas.responses import FilePage
from iib.api.serializers.common import fast_json
from iib.api.serializers.page import filled_page, page_response
from iib.errors import InvalidRequest, QueryError
from iib.query import FIELDS, parse_query
from iib.search import EXPORT_FORMATS, EXPORT_WRITERS, MediaPage, TimelineCounter, iter_export_rows, require_parquet

router = APIRouter(prefix="/v1", tags=["query"])

MIME = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.post("/search", dependencies=[Depends(READ)], response_model=FilePage, summary="Search with a query")
@limit_search
def search(body: QuerySearchBody, request: Request) -> Response:
    """A page of files, newest first; `cursor.next` leads to the next page.

    `complete` is false if the time ran out before the page was full.
    """
    services = services_of(request)
    node = parse_query(body.q)
    size = page_size(body.size)
    allowed = services.authorizer.allowed_paths()
    folders = existing_folders(services, body.folder_paths, allowed)
    if folders == ():
        return page_response(MediaPage([], has_next=False, next=""), allowed)
    search_page = services.search.by_query
    page = filled_page(lambda cursor, count: search_page(node, folders, cursor, count), body.cursor, size, allowed)
    return page_response(page, allowed)


@router.post(
    "/facets",
    dependencies=[Depends(READ)],
    response_model=responses.FacetsAnswer,
    summary="Count the files of a query by facets",
)
@limit_search
def facets(body: FacetBody, request: Request) -> Response:
    """Number of files by value of each facet.

    Facets: model, lora, sampler, scheduler, tool, custom, kind, ext, shape, size, month, rating, folder.
    """
    services = services_of(request)
    started = time.perf_counter()
    result = services.results.open(grid_query(services, body))
    view = services.views.view()
    facet_counts = services.facet_counter.facets(result.ids, view, body.facets, body.limit)
    return fast_json(
        {
            "total": len(result.ids),
            "exact": result.exact,
            "took_ms": round((time.perf_counter() - started) * 1000, 2),
            "facets": {name: [asdict(value) for value in values] for name, values in facet_counts.items()},
        }
    )


@router.post(
    "/stats/timeline",
    dependencies=[Depends(READ)],
    response_model=responses.TimelineAnswer,
    summary="Number of files over time",
)
@limit_search
def timeline(body: TimelineBody, request: Request) -> Response:
    """Number of files of a query per day, month or year, for the most frequent values of a facet."""
    services = services_of(request)
    result = services.results.open(grid_query(services, body))
    view = services.views.view()
    series = TimelineCounter(services.facet_counter).timeline(result.ids, view, body.by, body.per, body.limit)
    return fast_json({"exact": result.exact, **asdict(series)})


@router.post(
    "/stats/together",
    dependencies=[Depends(READ)],
    response_model=responses.PairsAnswer,
    summary="Values that occur together",
)
@limit_search
def together(body: TogetherBody, request: Request) -> Response:
    """The most frequent pairs of values of two facets among the files of a query."""
    services = services_of(request)
    result = services.results.open(grid_query(services, body))
    pairs = TimelineCounter(services.facet_counter).used_together(result.ids, body.first, body.second, body.limit)
    return fast_json({"exact": result.exact, "pairs": [asdict(pair) for pair in pairs]})


@router.post(
    "/suggest", dependencies=[Depends(READ)], response_model=responses.SuggestionsAnswer, summary="Complete a query"
)
def suggest(body: SuggestBody, request: Request) -> Response:
    """Fields and values that complete a query, with the number of files and a sample file."""
    services = services_of(request)
    position = len(body.q) if body.position is None else body.position
    suggestions = services.suggester.suggest(body.q, position, services.views.view(), body.limit)
    return fast_json(asdict(suggestions))


@router.post("/query/check", dependencies=[Depends(KNOWN)], summary="Check a query without running it")
def check(body: CheckBody) -> responses.CheckAnswer:
    """Position of the first error in a query, with a suggestion."""
    try:
        parse_query(body.q)
    except QueryError as error:
        return responses.CheckAnswer(ok=False, error=responses.QueryProblem.model_validate(error.place()))
    return responses.CheckAnswer(ok=True, error=None)


@router.get("/query/fields", dependencies=[Depends(KNOWN)], summary="Fields of the search language")
def fields() -> responses.FieldsAnswer:
    """All fields, each with an example."""
    listed = [
        responses.FieldAnswer(
            name=item.name, aliases=list(item.aliases), kind=item.kind.value, example=item.example, help=item.help
        )
        for item in FIELDS
    ]
    return responses.FieldsAnswer(fields=listed)


@router.post(
    "/export",
    dependencies=[Depends(READ)],
    response_class=StreamingResponse,
    responses={200: {"content": {mime: {} for mime in MIME.values()}}},
    summary="Export the files of a query",
)
def export_rows(body: GridQueryBody, request: Request, format: str = Query("jsonl")) -> Response:  # noqa: A002  (the name in the URL)
    """Stream the files of a query as rows, without a limit. `format` is jsonl, csv or parquet (an optional extra)."""
    services = services_of(request)
    if format not in EXPORT_FORMATS:
        raise InvalidRequest(f"format must be one of {', '.join(EXPORT_FORMATS)}")
    if format == "parquet":
        require_parquet()
    result = services.results.open(grid_query(services, body))
    rows = iter_export_rows(
        services.store, result.ids, services.curation_cache.current(), services.authorizer.allowed_paths().may_read
    )
    headers = {"Content-Disposition": f'attachment; filename="iib-export.{format}"'}
    if not result.exact:
        headers["X-IIB-Complete"] = "false"
    chunks: Iterator[bytes] = EXPORT_WRITERS[format](rows)
    return StreamingResponse(chunks, media_type=MIME[format], headers=headers)
