"""Request bodies that several routers share. Unknown fields are ignored; null means the default."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from iib.model import MAX_JSON_INTEGER, SortOrder

MAX_PATHS = 10_000


# The router validates the page size: an invalid one is a 400, not a 422.
PAGE_SIZE = Field(default=200, json_schema_extra={"type": "integer", "minimum": 1, "maximum": 1000})


class Body(BaseModel):
    """Base class of request bodies."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {key: value for key, value in values.items() if value is not None}
        return values


class PathsBody(Body):
    """Paths of files or folders."""

    paths: list[str] = Field(max_length=MAX_PATHS)


class PathBody(Body):
    """Path of a file or folder."""

    path: str


class CoverBody(Body):
    """A cover picture for a video; `updated_time` is accepted for compatibility and ignored."""

    path: str
    base64_img: str = Field(max_length=48 * 1024 * 1024)
    updated_time: str = ""


class KeyBody(Body):
    """The secret key of the server."""

    key: str = Field(min_length=1, max_length=1000)


class SettingBody(Body):
    """A setting of the page; `value` is JSON text."""

    name: str = Field(min_length=1, max_length=200)
    value: str = Field(max_length=1024 * 1024)


class NameBody(Body):
    """The name of a setting."""

    name: str = Field(min_length=1, max_length=200)


class ExtraPathBody(Body):
    """A folder and the types of its registration."""

    path: str
    types: list[str] | None = None


class AliasBody(Body):
    """A registered folder and its alias."""

    path: str
    alias: str = Field(default="", max_length=500)


class UpdateBody(Body):
    """An index run; `path` limits it to one folder."""

    path: str | None = None


class TextSearchBody(Body):
    """A search for a substring or a regular expression."""

    surstr: str = ""
    regexp: str = ""
    cursor: str = ""
    size: Any = PAGE_SIZE
    folder_paths: list[str] = Field(default_factory=list)
    path_only: bool = False
    media_type: str = "all"


class TagSearchBody(Body):
    """A search by tag ids; numeric strings are accepted."""

    and_tags: list[int] = Field(default_factory=list)
    or_tags: list[int] = Field(default_factory=list)
    not_tags: list[int] = Field(default_factory=list)
    cursor: str = ""
    size: Any = PAGE_SIZE
    folder_paths: list[str] = Field(default_factory=list)
    random_sort: bool = False
    combine: str = "union"

    @field_validator("combine")
    @classmethod
    def _known_combination(cls, value: str) -> str:
        if value not in ("union", "intersect"):
            raise ValueError("must be union or intersect")
        return value


class GridQueryBody(Body):
    """The query object of the page."""

    q: str = Field(default="", max_length=10_000)
    regex: bool = False
    language: bool = Field(default=False, description="`q` is a query of the search language")
    folder: str | None = None
    recursive: bool = True
    kinds: list[str] = Field(default_factory=list)
    and_tags: list[int] = Field(default_factory=list)
    or_tags: list[int] = Field(default_factory=list)
    not_tags: list[int] = Field(default_factory=list)
    rating_min: int = Field(default=0, ge=0, le=5)
    flag: str = ""
    album: int | None = Field(default=None, ge=0, le=MAX_JSON_INTEGER)
    sort: str = SortOrder.NEWEST.value
    seed: int = 0


class FacetBody(GridQueryBody):
    """A query and the facets by which its files are counted."""

    facets: list[str] = Field(
        default_factory=lambda: ["model", "lora", "sampler", "tool", "size", "month"], max_length=30
    )
    limit: int = Field(default=50, ge=1, le=1000)


class TimelineBody(GridQueryBody):
    """A query, a facet and a period."""

    by: str = ""
    per: str = "month"
    limit: int = Field(default=10, ge=1, le=100)


class TogetherBody(GridQueryBody):
    """A query and two facets."""

    first: str = "model"
    second: str = "lora"
    limit: int = Field(default=50, ge=1, le=1000)


class SuggestBody(Body):
    """A query while it is typed; `position` is the position of the caret, by default the end."""

    q: str = Field(default="", max_length=10_000)
    position: int | None = Field(default=None, ge=0, le=10_000)
    limit: int = Field(default=12, ge=1, le=100)


class CheckBody(Body):
    """A query to check for syntax errors."""

    q: str = Field(default="", max_length=10_000)


class QuerySearchBody(Body):
    """A query of the search language, with paging."""

    q: str = Field(default="", max_length=10_000)
    cursor: str = ""
    size: int = 200
    folder_paths: list[str] = Field(default_factory=list)


class IndexBody(Body):
    """An index run or a rebuild."""

    rebuild: bool = False
    path: str | None = None
