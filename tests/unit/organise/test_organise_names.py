"""Tests for the names of topic folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib._lib.file_names import name_problem
from iib.organise.folder_names import FolderNames, folder_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tabby cats", "Tabby cats"),
        ("cats: tabby / grey. ", "cats tabby grey"),
        ('a<b>c"d\\e|f?g*h', "a b c d e f g h"),
        ("line\nand\ttab", "line and tab"),
        ("..hidden..", "hidden"),
        ("CON", "_CON"),
        ("aux.png", "_aux.png"),
        ("...", ""),
        ("/", ""),
        ("猫", "猫"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_characters_that_are_invalid_in_folder_names_are_removed(text: str, name: str) -> None:
    assert folder_name(text, 50) == name


def test_a_cut_name_does_not_end_in_a_blank() -> None:
    assert folder_name("red sports car", 4) == "red"


@given(st.text(st.characters()), st.integers(1, 255))
def test_every_name_is_valid_on_every_system(text: str, limit: int) -> None:
    name = folder_name(text, limit)

    assert not name or name_problem(name, windows=True) is None
    assert len(name) <= limit
    assert folder_name(name, limit) == name


def test_an_existing_folder_keeps_its_spelling(tmp_path: Path) -> None:
    (tmp_path / "Tabby Cats").mkdir()
    (tmp_path / "taken").write_bytes(b"a file")

    names = FolderNames(str(tmp_path))

    assert names.spelling("tabby cats") == "Tabby Cats"
    assert names.spelling("new") == "new"
    assert names.spelling("Taken") == "Taken_1"


def test_a_missing_destination_has_no_folders(tmp_path: Path) -> None:
    assert FolderNames(str(tmp_path / "nowhere")).spelling("Cats") == "Cats"
