"""Tests for the stored form of the metadata of a file."""

from __future__ import annotations

import zlib
from pathlib import Path

import orjson
from support.pictures import png
from support.process import run

from iib.metadata.read import parse_media
from iib.metadata.registry import default_registry
from iib.model.geninfo import GenerationInfo, LoraRef, ModelRef, RawEntry, SamplerStage
from iib.model.media import FileStamp
from iib.model.payload import pack_geninfo, unpack_geninfo
from iib.model.record import to_record

GENINFO = GenerationInfo(
    tool="A1111",
    prompt="a cat, ねこ",
    models=(ModelRef("m", "12ab34"),),
    loras=(LoraRef("l", 0.8),),
    steps=20,
    seed=2**64 - 1,
    stages=(SamplerStage("euler", steps=20),),
    parameters={"Steps": "20"},
    raw=(RawEntry("png:tEXt", "parameters", "a cat, ねこ\nSteps: 20" * 2_000),),
)


def test_a_packed_payload_is_restored() -> None:
    assert unpack_geninfo(pack_geninfo(GENINFO)) == GENINFO


def test_a_platform_without_isal_writes_the_same_form(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['isal'] = None; sys.modules['isal.isal_zlib'] = None\n"
        "from iib.model.payload import pack_geninfo, unpack_geninfo\n"
        "from iib.model.geninfo import GenerationInfo\n"
        "import zlib; from iib.model import payload; assert payload.compress is zlib.compress\n"
        "info = GenerationInfo(tool='A1111', prompt='a cat', steps=20)\n"
        "assert unpack_geninfo(pack_geninfo(info)) == info\n"
    )
    ended = run(["-c", code], tmp_path / "home")
    assert ended.returncode == 0, ended.stderr


def test_the_form_is_ordinary_zlib_data_of_json() -> None:
    payload = pack_geninfo(GENINFO)
    assert payload is not None
    assert orjson.loads(zlib.decompress(payload))["prompt"] == "a cat, ねこ"


def test_payloads_packed_with_other_windows_are_read() -> None:
    text = orjson.dumps(GENINFO)
    for level in (1, 6, 9):
        assert unpack_geninfo(zlib.compress(text, level)) == GENINFO


def test_lone_surrogates_become_question_marks() -> None:
    found = unpack_geninfo(pack_geninfo(GenerationInfo(prompt="a\ud800b", parameters={"k\udfff": "v"})))
    assert (found.prompt, found.parameters) == ("a?b", {"k?": "v"})


def test_numbers_of_more_than_64_bits_are_packed() -> None:
    assert unpack_geninfo(pack_geninfo(GenerationInfo(prompt="a", steps=-(2**64) + 1))).prompt == "a"


def test_a_picture_whose_graph_escapes_lone_surrogates_becomes_a_record(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    graph = (
        r'{"1":{"class_type":"CLIPTextEncode","inputs":{"text":"a \ud800 cat"}},'
        r'"2":{"class_type":"KSampler","inputs":{"positive":["1",0],"seed":1,"steps":2}},'
        r'"3":{"class_type":"SaveImage","inputs":{"images":["2",0]}}}'
    )
    path.write_bytes(png({"prompt": graph}))
    parsed = parse_media(str(path), path.name, FileStamp(path.stat().st_size, 1, 1, 1), default_registry())
    record = to_record(str(path), parsed)
    assert parsed.geninfo.prompt == "a \ud800 cat"
    assert unpack_geninfo(record.payload).prompt == "a ? cat"
