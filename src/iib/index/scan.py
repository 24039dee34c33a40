"""Walking folders: a scan is a value, a change is the difference of two values."""

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
    """One media file as the disk shows it."""

    name: str
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class FolderListing:
    """One folder as the disk shows it. `mtime_ns` was read before the listing; `error` says why it is incomplete.

    `unexamined` are names that are there but could not be looked at: nothing is known of them.
    """

    path: str
    mtime_ns: int
    files: tuple[FoundFile, ...]
    subfolders: tuple[str, ...]
    error: str | None = None
    unexamined: tuple[str, ...] = ()


def walk_folders(top: str, is_media: Callable[[str], bool], *, recursive: bool = True) -> Iterator[FolderListing]:
    """Every folder at and below `top`, parents first, each directory once however many links lead to it.

    Iterative, so depth is bounded by memory only.
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
    """The given folders without those that lie below another one of them, so that nothing is walked twice."""
    kept: list[str] = []
    for path in sorted({os.path.normpath(path) for path in paths}, key=lambda path: (len(path), path)):
        if not any(is_below(path, top, windows=windows) for top in kept):
            kept.append(path)
    return tuple(sorted(kept))


def is_any_below(path: str, tops: Iterable[str]) -> bool:
    """True if `path` is one of these folders or lies below one."""
    return any(is_below(path, top, windows=is_windows()) for top in tops)


def stamp_of(status: os.stat_result) -> FileStamp:
    """The facts by which a change of a file is noticed. Birth time where the system has one, else change time."""
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
                    log.warning("a name that is not Unicode is left out", folder=path, name=ascii(entry.name))
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
                    log.warning("this cannot be examined", path=ascii(entry.path), reason=error.strerror)
                    unexamined.append(entry.name)
    except OSError as error:
        error_text = error.strerror or type(error).__name__
    subfolders.sort()
    return FolderListing(path, mtime_ns, tuple(files), tuple(subfolders), error_text, tuple(unexamined))


def _is_storable(name: str) -> bool:
    """Names whose bytes are no valid text cannot be stored or sent."""
    if name.isascii():
        return True
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_really_media(entry: os.DirEntry[str]) -> bool:
    """`.ts` may be a TypeScript source; all other extensions are trusted."""
    if extension_of(entry.name) != "ts":
        return True
    with open(entry.path, "rb") as stream:
        return is_transport_stream(stream.read(512))


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    """A full stat: on Windows a directory entry's own lacks inode and device."""
    return os.stat(entry.path) if os.name == "nt" else entry.stat()
