"""Tests for plug-ins, seen through the endpoints."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hosted import hosted
from support.library import Library
from support.pictures import png

GOOD = """
from scripts.iib.parsers.model import ImageGenerationInfo, ImageGenerationParams

class Main:
    name = "Brush"
    source_identifier = "Brush"
    extra_convert_to_tag_meta_keys = ["Artist"]

    def test(self, img, file_path):
        return "brush" in img.info

    def parse(self, img, file_path):
        meta = {"Source Identifier": "Brush", "Artist": img.info["brush"]}
        return ImageGenerationInfo("painted", ImageGenerationParams(meta=meta, pos_prompt=map(str, ["sun", "sea"])))
"""


@pytest.fixture(autouse=True)
def _forget_modules() -> Iterator[None]:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("plugins", "scripts"):
            del sys.modules[name]


def test_one_broken_plug_in_disables_itself_alone(tmp_path: Path, library: Library) -> None:
    home = tmp_path / "home"
    for name, code in (
        ("a_broken", "import nothing_of_this_name"),
        ("b_failing", GOOD.replace('return "brush" in img.info', "raise RuntimeError").replace("Brush", "Failing")),
        ("good", GOOD),
    ):
        (home / "plugins" / name).mkdir(parents=True)
        (home / "plugins" / name / "main.py").write_text(code, encoding="utf-8")
    library.add("a.png", content=png({"brush": "Ada"}))
    library.add("b.png", "a cat")

    with hosted(home, [library.root]) as api:
        api.update()

        assert {"a.png", "b.png"} == {entry["name"] for entry in api.search()["files"]}
        assert api.tags()["Artist", "Ada"]["count"] == 1
        assert ("Source Identifier", "Brush") in api.tags()
        assert ("pos", "sea") in api.tags()
        assert ("pos", "a cat") in api.tags()
