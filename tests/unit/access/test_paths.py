"""Tests for paths: comparison by components, the rules of Windows and POSIX, and input that tries to leave a root."""

from __future__ import annotations

import ntpath
import os
import posixpath
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.access.paths import PathAuthorizer, is_below, normalise
from iib.access.roots import common_folders
from iib.errors import InvalidRequest, PathNotTrusted

part = st.sampled_from(["a", "b", "lib", "lib-private", "..", ".", "", " ", "A", "Ü", "x.png", "...", "~"])
posix_input = st.lists(part, min_size=1, max_size=8).map("/".join)
windows_input = st.tuples(
    st.sampled_from(["", "C:", "c:/", "D:\\", "\\\\server\\share\\", "//server/share/", "/", "\\"]),
    st.lists(st.tuples(part, st.sampled_from(["/", "\\"])), min_size=1, max_size=8),
).map(lambda item: item[0] + "".join(name + separator for name, separator in item[1]))


@given(raw=posix_input | st.text(max_size=40))
def test_posix_paths_are_normalised_to_absolute_paths_without_dots(raw: str) -> None:
    try:
        path = normalise(raw, windows=False, cwd="/work dir")
    except InvalidRequest:
        assert not raw.strip() or "\0" in raw
        return

    assert path.startswith("/")
    assert not path.startswith("//")
    assert not {".", ".."} & set(path.split("/"))
    assert normalise(path, windows=False, cwd="/elsewhere") == path


@given(raw=windows_input | st.text(max_size=40))
def test_windows_paths_are_normalised_to_absolute_paths_without_dots(raw: str) -> None:
    try:
        path = normalise(raw, windows=True, cwd="C:\\work dir")
    except InvalidRequest:
        return

    drive, rest = ntpath.splitdrive(path)
    assert drive
    assert "/" not in path
    assert ":" not in rest
    assert not {".", ".."} & set(rest.split("\\"))
    assert normalise(path, windows=True, cwd="D:\\elsewhere") == path


@given(raw=posix_input)
def test_posix_input_that_leaves_the_root_is_detected(raw: str) -> None:
    path = normalise(f"/top/lib/{raw}", windows=False, cwd="/")
    really_below = path == "/top/lib" or posixpath.commonpath([path, "/top/lib"]) == "/top/lib"

    assert is_below(path, "/top/lib", windows=False) is really_below


@given(raw=windows_input)
def test_windows_input_that_leaves_the_root_is_detected(raw: str) -> None:
    try:
        path = normalise(f"C:\\top\\lib\\{raw}", windows=True, cwd="C:\\")
    except InvalidRequest:
        return
    try:
        really_below = ntpath.commonpath([path, "C:\\top\\lib"]).lower() == "c:\\top\\lib"
    except ValueError:  # another drive
        really_below = False

    assert is_below(path, "C:\\top\\lib", windows=True) is really_below


@given(parts=st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=4), max_size=4))
def test_every_path_is_below_itself_and_below_all_its_parents(parts: list[str]) -> None:
    path = posixpath.normpath("/" + "/".join(parts)).replace("//", "/")

    current = path
    while True:
        assert is_below(path, current, windows=False)
        if current == "/":
            return
        current = posixpath.dirname(current)


@pytest.mark.parametrize(
    ("path", "top", "below"),
    [
        ("/lib", "/lib", True),
        ("/lib/a", "/lib", True),
        ("/lib/a", "/lib/", True),
        ("/a", "/", True),
        ("/", "/", True),
        ("/lib-private/a", "/lib", False),
        ("/library", "/lib", False),
        ("/li", "/lib", False),
        ("/", "/lib", False),
        ("/LIB/a", "/lib", False),
        ("/lib\\a", "/lib", False),
    ],
)
def test_posix_paths_are_compared_by_whole_components(path: str, top: str, below: bool) -> None:
    assert is_below(path, top, windows=False) is below


@pytest.mark.parametrize(
    ("path", "top", "below"),
    [
        ("C:\\Lib\\a", "c:\\lib", True),
        ("c:/lib/a", "C:\\LIB", True),
        ("C:\\lib", "C:\\", True),
        ("C:\\lib2", "C:\\lib", False),
        ("D:\\lib\\a", "C:\\lib", False),
        ("\\\\server\\share\\a", "\\\\SERVER\\share", True),
        ("\\\\server\\share2\\a", "\\\\server\\share", False),
        ("C:\\ÜBER\\a", "c:\\über", True),
    ],
)
def test_windows_components_are_compared_without_case_and_with_either_separator(
    path: str, top: str, below: bool
) -> None:
    assert is_below(path, top, windows=True) is below


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("C:/a/../b", "C:\\b"),
        ("C:", "C:\\"),
        ("c:\\..\\..\\x", "c:\\x"),
        ("//server/share/a", "\\\\server\\share\\a"),
        ("sub/x.png", "C:\\cwd\\sub\\x.png"),
        ("\\x", "C:\\x"),
        ("C:\\console.png", "C:\\console.png"),
        ("C:\\com10\\nullable.txt", "C:\\com10\\nullable.txt"),
    ],
)
def test_windows_spellings(raw: str, path: str) -> None:
    assert normalise(raw, windows=True, cwd="C:\\cwd") == path


