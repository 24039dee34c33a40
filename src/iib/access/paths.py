"""The one gate for paths: real paths, whole components, symlinks resolved before anything is decided."""

from __future__ import annotations

import ntpath
import os
import posixpath
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from iib.errors import InvalidRequest, PathNotTrusted

MAX_LENGTH = 32_767


@dataclass(frozen=True, slots=True)
class TrustedPath:
    """A path that passed the gate. `path` is absolute and lexically normalised (the key of rows and answers),
    `real` has its symlinks resolved."""

    path: str
    real: str


def is_below(path: str, top: str, *, windows: bool) -> bool:
    """True if `path` is `top` or lies below it, compared by whole components under the rules of the system.

    `is_below("/data/images_private", "/data/images", windows=False)` is False.
    """
    if windows:
        path, top = ntpath.normcase(path), ntpath.normcase(top)
        separator = "\\"
    else:
        separator = "/"
    trimmed = top.rstrip(separator)
    return path in (top, trimmed) or path.startswith(trimmed + separator)


def normalise(raw: str, *, windows: bool, cwd: str) -> str:
    """Absolute and lexically normalised: `.` and `..` removed, the system's separator. Raises `InvalidRequest`."""
    text = raw.strip()
    if not text:
        raise InvalidRequest("an empty path")
    if "\0" in text or len(text) > MAX_LENGTH:
        raise InvalidRequest("this is no path")
    if windows:
        text += "\\" if text.endswith(":") else ""
        return ntpath.normpath(ntpath.join(cwd, text))
    return posixpath.normpath(posixpath.join(cwd, text))


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

    def resolve(self, raw: str) -> TrustedPath:
        """Normalise and resolve without any decision. Raises `InvalidRequest` for what is no path at all."""
        path = normalise(raw, windows=self._windows, cwd=os.getcwd())
        try:
            real = os.path.realpath(path)
        except (OSError, ValueError) as error:
            raise InvalidRequest("this is no path") from error
        return TrustedPath(path, real)

    def content(self, raw: str) -> TrustedPath:
        """A path whose content may be read or changed. Raises `PathNotTrusted`."""
        found = self.resolve(raw)
        if self._is_enabled() and not self._is_at_root(found.real):
            raise PathNotTrusted(f"this path is outside the folders that may be accessed: {found.path}")
        return found

    def navigation(self, raw: str) -> TrustedPath:
        """A path that may be listed: at, below or above a root. Raises `PathNotTrusted`."""
        found = self.resolve(raw)
        if self._is_enabled() and not self._is_at_root(found.real) and not self._is_above_root(found.real):
            raise PathNotTrusted(f"this path is outside the folders that may be accessed: {found.path}")
        return found

    def is_visible(self, path: str) -> bool:
        """May this path show up in a listing?"""
        if not self._is_enabled():
            return True
        real = os.path.realpath(path)
        return self._is_at_root(real) or self._is_above_root(real)

    def is_under_root(self, path: str) -> bool:
        """True if a normalised path is a root or lies below one, whether or not access control is on."""
        return self._is_at_root(os.path.realpath(path))

    def _real_roots(self) -> Iterable[str]:
        return (os.path.realpath(root) for root in self._roots())

    def _is_at_root(self, real: str) -> bool:
        return any(is_below(real, root, windows=self._windows) for root in self._real_roots())

    def _is_above_root(self, real: str) -> bool:
        return any(is_below(root, real, windows=self._windows) for root in self._real_roots())
