"""Tests for moving and removing the rows of media, folders and roots."""

from __future__ import annotations

from support.records import FOLDER, give, put, record

from iib._lib.text_folding import fold
from iib.model.media import MediaId
from iib.store import FileMove, Store, all_of, has_trigram, trigrams


def paths(store: Store, *ids: MediaId) -> dict[MediaId, str]:
    with store.read() as unit:
        return unit.media.paths_by_id(ids)


def find(store: Store, text: str) -> list[int]:
    with store.read() as unit:
        return unit.fulltext.candidate_ids(all_of([*map(has_trigram, trigrams(fold(text)))]), 0, 1000).tolist()


def test_a_moved_file_is_found_by_its_new_path_only(store: Store) -> None:
    (media_id,) = put(store, [record("cat.png", "a prompt")])

    with store.write() as unit:
        unit.media_paths.move_files([FileMove((f"{FOLDER}/cat.png",), "/elsewhere/dog.png")])

    assert paths(store, media_id) == {media_id: "/elsewhere/dog.png"}
    assert find(store, "elsewhere/dog") == [media_id]
    assert find(store, "library/cat") == []
    assert find(store, "a prompt") == [media_id]


def test_repeating_a_move_has_no_effect(store: Store) -> None:
    (media_id,) = put(store, [record("a.png")])

    for _ in range(2):
        with store.write() as unit:
            unit.media_paths.move_files([FileMove((f"{FOLDER}/a.png",), "/to/a.png")])

    assert paths(store, media_id) == {media_id: "/to/a.png"}


def test_moves_in_one_call_have_the_result_of_moving_one_after_the_other(store: Store) -> None:
    first, second, third = put(store, [record("1.png", "first"), record("2.png", "second"), record("3.png", "third")])
    steps = [("1.png", "0.png"), ("2.png", "1.png"), ("absent.png", "x.png"), ("0.png", "2.png"), ("3.png", "0.png")]

    with store.write() as unit:
        unit.media_paths.move_files(
            [FileMove((f"{FOLDER}/{source}",), f"{FOLDER}/{target}") for source, target in steps]
        )

    assert paths(store, first, second, third) == {
        first: f"{FOLDER}/2.png",
        second: f"{FOLDER}/1.png",
        third: f"{FOLDER}/0.png",
    }
    assert find(store, "2.png") == [first]
    assert find(store, "1.png") == [second]
    assert find(store, "0.png") == [third]


def test_the_first_source_path_with_a_row_is_moved(store: Store) -> None:
    (media_id,) = put(store, [record("a.png")])

    with store.write() as unit:
        unit.media_paths.move_files([FileMove(("/link/a.png", f"{FOLDER}/a.png"), "/to/a.png", missing_since_ns=5)])

    with store.read() as unit:
        detail = unit.media.find_detail(media_id)
    assert paths(store, media_id) == {media_id: "/to/a.png"}
    assert detail is not None
    assert detail.is_missing


def test_a_row_whose_path_is_taken_is_kept_as_missing_with_its_tags(store: Store) -> None:
    media_id, other = put(store, [record("a.png", "the first"), record("b.png", "the second")])
    with store.write() as unit:
        give(unit, "fav", [other])
        unit.media_paths.move_files([FileMove((f"{FOLDER}/a.png",), f"{FOLDER}/b.png")])

    with store.read() as unit:
        detail = unit.media.find_detail(other)
        assert detail is not None
        assert detail.is_missing
        assert [tag.name for tag in detail.tags] == ["fav"]
        assert unit.media.paths_by_id([media_id]) == {media_id: f"{FOLDER}/b.png"}
        row = unit.media.find_by_path(f"{FOLDER}/b.png")
    assert row is not None
    assert row.id == media_id


def test_moving_a_folder_moves_everything_below_it_and_nothing_else(store: Store) -> None:
    (top,) = put(store, [record("a.png", folder="/x/in")], folder="/x/in")
    (deep,) = put(store, [record("b.png", folder="/x/in/deep")], folder="/x/in/deep")
    (twin,) = put(store, [record("c.png", folder="/x/in-twin")], folder="/x/in-twin")
    with store.write() as unit:
        unit.roots.add("/x/in/deep", ["scanned"])
        unit.roots.set_alias("/x/in/deep", "Deep")
        unit.media_paths.move_folder("/x/in", "/y/out")

    assert paths(store, top, deep, twin) == {top: "/y/out/a.png", deep: "/y/out/deep/b.png", twin: "/x/in-twin/c.png"}
    with store.read() as unit:
        assert [(row.path, row.alias) for row in unit.roots.list_all()] == [("/y/out/deep", "Deep")]
        assert unit.folders.find("/x/in") is None
        child, parent = unit.folders.find("/y/out/deep"), unit.folders.find("/y/out")
    assert child is not None
    assert parent is not None
    assert child.parent_id == parent.id
    assert find(store, "/y/out/deep") == [deep]


def test_a_folder_moved_onto_an_indexed_folder_is_merged_into_it(store: Store) -> None:
    (media_id,) = put(store, [record("a.png", folder="/x/in")], folder="/x/in")
    (early,) = put(store, [record("a.png", folder="/x/out")], folder="/x/out")
    with store.write() as unit:
        give(unit, "fav", [media_id])
        unit.media_paths.move_folder("/x/in", "/x/out")

    with store.read() as unit:
        row = unit.media.find_by_path("/x/out/a.png")
        assert unit.folders.find("/x/in") is None
    assert row is not None
    assert row.id == media_id
    assert paths(store, early)[early].startswith("/x/out/a.png/")


def test_a_removed_file_leaves_no_text_and_no_tags(store: Store) -> None:
    media_id, other = put(store, [record("a.png", "words", tags=[("Model", "x")]), record("b.png", "words")])
    with store.write() as unit:
        give(unit, "fav", [media_id])
        unit.media_paths.remove_files([f"{FOLDER}/a.png", f"{FOLDER}/unknown.png"])

    assert find(store, "words") == [other]
    with store.read() as unit:
        assert unit.media.find_detail(media_id) is None
        assert {(tag.kind, tag.name) for tag in unit.tags.list_all() if tag.count} == set()
