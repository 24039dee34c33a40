"""Tests for thumbhashes, which are computed in the background, newest files first."""

from __future__ import annotations

import threading
from collections.abc import Callable

from support.library import EPOCH_NS
from support.raw_sql import raw_sql
from support.records import numbered, put, record
from support.services import wait_for

from iib.errors import MediaError
from iib.index.thumbhashes import ThumbhashWorker
from iib.model.media import MediaKind, PictureHash, PicturePreview
from iib.store import Store

LOOK = PictureHash(2**64 - 2, 50, bytes(range(48)))


def preview(thumbhash: bytes) -> PicturePreview:
    return PicturePreview(thumbhash, LOOK)


def drawn(store: Store) -> dict[str, bytes | None]:
    with store.read() as unit:
        ids = [row[0] for block in unit.media_search.iter_snapshot_columns() for row in block]
        known = {row[0]: row[1] for row in raw_sql(unit, "SELECT id, thumbhash FROM media")}
        return {row.name: known[row.id] for row in unit.media.list_by_ids(ids)}


def run(store: Store, draw: Callable[[str, MediaKind], PicturePreview | None], is_done: Callable[[], bool]) -> None:
    worker = ThumbhashWorker(store, draw, lambda: False)
    worker.start()
    try:
        wait_for(is_done, timeout_s=30)
    finally:
        worker.close()


def test_each_picture_is_rendered_once_newest_first(store: Store):
    put(store, numbered(60))
    seen: list[str] = []

    def draw(path: str, _kind: MediaKind) -> PicturePreview:
        seen.append(path)
        return preview(b"hash")

    run(store, draw, lambda: all(drawn(store).values()))

    assert seen == [f"/library/{number:06}.png" for number in range(59, -1, -1)]


def test_a_picture_that_cannot_be_rendered_is_tried_once_and_does_not_block_others(store: Store):
    put(store, numbered(5))

    def draw(path: str, _kind: MediaKind) -> PicturePreview | None:
        if path.endswith("4.png"):
            raise MediaError("torn")
        if path.endswith("3.png"):
            raise ZeroDivisionError
        return None if path.endswith("2.png") else preview(b"hash")

    run(store, draw, lambda: None not in drawn(store).values())

    assert [drawn(store)[f"00000{n}.png"] for n in range(5)] == [b"hash", b"hash", b"", b"", b""]


def test_an_unavailable_picture_is_retried_later_and_does_not_block_others(store: Store):
    put(store, numbered(60))
    is_plugged = threading.Event()

    def draw(path: str, _kind: MediaKind) -> PicturePreview:
        if int(path[-8:-4]) >= 20 and not is_plugged.is_set():
            raise FileNotFoundError(path)
        return preview(b"hash")

    worker = ThumbhashWorker(store, draw, lambda: False)
    worker.start()
    wait_for(lambda: sum(value == b"hash" for value in drawn(store).values()) == 20)
    is_plugged.set()
    worker.wake()
    wait_for(lambda: all(drawn(store).values()))
    worker.close()


def test_audio_and_missing_files_are_skipped(store: Store):
    put(store, [record("a.mp3", kind=MediaKind.AUDIO), record("b.png", mtime_ns=EPOCH_NS - 1)])
    [gone] = put(store, [record("gone.png")])
    with store.write() as unit:
        unit.media.mark_missing([gone], 1)
    seen: list[str] = []

    def draw(path: str, _kind: MediaKind) -> PicturePreview:
        seen.append(path)
        return preview(b"x")

    run(store, draw, lambda: drawn(store)["b.png"] == b"x")

    assert seen == ["/library/b.png"]


def test_pictures_are_rendered_during_continuous_commits(store: Store):
    put(store, numbered(30))
    is_over = threading.Event()
    worker = ThumbhashWorker(store, lambda _path, _kind: preview(b"hash"), lambda: False)
    store.on_commit(lambda _revision: worker.wake())

    def write() -> None:
        number = 0
        while not is_over.wait(0.01):
            number += 1
            put(store, [record(f"x{number % 10}.png", mtime_ns=EPOCH_NS + number)])

    writer = threading.Thread(target=write)
    writer.start()
    worker.start()
    try:
        wait_for(lambda: all(value for name, value in drawn(store).items() if name[0] != "x"), timeout_s=30)
    finally:
        is_over.set()
        writer.join()
        worker.close()


def test_nothing_is_rendered_during_an_index_run(store: Store):
    put(store, numbered(3))
    is_busy = threading.Event()
    is_busy.set()
    has_asked = threading.Event()
    seen: list[str] = []

    def draw(path: str, _kind: MediaKind) -> PicturePreview:
        assert not is_busy.is_set()
        seen.append(path)
        return preview(b"x")

    def ask() -> bool:
        has_asked.set()
        return is_busy.is_set()

    worker = ThumbhashWorker(store, draw, ask)
    worker.start()
    assert has_asked.wait(30)
    assert seen == []
    is_busy.clear()
    wait_for(lambda: len(seen) == 3)
    worker.close()


def test_the_picture_hash_is_stored_with_the_thumbhash_and_dropped_with_the_content(store: Store):
    [kept, changed, torn] = put(store, numbered(3))

    def draw(path: str, _kind: MediaKind) -> PicturePreview | None:
        return None if path.endswith("2.png") else preview(b"hash")

    run(store, draw, lambda: None not in drawn(store).values())
    put(store, [record("000001.png", mtime_ns=EPOCH_NS + 99)], ids=[changed])

    with store.read() as unit:
        assert unit.duplicates.picture_hashes_by_media([kept, changed, torn]) == {kept: LOOK}
        assert [row.id for block in unit.duplicates.iter_unhashed([kept, changed, torn]) for row in block] == [changed]
