"""Authorisation of paths: symlinks are resolved first, then whole path components are compared with the roots."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iib.errors import InvalidRequest, PathNotTrusted

MAX_LENGTH = 32_767
UNNAMED_PATH_MESSAGE = "this file is outside the folders that may be accessed"
WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)")


@dataclass(frozen=True, slots=True)
class TrustedPath:
    """A path that was authorised.

    `path` is absolute and lexically normalised, as in rows and responses; `real` has its symlinks resolved.
    """

    path: str
    real: str


def is_below(path: str, top: str, *, windows: bool) -> bool:
    """True if `path` is `top` or is below it. Both are absolute and normalised; whole components are compared.

    >>> is_below("/data/images/a.png", "/data/images", windows=False)
    True
    >>> is_below("/data/images_private", "/data/images", windows=False)
    False
    """
    if windows:
        path, top = ntpath.normcase(path), ntpath.normcase(top)
        separator = "\\"
    else:
        separator = "/"
    trimmed = top.rstrip(separator)
    return path in (top, trimmed) or path.startswith(trimmed + separator)


def normalise(raw: str, *, windows: bool, cwd: str) -> str:
    """Return the absolute path without `.` and `..`, with the system's separator. Raises `InvalidRequest`.

    Leading and trailing spaces are part of a name. On Windows, device names, stream names and the device namespace are
    refused, because they look like files below a folder but are not.

    >>> normalise("b/../c.png", windows=False, cwd="/img")
    '/img/c.png'
    """
    if not raw.strip():
        raise InvalidRequest("the path is empty")
    if "\0" in raw or len(raw) > MAX_LENGTH:
        raise InvalidRequest("not a valid path")
    if windows:
        return _normalise_windows(raw, cwd)
    path = posixpath.normpath(posixpath.join(cwd, raw))
    return path[1:] if path.startswith("//") else path  # POSIX keeps a double slash at the start


def _normalise_windows(raw: str, cwd: str) -> str:
    if raw.replace("/", "\\").startswith(("\\\\.\\", "\\\\?\\", "\\??\\")):
        raise InvalidRequest("paths of the device namespace are not accepted")
    path = ntpath.normpath(ntpath.join(cwd, raw + "\\" if raw.endswith(":") else raw))
    drive, rest = ntpath.splitdrive(path)
    if not drive or not rest.startswith("\\"):
        raise InvalidRequest("not an absolute path")
    for part in filter(None, rest.split("\\")):
        name = part.split(".", 1)[0].rstrip(" ").lower()
        if ":" in part or WINDOWS_DEVICE.fullmatch(name):
            raise InvalidRequest(f"not a valid name of a file or folder: {part}")
    return path


class AllowedPaths:
    """Access decisions for many paths at one moment. The roots are read and resolved once."""

    def __init__(self, roots: Sequence[str], *, is_enabled: bool, windows: bool) -> None:
        self._roots = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))
        self._windows = windows
        self._real_folders: dict[str, str] = {}
        self._folders_inside: set[str] = set()  # folders whose entries are inside, except for links
        self.is_enabled = is_enabled

    @property
    def roots(self) -> tuple[str, ...]:
        """The real paths of the roots."""
        return self._roots

    def is_inside(self, real: str) -> bool:
        """True if this real path is a root or is below one, whether or not access control is on."""
        return any(is_below(real, root, windows=self._windows) for root in self._roots)

    def leads_inside(self, path: str) -> bool:
        """True if this normalised path leads to a file inside the roots. Folders are cached: fast for many files."""
        folder, name = os.path.split(path)
        if not name or os.path.islink(path):
            return self.is_inside(os.path.realpath(path))
        if folder in self._folders_inside:
            return True
        real = self._real_folder(folder)
        if self.is_inside(real):
            self._folders_inside.add(folder)
        return self.is_inside(os.path.join(real, name))

    def is_above(self, real: str) -> bool:
        """True if this real path is a root or contains one."""
        return any(is_below(root, real, windows=self._windows) for root in self._roots)

    def may_read(self, path: str) -> bool:
        """True if the content of this normalised path may be read."""
        return not self.is_enabled or self.is_inside(self.real(path))

    def may_show(self, path: str) -> bool:
        """True if this normalised path may appear in a listing."""
        if not self.is_enabled:
            return True
        real = self.real(path)
        return self.is_inside(real) or self.is_above(real)

    def real(self, path: str) -> str:
        """Resolve symlinks. Resolved folders are cached, because lists contain many files of few folders."""
        folder, name = os.path.split(path)
        if not name or os.path.islink(path):
            return os.path.realpath(path)
        return os.path.join(self._real_folder(folder), name)

    def _real_folder(self, folder: str) -> str:
        real = self._real_folders.get(folder)
        if real is None:
            real = self._real_folders[folder] = os.path.realpath(folder)
        return real


class PathAuthorizer:
    """Decides which paths a client may use.

    `roots` returns absolute paths; `is_enabled` returns whether access control is on.
    """

    def __init__(self, roots: Callable[[], Sequence[str]], is_enabled: Callable[[], bool], *, windows: bool) -> None:
        self._roots = roots
        self._is_enabled = is_enabled
        self._windows = windows

    @property
    def is_enabled(self) -> bool:
        """True if clients may only use paths at and below the roots."""
        return self._is_enabled()

    def allowed_paths(self) -> AllowedPaths:
        """Return the access decisions of this moment, for many paths."""
        return AllowedPaths(self._roots(), is_enabled=self._is_enabled(), windows=self._windows)

    def resolve(self, raw: str) -> TrustedPath:
        """Normalise and resolve a path without authorising it. Raises `InvalidRequest` for an invalid path."""
        path = normalise(raw, windows=self._windows, cwd=os.getcwd())
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError) as error:
            raise InvalidRequest("not a valid path") from error
        return TrustedPath(path, real)

    def content(self, raw: str, allowed: AllowedPaths | None = None) -> TrustedPath:
        """Authorise a path for reading or changing its content. Raises `PathNotTrusted`."""
        resolved = self.resolve(raw)
        if self._is_enabled() and not (allowed or self.allowed_paths()).is_inside(resolved.real):
            raise _not_trusted(resolved)
        return resolved

    def known(self, path: str, allowed: AllowedPaths | None = None) -> TrustedPath:
        """Authorise a path from the database as `content` does. An error does not reveal the path to the client."""
        try:
            return self.content(path, allowed)
        except PathNotTrusted:
            raise PathNotTrusted(UNNAMED_PATH_MESSAGE) from None

    def navigation(self, raw: str, allowed: AllowedPaths | None = None) -> TrustedPath:
        """Authorise a path for listing: at, below or above a root. Raises `PathNotTrusted`."""
        resolved = self.resolve(raw)
        if not self._is_enabled():
            return resolved
        decisions = allowed or self.allowed_paths()
        if not decisions.is_inside(resolved.real) and not decisions.is_above(resolved.real):
            raise _not_trusted(resolved)
        return resolved

    def is_under_root(self, path: str) -> bool:
        """True if a normalised path is a root or is below one, whether or not access control is on."""
        return self.allowed_paths().is_inside(os.path.realpath(path))


def _not_trusted(resolved: TrustedPath) -> PathNotTrusted:
    return PathNotTrusted(f"this path is outside the folders that may be accessed: {resolved.path}")
