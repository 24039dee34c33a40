"""Tests for the page and its assets: base path, caching and missing files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hosted import Hosted, hosted
from support.library import Library

from iib.api.routers import page

BUILT = pytest.mark.skipif(not (page.DIST / "index.html").is_file(), reason="the page is not built here")


@pytest.fixture
def elsewhere(tmp_path: Path, library: Library) -> Iterator[Hosted]:
    with hosted(tmp_path / "home", [library.root], base="/pictures") as opened:
        yield opened


def test_a_missing_asset_is_a_404(api: Hosted) -> None:
    for name in ("absent.js", "assets/absent.css", "", "assets", "..%2f..%2fapp.py", "%00"):
        answer = api.get(f"/fe-static/{name}")
        assert answer.status_code == 404, name
        assert "detail" in answer.json()


@BUILT
def test_hashed_assets_are_kept_for_ever_and_the_page_never(api: Hosted) -> None:
    asset = next((page.DIST / "assets").glob("*.js"))

    answer = api.get(f"/fe-static/assets/{asset.name}")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert api.get("/").headers["cache-control"] == "no-store"


@BUILT
def test_page_and_scripts_name_the_base_they_are_served_below(elsewhere: Hosted) -> None:
    html = elsewhere.get("/").text

    assert "/infinite_image_browsing" not in html
    assert "/pictures/" in html
    for asset in (page.DIST / "assets").glob("*.js"):
        assert "/infinite_image_browsing" not in elsewhere.get(f"/fe-static/assets/{asset.name}").text


@BUILT
def test_an_asset_is_read_and_rewritten_once(elsewhere: Hosted) -> None:
    asset = next((page.DIST / "assets").glob("*.js"))
    first = elsewhere.get(f"/fe-static/assets/{asset.name}").content
    mounted = elsewhere.app.routes[-1].app  # type: ignore[attr-defined]
    (kept,) = mounted.state.assets.values()

    assert elsewhere.get(f"/fe-static/assets/{asset.name}").content == first
    assert list(mounted.state.assets.values()) == [kept]
    assert kept[1] == first
