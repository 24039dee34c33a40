"""Tests for the file manager commands of each platform. They are pure functions, so all of them run everywhere."""

from __future__ import annotations

import pytest

from iib.api.file_manager import open_command, reveal_command

HOSTILE = ["/lib/$(touch x).png", "/lib/a;b.png", "/lib/`id`.png", "/lib/-R.png", "/lib/a b.png", "/lib/ä,b.png"]


@pytest.mark.parametrize("path", HOSTILE)
def test_on_linux_the_folder_is_opened_and_not_the_file(path: str) -> None:
    assert reveal_command(path, "linux") == ["xdg-open", "/lib"]
    assert open_command(path, "linux") == ["xdg-open", path]


@pytest.mark.parametrize("path", HOSTILE)
def test_on_macos_the_file_is_selected_or_opened(path: str) -> None:
    assert reveal_command(path, "darwin") == ["/usr/bin/open", "-R", path]
    assert open_command(path, "darwin") == ["/usr/bin/open", path]


@pytest.mark.parametrize("path", [r"C:\lib\a b.png", r"D:\a,b.png", r"C:\lib\a & calc.png", r"\\nas\share\a.png"])
def test_on_windows_the_whole_path_is_quoted_for_explorer(path: str) -> None:
    assert reveal_command(path, "win32") == f'"C:\\Windows\\explorer.exe" /select,"{path}"'
    assert open_command(path, "win32") == f'"C:\\Windows\\explorer.exe" "{path}"'
    assert open_command(path, "win32", "D:\\W") == f'"D:\\W\\explorer.exe" "{path}"'
