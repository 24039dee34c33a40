"""Answers about queries, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel


class FacetValueAnswer(BaseModel):
    """One value and the number of files that have it."""

    value: str
    count: int
    tag_id: int | None


class FacetsAnswer(BaseModel):
    """Counts by facet; `exact` false: counted over the files found before the time ran out."""

    total: int
    exact: bool
    took_ms: float
    facets: dict[str, list[FacetValueAnswer]]


class SeriesAnswer(BaseModel):
    """Files a period of one value."""

    value: str
    total: int
    counts: list[int]
    tag_id: int | None


class TimelineAnswer(BaseModel):
    """Periods ascending without gaps."""

    exact: bool
    periods: list[str]
    total: list[int]
    series: list[SeriesAnswer]


class PairAnswer(BaseModel):
    """How many files have both."""

    first: str
    second: str
    count: int


class PairsAnswer(BaseModel):
    """The most frequent pairs."""

    exact: bool
    pairs: list[PairAnswer]


class SuggestionAnswer(BaseModel):
    """`insert` replaces the typed part; `sample` is the id of the newest file with the value."""

    insert: str
    label: str
    kind: str
    help: str
    tag_kind: str
    count: int | None
    sample: int | None


class SuggestionsAnswer(BaseModel):
    """What may stand at `q[start:end]`."""

    start: int
    end: int
    items: list[SuggestionAnswer]


class QueryProblem(BaseModel):
    """Where a query goes wrong; positions count from 0."""

    type: str
    message: str
    position: int
    length: int
    suggestion: str | None


class CheckAnswer(BaseModel):
    """Whether a query can be read."""

    ok: bool
    error: QueryProblem | None


class FieldAnswer(BaseModel):
    """One field of the search language."""

    name: str
    aliases: list[str]
    kind: str
    example: str
    help: str


class FieldsAnswer(BaseModel):
    """All fields."""

    fields: list[FieldAnswer]
