"""Tests for rows that follow files on the disk."""

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
    (own,) = put(store, [record("cat.png", "a prompt")])

    with store.write() as unit:
        unit.media_paths.move_files([FileMove((f"{FOLDER}/cat.png",), "/elsewhere/dog.png")])

    assert paths(store, own) == {own: "/elsewhere/dog.png"}
    assert find(store, "elsewhere/dog") == [own]
    assert find(store, "library/cat") == []
    assert find(store, "a prompt") == [own]


def test_moving_twice_is_moving_once(store: Store) -> None:
    (own,) = put(store, [record("a.png")])

    for _ in range(2):
        with store.write() as unit:
            unit.media_paths.move_files([FileMove((f"{FOLDER}/a.png",), "/to/a.png")])

    assert paths(store, own) == {own: "/to/a.png"}


def test_many_moves_at_once_are_as_one_after_the_other(store: Store) -> None:
    one, two, three = put(store, [record("1.png", "first"), record("2.png", "second"), record("3.png", "third")])
    steps = [("1.png", "0.png"), ("2.png", "1.png"), ("absent.png", "x.png"), ("0.png", "2.png"), ("3.png", "0.png")]

    with store.write() as unit:
        unit.media_paths.move_files(
            [FileMove((f"{FOLDER}/{source}",), f"{FOLDER}/{target}") for source, target in steps]
        )

    assert paths(store, one, two, three) == {one: f"{FOLDER}/2.png", two: f"{FOLDER}/1.png", three: f"{FOLDER}/0.png"}
    assert find(store, "2.png") == [one]
    assert find(store, "1.png") == [two]
    assert find(store, "0.png") == [three]


def test_the_first_spelling_that_is_known_is_moved(store: Store) -> None:
    (own,) = put(store, [record("a.png")])

    with store.write() as unit:
        unit.media_paths.move_files([FileMove(("/link/a.png", f"{FOLDER}/a.png"), "/to/a.png", missing_since_ns=5)])

    with store.read() as unit:
        found = unit.media.find_detail(own)
    assert paths(store, own) == {own: "/to/a.png"}
    assert found is not None
    assert found.is_missing


def test_a_row_whose_place_is_taken_is_kept_with_its_tags(store: Store) -> None:
    own, other = put(store, [record("a.png", "the first"), record("b.png", "the second")])
    with store.write() as unit:
        give(unit, "fav", [other])
        unit.media_paths.move_files([FileMove((f"{FOLDER}/a.png",), f"{FOLDER}/b.png")])

    with store.read() as unit:
        found = unit.media.find_detail(other)
        assert found is not None
        assert found.is_missing
        assert [tag.name for tag in found.tags] == ["fav"]
        assert unit.media.paths_by_id([own]) == {own: f"{FOLDER}/b.png"}
        row = unit.media.find_by_path(f"{FOLDER}/b.png")
    assert row is not None
    assert row.id == own


def test_a_folder_takes_everything_below_and_nothing_beside(store: Store) -> None:
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


def test_a_folder_that_the_index_met_already_is_joined(store: Store) -> None:
    (own,) = put(store, [record("a.png", folder="/x/in")], folder="/x/in")
    (early,) = put(store, [record("a.png", folder="/x/out")], folder="/x/out")
    with store.write() as unit:
        give(unit, "fav", [own])
        unit.media_paths.move_folder("/x/in", "/x/out")

    with store.read() as unit:
        row = unit.media.find_by_path("/x/out/a.png")
        assert unit.folders.find("/x/in") is None
    assert row is not None
    assert row.id == own
    assert paths(store, early)[early].startswith("/x/out/a.png/")


def test_a_removed_file_leaves_nothing_behind(store: Store) -> None:
    own, other = put(store, [record("a.png", "words", tags=[("Model", "x")]), record("b.png", "words")])
    with store.write() as unit:
        give(unit, "fav", [own])
        unit.media_paths.remove_files([f"{FOLDER}/a.png", f"{FOLDER}/unknown.png"])

    assert find(store, "words") == [other]
    with store.read() as unit:
        assert unit.media.find_detail(own) is None
        assert {(tag.kind, tag.name) for tag in unit.tags.list_all() if tag.count} == set()