@pytest.mark.parametrize(
    "raw",
    [
        "\\\\.\\PhysicalDrive0",
        "\\\\?\\C:\\x",
        "//./pipe/x",
        "//?/C:/x",
        "\\??\\C:\\x",
        "C:\\lib\\CON",
        "C:\\lib\\nul.png",
        "C:\\lib\\com1 .txt\\a",
        "C:\\lpt¹",
        "C:\\lib\\a.png:stream",
        "C:\\lib\\a.png::$DATA",
        "D:relative",
        "",
        "  ",
        "C:\\a\0b",
        "C:\\" + "x" * 40_000,
    ],
)
def test_windows_devices_streams_and_namespaces_are_rejected(raw: str) -> None:
    with pytest.raises(InvalidRequest):
        normalise(raw, windows=True, cwd="C:\\cwd")


@pytest.mark.parametrize("raw", ["", " ", "\n", "a\0", "\0", "x" * 40_000])
def test_invalid_posix_paths_are_rejected(raw: str) -> None:
    with pytest.raises(InvalidRequest):
        normalise(raw, windows=False, cwd="/")


def authorizer(*roots: Path, is_enabled: bool = True) -> PathAuthorizer:
    return PathAuthorizer(lambda: [str(root) for root in roots], lambda: is_enabled, windows=os.name == "nt")


@given(raw=posix_input)
def test_every_accepted_path_is_inside_a_root(tmp_path_factory: pytest.TempPathFactory, raw: str) -> None:
    base = tmp_path_factory.getbasetemp() / "authorizer"
    (base / "lib" / "a").mkdir(parents=True, exist_ok=True)
    (base / "lib-private").mkdir(exist_ok=True)
    link = base / "lib" / "b"
    if os.name != "nt" and not link.is_symlink():
        link.symlink_to(base / "lib-private")

    try:
        accepted = authorizer(base / "lib").content(f"{base}/lib/{raw}")
    except PathNotTrusted:
        return

    assert Path(accepted.real).is_relative_to((base / "lib").resolve())


def test_navigation_reaches_parents_of_a_root_and_content_does_not(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()

    assert authorizer(tmp_path / "lib").navigation(str(tmp_path)).path == str(tmp_path)
    with pytest.raises(PathNotTrusted):
        authorizer(tmp_path / "lib").content(str(tmp_path))


def test_without_access_control_every_path_is_accepted_and_roots_are_still_recognised(tmp_path: Path) -> None:
    opened = authorizer(tmp_path / "lib", is_enabled=False)

    assert opened.content(str(tmp_path / "x")).path == str(tmp_path / "x")
    assert opened.is_under_root(str(tmp_path / "lib" / "x")) is True
    assert opened.is_under_root(str(tmp_path / "x")) is False


@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_common_folders_are_the_inner_ones_of_each_pair() -> None:
    indexed, trusted = ["/x/lib", "/x/other"], ["/x/lib/sub", "/x", "/y"]

    assert set(common_folders(indexed, trusted, windows=False)) == {"/x/lib/sub", "/x/lib", "/x/other"}
    assert common_folders(["/x/lib"], ["/x/lib/sub"], windows=False) == ("/x/lib/sub",)
    assert common_folders(["/x/lib"], ["/x/lib2"], windows=False) == ()


def test_files_are_inside_unless_a_link_leads_outside(tmp_path: Path) -> None:
    inside, outside = tmp_path / "lib", tmp_path / "private"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.png").write_bytes(b"x")
    try:
        (inside / "link.png").symlink_to(outside / "a.png")
        (outside / "back.png").symlink_to(inside / "a.png")
    except OSError:
        pytest.skip("no links here")
    allowed = authorizer(inside, outside / "one.png", is_enabled=False).allowed_paths()

    answers = {
        path: allowed.leads_inside(str(path))
        for path in (
            inside / "a.png",
            inside / "b.png",
            inside / "link.png",
            inside / "a.png",
            outside / "a.png",
            outside / "one.png",
            outside / "back.png",
        )
    }

    assert [path for path, is_inside in answers.items() if not is_inside] == [inside / "link.png", outside / "a.png"]
    assert all(found == allowed.is_inside(allowed.real(str(path))) for path, found in answers.items())
