"""Tests of the trigram index with short needles, while it is built, and after damage, against the plain texts."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from support.library import Library
from support.records import put, record
from support.searching import search_of
from support.services import make_services, update, wait_for

from iib._lib.text_folding import fold, search_body
from iib.index.fulltext_rebuild import FullTextRebuilder
from iib.jobs.progress import Progress
from iib.model.media import MediaId
from iib.search.limits import SearchLimits
from iib.search.service import SearchService, TextQuery
from iib.store import Store

LETTERS = "abcz019 ,:()<>~%_\"'*é猫犬🐈ß"
Files = dict[MediaId, str]


def fill(store: Store, chance: random.Random, count: int) -> Files:
    """Adds files with random texts over a small alphabet; returns the folded path and text by media id."""
    records = [
        record(f"{number}{chance.choice(LETTERS[:8])}.png", "".join(chance.choices(LETTERS, k=chance.randrange(24))))
        for number in range(count)
    ]
    ids = put(store, records)
    with store.read() as unit:
        return {item: fold(path) + "\n" + fold(text) for item, (path, text) in unit.media.texts_by_id(ids).items()}


def expected_ids(files: Files, needle: str) -> set[int]:
    return {item for item, text in files.items() if needle in text}


def matching_ids(search: SearchService, needle: str) -> set[int]:
    page = search.by_text(TextQuery(needle, size=5_000))
    assert page.is_complete
    return {row.id for row in page.rows}


@pytest.fixture(params=[0.0, 1.0], ids=["by reading", "by index"])
def share(request: pytest.FixtureRequest) -> float:
    """The share of files up to which the index is used for a short text: 0 reads the texts, 1 uses the index."""
    return float(request.param)


@pytest.fixture
def search(store: Store, share: float) -> SearchService:
    return search_of(store, limits=SearchLimits(common_short_share=share))


def test_needles_of_one_and_two_characters_find_all_files_that_contain_them(
    store: Store, search: SearchService
) -> None:
    files = fill(store, random.Random(5), 400)
    folded = sorted(set(fold(LETTERS)))

    for needle in [*folded, *(one + other for one in folded for other in folded[::2]), "qx", "\u0301"]:
        if needle.strip():
            assert matching_ids(search, needle) == expected_ids(files, needle), ascii(needle)


def test_a_letter_that_begins_many_trigrams_needs_several_lookups(store: Store, share: float) -> None:
    limits = SearchLimits(common_short_share=share, trigrams_per_lookup=5)
    search = search_of(store, limits=limits)
    files = fill(store, random.Random(6), 200)

    for needle in ("a", "猫", "z~"):
        assert matching_ids(search, needle) == expected_ids(files, needle)


@pytest.mark.parametrize("needle", ["a", "z0", "a, b", "zzz", "猫"])
def test_searches_are_right_while_the_index_is_built_and_files_change(store: Store, needle: str) -> None:
    """Builds three files at a time, with changes before, at and after the build position."""
    chance = random.Random(8)
    files = fill(store, chance, 60)
    search = search_of(store)
    with store.write() as write:
        write.fulltext.restart_build()

    last: int | None = 0
    while last is not None:
        with store.write() as write:
            last = write.fulltext.build(3)
        media_id = chance.choice(sorted(files))
        changed = record(f"{media_id}-{last}.png", "".join(chance.choices(LETTERS, k=12)))
        put(store, [changed], ids=[media_id])
        with store.read() as unit:
            [(path, text)] = unit.media.texts_by_id([media_id]).values()
        files[media_id] = fold(path) + "\n" + fold(text)
        assert matching_ids(search, needle) == expected_ids(files, needle)

    with store.read() as unit:
        assert unit.fulltext.find_build_position() is None
        assert unit.fulltext.count_lost(1000) == 0


def test_the_builder_resumes_at_its_last_position(store: Store) -> None:
    files = fill(store, random.Random(9), 40)
    with store.write() as write:
        write.fulltext.restart_build()
        write.fulltext.build(10)

    builder = FullTextRebuilder(store)
    assert builder.is_unfinished()
    builder.job({}, Progress(lambda _progress: None))

    assert not builder.is_unfinished()
    assert matching_ids(search_of(store), "猫") == expected_ids(files, "猫")


def damage(path: Path) -> None:
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE media_fts_data SET block = x'00' WHERE id > 10")
    database.close()


def with_search(path: Path, action: Callable[[SearchService], None]) -> None:
    store = Store.open(path)
    try:
        action(search_of(store))
    finally:
        store.close()


def test_a_damaged_index_does_not_change_the_results(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "iib.db")
    files = fill(store, random.Random(10), 200)
    store.close()
    damage(tmp_path / "iib.db")

    def ask(search: SearchService) -> None:
        for needle in ("a", "猫犬", "ab1", ".png"):
            assert matching_ids(search, needle) == expected_ids(files, needle)

    with_search(tmp_path / "iib.db", ask)


def lose(path: Path) -> None:
    """Removes every file from the index in a way that no lookup can detect."""
    store = Store.open(path)
    with store.read() as unit:
        texts = unit.media.texts_by_id(unit.media.visible_ids())
    with store.write() as write:
        write.fulltext.remove([(media_id, search_body(path, text)) for media_id, (path, text) in texts.items()])
    store.close()


@pytest.mark.parametrize(("spoil", "found_by"), [(damage, "a search"), (damage, "a start"), (lose, "a start")])
def test_a_running_server_rebuilds_a_damaged_index(
    tmp_path: Path, library: Library, spoil: Callable[[Path], None], found_by: str
) -> None:
    library.fill(12)
    home = tmp_path / "home"
    services = make_services(home, [library.root])
    update(services)
    services.close()
    spoil(home / "iib.db")
    services = make_services(home, [library.root])
    try:
        if found_by == "a search":
            services.search.by_text(TextQuery("nowhere to be found"))
        else:
            services.start()

        def is_whole() -> bool:
            with services.store.read() as unit:
                return unit.fulltext.find_build_position() is None and unit.fulltext.count_lost(100) == 0

        wait_for(lambda: any(job.kind == "fulltext" and job.status == "completed" for job in services.jobs.list()))
        assert is_whole()
    finally:
        services.close()
