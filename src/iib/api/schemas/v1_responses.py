"""Answers of the page's own endpoints, for the OpenAPI document. Times are milliseconds unless stated."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Kind = Literal["image", "video", "audio"]


class Bucket(BaseModel):
    """A run of results of one local day; `key` is "" when the order is not by time."""

    key: str
    start: int
    count: int


class Results(BaseModel):
    """An opened query; `exact` false: there are more than `total`."""

    token: str
    total: int
    exact: bool
    revision: int
    took_ms: float
    buckets: list[Bucket]


class Columns(BaseModel):
    """Facts of a range of results, by position; sizes 0 when unknown, kinds 0 image, 1 video, 2 audio.
    Ratings 0 to 5, flags 1 pick, 0 none, -1 reject."""

    start: int
    id: list[int]
    w: list[int]
    h: list[int]
    time: list[int]
    kind: list[int]
    thumbhash: list[str | None]
    rating: list[int]
    flag: list[int]


class Position(BaseModel):
    """Where a file stands in the results."""

    position: int | None


class MediaTag(BaseModel):
    """A tag of a file."""

    id: int
    name: str
    type: str
    color: str
    display_name: str | None


class ModelUse(BaseModel):
    """A model that took part."""

    name: str
    hash: str | None
    kind: str


class LoraUse(BaseModel):
    """A network with its weights."""

    name: str
    weight: float | None
    clip_weight: float | None
    hash: str | None
    kind: str


class Character(BaseModel):
    """A part of the prompt for one character."""

    prompt: str
    negative: str


class RawText(BaseModel):
    """A text of the container as it stands there."""

    place: str
    key: str
    text: str


class Stage(BaseModel):
    """One sampling pass; the first one counts."""

    sampler: str | None
    scheduler: str | None
    steps: int | None
    cfg: float | None
    seed: str | None
    denoise: float | None


class Geninfo(BaseModel):
    """Generation parameters; seeds as decimal text, since 64 bits do not fit a JavaScript number."""

    tool: str | None
    tool_version: str | None
    prompt: str | None
    negative_prompt: str | None
    prompt_parts: list[str]
    negative_parts: list[str]
    characters: list[Character]
    models: list[ModelUse]
    loras: list[LoraUse]
    embeddings: list[str]
    vae: str | None
    sampler: str | None
    scheduler: str | None
    steps: int | None
    cfg: float | None
    guidance: float | None
    seed: str | None
    width: int | None
    height: int | None
    denoise: float | None
    hires: dict[str, str]
    stages: list[Stage]
    parameters: dict[str, str]
    extra_tags: list[list[str]]
    is_generated: bool | None
    raw: list[RawText]
    source: dict[str, str]
    confidence: dict[str, float]
    notes: list[str]


class GeninfoOfFiles(BaseModel):
    """One object for each path, in order; `error` where the file is not there or may not be seen."""

    results: list[dict[str, object]]


class AlbumName(BaseModel):
    """An album that a file is in."""

    id: int
    name: str


class MediaDetails(BaseModel):
    """Everything known of one file."""

    id: int
    path: str
    name: str
    folder: str
    kind: Kind
    bytes: int
    size: str
    width: int | None
    height: int | None
    duration_ms: int | None
    date: str
    mtime: int
    created_time: str
    missing: bool
    problem: str | None
    tags: list[MediaTag]
    text: str
    geninfo: Geninfo | None
    rating: int
    flag: Literal["pick", "none", "reject"]
    albums: list[AlbumName]


class FolderEntry(BaseModel):
    """One folder of the tree; `count` files directly inside, `total` with everything below."""

    path: str
    name: str
    count: int
    total: int
    has_children: bool
    available: bool


class Folders(BaseModel):
    """One level of the tree."""

    folders: list[FolderEntry]


class Job(BaseModel):
    """A background job; times are seconds since the epoch."""

    id: str
    kind: str
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    stage: str
    done: int
    total: int
    rate: float
    eta_s: float | None
    errors: int
    message: str
    created_at: float
    updated_at: float


class Jobs(BaseModel):
    """Running jobs and the latest ended ones."""

    jobs: list[Job]


class RunStarted(BaseModel):
    """The id to follow."""

    job_id: str


class Done(BaseModel):
    """Whether it had an effect."""

    ok: bool


class UnreadFile(BaseModel):
    """A file that could not be read well."""

    id: int
    path: str
    problem: str


class IndexErrors(BaseModel):
    """The first of them, and how many there are."""

    total: int
    errors: list[UnreadFile]
