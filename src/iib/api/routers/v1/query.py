"""The search language: pages of answers, facets, statistics, suggestions, export."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from iib.api.http.concurrency import limit_search
from iib.api.params import existing_folders, grid_query, page_size
from iib.api.permissions import KNOWN, READ, services_of
from iib.api.schemas import query as answers
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
from iib.query.fields import FIELDS
from iib.query.parse import parse
from iib.search import export
from iib.search.service import MediaPage
from iib.search.statistics import Statistics

router = APIRouter(prefix="/v1", tags=["query"])

MIME = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@router.post("/search", dependencies=[Depends(READ)], response_model=FilePage, summary="Search by a query")
@limit_search
def search(body: QuerySearchBody, request: Request) -> Response:
    """Newest first; go on with `cursor.next`. `complete` false: the time ran out before the page was full."""
    services = services_of(request)
    node = parse(body.q)
    size = page_size(body.size)
    trust = services.gate.trust()
    folders = existing_folders(services, body.folder_paths, trust)
    if folders == ():
        return page_response(MediaPage([], has_next=False, next=""), trust)
    ask = services.search.by_query
    found = filled_page(lambda cursor, count: ask(node, folders, cursor, count), body.cursor, size, trust)
    return page_response(found, trust)


@router.post("/facets", dependencies=[Depends(READ)], response_model=answers.FacetsAnswer, summary="Count a query")
@limit_search
def facets(body: FacetBody, request: Request) -> Response:
    """By model, lora, sampler, scheduler, tool, custom, kind, ext, shape, size, month, rating, folder."""
    services = services_of(request)
    started = time.perf_counter()
    found = services.results.open(grid_query(services, body))
    view = services.search.views.view()
    counted = services.search.summary.facets(found.ids, view, body.facets, body.limit)
    return fast_json(
        {
            "total": len(found.ids),
            "exact": found.exact,
            "took_ms": round((time.perf_counter() - started) * 1000, 2),
            "facets": {name: [asdict(value) for value in values] for name, values in counted.items()},
        }
    )


@router.post(
    "/stats/timeline", dependencies=[Depends(READ)], response_model=answers.TimelineAnswer, summary="Use over time"
)
@limit_search
def timeline(body: TimelineBody, request: Request) -> Response:
    """Files of a query a day, month or year, by the most frequent values of a facet."""
    services = services_of(request)
    found = services.results.open(grid_query(services, body))
    view = services.search.views.view()
    counted = Statistics(services.search.summary).timeline(found.ids, view, body.by, body.per, body.limit)
    return fast_json({"exact": found.exact, **asdict(counted)})


@router.post(
    "/stats/together", dependencies=[Depends(READ)], response_model=answers.PairsAnswer, summary="What is used together"
)
@limit_search
def together(body: TogetherBody, request: Request) -> Response:
    """Pairs of values of two facets among the files of a query."""
    services = services_of(request)
    found = services.results.open(grid_query(services, body))
    pairs = Statistics(services.search.summary).used_together(found.ids, body.first, body.second, body.limit)
    return fast_json({"exact": found.exact, "pairs": [asdict(pair) for pair in pairs]})


@router.post(
    "/suggest", dependencies=[Depends(READ)], response_model=answers.SuggestionsAnswer, summary="Complete a query"
)
def suggest(body: SuggestBody, request: Request) -> Response:
    """Fields and values with their number of files and a sample."""
    services = services_of(request)
    position = len(body.q) if body.position is None else body.position
    found = services.search.suggester.suggest(body.q, position, services.search.views.view(), body.limit)
    return fast_json(asdict(found))


@router.post("/query/check", dependencies=[Depends(KNOWN)], summary="Read a query without answering it")
def check(body: CheckBody) -> answers.CheckAnswer:
    """Where a mistake is, and what may be meant."""
    try:
        parse(body.q)
    except QueryError as error:
        return answers.CheckAnswer(ok=False, error=answers.QueryProblem.model_validate(error.place()))
    return answers.CheckAnswer(ok=True, error=None)


@router.get("/query/fields", dependencies=[Depends(KNOWN)], summary="Fields of the search language")
def fields() -> answers.FieldsAnswer:
    """With an example each."""
    listed = [
        answers.FieldAnswer(
            name=item.name, aliases=list(item.aliases), kind=item.kind.value, example=item.example, help=item.help
        )
        for item in FIELDS
    ]
    return answers.FieldsAnswer(fields=listed)


@router.post(
    "/export",
    dependencies=[Depends(READ)],
    response_class=StreamingResponse,
    responses={200: {"content": {mime: {} for mime in MIME.values()}}},
    summary="The files of a query as rows",
)
def export_rows(body: GridQueryBody, request: Request, format: str = Query("jsonl")) -> Response:  # noqa: A002  (the name in the address)
    """`format`: jsonl, csv, or parquet (needs the extra of that name). Streams; any number of files."""
    services = services_of(request)
    if format not in export.FORMATS:
        raise InvalidRequest(f"format must be one of {', '.join(export.FORMATS)}")
    if format == "parquet":
        export.require_parquet()
    found = services.results.open(grid_query(services, body))
    rows = export.rows(services.store, found.ids, services.search.people.current(), services.gate.trust().may_read)
    headers = {"Content-Disposition": f'attachment; filename="iib-export.{format}"'}
    if not found.exact:
        headers["X-IIB-Complete"] = "false"
    chunks: Iterator[bytes] = export.WRITERS[format](rows)
    return StreamingResponse(chunks, media_type=MIME[format], headers=headers)
