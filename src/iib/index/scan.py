"""Lists folders: walks directories and returns media files with their stamps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog

from iib.access import is_below
from iib.model import NS_PER_S, TRASH_FOLDER, FileStamp, extension_of, is_in_trash, is_transport_stream
from iib.settings import is_windows

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Name and stamp of a media file on disk."""

    name: str
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class FolderListing:
    """Content of a folder on disk.

    `mtime_ns` was read before the listing; `error` is the reason why the listing is incomplete, or None. `unexamined`
    are names of entries that exist but could not be examined.
    """

    path: str
    mtime_ns: int
    files: tuple[FoundFile, ...]
    subfolders: tuple[str, ...]
    error: str | None = None
    unexamined: tuple[str, ...] = ()


def walk_folders(top: str, is_media: Callable[[str], bool], *, recursive: bool = True) -> Iterator[FolderListing]:
    """List `top` and all folders below it lazily, parents first.

    Each directory is listed once, even if several links lead to it. Iterative, so only memory limits the depth.
    """
    visited: set[tuple[int, int]] = set()
    pending = [] if is_in_trash(top) else [top]
    while pending:
        path = pending.pop()
        try:
            status = os.stat(path)
        except OSError as error:
            yield FolderListing(path, 0, (), (), error=error.strerror or type(error).__name__)
            continue
        identity = (status.st_dev, status.st_ino)
        if status.st_ino and identity in visited:
            continue
        visited.add(identity)
        listing = _list_folder(path, status.st_mtime_ns, is_media)
        yield listing
        if recursive:
            pending.extend(reversed(listing.subfolders))


def outermost_folders(paths: Iterable[str], *, windows: bool) -> tuple[str, ...]:
    """Remove folders that are below another of the folders, so that no folder is walked twice; sorted.

    >>> outermost_folders(["/a/b", "/a", "/ab"], windows=False)
    ('/a', '/ab')
    """
    outermost: list[str] = []
    for path in sorted({os.path.normpath(path) for path in paths}, key=lambda path: (len(path), path)):
        if not any(is_below(path, top, windows=windows) for top in outermost):
            outermost.append(path)
    return tuple(sorted(outermost))


def is_any_below(path: str, tops: Iterable[str]) -> bool:
    """True if `path` is one of these folders or below one of them."""
    return any(is_below(path, top, windows=is_windows()) for top in tops)


def stamp_of(status: os.stat_result) -> FileStamp:
    """Stamp of a file. Uses the birth time if the system provides it, else the change time."""
    birth_s = getattr(status, "st_birthtime", None)
    birth_ns = int(birth_s * NS_PER_S) if birth_s is not None else status.st_ctime_ns
    return FileStamp(status.st_size, status.st_mtime_ns, birth_ns, status.st_ino)


def _list_folder(path: str, mtime_ns: int, is_media: Callable[[str], bool]) -> FolderListing:
    files: list[FoundFile] = []
    subfolders: list[str] = []
    unexamined: list[str] = []
    error_text: str | None = None
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if not _is_storable(entry.name):
                    log.warning("skipped a name that is not Unicode", folder=path, name=ascii(entry.name))
                    continue
                try:
                    if entry.is_dir():
                        if entry.name != TRASH_FOLDER:
                            subfolders.append(entry.path)
                    elif is_media(entry.name) and entry.is_file() and _is_really_media(entry):
                        files.append(FoundFile(entry.name, stamp_of(_stat(entry))))
                except FileNotFoundError:
                    continue  # vanished between listing and examining
                except OSError as error:
                    log.warning("an entry could not be examined", path=ascii(entry.path), reason=error.strerror)
                    unexamined.append(entry.name)
    except OSError as error:
        error_text = error.strerror or type(error).__name__
    subfolders.sort()
    return FolderListing(path, mtime_ns, tuple(files), tuple(subfolders), error_text, tuple(unexamined))


def _is_storable(name: str) -> bool:
    """False for names whose bytes are not valid text; they can be neither stored nor sent."""
    if name.isascii():
        return True
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_really_media(entry: os.DirEntry[str]) -> bool:
    """True for media. The content decides for `.ts`, which may be TypeScript; other extensions are trusted."""
    if extension_of(entry.name) != "ts":
        return True
    with open(entry.path, "rb") as stream:
        return is_transport_stream(stream.read(512))


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    """Full status of an entry. On Windows the status in the directory entry lacks inode and device."""
    return os.stat(entry.path) if os.name == "nt" else entry.stat()
