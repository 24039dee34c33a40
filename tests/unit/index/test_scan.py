"""Tests for the folders that a scan visits, and for the difference of two listings."""

from __future__ import annotations

import os

import pytest

from iib.index.diff import diff_folder
from iib.index.scan import FolderListing, FoundFile, outermost_folders
from iib.model.geninfo import PARSER_VERSION
from iib.model.media import FileStamp, MediaId
from iib.store import StampRow

posix_only = pytest.mark.skipif(os.name == "nt", reason="POSIX paths")


@posix_only
@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["/a/b", "/a", "/a/b/c"], ("/a",)),
        (["/a", "/ab", "/a_b"], ("/a", "/a_b", "/ab")),
        (["/a", "/a/", "/a/./", "/a/x/.."], ("/a",)),
        (["/", "/a"], ("/",)),
        (["/A", "/a/b"], ("/A", "/a/b")),
        ([], ()),
    ],
)
def test_only_the_outermost_folders_are_walked(paths: list[str], kept: tuple[str, ...]):
    assert outermost_folders(paths, windows=False) == kept


@posix_only
def test_case_does_not_make_a_second_folder_on_windows():
    assert outermost_folders(["C:\\Pictures", "c:\\pictures\\2026", "C:\\Pictures_2"], windows=True) == (
        "C:\\Pictures",
        "C:\\Pictures_2",
    )


STAMP = FileStamp(10, 20, 30, 40)


def listing(*names: str, error: str | None = None, unexamined: tuple[str, ...] = ()) -> FolderListing:
    return FolderListing("/x", 1, tuple(FoundFile(name, STAMP) for name in names), (), error, unexamined)


def row(
    media_id: int, *, size: int = 10, mtime: int = 20, missing: bool = False, version: int = PARSER_VERSION
) -> StampRow:
    return StampRow(MediaId(media_id), size, mtime, 40, missing, version)


def test_equal_files_need_nothing():
    diff = diff_folder(listing("a"), {"a": row(1)})

    assert (diff.changed, diff.missing, diff.restored) == ((), (), ())


@pytest.mark.parametrize("known", [row(1, size=11), row(1, mtime=21), row(1, version=PARSER_VERSION - 1)])
def test_another_size_time_or_parser_version_means_to_read_again(known: StampRow):
    assert diff_folder(listing("a"), {"a": known}).changed == ((FoundFile("a", STAMP), 1),)


def test_a_missing_file_that_is_listed_is_restored():
    assert diff_folder(listing("a"), {"a": row(1, missing=True)}).restored == (1,)


def test_a_file_that_is_not_listed_becomes_missing_once():
    known = {"a": row(1), "b": row(2, missing=True)}

    assert diff_folder(listing(), known).missing == (1,)


def test_an_incomplete_listing_makes_no_file_missing():
    assert diff_folder(listing(error="Input/output error"), {"a": row(1)}).missing == ()
    assert diff_folder(listing(unexamined=("a",)), {"a": row(1)}).missing == ()
