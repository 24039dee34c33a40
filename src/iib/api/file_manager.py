"""File manager and default programs of the desktop on the machine of the server, started without a shell."""

from __future__ import annotations

import posixpath
import shutil
import subprocess
import sys
import threading

from iib.errors import Unsupported
from iib.settings import windows_dir

Command = str | list[str]


def reveal_command(path: str, platform: str, windows: str = r"C:\Windows") -> Command:
    """Return the command that selects a file in the file manager; on Linux it opens the folder of the file.

    `path` is absolute and normalised. On Windows the command is one string: Explorer parses its command line in its
    own way, and file names cannot contain double quotes there.

    >>> reveal_command("/library/a.png", "linux")
    ['xdg-open', '/library']
    """
    if platform == "win32":
        return f'"{windows}\\explorer.exe" /select,"{path}"'
    if platform == "darwin":
        return ["/usr/bin/open", "-R", path]
    return ["xdg-open", posixpath.dirname(path)]


def open_command(path: str, platform: str, windows: str = r"C:\Windows") -> Command:
    """Return the command that opens a file with its default program."""
    if platform == "win32":
        return f'"{windows}\\explorer.exe" "{path}"'
    if platform == "darwin":
        return ["/usr/bin/open", path]
    return ["xdg-open", path]


def reveal(path: str) -> None:
    """Select a file in the file manager. Raises `Unsupported` if the machine has no desktop."""
    _start(reveal_command(path, sys.platform, windows_dir()))


def open_file(path: str) -> None:
    """Open a file with its default program. Raises `Unsupported` if the machine has no desktop."""
    _start(open_command(path, sys.platform, windows_dir()))


def _start(command: Command) -> None:
    """Start a program in the background. A thread waits for its end, so that it does not remain as a zombie process."""
    if isinstance(command, list):
        program = shutil.which(command[0])
        if program is None:
            raise Unsupported(f"this machine has no {command[0]}")
        command = [program, *command[1:]]
    try:
        child = subprocess.Popen(  # noqa: S603  (no shell; the only argument from a request is a checked path)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise Unsupported(f"the desktop program cannot be started: {error.strerror}") from error
    threading.Thread(target=child.wait, name="iib-desktop", daemon=True).start()
