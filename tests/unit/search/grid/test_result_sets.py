"""Tests of the result sets of the grid, compared with plain Python over the same files."""

from __future__ import annotations

import datetime as dt
import random
import struct
import threading

import pytest
from support.library import EPOCH_NS, SECOND_NS
from support.records import give, put, record
from support.searching import search_of

from iib._lib.text_folding import fold
from iib.bootstrap.search import build_result_sets
from iib.errors import InvalidRequest, NotFound
from iib.model.media import MediaId, MediaKind
from iib.model.record import MediaRecord
from iib.search.grid.result_sets import MAX_CACHED_RESULTS, SORTS, GridQuery, ResultSets
from iib.search.library.name_order import MERGE_LIMIT, natural_key
from iib.store import Store

DAY_S = 86_400


@pytest.fixture
def files(store: Store) -> dict[MediaId, MediaRecord]:
    """Sixty files over some months, including a change to daylight saving time; many share a property."""
    chosen = random.Random(7)
    records = [
        record(
            chosen.choice(["img", "IMG", "a", "é", "猫"]) + f"{number % 13}_{number}.png",
            chosen.choice(["a cat", "a dog", "", "%"]),
            tags=[("pos", chosen.choice(["x", "y"]))],
            mtime_ns=EPOCH_NS + chosen.randrange(0, 240 * DAY_S, 5 * DAY_S // 3) * SECOND_NS + number % 2,
            size_bytes=chosen.choice([1, 20, 300]),
            kind=MediaKind(number % 3),
            size_px=chosen.choice([(None, None), (8, 8), (1920, 1080), (1, 4000), (4000, 1), (0, 5)]),
        )
        for number in range(60)
    ]
    return dict(zip(put(store, records), records, strict=True))


@pytest.fixture
def results(store: Store) -> ResultSets:
    return build_result_sets(search_of(store))


def newest(files: dict[MediaId, MediaRecord]) -> list[MediaId]:
    return sorted(files, key=lambda item: (-files[item].stamp.mtime_ns, -item))


def expected_order(files: dict[MediaId, MediaRecord], sort: str) -> list[MediaId]:
    if sort == "newest":
        return newest(files)
    if sort == "oldest":
        return newest(files)[::-1]
    if sort == "size":
        return sorted(files, key=lambda item: (-files[item].stamp.size_bytes, -item))
    return sorted(files, key=lambda item: (natural_key(files[item].name), item))


@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != "random"])
def test_every_sort_is_a_total_order(files, results: ResultSets, sort: str):
    assert results.open(GridQuery(sort=sort)).ids.tolist() == expected_order(files, sort)


