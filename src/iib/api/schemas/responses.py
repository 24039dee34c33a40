"""Responses that several routers share, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel

from iib.api.schemas.query import QueryProblem


class FileInfo(BaseModel):
    """A file or folder of a listing or search."""

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
    """The entries of a folder."""

    files: list[FileInfo]


class CursorInfo(BaseModel):
    """The start of the next page."""

    has_next: bool
    next: str


class FilePage(BaseModel):
    """A page of a search."""

    files: list[FileInfo]
    cursor: CursorInfo
    complete: bool = True


class TagInfo(BaseModel):
    """A tag with its number of files."""

    id: int
    name: str
    type: str
    count: int
    color: str
    display_name: str | None
    score: int


class BasicInfo(BaseModel):
    """Size, tags and outdated folders of the library."""

    img_count: int
    tags: list[TagInfo]
    expired: bool
    expired_dirs: list[str]


class ExpiredDirs(BaseModel):
    """Folders that have changed since they were indexed."""

    expired: bool
    expired_dirs: list[str]


class ExtraPath(BaseModel):
    """A registered folder with its types and alias."""

    path: str
    types: list[str]
    alias: str


class GlobalSetting(BaseModel):
    """Initial data of the page."""

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
    """Versions of the program and its packages; null if not installed."""

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
    """A media file that represents its folder."""

    fullpath: str
    media_type: str
    type: str
    date: str
    created_time: str
    name: str


class ErrorAnswer(BaseModel):
    """An error: a text; `{"type": ...}` for a missing or wrong key; a list of problems for 422.

    `error` is present for a query with a syntax error.
    """

    detail: str | dict[str, str] | list[dict[str, object]]
    error: QueryProblem | None = None
