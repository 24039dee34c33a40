"""Tests for file operations that name files by id, and for operations on many files at once."""

from __future__ import annotations

from pathlib import Path

from support.hosted import Hosted, access, answer_of, hosted, names
from support.library import Library

MANY = 250


def ids_of(api: Hosted) -> list[int]:
    """Ids of the whole library, newest file first."""
    return [entry["id"] for entry in api.search(size=1000)["files"]]


def operations(api: Hosted) -> list[tuple[str, int]]:
    """(kind, how many files) of the journal, newest first."""
    return [(row["kind"], row["total"]) for row in answer_of(api.get("/v1/operations"))["operations"]]


def test_a_whole_selection_is_deleted_by_id_and_comes_back_at_once(api: Hosted, library: Library) -> None:
    library.fill(MANY)
    api.update()
    ids = ids_of(api)

    deleted = answer_of(api.post("/delete_files", {"ids": ids}))

    assert names(api.search()) == []
    assert operations(api) == [("delete", MANY)]
    answer_of(api.post(f"/v1/operations/{deleted['operation_id']}/undo"))
    assert ids_of(api) == ids
    assert len(list(library.root.glob("*.png"))) == MANY


def test_files_are_moved_and_copied_by_id_and_by_path_together(api: Hosted, library: Library) -> None:
    library.fill(3)
    api.update()
    ids = ids_of(api)
    other = library.add("other.png")
    target = {"dest": str(library.path("to")), "create_dest_folder": True}

    moved = answer_of(api.post("/move_files", {"ids": ids, "file_paths": [str(other)], **target}))
    copied = answer_of(api.post("/copy_files", {"ids": ids[:1], "dest": str(library.root)}))

    assert (len(moved["done"]), moved["errors"]) == (4, [])
    assert len(copied["done"]) == 1
    assert len(list(library.path("to").iterdir())) == 4
    assert set(ids) <= set(ids_of(api))
    assert operations(api) == [("copy", 1), ("move", 4)]


def test_tens_of_thousands_may_be_named_at_once(api: Hosted, library: Library) -> None:
    gone = [str(library.path(f"gone {number}.png")) for number in range(30_000)]

    answer = answer_of(api.post("/delete_files", {"file_paths": gone, "ids": list(range(1000, 60_000))}))

    assert answer == {"ok": True, "operation_id": None}


def test_a_file_that_is_not_there_stops_a_move_and_is_one_error_of_many(api: Hosted, library: Library) -> None:
    library.fill(2)
    api.update()
    ids = [*ids_of(api), 999]
    target = {"ids": ids, "dest": str(library.path("to")), "create_dest_folder": True}

    assert api.post("/move_files", target).status_code == 404
    assert not library.path("to").exists()
    answer = answer_of(api.post("/move_files", {**target, "continue_on_error": True}))

    assert (len(answer["done"]), len(answer["errors"])) == (2, 1)
    assert "999" in answer["errors"][0]


def test_a_request_that_names_nothing_is_a_422(api: Hosted) -> None:
    assert api.post("/delete_files", {}).status_code == 422
    assert api.post("/move_files", {"dest": "/"}).status_code == 422


def test_an_id_does_not_reach_a_file_outside_of_the_allowed_folders(tmp_path: Path, library: Library) -> None:
    outside = library.add("outside/a.png")
    library.path("lib").mkdir()
    with hosted(tmp_path / "home", [library.root], access(allowed=[library.path("lib")])) as api:
        api.update()
        with api.services.store.read() as unit:
            (row,) = unit.media.rows_by_path([str(outside)]).values()

        for address, body in (("/delete_files", {}), ("/move_files", {"dest": str(library.path("lib"))})):
            assert api.post(address, {"ids": [row.id], **body}).status_code == 403

    assert outside.is_file()


def test_listeners_hear_of_a_large_operation_without_names_of_files(api: Hosted, library: Library) -> None:
    gone = [str(library.path(f"gone {number}.png")) for number in range(600)]
    kept = library.add("a.png")
    with api.services.bus.subscribe() as heard:
        deleted = answer_of(api.post("/delete_files", {"file_paths": [*gone, str(kept)]}))
        events = []
        while (event := heard.get(0)) is not None:
            events += [event[1]] if event[0] == "operation" else []

    figures = {"kind": "delete", "done": 0, "failed": 0}
    assert events[0] == {**figures, "id": None, "stage": "preparing", "total": 601, "can_stop": False}
    assert events[-1] == {
        **figures, "id": deleted["operation_id"], "stage": "ended", "total": 1, "can_stop": False,
    }  # fmt: skip
    assert answer_of(api.post(f"/v1/operations/{deleted['operation_id']}/stop")) == {"ok": False}
