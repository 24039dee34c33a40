"""Property tests: facets, statistics and suggestions equal counts by hand, also while the library changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.made_files import FakeFile, geninfo, store_files
from support.searching import search_of

from iib.errors import InvalidRequest
from iib.model.media import MediaId
from iib.query.parse import parse_query
from iib.search.counts.timeline import TimelineCounter
from iib.search.service import SearchService
from iib.store import Store

MODELS = ["sdxl", "flux", "pony"]
LORAS = ["ink", "detail", "cat"]
DAY_NS = 86_400 * 10**9
NOON_NS = int(datetime(2026, 3, 10, 12).timestamp()) * 10**9

makings = st.builds(
    geninfo,
    prompt=st.sampled_from(["cat, dog", "cat", "blue eyes"]),
    model=st.none() | st.sampled_from(MODELS),
    loras=st.lists(st.sampled_from(LORAS), max_size=3, unique=True),
    sampler=st.none() | st.sampled_from(["Euler a", "UniPC"]),
)
sides = st.sampled_from([(512, 768), (768, 512), (512, 512), (None, None)])


@st.composite
def libraries(draw: st.DrawFn) -> list[FakeFile]:
    count = draw(st.integers(1, 20))
    found = []
    for number in range(count):
        width, height = draw(sides)
        day = draw(st.integers(0, 90))
        name = f"{number}.{draw(st.sampled_from(['png', 'WEBP']))}"
        found.append(
            FakeFile(
                "/lib/a" if number % 2 else "/lib/b", name, NOON_NS + day * DAY_NS, draw(makings),
                width_px=width, height_px=height,
            )
        )  # fmt: skip
    return found


@pytest.fixture
def fresh_store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "iib.db", backup_max=0)
    yield store
    store.close()


def service_of(store: Store) -> SearchService:
    return search_of(store)


def counted(values: list[str]) -> dict[str, int]:
    return dict(Counter(values))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(libraries(), libraries(), st.sampled_from(["", "cat", "model:sdxl", "-lora:ink"]))
def test_facets_equal_counting_by_hand_before_and_after_files_were_added(
    tmp_path_factory: pytest.TempPathFactory, first: list[FakeFile], second: list[FakeFile], text: str
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store") / "iib.db", backup_max=0)
    service = service_of(store)
    known: dict[MediaId, FakeFile] = {}
    try:
        for batch in (first, [FakeFile("/other", *_rest(file)) for file in second]):
            known |= dict(zip(store_files(store, batch), batch, strict=True))
            view = service.views.view()
            ids = view.ids[service.engine.find(parse_query(text), view, budget_s=60).positions]
            files = [known[item] for item in ids.tolist()]

            facets = service.facet_counter.facets(ids, view, ["model", "lora", "sampler", "ext", "folder", "shape"], 50)

            found = {name: {item.value: item.count for item in values} for name, values in facets.items()}
            assert found["model"] == counted([file.geninfo.model for file in files if file.geninfo.model])
            assert found["lora"] == counted([lora.name for file in files for lora in file.geninfo.loras])
            assert found["sampler"] == counted([file.geninfo.sampler for file in files if file.geninfo.sampler])
            assert found["ext"] == counted([file.name.rpartition(".")[2].lower() for file in files])
            assert found["folder"] == counted([file.folder for file in files])
            assert sum(found["shape"].values()) == len(files)
            for values in (facets[name] for name in facets if name != "shape"):
                assert [item.count for item in values] == sorted((item.count for item in values), reverse=True)
    finally:
        store.close()


def _rest(file: FakeFile) -> tuple[object, ...]:
    return (file.name, file.mtime_ns, file.geninfo, file.kind, file.size_bytes, file.width_px, file.height_px)


def test_custom_tags_are_counted_at_once(fresh_store: Store) -> None:
    ids = store_files(fresh_store, [FakeFile("/lib", f"{n}.png", NOON_NS, geninfo("cat")) for n in range(5)])
    service = service_of(fresh_store)
    service.facet_counter.facets(service.views.view().ids, service.views.view(), ["custom"], 10)
    with fresh_store.write() as unit:
        unit.custom_tags.link(unit.tags.ensure("custom", "like"), ids[:3])

    view = service.views.view()
    found = service.facet_counter.facets(view.ids, view, ["custom"], 10)["custom"]

    assert [(item.value, item.count) for item in found] == [("like", 3)]


def test_an_unknown_facet_is_refused(fresh_store: Store) -> None:
    service = service_of(fresh_store)
    view = service.views.view()

    with pytest.raises(InvalidRequest, match="unknown facet"):
        service.facet_counter.facets(view.ids, view, ["colour"], 10)


def test_a_timeline_has_no_gaps_and_adds_up(fresh_store: Store) -> None:
    months = [1, 1, 3, 6]
    files = [
        FakeFile(
            "/lib", f"{n}.png", int(datetime(2026, month, 15).timestamp()) * 10**9, geninfo("x", model=MODELS[n % 2])
        )
        for n, month in enumerate(months)
    ]
    store_files(fresh_store, files)
    service = service_of(fresh_store)
    view = service.views.view()

    found = TimelineCounter(service.facet_counter).timeline(view.ids, view, "model", "month", 5)

    assert found.periods == ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06")
    assert found.total == (2, 0, 1, 0, 0, 1)
    assert {item.value: item.counts for item in found.series} == {
        "sdxl": (1, 0, 1, 0, 0, 0),
        "flux": (1, 0, 0, 0, 0, 1),
    }


def test_a_file_from_another_century_does_not_make_a_million_periods(fresh_store: Store) -> None:
    store_files(
        fresh_store, [FakeFile("/lib", "a.png", 0), FakeFile("/lib", "b.png", NOON_NS + 400_000 * DAY_NS // 10)]
    )
    service = service_of(fresh_store)
    view = service.views.view()

    found = TimelineCounter(service.facet_counter).timeline(view.ids, view, "", "day", 5)

    assert len(found.periods) <= 4_000
    assert sum(found.total) == 2


@settings(max_examples=30, deadline=None)
@given(libraries())
def test_pairs_equal_counting_by_hand(tmp_path_factory: pytest.TempPathFactory, library_: list[FakeFile]) -> None:
    store = Store.open(tmp_path_factory.mktemp("store") / "iib.db", backup_max=0)
    try:
        store_files(store, library_)
        service = service_of(store)

        found = TimelineCounter(service.facet_counter).used_together(service.views.view().ids, "model", "lora", 100)

        wanted = Counter(
            (file.geninfo.model, lora.name) for file in library_ if file.geninfo.model for lora in file.geninfo.loras
        )
        assert {(pair.first, pair.second): pair.count for pair in found} == dict(wanted)
    finally:
        store.close()


def test_suggestions_contain_counts_and_the_newest_sample(fresh_store: Store) -> None:
    files = [
        FakeFile(
            "/lib", f"{n}.png", NOON_NS + n * DAY_NS, geninfo("blue cat", model="Cat Mix" if n < 3 else "Catalyst")
        )
        for n in range(4)
    ]
    ids = store_files(fresh_store, files)
    service = service_of(fresh_store)
    view = service.views.view()

    values = service.suggester.suggest("model:ca", 8, view, 10)
    words = service.suggester.suggest("x blue", 6, view, 10)

    assert [(item.insert, item.count, item.sample) for item in values.items] == [
        ('"Cat Mix"', 3, ids[2]),
        ("Catalyst", 1, ids[3]),
    ]
    assert (values.start, values.end) == (6, 8)
    assert [(item.insert, item.tag_kind, item.count) for item in words.items] == [('"blue cat"', "pos", 4)]


def test_every_suggestion_can_be_put_into_the_query(fresh_store: Store) -> None:
    store_files(
        fresh_store, [FakeFile("/lib", "a.png", NOON_NS, geninfo('say "hi", a-b', model='we"ird, (x)', loras=["ink"]))]
    )
    service = service_of(fresh_store)
    view = service.views.view()

    for text in (
        "model:",
        "lora:",
        "tool:",
        "kind:",
        "flag:",
        "has:",
        "date:",
        "rating:",
        "size:",
        "ratio:",
        "ext:",
        "w",
    ):
        found = service.suggester.suggest(text, len(text), view, 20)
        for item in found.items:
            completed = text[: found.start] + item.insert + text[found.end :]
            if item.kind == "value":
                parse_query(completed)


def test_rows_for_export_are_complete_and_in_order(fresh_store: Store) -> None:
    from iib.search.grid.export import iter_export_rows, to_csv, to_jsonl

    ids = store_files(
        fresh_store,
        [
            FakeFile("/lib", "a.png", NOON_NS, geninfo("=1+1", seed=2**64 - 1, loras=["ink", "detail"])),
            FakeFile("/lib", "b.png", NOON_NS + 1, geninfo('two\nlines, "quoted"', steps=20)),
        ],
    )
    with fresh_store.write() as unit:
        unit.curation.set_ratings([ids[0]], rating=4, flag=-1)
    service = service_of(fresh_store)
    order = np.asarray([ids[1], ids[0]], dtype=np.int64)

    found = list(iter_export_rows(fresh_store, order, service.curation_cache.current()))

    assert [row["name"] for row in found] == ["b.png", "a.png"]
    assert (found[1]["rating"], found[1]["flag"], found[1]["seed"]) == (4, "reject", "18446744073709551615")
    assert b"".join(to_jsonl(found)).count(b"\n") == 2
    sheet = b"".join(to_csv(found)).decode("utf-8-sig")
    assert "'=1+1" in sheet
    assert "ink; detail" in sheet
