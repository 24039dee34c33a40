"""Property tests: posting lists of tags behave like Python sets."""

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
def test_encoding_keeps_every_offset(numbers: set[int]):
    blob, size = postings.add(None, offsets_of(numbers))

    assert postings.decode(blob).tolist() == sorted(numbers)
    assert size == len(numbers)


@given(SETS)
def test_the_smaller_form_is_chosen(numbers: set[int]):
    assert len(blob_of(numbers)) <= 1 + min(2 * max(len(numbers), 1), postings.ZONE_SIZE // 8)


@given(SETS, SETS)
def test_adding_is_union(existing: set[int], added: set[int]):
    blob, size = postings.add(blob_of(existing), offsets_of(added))

    assert postings.decode(blob).tolist() == sorted(existing | added)
    assert size == len(existing | added)


@given(SETS, SETS)
def test_removing_is_difference(existing: set[int], removed: set[int]):
    blob, size = postings.remove(blob_of(existing), removed)

    assert postings.decode(blob).tolist() == sorted(existing - removed)
    assert size == len(existing - removed)


@given(st.lists(st.tuples(st.integers(1, 2**32 - 1), OFFSETS), max_size=60))
def test_grouping_returns_the_distinct_offsets_of_each_tag(pairs: list[tuple[int, int]]):
    tag_ids, offsets = [tag_id for tag_id, _low in pairs], [offset for _tag_id, offset in pairs]

    groups = postings.offsets_by_tag(np.array(tag_ids, dtype=postings.TAG_ID_TYPE), np.array(offsets, dtype=np.int64))

    expected = {
        tag_id: sorted({offset for owner, offset in pairs if owner == tag_id}) for tag_id in sorted(set(tag_ids))
    }
    assert [(tag_id, numbers.tolist()) for tag_id, numbers in groups.items()] == list(expected.items())


@given(st.integers(0, 2**40))
def test_zone_and_offset_restore_the_id(media_id: int):
    zone, offset = postings.split_id(media_id)

    assert (zone << postings.ZONE_BITS) + offset == media_id
    assert 0 <= offset < postings.ZONE_SIZE


@given(st.lists(st.integers(0, 2**32 - 1), max_size=50))
def test_packed_ids_are_unpacked_in_order(ids: list[int]):
    assert postings.unpack_ids(np.array(ids, dtype=postings.TAG_ID_TYPE).tobytes()) == ids


def test_no_packed_ids_unpack_to_an_empty_list():
    assert postings.unpack_ids(None) == []
    assert postings.unpack_ids(b"") == []


@given(SETS, SETS, SETS)
def test_the_selected_members_of_a_set_are_counted(members: set[int], selected: set[int], present: set[int]):
    present = present | selected
    mask = np.zeros(3 * postings.ZONE_SIZE, dtype=np.bool_)
    mask[[2 * postings.ZONE_SIZE + offset for offset in sorted(selected)]] = True
    mask[: postings.ZONE_SIZE] = True  # one zone with all files selected, one with none
    others = [postings.ZONE_SIZE, *(2 * postings.ZONE_SIZE + offset for offset in sorted(present - selected))]

    zoned = postings.ZonedMask(mask, np.array(others, dtype=np.int64))

    if selected == present:
        assert (zoned.full_zones, zoned.partial_zones) == ([0, 2] if selected else [0], [])
    else:
        assert (zoned.full_zones, zoned.partial_zones) == ([0], [2] if selected else [])
        if selected:
            assert zoned.count_common(2, blob_of(members)) == len(members & selected)
