"""Folder listings, file information and folder covers, read from the disk."""

from __future__ import annotations

import heapq
import os
import stat
import string
from collections.abc import Callable, Iterable

from fastapi import APIRouter, Depends, Query, Request, Response

from iib.access import AllowedPaths, TrustedPath
from iib.api.permissions import READ, services_of
from iib.api.schemas.requests import PathsBody
from iib.api.schemas.responses import CoverInfo, FileInfo, FileList
from iib.api.serializers.common import FileEntry, birth_ns, disk_entry, fast_json, local_time
from iib.api.services import Services
from iib.errors import AccessDenied, IIBError, InvalidRequest
from iib.model import TRASH_FOLDER, Json, MediaKind, kind_of
from iib.settings import is_windows

router = APIRouter(tags=["files"])

COVERS = 4


@router.get("/files", dependencies=[Depends(READ)], response_model=FileList, summary="List a folder")
def list_files(request: Request, folder_path: str = Query(...)) -> Response:
    """All entries of a folder, unsorted. A missing folder has no entries."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    if is_windows() and folder_path.strip() in ("/", "\\"):
        return fast_json({"files": drives(os.path.exists, allowed.may_show)})
    folder = services.authorizer.navigation(folder_path, allowed)
    if not os.path.exists(folder.path):  # noqa: PTH110
        return fast_json({"files": []})
    if not os.path.isdir(folder.path):  # noqa: PTH112
        raise InvalidRequest(f"not a folder: {folder.path}")
    try:
        with os.scandir(folder.path) as listing:
            return fast_json({"files": _entries(listing, folder, allowed)})
    except PermissionError as error:
        raise AccessDenied(f"the operating system denies reading {folder.path}") from error


def _entries(listing: Iterable[os.DirEntry[str]], folder: TrustedPath, allowed: AllowedPaths) -> list[FileEntry]:
    is_under_root = allowed.is_inside(folder.real)
    entries = []
    for entry in listing:
        if entry.name == TRASH_FOLDER:
            continue
        try:
            status = entry.stat()
            is_safe = not allowed.is_enabled or (is_under_root and not entry.is_symlink())
        except OSError:
            continue  # a broken link, or a file deleted in between
        if is_safe or allowed.may_show(entry.path):
            entries.append(disk_entry(entry.path, entry.name, status, is_under_root=is_under_root))
    return entries


@router.post(
    "/batch_get_files_info",
    dependencies=[Depends(READ)],
    response_model=dict[str, FileInfo | None],
    summary="Information about several files or folders",
)
def batch_get_files_info(body: PathsBody, request: Request) -> Response:
    """Entries by the requested path. Missing files are null; paths outside the accessible folders are absent."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    result: dict[str, Json] = {}
    for raw in body.paths:
        try:
            path = services.authorizer.navigation(raw, allowed)
        except IIBError:
            continue
        try:
            status = os.stat(path.path)  # noqa: PTH116
        except (OSError, ValueError):
            result[raw] = None
            continue
        letter = drive_of(path.path) if is_windows() else None
        if letter is not None:
            result[raw] = drive_entry(letter)
            continue
        name = os.path.basename(path.path) or path.path  # noqa: PTH119
        parent = os.path.dirname(path.path)  # noqa: PTH120
        result[raw] = disk_entry(path.path, name, status, is_under_root=allowed.is_inside(allowed.real(parent)))
    return fast_json(result)


@router.post(
    "/batch_top_4_media_info",
    dependencies=[Depends(READ)],
    response_model=dict[str, list[CoverInfo]],
    summary="Covers of folders",
)
def batch_top_4_media_info(body: PathsBody, request: Request) -> Response:
    """The four newest media files directly in each folder."""
    services = services_of(request)
    allowed = services.authorizer.allowed_paths()
    return fast_json({raw: _covers(services, raw, allowed) for raw in body.paths})


def _covers(services: Services, raw: str, allowed: AllowedPaths) -> list[dict[str, Json]]:
    try:
        folder = services.authorizer.content(raw, allowed)
    except IIBError:
        return []
    candidates: list[tuple[int, str, os.DirEntry[str], os.stat_result]] = []
    try:
        with os.scandir(folder.path) as entries:
            for entry in entries:
                if kind_of(entry.name) is None or not allowed.may_read(entry.path):
                    continue
                try:
                    status = entry.stat()
                except OSError:
                    continue
                if not stat.S_ISREG(status.st_mode):
                    continue
                item = (birth_ns(status), entry.name, entry, status)
                if len(candidates) < COVERS:
                    heapq.heappush(candidates, item)
                elif item[:2] > candidates[0][:2]:
                    heapq.heapreplace(candidates, item)
    except OSError:
        return []
    return [
        {
            "fullpath": entry.path,
            "media_type": (kind_of(name) or MediaKind.IMAGE).word,
            "type": "file",
            "date": local_time(status.st_mtime_ns),
            "created_time": local_time(birth_ns(status)),
            "name": name,
        }
        for _created, name, entry, status in sorted(candidates, key=lambda item: item[:2], reverse=True)
    ]


def drives(exists: Callable[[str], bool], may_show: Callable[[str], bool]) -> list[dict[str, Json]]:
    """Entries of the visible drives of a Windows machine, which are named `C:/`."""
    return [
        drive_entry(letter) for letter in string.ascii_uppercase if exists(f"{letter}:/") and may_show(f"{letter}:\\")
    ]


def drive_of(path: str) -> str | None:
    """Letter of a drive root: `drive_of("C:\\\\")` returns "C"; None for all other paths."""
    letter, rest = path[:1].upper(), path[1:]
    return letter if letter in string.ascii_uppercase and letter and rest in (":\\", ":/") else None


def drive_entry(letter: str) -> dict[str, Json]:
    """Entry of a drive, the same in all responses: the page compares them."""
    return {
        "type": "dir",
        "name": f"{letter}:/",
        "fullpath": f"{letter}:/",
        "size": "-",
        "bytes": 0,
        "date": local_time(0),
        "created_time": local_time(0),
        "is_under_scanned_path": False,
    }
