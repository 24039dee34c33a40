"""Tests for preferences of the page, and for reading the curation of files."""

from __future__ import annotations

import pytest
from support.library import Library
from support.services import by_name, update

from iib.api.services import Services
from iib.errors import InvalidRequest
from iib.tags.rules import RULES_PREFERENCE


def test_preferences_are_stored_as_json(services: Services):
    services.preferences.set("columns", '{"count": [1, 2]}')
    services.preferences.set("theme", '"dark"')
    services.preferences.set("theme", '"light"')
    assert services.preferences.all() == {"columns": {"count": [1, 2]}, "theme": "light"}

    services.preferences.delete("theme")
    services.preferences.delete("unknown")
    assert services.preferences.all() == {"columns": {"count": [1, 2]}}


@pytest.mark.parametrize("text", ["", "{", "NaN", "[Infinity]", "[" * 100_000])
def test_a_preference_that_is_not_json_is_refused(services: Services, text: str):
    with pytest.raises(InvalidRequest):
        services.preferences.set("columns", text)
    assert services.preferences.all() == {}


def test_invalid_tag_rules_are_refused(services: Services):
    with pytest.raises(InvalidRequest):
        services.preferences.set(RULES_PREFERENCE, '[{"tag": 5}]')
    assert services.preferences.all() == {}


def test_tags_are_listed_with_their_details(services: Services, library: Library):
    library.add("one.png", "a red fox")
    update(services)
    row = by_name(services)["one.png"]
    tag = services.tags.add("mine").id
    services.tags.set_group(tag, "people")
    services.tags.change_links([row.id], [tag], [])

    assert {item.name: item.count for item in services.tags.custom()} == {"like": 0, "mine": 1}
    assert ("pos", "a red fox") in {(item.kind, item.name) for item in services.tags.all()}
    assert services.tags.details()[tag].group == "people"
    assert services.tags.pending_count() == 0


def test_rating_flag_and_albums_of_a_file(services: Services, library: Library):
    library.fill(2)
    update(services)
    first, second = (row.id for row in by_name(services).values())
    album = services.curation.create_album("best")
    services.curation.add_to_album(album.id, [first])
    services.curation.rate([first], 4)
    services.curation.flag([first], "reject")

    assert services.curation.rating_and_flag_of(first) == (4, -1)
    assert services.curation.rating_and_flag_of(second) == (0, 0)
    assert [(row.name, row.count) for row in services.curation.albums()] == [("best", 1)]
    assert services.curation.albums_of(first) == [(album.id, "best")]
    assert services.curation.albums_of(second) == []
    assert services.curation.album_items(album.id) == [first]
    assert services.curation.album_items(album.id + 1) == []
