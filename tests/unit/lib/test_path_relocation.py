"""Tests for path relocation, which replaces leading folders by whole components."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib._lib.path_relocation import PathRelocation, parse_pair, relocate

NAMES = st.text("ab .-ü", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
FOLDERS = st.lists(NAMES, max_size=3).map(lambda names: "/" + "/".join(names))


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("/img/a.png", "/img", "/x", "/x/a.png"),
        ("/img/a.png", "/img/", "/x/", "/x/a.png"),
        ("/img", "/img", "/x", "/x"),
        ("/img2/a.png", "/img", "/x", None),
        ("/IMG/a.png", "/img", "/x", None),
        ("/a/b.png", "/", "/x", "/x/a/b.png"),
        (r"C:\Out\Sub\a.png", "c:/out", "/x", "/x/Sub/a.png"),
        ("C:/Out/a.png", "C:\\Out\\", "D:\\new", r"D:\new\a.png"),
        (r"\\server\share\out\a.png", r"\\SERVER\share\out", "/x", "/x/a.png"),
        (r"C:\Outside\a.png", r"C:\Out", "/x", None),
        ("/img/a.png", r"C:\img", "/x", None),
        ("/data/x/a.png", "/data/x", "C:\\y", r"C:\y\a.png"),
    ],
)
def test_folders_are_replaced_by_whole_components_on_both_systems(path: str, old: str, new: str, expected: str | None):
    assert relocate(path, old, new) == expected


@given(FOLDERS, FOLDERS, FOLDERS)
def test_mapping_there_and_back_returns_the_same_path(old: str, new: str, rest: str):
    path = (old.rstrip("/") + rest) if rest != "/" else old

    moved = relocate(path, old, new)

    assert moved is not None
    assert relocate(moved, new, old) == path


@given(FOLDERS, FOLDERS)
def test_a_folder_with_the_same_prefix_is_another_folder(old: str, new: str):
    if old != "/":
        assert relocate(f"{old}x/a.png", old, new) is None


def test_the_longest_matching_old_folder_is_replaced():
    mapping = PathRelocation((("/a", "/x"), ("/a/b", "/y")))

    assert [mapping.apply(path) for path in ("/a/1", "/a/b/1", "/c/./1")] == ["/x/1", "/y/1", "/c/1"]


@pytest.mark.parametrize(
    ("text", "pair"),
    [("/a=/b", ("/a", "/b")), ("C:\\a = /b", ("C:\\a", "/b")), ("/a", None), ("=/b", None), ("/a=", None)],
)
def test_pairs_of_the_command_line(text: str, pair: tuple[str, str] | None):
    assert parse_pair(text) == pair
