"""Tests of the search service: substrings, regular expressions, folders, pages and random order."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.library import EPOCH_NS, SECOND_NS
from support.oracle import Model, all_pages, has_pattern, has_text, is_in, tag_ids, text_ids
from support.records import numbered, put, record
from support.searching import search_of

from iib.errors import BudgetExceeded, InvalidRequest
from iib.model.media import MediaKind
from iib.query.parse import parse_query
from iib.search.library.view import NewestCursor, ShuffledCursor, encode_cursor
from iib.search.service import SearchService, TagQuery, TextQuery
from iib.store import Store


@pytest.fixture
def model(store: Store) -> Model:
    return Model(store)


@pytest.fixture
def search(store: Store) -> SearchService:
    return search_of(store)


TEXTS = [
    "a cat, best quality\nNegative prompt: dog\nSteps: 20",
    "A CAT in the rain",
    "a dog\nwith a cat_tail 100%",
    "写真、猫、最高品質",
    "Straße und ﬁlter",
    "ＦＵＬＬ width",
    "quote \"x\" and 'y'",
    "",
]


@pytest.fixture
def small(model: Model) -> Model:
    """Eight files in two folders; two files per second."""
    for number, text in enumerate(TEXTS):
        folder = "/lib/my_dir" if number % 2 else "/lib/myXdir"
        model.add(
            folder,
            f"cat{number}.png" if number == 7 else f"img{number}.png",
            text,
            mtime_ns=EPOCH_NS + number // 2 * SECOND_NS,
            kind=MediaKind(number % 3),
        )
    return model


@pytest.mark.parametrize(
    "needle",
    [
        "",
        "c",
        "ca",
        "cat",
        "CAT",
        "cat_",
        "%",
        "_",
        "猫",
        "猫、最",
        "strasse",
        "ß",
        "FI",
        "full",
        '"x"',
        "'y'",
        "my_dir",
        "\n",
        "g\nc",
        "cat\0",
        "zzz",
        "☃",
        "img3.png",
    ],
)
def test_a_needle_is_found_literally_without_regard_to_case_and_width(small: Model, search: SearchService, needle: str):
    for path_only in (False, True):
        expected = small.newest(lambda known, path_only=path_only: has_text(known, needle, path_only=path_only))
        assert text_ids(search, TextQuery(text=needle, path_only=path_only, size=3)) == expected


@pytest.mark.parametrize("needle", ["", "c", "cat", "猫", "zzz"])
def test_the_ids_of_a_needle_are_those_of_its_first_page(small: Model, search: SearchService, needle: str):
    for folders in (("/lib",), ("/lib/my_dir",), ()):
        for limit in (1, 2, 99):
            page = search.by_text(TextQuery(text=needle, folders=folders, size=limit))
            assert search.ids_by_text(needle, folders, limit).tolist() == [row.id for row in page.rows]


PATTERNS = [
    r"^img\d\.png$",
    r"^cat",
    r"CAT",
    r"cat.*dog",
    r"^with",
    r"tail\s100%$",
    r"(?i)a (cat|dog)\b",
    r"猫",
    r"my_dir/img",
    r"(a)(cat)?\1",
    r"cat(?=_)",
    r"(?<!a )dog",
    r"\bq\w+ty\b",
    r"x*",
    r"^/lib/my_dir/img1\.png$",
    r"[\"']y",
    "nothing here",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_searched_in_name_path_and_text(small: Model, search: SearchService, pattern: str):
    for path_only in (False, True):
        expected = small.newest(lambda known, path_only=path_only: has_pattern(known, pattern, path_only=path_only))
        assert text_ids(search, TextQuery(regexp=pattern, path_only=path_only, size=3)) == expected


def test_a_pattern_replaces_the_needle(small: Model, search: SearchService):
    assert text_ids(search, TextQuery(text="zzz", regexp="^cat", size=9)) == small.newest(
        lambda known: has_pattern(known, "^cat")
    )


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "(?P<x", "a{2,1}", "x" * 3000, "\\"])
def test_a_bad_pattern_is_refused(small: Model, search: SearchService, pattern: str):
    with pytest.raises(InvalidRequest):
        search.by_text(TextQuery(regexp=pattern))


def test_a_catastrophic_pattern_ends_in_time(model: Model, search: SearchService):
    model.add("/lib", "a.png", "a" * 40 + "!")

    started = time.monotonic()
    assert text_ids(search, TextQuery(regexp="^(a+)+$", size=9)) == []
    with pytest.raises(BudgetExceeded):
        search.by_text(TextQuery(regexp=r"^(?=(a+)+$)b\1|^(a|aa)+$(?<!x)"))

    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "folders",
    [(), ("/lib",), ("/lib/my_dir",), ("/lib/my_dir/",), ("/lib/my",), ("/lib/my_dir", "/lib/myXdir"), ("/li",)],
)
def test_folders_limit_by_whole_components(small: Model, search: SearchService, folders: tuple[str, ...]):
    cleaned = tuple(folder.rstrip("/") for folder in folders)

    expected = small.newest(lambda known: is_in(known, cleaned))

    assert text_ids(search, TextQuery(folders=cleaned, size=3)) == expected
    assert tag_ids(search, TagQuery(folders=cleaned, size=3)) == expected


@pytest.mark.parametrize("kind", list(MediaKind))
def test_kinds_limit(small: Model, search: SearchService, kind: MediaKind):
    assert text_ids(search, TextQuery(kind=kind, size=2)) == small.newest(lambda known: known.kind == kind)


def test_only_active_scopes_are_searched(small: Model, store: Store):
    scoped = search_of(store, lambda: ["/lib/my_dir"])

    expected = small.newest(lambda known: is_in(known, ["/lib/my_dir"]))

    assert text_ids(scoped, TextQuery(size=3)) == expected
    assert text_ids(scoped, TextQuery(folders=("/lib/myXdir",), size=3)) == []
    assert {row.id for row in scoped.random(50)} == set(expected)


def test_changed_scopes_take_effect_at_once(small: Model, store: Store):
    scopes = ["/lib/my_dir"]
    scoped = search_of(store, lambda: list(scopes))
    before = text_ids(scoped, TextQuery(size=3))

    scopes[:] = ["/lib/myXdir"]

    assert not set(before) & set(text_ids(scoped, TextQuery(size=3)))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 9, 1000])
def test_each_file_is_on_exactly_one_page_even_with_equal_times(store: Store, search: SearchService, size: int):
    ids = put(store, [record(f"{number:03}.png", mtime_ns=EPOCH_NS + number // 5) for number in range(23)])

    assert text_ids(search, TextQuery(size=size)) == ids[::-1]
    assert tag_ids(search, TagQuery(size=size)) == ids[::-1]


def test_a_full_last_page_has_no_next_page(store: Store, search: SearchService):
    put(store, numbered(4))

    page = search.by_text(TextQuery(size=4))

    assert (len(page.rows), page.has_next, page.next) == (4, False, "")


@pytest.mark.parametrize("mode", ["text", "needle", "regex", "tags", "random"])
def test_files_that_stay_appear_exactly_once_while_others_come_and_go(store: Store, search: SearchService, mode: str):
    same_time = EPOCH_NS + 10 * SECOND_NS
    ids = put(store, [record(f"{n:03}.png", "needle", tags=[("pos", "x")], mtime_ns=same_time) for n in range(60)])
    leaving = ids[::3]
    turn = 0

    def ask(cursor: str):
        nonlocal turn
        turn += 1
        with store.write() as unit:
            unit.media.mark_missing(leaving[turn - 1 : turn], 1)
        for offset in (-SECOND_NS, 0, SECOND_NS):
            put(store, [record(f"new{turn}{offset}.png", "needle", mtime_ns=same_time + offset)])
        if mode == "random":
            return search.by_tags(TagQuery(random=True, cursor=cursor, size=7))
        if mode == "tags":
            return search.by_tags(TagQuery(cursor=cursor, size=7))
        return search.by_text(
            TextQuery(
                text="needle" if mode == "needle" else "",
                regexp="nee.le" if mode == "regex" else "",
                cursor=cursor,
                size=7,
            )
        )

    seen = [media_id for page in all_pages(ask) for media_id in page]

    assert len(seen) == len(set(seen))
    assert set(ids) - set(leaving) <= set(seen)


def test_a_cursor_survives_the_removal_of_its_own_row(store: Store, search: SearchService):
    ids = put(store, numbered(6))
    first = search.by_text(TextQuery(size=2))
    with store.write() as unit:
        unit.media.mark_missing([first.rows[-1].id], 1)

    second = search.by_text(TextQuery(size=2, cursor=first.next))

    assert [row.id for row in second.rows] == [ids[3], ids[2]]


def test_a_bare_date_means_earlier_than_that_second(store: Store, search: SearchService):
    second = int(time.mktime(time.strptime("2026-01-31 18:22:05", "%Y-%m-%d %H:%M:%S")))
    times = [second * SECOND_NS - 1, second * SECOND_NS, second * SECOND_NS + 1]
    ids = put(store, [record(f"{n}.png", mtime_ns=mtime_ns) for n, mtime_ns in enumerate(times)])

    page = search.by_text(TextQuery(cursor="2026-01-31 18:22:05"))

    assert [row.id for row in page.rows] == ids[:1]
    assert [row.id for row in search.by_tags(TagQuery(cursor="2026-01-31 18:22:05")).rows] == ids[:1]


BAD = [
    "x",
    "2026-13-01 00:00:00",
    "2026-01-31",
    "2026-01-31 18:22:05 ",
    "%%%%",
    "A" * 500,
    "é",
    "AAAA",
    "12",
    encode_cursor(ShuffledCursor(1, 2)),
    encode_cursor(NewestCursor(1, 2))[:-2],
    "\0",
    " ",
]


@pytest.mark.parametrize("cursor", BAD)
def test_a_malformed_cursor_is_refused(store: Store, search: SearchService, cursor: str):
    put(store, numbered(3))

    with pytest.raises(InvalidRequest):
        search.by_text(TextQuery(cursor=cursor))
    with pytest.raises(InvalidRequest):
        search.by_tags(TagQuery(cursor=cursor))


@pytest.mark.parametrize(
    "cursor", ["x", "-1", "1.5", encode_cursor(NewestCursor(1, 2)), "9" * 12, "2026-01-31 18:22:05", "\u0663"]
)
def test_a_malformed_cursor_of_a_random_order_is_refused(search: SearchService, cursor: str):
    with pytest.raises(InvalidRequest):
        search.by_tags(TagQuery(random=True, cursor=cursor))


@pytest.mark.parametrize("size", [1, 2, 7, 30, 100])
def test_a_random_order_shows_each_file_once(store: Store, search: SearchService, size: int):
    ids = put(store, numbered(30))

    assert sorted(tag_ids(search, TagQuery(random=True, size=size))) == sorted(ids)


def test_two_random_orders_differ_and_one_is_repeated_by_its_cursor(store: Store, search: SearchService):
    put(store, numbered(100))
    query = TagQuery(random=True, size=50)

    first, second = search.by_tags(query), search.by_tags(query)
    again = [search.by_tags(replace(query, cursor=first.next)).rows for _ in range(2)]

    assert [row.id for row in first.rows] != [row.id for row in second.rows]
    assert again[0] == again[1]


def test_a_bare_offset_continues_one_fixed_random_order(store: Store, search: SearchService):
    ids = put(store, numbered(20))
    start = search.by_tags(TagQuery(random=True, size=5, cursor="0"))
    rest = all_pages(lambda cursor: search.by_tags(TagQuery(random=True, size=5, cursor=cursor or "5")))

    seen = [row.id for row in start.rows] + [media_id for page in rest for media_id in page]
    assert sorted(seen) == sorted(ids)
    assert search.by_tags(TagQuery(random=True, cursor="99999")).rows == []


def test_random_picks_are_different_files_that_are_visible(store: Store, search: SearchService):
    ids = put(store, numbered(20))
    with store.write() as unit:
        unit.media.mark_missing(ids[:5], 1)

    picked = [row.id for row in search.random(128)]

    assert sorted(picked) == ids[5:]
    assert len({row.id for row in search.random(7)}) == 7


def test_an_empty_library_has_no_pages(search: SearchService):
    pages = [search.by_text(query) for query in (TextQuery(), TextQuery(text="cat"), TextQuery(regexp="c"))]
    pages += [search.by_tags(query) for query in (TagQuery(), TagQuery(random=True), TagQuery((1,)))]
    for page in pages:
        assert (page.rows, page.has_next, page.next, page.is_complete) == ([], False, "", True)
    assert search.random(10) == []


def test_a_new_tag_is_searchable_at_once(model: Model, search: SearchService):
    known = model.add("/lib", "a.png")
    like = model.tag_id("custom", "like")
    assert tag_ids(search, TagQuery((like,))) == []

    model.give("like", known.id)

    assert tag_ids(search, TagQuery((like,))) == [known.id]


def test_unknown_tags_match_no_file_and_repeated_tags_count_once(model: Model, search: SearchService):
    known = model.add("/lib", "a.png", tags=[("pos", "cat")])
    cat = model.tag_id("pos", "cat")

    assert tag_ids(search, TagQuery((cat, cat, cat))) == [known.id]
    assert tag_ids(search, TagQuery((cat, 9_999_999))) == []
    assert tag_ids(search, TagQuery((), (9_999_999,))) == []
    assert tag_ids(search, TagQuery(not_tags=(9_999_999,))) == [known.id]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory):
    """A search over 20,000 files in three zones, whose times do not follow their ids; all files share some trigrams."""
    store = Store.open(tmp_path_factory.mktemp("large") / "iib.db")
    records = []
    for number in range(20_000):
        text = (
            f"masterpiece best quality rest abcx bcde {'abcde' if number % 997 == 0 else ''} n{number * 7919 % 20011}"
        )
        mtime_ns = EPOCH_NS + (number * 7919 % 5003) * SECOND_NS
        records.append(record(f"{number:05}.png", text, mtime_ns=mtime_ns))
    ids = put(store, records)
    order = sorted(range(len(ids)), key=lambda index: (-records[index].stamp.mtime_ns, -ids[index]))
    yield search_of(store), [(ids[index], records[index]) for index in order]
    store.close()


@pytest.mark.parametrize(
    "needle", ["masterpiece", "abcde", "bcx", "n1234", "99.png", "quality rest", "absent", "q", "xy"]
)
@pytest.mark.parametrize("size", [60, 1000])
def test_common_and_rare_needles_come_in_exact_order_from_a_large_library(large, needle: str, size: int):
    search, truth = large

    expected = [media_id for media_id, item in truth if needle in item.body]
    query = TextQuery(text=needle, size=size)
    pages: list[int] = []
    cursor = ""
    for _ in range(8):
        page = search.by_text(replace(query, cursor=cursor))
        pages += [row.id for row in page.rows]
        cursor = page.next
        if not page.has_next:
            break

    assert pages == expected[: len(pages)]
    assert len(pages) == len(expected) or len(pages) >= 8 * size or not page.is_complete


@pytest.mark.parametrize("query", ["abcde", "q", "masterpiece abcde", "-abcde", "/a[bx]cde n/", "steps:>3 OR bcde"])
@pytest.mark.parametrize("limit", [None, 7, 900])
def test_a_search_out_of_time_reports_its_position_and_resumes_there(large, query: str, limit: int | None):
    search, _truth = large
    view = search.views.view()
    node = parse_query(query)
    found, start = [], 0
    while start < len(view.ids):
        hits = search.engine.find(node, view, budget_s=-1, start=start, limit=limit)
        found += hits.positions.tolist()
        assert hits.examined > start
        assert all(start <= position < hits.examined for position in hits.positions)
        start = hits.examined
        if hits.is_complete and (limit is None or len(hits.positions) < limit):
            break

    assert found == search.engine.find(node, view, budget_s=60).positions.tolist()


def test_a_library_that_grows_and_shrinks_is_refreshed_in_order(tmp_path: Path):
    store = Store.open(tmp_path / "iib.db")
    search = search_of(store)
    model = Model(store)
    for number in range(40):
        model.add("/lib", f"{number}.png", mtime_ns=EPOCH_NS + (number * 7 % 10) * SECOND_NS)
        if number % 3 == 2:
            model.hide(model.newest()[number % len(model.newest())])
        if number % 5 == 0:
            model.change(model.newest()[-1], mtime_ns=EPOCH_NS + 5 * SECOND_NS)
        assert text_ids(search, TextQuery(size=100)) == model.newest()
    store.close()
