"""Programs of the desktop, on the machine the server runs on: which command, and starting it without a shell."""

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
    """Show a file selected in the file manager; on Linux its folder. `path` is absolute and normalised.

    On Windows the command is one text: Explorer reads its command line in its own way, and no file name there can hold
    the quotes.
    """
    if platform == "win32":
        return f'"{windows}\\explorer.exe" /select,"{path}"'
    if platform == "darwin":
        return ["/usr/bin/open", "-R", path]
    return ["xdg-open", posixpath.dirname(path)]


def open_command(path: str, platform: str, windows: str = r"C:\Windows") -> Command:
    """Open a file with its default program."""
    if platform == "win32":
        return f'"{windows}\\explorer.exe" "{path}"'
    if platform == "darwin":
        return ["/usr/bin/open", path]
    return ["xdg-open", path]


def reveal(path: str) -> None:
    """Raises `Unsupported` where there is no desktop."""
    _start(reveal_command(path, sys.platform, windows_dir()))


def open_file(path: str) -> None:
    """Raises `Unsupported` where there is no desktop."""
    _start(open_command(path, sys.platform, windows_dir()))


def _start(command: Command) -> None:
    """Start it and let it be; somebody must wait for its end, or it stays in the list of processes."""
    if isinstance(command, list):
        program = shutil.which(command[0])
        if program is None:
            raise Unsupported(f"this machine has no {command[0]}")
        command = [program, *command[1:]]
    try:
        child = subprocess.Popen(  # noqa: S603  (no shell; the only argument of others is a checked path)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise Unsupported(f"the desktop's program cannot be started: {error.strerror}") from error
    threading.Thread(target=child.wait, name="iib-desktop", daemon=True).start()
