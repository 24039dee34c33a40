"""Tests that prompts may begin with a bracket, while JSON and XML are not prompts."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.pictures import infotext, png

from iib.metadata.dialects.webui.a1111 import is_markup
from iib.metadata.read import parse_media
from iib.metadata.registry import default_registry
from iib.model.media import FileStamp


@pytest.mark.parametrize(
    "prompt",
    [
        "<lora:ink:0.7> masterpiece", "<lyco:x>, cat", "<hypernet:old:1> dog", "<3 cats", "[[soft]] light",
        "[cat:dog:0.5], park", "[1girl], solo", "{red|blue} cat", "{{{retro}}} poster", "{2$$a|b}",
    ],
)  # fmt: skip
def test_a_prompt_may_begin_with_a_bracket(tmp_path: Path, prompt: str) -> None:
    place = tmp_path / "a.png"
    place.write_bytes(png({"parameters": infotext(prompt, "blurry", model="sdxl")}))

    parsed = parse_media(str(place), place.name, FileStamp(place.stat().st_size, 0, 0, 0), default_registry())

    assert parsed.geninfo.prompt == prompt
    assert parsed.geninfo.negative_prompt == "blurry"
    assert parsed.geninfo.steps == 20


@pytest.mark.parametrize(
    "text",
    [
        '{"3": {}}', "{}", '{ \n"a": 1}', "{'a': 1}", '["a"]', "[]", "[1, 2]", "[[1, 2]]", '[{"a": 1}]',
        "<?xml version='1.0'?>", "<x:xmpmeta>", "<svg a='b'/>", "<!doctype html>",
    ],
)  # fmt: skip
def test_json_and_xml_are_recognised(text: str) -> None:
    assert is_markup(text)
