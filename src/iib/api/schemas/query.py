"""Responses of the search language, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel


class FacetValueAnswer(BaseModel):
    """A value and the number of its files."""

    value: str
    count: int
    tag_id: int | None


class FacetsAnswer(BaseModel):
    """Counts by facet; if `exact` is false, only files found before the time ran out are counted."""

    total: int
    exact: bool
    took_ms: float
    facets: dict[str, list[FacetValueAnswer]]


class SeriesAnswer(BaseModel):
    """Number of files per period for one value."""

    value: str
    total: int
    counts: list[int]
    tag_id: int | None


class TimelineAnswer(BaseModel):
    """Number of files per period; periods ascend without gaps."""

    exact: bool
    periods: list[str]
    total: list[int]
    series: list[SeriesAnswer]


class PairAnswer(BaseModel):
    """Number of files with both values."""

    first: str
    second: str
    count: int


class PairsAnswer(BaseModel):
    """The most frequent pairs of values."""

    exact: bool
    pairs: list[PairAnswer]


class SuggestionAnswer(BaseModel):
    """A suggestion: `insert` replaces the typed part; `sample` is the id of the newest file with the value."""

    insert: str
    label: str
    kind: str
    help: str
    tag_kind: str
    count: int | None
    sample: int | None


class SuggestionsAnswer(BaseModel):
    """Suggestions for the part `q[start:end]` of a query."""

    start: int
    end: int
    items: list[SuggestionAnswer]


class QueryProblem(BaseModel):
    """A syntax error of a query; positions count from 0."""

    type: str
    message: str
    position: int
    length: int
    suggestion: str | None


class CheckAnswer(BaseModel):
    """`ok` is true if the query has no syntax error."""

    ok: bool
    error: QueryProblem | None


class FieldAnswer(BaseModel):
    """A field of the search language."""

    name: str
    aliases: list[str]
    kind: str
    example: str
    help: str


class FieldsAnswer(BaseModel):
    """All fields of the search language."""

    fields: list[FieldAnswer]
