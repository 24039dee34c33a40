"""Tests for many clients that change tags at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from support.library import Library
from support.services import by_name, update, visible

from iib.api import Services
from iib.api.media_targets import media_ids_by_path
from iib.model.job import JobStatus

THREADS = 20


def test_twenty_threads_that_tag_the_same_files_leave_the_exact_state(services: Services, library: Library):
    library.fill(10)
    update(services)
    ids = sorted(row.id for row in by_name(services).values())
    shared = services.tags.add("shared").id

    def work(number: int) -> None:
        own = services.tags.add(f"own {number}").id
        services.tags.change_links(ids, [own, shared], [])
        services.tags.change_links(ids[:5], [], [own])
        services.curation.rate([ids[number % 10]], 1 + number % 5)
        for _ in range(4):  # an even number of times: as it was
            services.tags.toggle(ids[9], own)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))

    with services.store.read() as unit:
        counts = {tag.name: tag.count for tag in unit.tags.list_custom()}
        links = {
            number: set(unit.tags.ids_of_media(unit.custom_tags.find_by_name(f"own {number}").id).tolist())
            for number in range(THREADS)
        }
        ratings = {row.media_id: row.rating for row in unit.curation.list_ratings()}
    assert counts == {"like": 0, "shared": 10, **{f"own {number}": 5 for number in range(THREADS)}}
    assert links == {number: set(ids[5:]) for number in range(THREADS)}
    assert all(ratings[media_id] in (1 + index % 5, 1 + (index + 10) % 5) for index, media_id in enumerate(ids))


def test_twenty_threads_that_tag_the_same_new_file_index_it_once(services: Services, library: Library):
    place = str(library.add("new.png", "a new cat"))
    tag = services.tags.add("x").id
    start = threading.Barrier(THREADS)

    def work(_number: int) -> int:
        start.wait()
        (media_id,) = media_ids_by_path(services, [place])
        services.tags.change_links([media_id], [tag], [])
        return media_id

    with ThreadPoolExecutor(THREADS) as pool:
        found = set(pool.map(work, range(THREADS)))

    assert [row.id for row in visible(services)] == list(found)
    assert services.tags.get(tag).count == 1


def test_tagging_works_during_an_index_run(services: Services, library: Library):
    library.fill(300)
    job = services.index.start_update()
    tag = services.tags.add("x").id

    for number in range(0, 300, 30):
        (media_id,) = media_ids_by_path(services, [str(library.path(f"{number:05}.png"))])
        services.tags.change_links([media_id], [tag], [])
    row = services.jobs.wait(job, 60)

    assert row.status is JobStatus.COMPLETED
    assert len(visible(services)) == 300
    assert services.tags.get(tag).count == 10
