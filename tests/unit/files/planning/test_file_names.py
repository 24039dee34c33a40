"""Tests for the names of files and their sidecars."""

from __future__ import annotations

from pathlib import Path

import pytest

from iib._lib.file_names import MAX_NAME_BYTES, name_problem, numbered, split_name
from iib.files.planning.plan import sidecar_target
from iib.files.planning.sidecars import find_sidecars, sidecar_names


@pytest.mark.parametrize(
    "name", ["a.png", ".hidden", "ü 日本", "con sole.png", "nul_.txt", "a" * 255, "com10", "x (2).png"]
)
def test_good_names(name: str) -> None:
    assert name_problem(name, windows=False) is None


@pytest.mark.parametrize("name", ["a:b", "a?", "a*", 'a"', "a<", "a|", "a.", "a "])
def test_names_that_are_invalid_on_windows_only(name: str) -> None:
    assert name_problem(name, windows=False) is None
    assert name_problem(name, windows=True) is not None


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "\0", "a\x1f", "CON", "con.png", "LPT1.x.y", "aux .txt", "com¹"]
)
def test_names_that_are_invalid_everywhere(name: str) -> None:
    assert name_problem(name, windows=False) is not None


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.png", ("a", ".png")),
        ("a.b.png", ("a.b", ".png")),
        ("a", ("a", "")),
        (".h", (".h", "")),
        ("a.b c", ("a.b c", "")),
    ],
)
def test_an_extension_is_a_dot_and_word_characters(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_numbered_names_fit() -> None:
    assert numbered("cat.png", 2) == "cat (2).png"
    long = numbered("ü" * 125 + ".png", 10)
    assert len(long.encode()) <= MAX_NAME_BYTES
    assert long.endswith(" (10).png")


def test_sidecars_of_media_files_only() -> None:
    assert sidecar_names("a.b.png") == ("a.b.txt", "a.b.json")
    assert sidecar_names("a.mp4") == ("a.txt", "a.json")
    assert sidecar_names("a.txt") == ()
    assert sidecar_names("a") == ()


def test_a_folder_is_no_sidecar(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()

    assert find_sidecars(str(tmp_path / "a.png")) == []


def test_a_sidecar_moves_with_its_file() -> None:
    assert sidecar_target("/a/x.txt", "/b/y.z.png") == "/b/y.z.txt"
    assert sidecar_target("/a/x.txt", "/b/y.bak") is None
