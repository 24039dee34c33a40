"""Tests for the update of rows of an older parser from stored payloads."""

from __future__ import annotations

import sqlite3

from support import metadata_files as make
from support.library import Library
from support.pictures import infotext
from support.services import LONG_S, by_name, tags_of, text_of, update

from iib._lib.text_folding import search_body
from iib.api import Services
from iib.index.reparse import JOB_KIND
from iib.model.geninfo import PARSER_VERSION, GenerationInfo, RawEntry
from iib.model.job import JobStatus
from iib.model.media import FileStamp, MediaRow
from iib.model.payload import pack_geninfo
from iib.model.record import MediaRecord


def age(services: Services, row: MediaRow, geninfo: GenerationInfo, text: str) -> None:
    """Store the result of an older parser for this file."""
    record = MediaRecord(
        name=row.name, kind=int(row.kind), stamp=FileStamp(row.size_bytes, row.mtime_ns, row.birth_ns, 0),
        content_hash=b"x" * 16, width_px=8, height_px=8, duration_ms=None, text=text,
        body=search_body(row.path, text),
        payload=pack_geninfo(geninfo), tags=(("pos", "old term"),), problem=None,
    )  # fmt: skip
    with services.store.write() as unit:
        folder = unit.folders.ensure(row.path.rpartition(row.name)[0].rstrip("/\\"))
        unit.media.upsert([(folder, record, row.id)])
    with sqlite3.connect(services.settings.db_path) as database:
        database.execute("UPDATE media SET parser_version = ? WHERE id = ?", (PARSER_VERSION - 1, row.id))
    database.close()


def run(services: Services) -> None:
    """Run the job and wait for its end."""
    done = services.jobs.wait(services.jobs.start(JOB_KIND, {}), LONG_S)
    assert done.status is JobStatus.COMPLETED, done


def test_text_and_tags_are_derived_again_without_the_file(services: Services, library: Library) -> None:
    path = library.add("a.png", content=make.png_file())
    update(services)
    row = by_name(services)["a.png"]
    raw = RawEntry("png:tEXt", "parameters", infotext("a new term", seed=5))
    age(services, row, GenerationInfo(prompt="old term", raw=(raw,)), "old term")
    path.unlink()

    run(services)

    with services.store.read() as unit:
        detail = unit.media.find_detail(row.id)
        assert not unit.stale_metadata.has_any(PARSER_VERSION)
    assert detail is not None
    assert (detail.geninfo.seed, detail.geninfo.tool) == (5, "A1111")
    assert text_of(services, row).startswith("a new term\n")
    assert ("pos", "a new term") in tags_of(services, row)
    assert ("pos", "old term") not in tags_of(services, row)


def test_rows_that_a_plug_in_has_read_wait_for_their_file(services: Services, library: Library) -> None:
    library.add("a.png", content=make.png_file())
    update(services)
    row = by_name(services)["a.png"]
    raw = RawEntry("png:tEXt", "parameters", infotext("x"))
    source = {"prompt": "plugin:Stickers"}
    age(services, row, GenerationInfo(tool="Stickers", prompt="old term", raw=(raw,), source=source), "old term")

    run(services)

    assert ("pos", "old term") in tags_of(services, row)
    with services.store.read() as unit:
        assert unit.stale_metadata.count(PARSER_VERSION) == 1


def test_the_job_starts_with_the_program_when_it_is_needed(services: Services, library: Library) -> None:
    library.add("a.png", content=make.png_file())
    update(services)
    row = by_name(services)["a.png"]
    age(services, row, GenerationInfo(raw=(RawEntry("png:tEXt", "parameters", infotext("x")),)), "")

    services.index.resume()

    kinds = [job.kind for job in services.jobs.list()]
    assert JOB_KIND in kinds