def test_a_random_order_holds_every_file_once_and_follows_its_seed(files, results: ResultSets, store: Store):
    orders = [results.open(GridQuery(sort="random", seed=seed)).ids.tolist() for seed in (1, 2)]
    again = build_result_sets(search_of(store)).open(GridQuery(sort="random", seed=1)).ids.tolist()

    assert [sorted(order) for order in orders] == [sorted(files)] * 2
    assert orders[0] != orders[1]
    assert again == orders[0]


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_buckets_are_the_runs_of_local_days(files, results: ResultSets, sort: str):
    found = results.open(GridQuery(sort=sort))

    days = [
        dt.datetime.fromtimestamp(files[MediaId(item)].stamp.mtime_ns // SECOND_NS).strftime("%Y-%m-%d")  # noqa: DTZ006
        for item in found.ids.tolist()
    ]
    listed = [bucket.key for bucket in found.buckets for _ in range(bucket.count)]
    starts = [bucket.start for bucket in found.buckets]
    assert listed == days
    assert starts == [sum(bucket.count for bucket in found.buckets[:index]) for index in range(len(starts))]
    assert len({bucket.key for bucket in found.buckets}) == len(found.buckets)


@pytest.mark.parametrize("sort", ["name", "size", "random"])
def test_other_sorts_have_one_bucket(files, results: ResultSets, sort: str):
    [bucket] = results.open(GridQuery(sort=sort)).buckets

    assert (bucket.key, bucket.start, bucket.count) == ("", 0, len(files))


@pytest.mark.parametrize("sort", SORTS)
def test_columns_layout_and_positions_agree_with_the_files(files, results: ResultSets, store: Store, sort: str):
    with store.write() as unit:
        unit.media.set_thumbhashes([(min(files), b"hash")])
    found = results.open(GridQuery(sort=sort))
    ids = found.ids.tolist()

    parts = [results.columns(found.token, start, 7) for start in range(0, len(ids) + 7, 7)]
    layout = struct.unpack(f"<{len(ids)}H", results.layout(found.token))

    assert [item for part in parts for item in part.id] == ids
    for attribute, value in (
        ("width_px", lambda item: files[item].width_px or 0),
        ("height_px", lambda item: files[item].height_px or 0),
        ("time_ms", lambda item: files[item].stamp.mtime_ns // 1_000_000),
        ("kind", lambda item: files[item].kind),
        ("thumbhash", lambda item: b"hash" if item == min(files) else None),
    ):
        assert [item for part in parts for item in getattr(part, attribute)] == [value(item) for item in ids]
    for item, aspect in zip(ids, layout, strict=True):
        width, height = files[item].width_px, files[item].height_px
        assert aspect == (max(100, min(10_000, width * 1000 // height)) if width and height else 1000)
    assert [results.position(found.token, item) for item in ids] == list(range(len(ids)))
    assert results.position(found.token, 10**9) is None


@pytest.mark.parametrize(
    ("query", "is_wanted"),
    [
        (GridQuery(text="CAT"), lambda item: "cat" in fold(item.text) or "cat" in item.name),
        (GridQuery(text="g\na"), lambda item: "g\na" in fold(item.text)),
        (GridQuery(text="%"), lambda item: "%" in item.text),
        (GridQuery(text="^img1_", regex=True), lambda item: item.name.lower().startswith("img1_")),
        (GridQuery(kinds=(MediaKind.VIDEO,)), lambda item: item.kind == MediaKind.VIDEO),
        (GridQuery(folder="/library"), lambda item: True),
        (GridQuery(folder="/lib"), lambda item: False),
        (GridQuery(text="nowhere"), lambda item: False),
    ],
)
def test_a_query_returns_the_matching_files(files, results: ResultSets, query: GridQuery, is_wanted):
    found = results.open(query)

    assert found.ids.tolist() == [item for item in newest(files) if is_wanted(files[item])]
    assert found.exact


def test_tags_combine_as_all_of_any_of_and_none_of(files, results: ResultSets, store: Store):
    liked = sorted(files)[:20]
    with store.write() as unit:
        like = give(unit, "best", liked)
        x = unit.tags.ensure("pos", "x")

    def names(item: MediaId) -> set[str]:
        return {name for _kind, name in files[item].tags} | ({"best"} if item in liked else set())

    both = results.open(GridQuery(and_tags=(x,), or_tags=(like,))).ids.tolist()
    without = results.open(GridQuery(not_tags=(like,))).ids.tolist()

    assert both == [item for item in newest(files) if {"x", "best"} <= names(item)]
    assert without == [item for item in newest(files) if item not in liked]


def test_a_folder_can_be_shown_without_its_subfolders(results: ResultSets, store: Store):
    [upper] = put(store, [record("a.png", folder="/lib")], folder="/lib")
    [lower] = put(store, [record("b.png", folder="/lib/in")], folder="/lib/in")

    assert results.open(GridQuery(folder="/lib", recursive=False)).ids.tolist() == [upper]
    assert set(results.open(GridQuery(folder="/lib")).ids.tolist()) == {upper, lower}


def test_an_opened_result_stays_as_it_is_while_the_library_changes(files, results: ResultSets, store: Store):
    found = results.open(GridQuery())
    before = (found.ids.tolist(), results.layout(found.token), results.columns(found.token, 0, 100))

    put(store, [record("new.png", mtime_ns=EPOCH_NS * 2)])
    with store.write() as unit:
        unit.media.mark_missing(list(files)[:5], 1)
    put(store, [record(next(iter(files.values())).name, "edited", size_px=(77, 77))])
    again = results.open(GridQuery())

    assert (found.ids.tolist(), results.layout(found.token), results.columns(found.token, 0, 100)) == before
    assert again.token != found.token
    assert len(again.ids) == len(files) + 1 - 5 + 1


def test_the_same_query_is_opened_once_until_something_changes(files, results: ResultSets, store: Store):
    first = results.open(GridQuery(text="cat"))
    assert results.open(GridQuery(text="cat")).token == first.token

    put(store, [record("more.png", "cat")])

    assert results.open(GridQuery(text="cat")).token != first.token


def test_a_change_of_scopes_opens_a_new_result_with_equal_counts(store: Store):
    scopes = ["/one"]
    results = build_result_sets(search_of(store, lambda: list(scopes)))
    [first] = put(store, [record("a.png", folder="/one")], folder="/one")
    [second] = put(store, [record("b.png", folder="/two")], folder="/two")
    assert results.open(GridQuery()).ids.tolist() == [first]

    scopes[:] = ["/two"]

    assert results.open(GridQuery()).ids.tolist() == [second]


def test_the_oldest_results_expire(files, results: ResultSets):
    first = results.open(GridQuery(sort="random", seed=0))
    for seed in range(1, MAX_CACHED_RESULTS + 1):
        results.open(GridQuery(sort="random", seed=seed))

    with pytest.raises(NotFound):
        results.columns(first.token, 0, 1)
    assert results.open(GridQuery(sort="random", seed=0)).ids.tolist() == first.ids.tolist()


def test_a_result_in_use_stays_cached(files, results: ResultSets):
    used = results.open(GridQuery())
    for seed in range(MAX_CACHED_RESULTS * 2):
        results.open(GridQuery(sort="random", seed=seed))
        results.get(used.token)

    assert len(results.columns(used.token, 0, 100).id) == len(files)


@pytest.mark.parametrize(("start", "count"), [(-1, 5), (0, 0), (0, 2001), (0, -5)])
def test_ranges_out_of_bounds_are_refused(files, results: ResultSets, start: int, count: int):
    token = results.open(GridQuery()).token

    with pytest.raises(InvalidRequest):
        results.columns(token, start, count)


def test_an_unknown_sort_and_a_bad_pattern_are_refused(results: ResultSets):
    with pytest.raises(InvalidRequest):
        results.open(GridQuery(sort="colour"))
    with pytest.raises(InvalidRequest):
        results.open(GridQuery(text="(", regex=True))


def test_an_empty_library_opens_as_an_empty_result(results: ResultSets):
    for sort in SORTS:
        found = results.open(GridQuery(sort=sort))
        assert (len(found.ids), found.buckets, found.exact) == (0, (), True)
        assert results.layout(found.token) == b""
        assert results.columns(found.token, 0, 10).id == []


def test_the_order_by_name_follows_every_change(files, results: ResultSets, store: Store):
    """Renames and adds files: a few at a time are merged, many sort all files again."""
    chosen = random.Random(3)
    alive = dict(files)
    for number in range(12):
        for media_id in chosen.sample(sorted(alive), 3):
            renamed = record(f"{chosen.choice('IMGaz0')}{number}_{media_id}.png")
            put(store, [renamed], ids=[media_id])
            alive[media_id] = renamed
        count = MERGE_LIMIT + 1 if number % 5 == 3 else chosen.choice([1, 4, 20])
        added = [record(f"img{chosen.randrange(10**9)}.png") for _ in range(count)]
        alive |= dict(zip(put(store, added), added, strict=True))

        for query in (GridQuery(sort="name"), GridQuery(sort="name", text="img1")):
            ids = results.open(query).ids.tolist()
            shown = {item: alive[MediaId(item)] for item in ids}
            assert ids == expected_order(shown, "name"), number
        assert len(results.open(GridQuery(sort="name")).ids) == len(alive)


@pytest.mark.parametrize(
    ("smaller", "larger"), [("img2", "img10"), ("IMG2", "img10"), ("a1b2", "a1b10"), ("2", "a"), ("", "a"), ("a", "a1")]
)
def test_digits_in_names_count_as_numbers(smaller: str, larger: str):
    assert natural_key(smaller) < natural_key(larger)


def test_results_are_right_while_another_thread_adds_files(results: ResultSets, store: Store):
    is_over = threading.Event()

    def write() -> None:
        for number in range(40):
            put(store, [record(f"{number}.png", "cat", mtime_ns=EPOCH_NS + number)])
        is_over.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not is_over.is_set():
        found = results.open(GridQuery(text="cat"))
        times = results.columns(found.token, 0, 100)
        assert found.ids.tolist() == sorted(found.ids.tolist(), reverse=True)
        assert len(times.id) == len(found.ids)
    writer.join()

    assert len(results.open(GridQuery(text="cat")).ids) == 40
