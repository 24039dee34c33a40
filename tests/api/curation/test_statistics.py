"""Tests for `GET /db/stats/trend`: totals, counts per day and month, and the most used names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from support.curated import Api, open_api
from support.library import Library

from iib.settings import AccessSettings

DAY_S = 86_400


def noon(day: str) -> int:
    """Nanoseconds of a local noon."""
    return int(dt.datetime.fromisoformat(f"{day}T12:00:00").timestamp()) * 1_000_000_000


def test_trend_counts_days_months_models_and_tools(tmp_path: Path, library: Library):
    for name, day, model in (
        ("a", "2026-01-30", "sdxl"),
        ("b", "2026-01-30", "sdxl"),
        ("c", "2026-01-31", "flux"),
        ("d", "2026-02-01", "sdxl"),
    ):
        library.add(f"{name}.png", "cat <lora:glow:1>", model=model, mtime_ns=noon(day))
    with open_api(tmp_path / "home", library) as api:
        api.index()

        found = api.get("/db/stats/trend")

    size = sum(path.stat().st_size for path in library.root.iterdir())
    assert (found["total_images"], found["total_disk_usage"]) == (4, size)
    assert found["daily_contributions"] == [
        {"date": "2026-01-30", "count": 2},
        {"date": "2026-01-31", "count": 1},
        {"date": "2026-02-01", "count": 1},
    ]
    assert found["monthly_trends"] == [{"month": "2026-01", "count": 3}, {"month": "2026-02", "count": 1}]
    assert found["top_models"] == [{"name": "sdxl", "count": 3}, {"name": "flux", "count": 1}]
    assert found["top_samplers"] == [{"name": "Euler a", "count": 4}]
    assert found["top_source"] == [{"name": "Stable Diffusion web UI", "count": 4}]
    assert found["top_lora"] == [{"name": "glow", "count": 4}]
    assert dt.datetime.fromisoformat(found["cached_at"])
    assert found["cache_version"] == 1


def test_trend_is_fresh_after_an_edit_that_keeps_the_number_of_files(api: Api):
    before = api.get("/db/stats/trend")
    assert api.get("/db/stats/trend") == before
    api.library.add("a.png", "a cat", model="other")
    api.index()

    after = api.get("/db/stats/trend")

    assert after["total_images"] == before["total_images"]
    assert after["top_models"] == [{"name": "sdxl", "count": 3}, {"name": "other", "count": 1}]


def test_trend_counts_trusted_files_only(tmp_path: Path, library: Library):
    library.add("open/a.png", model="sdxl")
    library.add("closed/b.png", model="secret")
    access = AccessSettings(allowed_paths=(str(library.path("open")),))
    with open_api(
        tmp_path / "home", library, roots=[library.path("open"), library.path("closed")], access=access
    ) as api:
        api.index()

        found = api.get("/db/stats/trend")

    assert found["total_images"] == 1
    assert found["top_models"] == [{"name": "sdxl", "count": 1}]


def test_an_empty_library_has_empty_statistics(tmp_path: Path, library: Library):
    with open_api(tmp_path / "home", library) as api:
        found = api.get("/db/stats/trend")

    assert (found["total_images"], found["total_disk_usage"], found["daily_contributions"], found["top_models"]) == (
        0,
        0,
        [],
        [],
    )
