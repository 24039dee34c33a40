"""Responses of the `/v1` endpoints, for the OpenAPI document. Times are milliseconds unless stated otherwise."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Kind = Literal["image", "video", "audio"]


class Bucket(BaseModel):
    """Consecutive results of one local day; `key` is "" if the order is not by time."""

    key: str
    start: int
    count: int


class Results(BaseModel):
    """An opened query; `exact` is false if there are more than `total` results."""

    token: str
    total: int
    exact: bool
    revision: int
    took_ms: float
    buckets: list[Bucket]


class Columns(BaseModel):
    """Columns of a range of results, by position. Unknown sizes are 0.

    Kinds: 0 image, 1 video, 2 audio. Ratings: 0 to 5. Flags: 1 pick, 0 none, -1 reject.
    """

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
    """Position of a file in the results; null if they do not contain it."""

    position: int | None


class MediaTag(BaseModel):
    """A tag of a file."""

    id: int
    name: str
    type: str
    color: str
    display_name: str | None


class ModelUse(BaseModel):
    """A model used for a picture."""

    name: str
    hash: str | None
    kind: str


class LoraUse(BaseModel):
    """A LoRA with its weights."""

    name: str
    weight: float | None
    clip_weight: float | None
    hash: str | None
    kind: str


class Character(BaseModel):
    """The part of the prompt for one character."""

    prompt: str
    negative: str


class RawText(BaseModel):
    """A text entry of the container, unchanged."""

    place: str
    key: str
    text: str


class Stage(BaseModel):
    """A sampling pass; the first one is the main one."""

    sampler: str | None
    scheduler: str | None
    steps: int | None
    cfg: float | None
    seed: str | None
    denoise: float | None


class Geninfo(BaseModel):
    """Generation parameters; seeds are decimal text, since 64 bits do not fit a JavaScript number."""

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
    """One object per path, in the same order; `error` if the file is missing or inaccessible."""

    results: list[dict[str, object]]


class AlbumName(BaseModel):
    """An album that contains a file."""

    id: int
    name: str


class MediaDetails(BaseModel):
    """Metadata, tags, rating and albums of a file."""

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
    """A folder of the tree; `count` files are directly inside, `total` includes its subfolders."""

    path: str
    name: str
    count: int
    total: int
    has_children: bool
    available: bool


class Folders(BaseModel):
    """One level of the folder tree."""

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
    """Running jobs and the latest finished ones."""

    jobs: list[Job]


class RunStarted(BaseModel):
    """The id of the started job."""

    job_id: str


class Done(BaseModel):
    """`ok` is true if the request had an effect."""

    ok: bool


class UnreadFile(BaseModel):
    """A file that could not be read completely."""

    id: int
    path: str
    problem: str


class IndexErrors(BaseModel):
    """The first files with read errors, and their total number."""

    total: int
    errors: list[UnreadFile]
