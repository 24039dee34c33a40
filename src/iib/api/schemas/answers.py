"""Answers of the public contract, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel


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


class ErrorAnswer(BaseModel):
    """What went wrong."""

    detail: str | dict[str, str] | list[dict[str, object]]
