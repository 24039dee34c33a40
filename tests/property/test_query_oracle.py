"""Tests that the query engine returns what `evaluate` says, for random libraries and random queries."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.made_files import FakeFile, geninfo, store_files

from iib.errors import QueryError
from iib.metadata import derive_tags
from iib.model.geninfo import GenerationInfo
from iib.model.media import MediaId, MediaKind
from iib.query.ast import Facet, Quantity, SimilarTerm
from iib.query.evaluate import Subject, contains_similar, evaluate, similarity
from iib.query.parse import parse_query
from iib.search.engine.query_engine import QueryEngine
from iib.search.engine.similarity import QueryScores, sort_by_similarity
from iib.search.fulltext.searcher import TrigramSearcher
from iib.search.library.curation import CurationCache
from iib.search.library.metadata_columns import MetadataColumnCache
from iib.search.library.snapshot import SnapshotCache
from iib.search.library.tag_sets import TagSets
from iib.search.library.view import ViewCache
from iib.search.limits import DEFAULT_LIMITS, SearchLimits
from iib.store import Store

NOW = datetime(2026, 11, 25, 12, 0)
WORDS = [
    "cat",
    "Cats",
    "dog",
    "best quality",
    "猫です",
    "Ｃａｔ",
    "é",
    "e\u0301",
    "100%",
    "a_b",
    "ſtep",
    "blue eyes",
    "x",
    "it's",
    "it\u2019s",
    ":)",
]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(", ".join)
infos = st.builds(
    geninfo,
    prompt=st.none() | texts,
    negative_prompt=st.none() | texts,
    model=st.none() | st.sampled_from(["sdxl_base", "SDXL Turbo", "flux.1-dev"]),
    loras=st.lists(st.sampled_from(["detail", "Ink Style", "cat"]), max_size=2, unique=True),
    sampler=st.none() | st.sampled_from(["Euler a", "dpmpp_2m"]),
    scheduler=st.none() | st.sampled_from(["Karras", "simple"]),
    tool=st.none() | st.sampled_from(["Forge", "ComfyUI"]),
    steps=st.none() | st.integers(0, 40),
    cfg=st.none() | st.sampled_from([1.0, 6.9, 7.0]),
    seed=st.none() | st.sampled_from([0, 1, 2**63, 2**64 - 1]),
)
files = st.builds(
    FakeFile,
    folder=st.sampled_from(["/lib", "/lib/cats", "/lib/cats & dogs", "/library", "/lib/é", "/lib/e\u0301"]),
    name=st.uuids()
    .map(str)
    .flatmap(lambda stem: st.sampled_from([f"{stem}.png", f"e\u0301{stem}.png", f"cat {stem}.WebP", f"{stem}.mp4"])),
    mtime_ns=st.integers(1_700_000_000, 1_700_000_005).map(lambda seconds: seconds * 10**9),
    geninfo=infos,
    kind=st.sampled_from(list(MediaKind)),
    size_bytes=st.sampled_from([10, 5_000_000]),
    width_px=st.none() | st.sampled_from([512, 1024]),
    height_px=st.none() | st.sampled_from([512, 768]),
    duration_ms=st.none() | st.just(10_500),
    problem=st.none() | st.just("broken"),
)
leaves = st.sampled_from(
    [
        "cat", '"best quality"', "ca*s", "c?t", "猫", "猫です", "é", "/cat.*dog/", r"/^\d/", "/ſ?tep/", "/(cat|dog)s/",
        "/(?=c)cat/", "prompt:cat", "negative:dog", "-prompt:cat", "text:steps", "name:cat", "path:lib/cats",
        "folder:/lib", 'folder:"/lib/cats"', "model:sdxl", "model:=sdxl_base", "model:*turbo", "model:/^flux/",
        "lora:ink", "lora:=cat", 'sampler:"euler a"', "scheduler:karras", "tool:forge", "ext:webp", "ext:(png,mp4)",
        "tag:cat", 'tag:"blue eyes"', "tag:*cat*", "tag:forge", "steps:>20", "steps:..10", "cfg:6.9", "cfg:>6.9",
        "seed:18446744073709551615", "seed:>0", "seed:<1", "width:>=1024", "size:512x768", "size:portrait",
        "size:0.5mp", "ratio:2:3", "bytes:>1mb", "date:2023-11", "date:<2023-11-15", "duration:>10s", "kind:video",
        "has:lora", "has:prompt", "has:negative", "has:steps", "has:seed", "has:problem", "has:size", "has:model",
        "has:text", "rating:0", "rating:>=1", "rating:4..5",
        "flag:none", "flag:pick", "-flag:reject", 'album:"best of"', "album:*a*", "tag:like",
        "has:album", "has:tag", "id:1..3", "100%", "a_b", "x",
        "cat, dog", "cat,dog", "Steps: 20", "seed: 1", "time: cat", "\u201cbest quality\u201d", "it's",
        "it\u2019s", "cat :)", ">_<",
        "folder:/lib/", "folder:/", "folder:cats", "folder:LIB", 'folder:"lib/cats/"', "folder:é",
        "folder:/lib/e\u0301", "folder:~",
        r"folder:C:\lib", "/é/", "/e\u0301.?/", "/(?=é)é/", "name:/é/", "prompt:/^é/", "model:/é/",
        "similar:cat", "similar:3", 'similar:"cat ~0.5"', "similar:dog~0", "similar:1~1",
    ]
)  # fmt: skip
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} {pair[1]}"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=5,
)


likes = st.sampled_from(["similar:cat", "similar:dog", "similar:5", "steps:>3", "-similar:cat"])
similar_queries = st.recursive(
    likes,
    lambda inner: st.tuples(inner, inner, st.sampled_from([" ", " OR "])).map(
        lambda parts: f"({parts[0]}{parts[2]}{parts[1]})"
    ),
    max_leaves=5,
).map(lambda text: f"{text} similar:moon")


@dataclass(frozen=True)
class Curated:
    """The curation of one file."""

    rating: int = 0
    flag: int = 0
    album: str | None = None
    tag: str | None = None


curated = st.builds(
    Curated,
    rating=st.integers(0, 5),
    flag=st.sampled_from([-1, 0, 1]),
    album=st.none() | st.sampled_from(["Best of", "cats"]),
    tag=st.none() | st.sampled_from(["like", "Cat"]),
)


def curate(store: Store, ids: list[MediaId], curations: list[Curated]) -> None:
    with store.write() as unit:
        for media_id, curation in zip(ids, curations, strict=True):
            unit.curation.set_ratings([media_id], rating=curation.rating, flag=curation.flag)
            if curation.tag is not None:
                unit.custom_tags.link(unit.tags.ensure("custom", curation.tag), [media_id])
        for name in {curation.album for curation in curations if curation.album}:
            album = unit.curation.create_album(name, 0)
            unit.curation.add_items(
                album, [media_id for media_id, curation in zip(ids, curations, strict=True) if curation.album == name]
            )


def subject_of(file: FakeFile, media_id: int, curation: Curated) -> Subject:
    info: GenerationInfo = file.geninfo
    tags = derive_tags(info, file.kind, file.width_px, file.height_px)
    named = {
        Facet.MODEL: [item.name for item in info.models],
        Facet.LORA: [item.name for item in info.loras],
        Facet.SAMPLER: [info.sampler] if info.sampler else [],
        Facet.SCHEDULER: [info.scheduler] if info.scheduler else [],
        Facet.ALBUM: [curation.album] if curation.album else [],
        Facet.TOOL: [tag.name for tag in tags if tag.kind == "Source Identifier"] + ([info.tool] if info.tool else []),
    }
    numbers = {
        Quantity.STEPS: info.steps,
        Quantity.CFG: info.cfg,
        Quantity.SEED: info.seed,
        Quantity.WIDTH: file.width_px,
        Quantity.HEIGHT: file.height_px,
        Quantity.BYTES: file.size_bytes,
        Quantity.DATE: file.mtime_ns / 10**9,
        Quantity.DURATION: None if file.duration_ms is None else file.duration_ms / 1000,
        Quantity.ID: media_id,
        Quantity.RATING: curation.rating,
    }
    return Subject(
        path=file.path,
        text=file.text,
        prompt=info.prompt or "",
        negative=info.negative_prompt or "",
        names=named,
        tags=[*((tag.kind, tag.name) for tag in tags), *([("custom", curation.tag)] if curation.tag else [])],
        numbers=numbers,
        kind=file.kind.name.lower(),
        flag={1: "pick", -1: "reject", 0: "none"}[curation.flag],
        has_problem=file.problem is not None,
    )


def score_of(term: SimilarTerm, media_id: int) -> float | None:
    """Returns an invented similarity in tenths; every fourth file has no vector."""
    if media_id % 4 == 0:
        return None
    return zlib.crc32(f"{term.reference} {media_id}".encode()) % 11 / 10


class InventedScores:
    """A similarity scorer with invented scores."""

    version = 0

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids = sorted(ids)

    def scores(self, term: SimilarTerm) -> QueryScores:
        known = [(media_id, score) for media_id in self._ids if (score := score_of(term, media_id)) is not None]
        return QueryScores(
            np.asarray([media_id for media_id, _score in known], dtype=np.int64),
            np.asarray([score for _one, score in known]),
        )


def by_id(term: SimilarTerm, subject: Subject) -> float | None:
    media_id = subject.numbers[Quantity.ID]
    assert media_id is not None
    return score_of(term, int(media_id))


def engine_of(store: Store, limits: SearchLimits = DEFAULT_LIMITS) -> tuple[QueryEngine, ViewCache]:
    views = ViewCache(store, SnapshotCache(store), lambda: None, limits=limits)
    engine = QueryEngine(
        store=store,
        views=views,
        trigram_searcher=TrigramSearcher(store, limits=limits),
        tag_sets=TagSets(store),
        metadata_columns=MetadataColumnCache(store),
        current_curation=CurationCache(store).current,
        similarity=InventedScores(views.view().ids.tolist()),
        limits=limits,
    )
    return engine, views


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(files, min_size=1, max_size=25, unique_by=lambda file: file.path),
    st.lists(queries, min_size=1, max_size=8),
    st.data(),
)
def test_the_engine_returns_the_files_for_which_the_query_evaluates_to_true(
    tmp_path_factory: pytest.TempPathFactory, library: list[FakeFile], texts_: list[str], data: st.DataObject
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store") / "iib.db", backup_max=0)
    try:
        ids = store_files(store, library)
        curations = data.draw(st.lists(curated, min_size=len(ids), max_size=len(ids)))
        curate(store, ids, curations)
        engine, views = engine_of(store)
        view = views.view()
        for text in texts_:
            node = parse_query(text, NOW)

            found = engine.find(node, view, budget_s=60)

            expected = {
                media_id
                for media_id, file, curation in zip(ids, library, curations, strict=True)
                if evaluate(node, subject_of(file, media_id, curation), by_id)
            }
            assert set(view.ids[found.positions].tolist()) == expected, text
            assert list(found.positions) == sorted(found.positions)
            assert found.is_complete
    finally:
        store.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(files, min_size=1, max_size=25, unique_by=lambda file: file.path),
    st.lists(queries, min_size=1, max_size=6),
    st.integers(1, 9),
    st.sampled_from([60, -1]),
    st.sampled_from([0, 4]),
)
def test_pages_over_small_windows_contain_the_matching_files_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    library: list[FakeFile],
    texts_: list[str],
    limit: int,
    budget_s: float,
    scanned: int,
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store") / "iib.db", backup_max=0)
    try:
        ids = store_files(store, library)
        limits = SearchLimits(
            zone_bits=1, whole_library_candidates=0, files_read_first=scanned, ids_per_worker=3, first_block=2
        )
        engine, views = engine_of(store, limits)
        view = views.view()
        subjects = {
            media_id: subject_of(file, media_id, Curated()) for media_id, file in zip(ids, library, strict=True)
        }
        for text in texts_:
            node = parse_query(text, NOW)
            pages: list[int] = []
            start = 0
            while start < len(view.ids):
                found = engine.find(node, view, budget_s=budget_s, start=start, limit=limit)
                assert len(found.positions) <= limit
                assert found.examined > start
                pages += view.ids[found.positions].tolist()
                start = found.examined

            assert pages == [media_id for media_id in view.ids.tolist() if evaluate(node, subjects[media_id], by_id)], (
                text
            )
    finally:
        store.close()


@settings(max_examples=100, deadline=None)
@given(similar_queries, st.permutations(list(range(1, 20))))
def test_the_order_by_similarity_follows_the_evaluated_similarity(text: str, ids: list[int]) -> None:
    node = parse_query(text, NOW)
    assert contains_similar(node)

    def plain(media_id: int) -> float:
        found = similarity(node, Subject("", numbers={Quantity.ID: media_id}), by_id)
        return -1.0 if found is None else found

    found = sort_by_similarity(node, np.asarray(ids, dtype=np.int64), InventedScores(ids), 20)

    assert found.tolist() == sorted(ids, key=lambda media_id: -plain(media_id))


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_of_any_size_contain_every_match_once(tmp_path: Path, limit: int) -> None:
    store = Store.open(tmp_path / "iib.db", backup_max=0)
    library = [
        FakeFile("/lib", f"{number}.png", 10**18, geninfo("cat" if number % 3 else "dog, blue eyes"))
        for number in range(40)
    ]
    store_files(store, library)
    engine, views = engine_of(store)
    view = views.view()
    whole = engine.find(parse_query("blue OR /d.g/", NOW), view, budget_s=60).positions.tolist()
    walked: list[int] = []
    start = 0

    while start < len(view.ids):
        found = engine.find(parse_query("blue OR /d.g/", NOW), view, budget_s=60, start=start, limit=limit)
        walked += found.positions.tolist()
        start = found.examined

    assert walked == whole
    assert len(whole) == 14
    store.close()


def test_a_bad_query_is_refused_before_anything_is_read() -> None:
    with pytest.raises(QueryError):
        parse_query("steps:many", NOW)
