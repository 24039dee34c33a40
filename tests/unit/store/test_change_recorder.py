"""Tests for recording changes to curated rows, and for reverting them."""

from __future__ import annotations

import zlib

import pytest
from support.raw_sql import raw_sql
from support.records import numbered, put

from iib.errors import Conflict
from iib.store import Store
from iib.store.repositories.curation.change_log import KEPT_CHANGES
from iib.store.repositories.curation.change_recorder import pack_steps, unpack_steps


def test_a_row_changed_back_within_one_transaction_is_not_a_change(store: Store):
    [media_id] = put(store, numbered(1))

    with store.write() as unit:
        unit.curation.set_ratings([media_id], rating=5)
        unit.curation.set_ratings([media_id], rating=0)
        assert unit.change_log.record("rating", "", 1) is None


def test_steps_of_unknown_columns_are_refused():
    blob = pack_steps({"mark": {(1,): (None, (1, 5, 0))}})
    assert unpack_steps(blob) == {"mark": {(1,): (None, (1, 5, 0))}}

    other = zlib.compress(zlib.decompress(blob).replace(b'"flag"', b'"colour"'))
    with pytest.raises(Conflict):
        unpack_steps(other)


def test_links_of_files_that_were_purged_are_not_restored(store: Store):
    first, second = put(store, numbered(2))
    with store.write() as unit:
        tag = unit.custom_tags.ensure("x")
        unit.custom_tags.link(tag, [first, second])
        unit.change_log.record("tag_add", "x", 1)
    with store.write() as unit:
        unit.custom_tags.unlink(tag, [first, second])
        change = unit.change_log.record("tag_remove", "x", 2)
    raw_sql(store, "DELETE FROM media WHERE id = ?", (second,))

    assert change is not None
    with store.write() as unit:
        reverted, skipped = unit.change_log.revert(change)

    with store.read() as unit:
        assert unit.tags.ids_of_media(tag).tolist() == [first]
    assert (reverted, skipped) == (2, 2)  # the link and the refusal of each file


def test_only_the_newest_changes_are_kept(store: Store):
    [media_id] = put(store, numbered(1))
    for number in range(KEPT_CHANGES + 5):
        with store.write() as unit:
            unit.curation.set_ratings([media_id], rating=1 + number % 2)
            unit.change_log.record("rating", str(number), number)

    with store.read() as unit:
        listed = unit.change_log.list_latest(2 * KEPT_CHANGES)
    assert len(listed) == KEPT_CHANGES
    assert listed[0].label == str(KEPT_CHANGES + 4)


def test_the_id_of_a_removed_tag_is_never_used_again(store: Store):
    with store.write() as unit:
        removed = unit.custom_tags.ensure("removed")
        unit.custom_tags.delete(removed)
    with store.write() as unit:
        custom = unit.custom_tags.ensure("custom")
        derived = unit.tags.ensure("Model", "sdxl")
    with store.write() as unit:
        unit.tags.drop_unused()
    with store.write() as unit:
        later = unit.tags.ensure("Model", "flux")

    assert removed < custom < derived < later


def test_a_failed_transaction_leaves_no_tag_and_no_change(store: Store):
    [media_id] = put(store, numbered(1))
    revision = store.curation_revision

    def fail() -> None:
        with store.write() as unit:
            unit.custom_tags.link(unit.custom_tags.ensure("x"), [media_id])
            unit.change_log.record("tag_add", "x", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with store.read() as unit:
        assert unit.custom_tags.find_by_name("x") is None
        assert unit.change_log.list_latest(9) == []
    assert store.curation_revision == revision


def test_a_change_of_ten_thousand_links_is_reverted(store: Store):
    ids = put(store, numbered(10_000))
    with store.write() as unit:
        tag = unit.custom_tags.ensure("x")
        assert unit.custom_tags.link(tag, ids) == 10_000
        change = unit.change_log.record("tag_add", "x", 1)

    assert change is not None
    with store.write() as unit:
        unit.change_log.revert(change)

    with store.read() as unit:
        assert unit.custom_tags.find_by_name("x") is None
        assert len(unit.tags.ids_of_media(tag)) == 0
