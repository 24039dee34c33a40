"""Tests for the demo library of `make run`."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from pathlib import Path

import pytest

from iib.metadata.read import parse_media
from iib.metadata.registry import default_registry
from iib.model.media import FileStamp, MediaKind, ParsedMedia

TOOLS = Path(__file__).resolve().parents[3] / "tools"
if str(TOOLS) not in sys.path:
    sys.path.insert(0, str(TOOLS))

import make_demo  # noqa: E402

COUNT = 22  # twice through all metadata layouts


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo library, made once for the module."""
    target = tmp_path_factory.mktemp("demo") / "library"
    make_demo.make_demo(target, COUNT)
    return target


def parsed(library: Path) -> list[ParsedMedia]:
    """All files as the index reads them."""
    registry = default_registry()
    found = []
    for path in sorted(item for item in library.rglob("*") if item.is_file()):
        stat = path.stat()
        stamp = FileStamp(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        found.append(parse_media(str(path), path.name, stamp, registry))
    return found


def test_every_file_contains_its_prompt_model_and_seed(library: Path) -> None:
    found = parsed(library)

    assert len(found) == COUNT + 2
    for media in found:
        assert media.problem is None, media
        assert media.geninfo.prompt
        assert media.geninfo.models
        assert media.geninfo.seed is not None


def test_several_tools_and_kinds_of_file_are_present(library: Path) -> None:
    found = parsed(library)

    assert len({media.geninfo.tool for media in found}) >= 5
    assert len({Path(media.name).suffix for media in found}) >= 4
    assert Counter(media.kind for media in found)[MediaKind.VIDEO] == 2


def test_a_complete_library_is_not_drawn_again(library: Path) -> None:
    before = {path: path.stat().st_ino for path in library.rglob("*")}

    make_demo.make_demo(library, COUNT)

    assert {path: path.stat().st_ino for path in library.rglob("*")} == before


def test_an_interrupted_library_is_drawn_again_with_equal_files(library: Path, tmp_path: Path) -> None:
    target = tmp_path / "library"
    half = tmp_path / "library.unfinished" / "space"
    half.mkdir(parents=True)
    (half / "half.png").write_bytes(b"half")

    make_demo.make_demo(target, COUNT)

    assert pictures(target) == pictures(library)
    assert not half.exists()


def test_a_folder_with_other_files_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        make_demo.make_demo(tmp_path, COUNT)

    assert (tmp_path / "holiday.jpg").read_bytes() == b"mine"


def pictures(library: Path) -> dict[str, str]:
    """Name and content of every picture; the encoder of the videos may use its own numbers."""
    return {
        path.relative_to(library).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in library.rglob("*")
        if path.is_file() and path.suffix != ".mp4"
    }
