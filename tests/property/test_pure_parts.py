"""Property tests for folding, cursors, orders and the matching of moved files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib._lib.text_folding import fold, search_body
from iib.errors import InvalidRequest
from iib.index.moved_files import match_moved_content
from iib.search.library.name_order import natural_key
from iib.search.library.snapshot import merge_newest, sort_newest
from iib.search.library.view import (
    NewestCursor,
    ShuffledCursor,
    decode_newest_cursor,
    decode_shuffled_cursor,
    encode_cursor,
    shuffle_keys,
)
from iib.store import trigrams
from iib.store.repositories.media.media_writer import signed

TEXT = st.text()
INT64 = st.integers(-(2**63), 2**63 - 1)


@given(TEXT)
def test_folding_twice_is_folding_once(text: str):
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF)))
def test_folded_text_can_always_be_stored(text: str):
    folded = fold(text)

    assert "\0" not in folded
    folded.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｌａｎｄ STRASSE", "land strasse"),
        ("é", "é"),
        ("e\u0301", "é"),
        ("ﬁ", "fi"),
        ("ｶﾞ", "ガ"),
        ("a\0b", "a b"),
        ("ẞ", "ss"),
    ],
)
def test_folding_by_example(text: str, folded: str):
    assert fold(text) == folded


def test_accents_stay_distinct():
    assert fold("é") != fold("e")


@given(TEXT, TEXT)
def test_every_trigram_of_path_and_text_is_in_the_body(path: str, text: str):
    body = search_body(path, text)

    assert all(piece in body for piece in [*trigrams(fold(path)), *trigrams(fold(text))])


@given(INT64, INT64)
def test_a_cursor_comes_back(mtime_ns: int, media_id: int):
    assert decode_newest_cursor(encode_cursor(NewestCursor(mtime_ns, media_id))) == NewestCursor(mtime_ns, media_id)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_random_cursor_comes_back(seed: int, after: int):
    assert decode_shuffled_cursor(encode_cursor(ShuffledCursor(seed, after)), 0) == ShuffledCursor(seed, after)


@given(TEXT)
def test_any_text_is_a_cursor_or_an_invalid_request(text: str):
    for decode in (decode_newest_cursor, lambda value: decode_shuffled_cursor(value, 1)):
        try:
            decode(text)
        except InvalidRequest:
            continue


@given(st.dictionaries(st.integers(1, 200), st.integers(-5, 5), max_size=60), st.data())
def test_merging_two_orders_is_sorting_all(times: dict[int, int], data: st.DataObject):
    added = data.draw(st.sets(st.sampled_from(sorted(times)))) if times else set()
    mtime_ns = np.zeros(201, dtype=np.int64)
    for media_id, time_ns in times.items():
        mtime_ns[media_id] = time_ns
    kept = sort_newest(np.asarray(sorted(set(times) - added), dtype=np.int64), mtime_ns)
    fresh = sort_newest(np.asarray(sorted(added), dtype=np.int64), mtime_ns)

    merged = merge_newest(kept, fresh, mtime_ns)

    assert merged.tolist() == sorted(times, key=lambda item: (-times[item], -item))


@given(st.sets(st.integers(0, 2**40), max_size=200), st.integers(0, 2**63 - 1))
def test_shuffle_keys_are_positive_distinct_and_independent_of_the_others(ids: set[int], seed: int):
    listed = np.asarray(sorted(ids), dtype=np.int64)

    keys = shuffle_keys(listed, seed)

    assert (keys >= 0).all()
    assert len(set(keys.tolist())) == len(ids)
    assert all(shuffle_keys(listed[i : i + 1], seed)[0] == keys[i] for i in range(min(5, len(ids))))


@given(st.lists(TEXT, max_size=8))
def test_any_names_can_be_sorted(names: list[str]):
    assert len(sorted(names, key=natural_key)) == len(names)


@given(st.integers(0, 2**128))
def test_any_inode_fits_the_database(inode: int):
    assert -(2**63) <= signed(inode) < 2**63
    assert inode >= 2**63 or signed(inode) == inode


ROWS = st.none() | st.integers(1, 6)


@given(st.lists(st.tuples(ROWS, ROWS), max_size=8))
def test_no_row_is_given_to_two_files(pairs):
    own, seen = [], set()
    for place, _former in pairs:  # a row has one place
        own.append(None if place in seen else place)
        seen.add(place)

    rows = match_moved_content(own, [former for _place, former in pairs])

    taken = [row for row in rows if row is not None]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize(
    ("own", "former", "rows"),
    [
        ([None], [None], [None]),  # a new file
        ([1], [None], [1]),  # edited in place
        ([None], [1], [1]),  # moved
        ([1, None], [None, 1], [None, 1]),  # moved, and a new file in its old place
        ([1, 2], [2, 1], [2, 1]),  # names exchanged
        ([1, 2, 3], [2, 3, 1], [2, 3, 1]),  # three in a ring
        ([1], [2], [1]),  # overwritten by another one: the place keeps its row
        ([1, None], [2, 1], [2, 1]),  # moved away, then another one moved here
        ([None, None], [1, 1], [1, None]),  # moved and copied: one of them is the old one
    ],
)
def test_rows_follow_contents(own, former, rows):
    assert match_moved_content(own, former) == rows
