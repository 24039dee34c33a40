"""Tests for computing missing hashes, once per content."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.library import EPOCH_NS
from support.records import put, record

from iib.duplicates.hashing import BATCH, Hasher
from iib.errors import Cancelled, MediaError
from iib.jobs.progress import Progress
from iib.model.media import MediaId, MediaKind, PictureHash, PicturePreview
from iib.store import Store

LOOK = PictureHash(2**63 + 5, 50, bytes(48))


class Drawer:
    """A drawing function that draws nothing and records its calls."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def preview(self, path: str, _kind: MediaKind) -> PicturePreview | None:
        self.seen.append(Path(path).name)
        if "torn" in path:
            raise MediaError("torn")
        if "odd" in path:
            raise ZeroDivisionError
        if "away" in path:
            raise FileNotFoundError(path)
        return PicturePreview(b"", LOOK)


def progress() -> Progress:
    """A progress without a listener."""
    return Progress(lambda _progress: None)


def test_every_picture_is_hashed_once_and_again_when_it_changes(store: Store) -> None:
    drawer = Drawer()
    maker = Hasher(store, drawer.preview)
    ids = put(store, [record("a.png"), record("torn.png"), record("odd.png"), record("a.mp3", kind=MediaKind.AUDIO)])

    maker.hash_pictures(ids, progress())
    maker.hash_pictures(ids, progress())
    first, drawer.seen = sorted(drawer.seen), []
    put(store, [record("a.png", mtime_ns=EPOCH_NS + 1)], ids=[ids[0]])
    maker.hash_pictures(ids, progress())

    assert first == ["a.png", "odd.png", "torn.png"]
    assert drawer.seen == ["a.png"]
    with store.read() as unit:
        assert unit.duplicates.picture_hashes_by_media(ids) == {ids[0]: LOOK}


def test_a_missing_file_is_an_error_and_is_retried(store: Store) -> None:
    drawer = Drawer()
    maker = Hasher(store, drawer.preview)
    ids = put(store, [record("a.png"), record("away.png")])
    run = progress()

    maker.hash_pictures(ids, run)
    maker.hash_pictures(ids, progress())

    assert run.errors == 1
    assert drawer.seen.count("away.png") == 2
    assert drawer.seen.count("a.png") == 1


def test_a_stopped_search_keeps_its_finished_hashes(store: Store) -> None:
    drawer = Drawer()
    maker = Hasher(store, drawer.preview)
    ids = put(store, [record(f"{number:03}.png") for number in range(3 * BATCH)])
    run = progress()

    def stop_in_the_second_batch(path: str, kind: MediaKind) -> PicturePreview | None:
        if path.endswith(f"{BATCH:03}.png"):
            run.cancel()
        return drawer.preview(path, kind)

    with pytest.raises(Cancelled):
        Hasher(store, stop_in_the_second_batch).hash_pictures(ids, run)
    assert len(drawer.seen) == 2 * BATCH

    maker.hash_pictures(ids, progress())

    assert sorted(drawer.seen) == [f"{number:03}.png" for number in range(3 * BATCH)]


def test_files_are_read_whole_once(store: Store, tmp_path: Path) -> None:
    maker = Hasher(store, Drawer().preview)
    for name, content in (("a", b"same"), ("b", b"same"), ("c", b"else")):
        (tmp_path / name).write_bytes(content)
    ids = put(store, [record(name, folder=str(tmp_path), content=b"ends") for name in "abc"], folder=str(tmp_path))

    def every_file(_media_id: MediaId) -> bool:
        return True

    first = maker.equal_files(every_file, progress())
    (tmp_path / "a").unlink()

    assert first == [ids[:2]]
    assert maker.equal_files(every_file, progress()) == [ids[:2]]
    assert maker.equal_files(lambda one: one != ids[0], progress()) == []
