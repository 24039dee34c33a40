"""Property tests: sets of files by tag behave like Python's sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from iib.store.repositories.tags import postings

OFFSETS = st.integers(0, postings.ZONE_SIZE - 1)
SETS = st.one_of(
    st.sets(OFFSETS, max_size=40),
    st.builds(
        lambda start, size: set(range(start, min(postings.ZONE_SIZE, start + size))), OFFSETS, st.integers(0, 3000)
    ),
    st.just(set(range(postings.ZONE_SIZE))),
    st.just(set(range(0, postings.ZONE_SIZE, 2))),
)


def offsets_of(numbers: set[int]) -> postings.Offsets:
    return np.array(sorted(numbers), dtype=postings.OFFSET_TYPE)


def blob_of(numbers: set[int]) -> bytes:
    return postings.add(None, offsets_of(numbers))[0]


@given(SETS)
def test_encoding_keeps_every_number(numbers: set[int]):
    blob, size = postings.add(None, offsets_of(numbers))

    assert postings.decode(blob).tolist() == sorted(numbers)
    assert size == len(numbers)


@given(SETS)
def test_the_smaller_form_is_chosen(numbers: set[int]):
    assert len(blob_of(numbers)) <= 1 + min(2 * max(len(numbers), 1), postings.ZONE_SIZE // 8)


@given(SETS, SETS)
def test_adding_is_union(known: set[int], fresh: set[int]):
    blob, size = postings.add(blob_of(known), offsets_of(fresh))

    assert postings.decode(blob).tolist() == sorted(known | fresh)
    assert size == len(known | fresh)


@given(SETS, SETS)
def test_removing_is_difference(known: set[int], gone: set[int]):
    blob, size = postings.remove(blob_of(known), gone)

    assert postings.decode(blob).tolist() == sorted(known - gone)
    assert size == len(known - gone)


@given(st.lists(st.tuples(st.integers(1, 2**32 - 1), OFFSETS), max_size=60))
def test_grouping_gives_each_tag_its_numbers_once(pairs: list[tuple[int, int]]):
    tag_ids, offsets = [tag_id for tag_id, _low in pairs], [offset for _tag_id, offset in pairs]

    found = postings.offsets_by_tag(np.array(tag_ids, dtype=postings.TAG_ID_TYPE), np.array(offsets, dtype=np.int64))

    expected = {
        tag_id: sorted({offset for owner, offset in pairs if owner == tag_id}) for tag_id in sorted(set(tag_ids))
    }
    assert [(tag_id, numbers.tolist()) for tag_id, numbers in found.items()] == list(expected.items())


@given(st.integers(0, 2**40))
def test_zone_and_number_give_the_id_back(media_id: int):
    zone, offset = postings.split_id(media_id)

    assert (zone << postings.ZONE_BITS) + offset == media_id
    assert 0 <= offset < postings.ZONE_SIZE


@given(st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_packed_ids_come_back_in_order(ids: list[int]):
    assert postings.unpack_ids(np.array(ids, dtype=postings.TAG_ID_TYPE).tobytes()) == ids


def test_no_packed_ids_are_no_ids():
    assert postings.unpack_ids(None) == []
    assert postings.unpack_ids(b"") == []


@given(SETS, SETS, SETS)
def test_what_a_set_has_in_common_with_wanted_files_is_counted(carriers: set[int], wanted: set[int], there: set[int]):
    there = there | wanted
    mask = np.zeros(3 * postings.ZONE_SIZE, dtype=np.bool_)
    mask[[2 * postings.ZONE_SIZE + offset for offset in sorted(wanted)]] = True
    mask[: postings.ZONE_SIZE] = True  # a zone of which all files are wanted, and one of which none is
    others = [postings.ZONE_SIZE, *(2 * postings.ZONE_SIZE + offset for offset in sorted(there - wanted))]

    zones = postings.ZonedMask(mask, np.array(others, dtype=np.int64))

    if wanted == there:
        assert (zones.full_zones, zones.partial_zones) == ([0, 2] if wanted else [0], [])
    else:
        assert (zones.full_zones, zones.partial_zones) == ([0], [2] if wanted else [])
        if wanted:
            assert zones.count_common(2, blob_of(carriers)) == len(carriers & wanted)
