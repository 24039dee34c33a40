"""The one gate for paths: real paths, whole components, symlinks resolved before anything is decided."""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iib.errors import InvalidRequest, PathNotTrusted

MAX_LENGTH = 32_767
UNNAMED = "this file is outside the folders that may be accessed"
WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)")


@dataclass(frozen=True, slots=True)
class TrustedPath:
    """A path that passed the gate. `path` is absolute and lexically normalised (the key of rows and answers),
    `real` has its symlinks resolved."""

    path: str
    real: str


def is_below(path: str, top: str, *, windows: bool) -> bool:
    """True if `path` is `top` or lies below it, compared by whole components under the rules of the system.

    Both are absolute and normalised. `is_below("/data/images_private", "/data/images", windows=False)` is False.
    """
    if windows:
        path, top = ntpath.normcase(path), ntpath.normcase(top)
        separator = "\\"
    else:
        separator = "/"
    trimmed = top.rstrip(separator)
    return path in (top, trimmed) or path.startswith(trimmed + separator)


def normalise(raw: str, *, windows: bool, cwd: str) -> str:
    """Absolute and lexically normalised: `.` and `..` removed, the system's separator. Raises `InvalidRequest`.

    Blanks at the ends are part of a name. Windows: names of devices, of streams and of the device namespace are
    refused, since they look like files below a folder and are not.
    """
    if not raw.strip():
        raise InvalidRequest("an empty path")
    if "\0" in raw or len(raw) > MAX_LENGTH:
        raise InvalidRequest("this is no path")
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
        raise InvalidRequest("this is no absolute path")
    for part in filter(None, rest.split("\\")):
        name = part.split(".", 1)[0].rstrip(" ").lower()
        if ":" in part or WINDOWS_DEVICE.fullmatch(name):
            raise InvalidRequest(f"no file or folder can have this name: {part}")
    return path


class Trust:
    """The decision for many paths at one moment: the roots are read and resolved once."""

    def __init__(self, roots: Sequence[str], *, is_enabled: bool, windows: bool) -> None:
        self._roots = tuple(dict.fromkeys(os.path.realpath(root) for root in roots))
        self._windows = windows
        self._real_folders: dict[str, str] = {}
        self._inside: set[str] = set()  # folders with everything in them, links apart
        self.is_enabled = is_enabled

    @property
    def roots(self) -> tuple[str, ...]:
        """Real paths of the roots."""
        return self._roots

    def is_inside(self, real: str) -> bool:
        """True if this real path is a root or lies below one, whether or not access control is on."""
        return any(is_below(real, root, windows=self._windows) for root in self._roots)

    def leads_inside(self, path: str) -> bool:
        """True if the file that this normalised path leads to is inside; quick for many files of few folders."""
        folder, name = os.path.split(path)
        if not name or os.path.islink(path):
            return self.is_inside(os.path.realpath(path))
        if folder in self._inside:
            return True
        real = self._real_folder(folder)
        if self.is_inside(real):
            self._inside.add(folder)
        return self.is_inside(os.path.join(real, name))

    def is_above(self, real: str) -> bool:
        """True if this real path is a root or has one below."""
        return any(is_below(root, real, windows=self._windows) for root in self._roots)

    def may_read(self, path: str) -> bool:
        """May the content of this normalised path be read?"""
        return not self.is_enabled or self.is_inside(self.real(path))

    def may_show(self, path: str) -> bool:
        """May this normalised path show up in a listing?"""
        if not self.is_enabled:
            return True
        real = self.real(path)
        return self.is_inside(real) or self.is_above(real)

    def real(self, path: str) -> str:
        """Symlinks resolved; the folder's part is remembered, since lists hold many files of few folders."""
        folder, name = os.path.split(path)
        if not name or os.path.islink(path):
            return os.path.realpath(path)
        return os.path.join(self._real_folder(folder), name)

    def _real_folder(self, folder: str) -> str:
        known = self._real_folders.get(folder)
        if known is None:
            known = self._real_folders[folder] = os.path.realpath(folder)
        return known


class PathGate:
    """Decides what a client may name. `roots` are absolute paths; `is_enabled` says whether access control is on."""

    def __init__(self, roots: Callable[[], Sequence[str]], is_enabled: Callable[[], bool], *, windows: bool) -> None:
        self._roots = roots
        self._is_enabled = is_enabled
        self._windows = windows

    @property
    def is_enabled(self) -> bool:
        """True if clients may name paths at and below the roots only."""
        return self._is_enabled()

    def trust(self) -> Trust:
        """The decision as it is now, for many paths."""
        return Trust(self._roots(), is_enabled=self._is_enabled(), windows=self._windows)

    def resolve(self, raw: str) -> TrustedPath:
        """Normalise and resolve without any decision. Raises `InvalidRequest` for what is no path at all."""
        path = normalise(raw, windows=self._windows, cwd=os.getcwd())
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError) as error:
            raise InvalidRequest("this is no path") from error
        return TrustedPath(path, real)

    def content(self, raw: str, trust: Trust | None = None) -> TrustedPath:
        """A path whose content may be read or changed. Raises `PathNotTrusted`."""
        found = self.resolve(raw)
        if self._is_enabled() and not (trust or self.trust()).is_inside(found.real):
            raise _outside(found)
        return found

    def known(self, path: str, trust: Trust | None = None) -> TrustedPath:
        """As `content`, for a path that we know and the client did not name: a refusal does not tell it."""
        try:
            return self.content(path, trust)
        except PathNotTrusted:
            raise PathNotTrusted(UNNAMED) from None

    def navigation(self, raw: str, trust: Trust | None = None) -> TrustedPath:
        """A path that may be listed: at, below or above a root. Raises `PathNotTrusted`."""
        found = self.resolve(raw)
        if not self._is_enabled():
            return found
        known = trust or self.trust()
        if not known.is_inside(found.real) and not known.is_above(found.real):
            raise _outside(found)
        return found

    def is_under_root(self, path: str) -> bool:
        """True if a normalised path is a root or lies below one, whether or not access control is on."""
        return self.trust().is_inside(os.path.realpath(path))


def _outside(found: TrustedPath) -> PathNotTrusted:
    return PathNotTrusted(f"this path is outside the folders that may be accessed: {found.path}")
