"""Tests for the repositories of roots, preferences, folders, media and tags."""

from __future__ import annotations

from support.records import numbered, put, record

from iib.model.media import MediaId
from iib.store import Store, all_of, has_trigram, trigrams
from iib.store.repositories.media.media_writer import LARGE_BATCH


def tree(store: Store, parent: str) -> dict[str, tuple[int, int, bool]]:
    with store.read() as unit:
        return {
            node.name: (node.count, node.total, node.has_children) for node in unit.folders.list_children(parent, [])
        }


def test_types_and_aliases_of_roots_are_added_and_removed(store: Store):
    with store.write() as unit:
        unit.roots.add("/b", ["scanned"])
        unit.roots.add("/a", ["walk"])
        unit.roots.add("/b", ["walk", "scanned"])
        unit.roots.set_alias("/b", "Pictures")
        assert [(row.path, row.types, row.alias) for row in unit.roots.list_all()] == [
            ("/a", ("walk",), ""),
            ("/b", ("scanned", "walk"), "Pictures"),
        ]
        unit.roots.remove_types("/b", ["scanned"])
        unit.roots.remove_types("/a", ["walk"])
        unit.roots.remove_types("/unknown", ["walk"])
        assert [(row.path, row.types) for row in unit.roots.list_all()] == [("/b", ("walk",))]


def test_preferences_are_replaced_and_removed(store: Store):
    with store.write() as unit:
        unit.preferences.set("a", "1")
        unit.preferences.set("a", "2")
        unit.preferences.set("b", "3")
        unit.preferences.delete("b")
        unit.preferences.delete("unknown")

        assert unit.preferences.values_by_name() == {"a": "2"}


def test_the_folder_tree_counts_files_inside_and_below(store: Store):
    with store.write() as unit:
        unit.folders.ensure_all(["/lib", "/lib/a", "/lib/a/in", "/lib/ab", "/lib/b%"])
        unit.folders.set_scanned([(row.id, 1) for row in unit.folders.folders_by_path(["/lib"]).values()])
    for folder, count in (("/lib", 1), ("/lib/a", 2), ("/lib/a/in", 3), ("/lib/ab", 4)):
        put(store, numbered(count, folder=folder), folder=folder)

    assert tree(store, "/lib") == {"a": (2, 5, True), "ab": (4, 4, False), "b%": (0, 0, False)}
    assert tree(store, "/lib/a") == {"in": (3, 3, False)}
    assert tree(store, "/unknown") == {}
    with store.read() as unit:
        [root] = unit.folders.list_children(None, ["/lib"])
    assert (root.count, root.total, root.has_children) == (1, 10, True)


def test_missing_files_are_not_counted_in_the_tree(store: Store):
    with store.write() as unit:
        unit.folders.ensure_all(["/lib", "/lib/a"])
    ids = put(store, numbered(3, folder="/lib/a"), folder="/lib/a")
    with store.write() as unit:
        unit.media.mark_missing(ids[:2], 1)
    assert tree(store, "/lib") == {"a": (1, 1, False)}

    with store.write() as unit:
        unit.media.mark_missing(ids, 1)
    assert tree(store, "/lib") == {}


def test_folders_are_linked_to_their_parents_in_any_order_of_creation(store: Store):
    with store.write() as unit:
        unit.folders.ensure("/lib/a/in")
        unit.folders.ensure_all(["/lib/a", "/lib/b", "/lib", "/lib/a/in"])

        assert [row.path for row in unit.folders.list_top_level()] == ["/lib"]
        by_path = unit.folders.folders_by_path(["/lib"])
    assert by_path["/lib/a/in"].parent_id == by_path["/lib/a"].id
    assert by_path["/lib/a"].parent_id == by_path["/lib/b"].parent_id == by_path["/lib"].id


def test_the_top_of_the_file_system_has_no_parent(store: Store):
    with store.write() as unit:
        unit.folders.ensure_all(["/", "/lib"])

        assert [row.path for row in unit.folders.list_top_level()] == ["/"]


def test_empty_folders_are_removed_unless_files_need_them(store: Store):
    with store.write() as unit:
        unit.folders.ensure("/lib/a/in")  # created before its parents
        ids = unit.folders.ensure_all(["/lib", "/lib/a", "/lib/a/in", "/lib/b"])
    put(store, [record(folder="/lib/b")], folder="/lib/b")

    with store.write() as unit:
        unit.folders.remove_empty(list(ids.values()))

        assert set(unit.folders.folders_by_path(["/lib"])) == {"/lib", "/lib/b"}


def test_rows_have_the_order_of_the_requested_ids(store: Store):
    ids = put(store, numbered(1200))
    requested = [*ids[::-7], MediaId(99_999)]

    with store.read() as unit:
        assert [row.id for row in unit.media.list_by_ids(requested)] == ids[::-7]


def test_files_are_found_by_exact_path(store: Store):
    put(store, [record("a_b.png"), record("axb.png"), record("100%.png")])

    with store.read() as unit:
        rows = unit.media.rows_by_path(["/library/a_b.png", "/library/100%.png", "/library/A_B.png", "/x"])

    assert set(rows) == {"/library/a_b.png", "/library/100%.png"}


def test_problems_are_counted_and_listed(store: Store):
    put(store, [record(f"{number}.png", problem="torn" if number % 2 else None) for number in range(7)])

    with store.read() as unit:
        total, listed = unit.media.list_problems(2)

    assert total == 3
    assert [(path, problem) for _id, path, problem in listed] == [
        ("/library/1.png", "torn"),
        ("/library/3.png", "torn"),
    ]


def test_a_thumbhash_survives_a_move_and_is_removed_by_an_edit(store: Store):
    first, second = put(store, [record("a.png", content=b"A"), record("b.png", content=b"B")])
    with store.write() as unit:
        unit.media.set_thumbhashes([(first, b"x"), (second, b"y")])

    put(store, [record("moved.png", content=b"A")], ids=[first])
    put(store, [record("b.png", content=b"other")], ids=[second])

    with store.read() as unit:
        assert unit.media.thumbhashes_by_id([first, second]) == {first: b"x"}


def test_only_the_most_used_prompt_terms_are_listed_beyond_the_limit(store: Store):
    tags = [("pos", f"term {number}") for number in range(30)]
    put(store, [record(f"{number}.png", tags=[("Model", "m"), *tags[: number + 1]]) for number in range(30)])

    with store.read() as unit:
        listed = unit.tags.list_all(prompt_term_limit=10)

    assert [tag.name for tag in listed if tag.kind == "pos"] == [f"term {number}" for number in range(10)]
    assert {(tag.kind, tag.name) for tag in listed if tag.kind != "pos"} == {("custom", "like"), ("Model", "m")}


def test_texts_of_a_large_batch_are_indexed_and_replaced(store: Store):
    first = put(store, [record(f"{number}.png", f"a marmot {number}") for number in range(LARGE_BATCH)])
    put(store, [record(f"{number}.png", f"a badger {number}") for number in range(LARGE_BATCH)], ids=list(first))

    with store.read() as unit:
        assert unit.fulltext.candidate_ids(all_of([*map(has_trigram, trigrams("marmot"))]), 0, first[-1]).tolist() == []
        assert (
            unit.fulltext.candidate_ids(all_of([*map(has_trigram, trigrams("badger"))]), 0, first[-1]).tolist() == first
        )
