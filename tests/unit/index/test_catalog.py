"""Tests for looking up indexed files, and for the registered folders."""

from __future__ import annotations

import pytest
from support.library import Library
from support.services import by_name, update

from iib.api.services import Services
from iib.errors import NotFound
from iib.index.registered_folders import RegisteredFolders
from iib.model.media import MediaId, MediaKind, PicturePreview
from iib.store import RootRow, Store


def test_files_are_found_by_id_and_by_path(services: Services, library: Library):
    place = str(library.add("one.png", "a red fox"))
    update(services)
    row = by_name(services)["one.png"]
    catalog, unknown = services.catalog, MediaId(row.id + 1)

    assert catalog.list_by_ids([unknown, row.id]) == [row]
    assert catalog.get_detail(row.id).row == row
    assert catalog.get_path(row.id) == place
    assert catalog.paths_by_id([row.id, unknown]) == {row.id: place}
    assert catalog.rows_by_path([place, f"{place}.gone"]) == {place: row}
    assert list(catalog.texts_by_path([place, f"{place}.gone"])) == [place]
    assert "a red fox" in catalog.texts_by_path([place])[place]


def test_a_missing_file_keeps_its_path_and_detail_alone(services: Services, library: Library):
    place = library.add("one.png")
    update(services)
    row = by_name(services)["one.png"]
    place.unlink()
    update(services)

    assert services.catalog.list_by_ids([row.id]) == []
    assert services.catalog.rows_by_path([str(place)]) == {}
    assert services.catalog.get_path(row.id) == str(place)
    assert services.catalog.get_detail(row.id).row.path == str(place)


@pytest.mark.parametrize("media_id", [-1, 0, 12345, 2**63 - 1, 2**63, 10**30])
def test_an_unknown_file_has_no_detail(services: Services, media_id: int):
    with pytest.raises(NotFound):
        services.catalog.get_detail(media_id)


def test_an_unknown_file_has_no_path(services: Services):
    with pytest.raises(NotFound):
        services.catalog.get_path(12345)


def test_broken_files_are_listed_with_their_number(services: Services, library: Library):
    library.add("good.png")
    library.add("b1.png", content=b"\x89PNG broken")
    library.add("b2.png", content=b"\x89PNG broken")
    update(services)

    total, rows = services.catalog.list_problems(1)

    assert total == 2
    assert [path.startswith(str(library.path("b"))) for _id, path, _reason in rows] == [True]


def test_folders_are_listed_below_the_roots(services: Services, library: Library):
    library.add("inner/one.png")
    update(services)

    (top,) = services.catalog.list_subfolders(None, [str(library.root)])

    assert top.path == str(library.root)
    assert [node.path for node in services.catalog.list_subfolders(top.path, [])] == [str(library.path("inner"))]


def test_a_new_preview_replaces_the_old_one(services: Services, library: Library):
    place = str(library.add("one.png"))
    update(services)
    row = by_name(services)["one.png"]
    drawn = services.thumbnails.preview(place, MediaKind.IMAGE)
    assert drawn is not None

    services.catalog.replace_preview(place, PicturePreview(b"new", drawn.picture))
    services.catalog.replace_preview(f"{place}.gone", drawn)

    with services.store.read() as unit:
        assert unit.media.thumbhashes_by_id([row.id]) == {row.id: b"new"}
        assert unit.duplicates.picture_hashes_by_media([row.id]) == {row.id: drawn.picture}


def test_changes_of_registered_folders_notify_the_watcher(store: Store):
    heard: list[str] = []
    folders = RegisteredFolders(store, lambda: heard.append("changed"))

    folders.add("/b", ["scanned"])
    folders.add("/a", ["walk"])
    folders.add("/b", ["walk"])
    assert folders.list() == [RootRow("/a", ("walk",), ""), RootRow("/b", ("scanned", "walk"), "")]

    assert folders.set_alias("/b", "mine") == RootRow("/b", ("scanned", "walk"), "mine")
    folders.remove_types(["/a", "/b", "/unknown"], ["walk"])
    assert folders.list() == [RootRow("/b", ("scanned",), "mine")]
    assert heard == ["changed"] * 4


def test_a_folder_that_is_not_registered_cannot_be_named(store: Store):
    with pytest.raises(NotFound):
        RegisteredFolders(store, lambda: None).set_alias("/a", "mine")
