"""Answers of the public contract, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel

from iib.api.schemas.query import QueryProblem


class FileInfo(BaseModel):
    """One file or folder."""

    type: str
    name: str
    fullpath: str
    size: str
    bytes: int
    date: str
    created_time: str
    is_under_scanned_path: bool
    id: int | None = None
    created_date: str | None = None


class FileList(BaseModel):
    """A folder's entries."""

    files: list[FileInfo]


class CursorInfo(BaseModel):
    """Where the next page begins."""

    has_next: bool
    next: str


class FilePage(BaseModel):
    """One page of a search."""

    files: list[FileInfo]
    cursor: CursorInfo
    complete: bool = True


class TagInfo(BaseModel):
    """A tag."""

    id: int
    name: str
    type: str
    count: int
    color: str
    display_name: str | None
    score: int


class BasicInfo(BaseModel):
    """The library in short."""

    img_count: int
    tags: list[TagInfo]
    expired: bool
    expired_dirs: list[str]


class ExpiredDirs(BaseModel):
    """Folders that changed since they were read."""

    expired: bool
    expired_dirs: list[str]


class ExtraPath(BaseModel):
    """A registered folder."""

    path: str
    types: list[str]
    alias: str


class GlobalSetting(BaseModel):
    """Everything the page needs at its start."""

    global_setting: dict[str, str]
    cwd: str
    sd_cwd: str
    home: str
    is_win: bool
    all_custom_tags: list[TagInfo]
    extra_paths: list[ExtraPath]
    enable_access_control: bool
    launch_mode: str
    export_fe_fn: bool
    app_fe_setting: dict[str, object]
    is_readonly: bool


class VersionInfo(BaseModel):
    """Versions of the program and its parts; null is what is not installed."""

    python_version: str
    platform: str
    hash: str | None
    tag: str | None
    av: str | None
    imageio: str | None
    pillow: str | None
    imageio_ffmpeg: str | None
    pillow_avif_plugin: str | None
    requests: str | None
    numpy: str | None
    hnswlib: str | None


class CoverInfo(BaseModel):
    """A media file that stands for its folder."""

    fullpath: str
    media_type: str
    type: str
    date: str
    created_time: str
    name: str


class ErrorAnswer(BaseModel):
    """What went wrong: a text; `{"type": ...}` for a missing or wrong key; a list of mistakes for 422.

    `error` is there for a query that cannot be read.
    """

    detail: str | dict[str, str] | list[dict[str, object]]
    error: QueryProblem | None = None
