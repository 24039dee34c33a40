"""Tests for tags and for the generation text that are derived from metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import metadata_files as make
from support.pictures import infotext

from iib.metadata.derived_tags import derive_tags, split_prompt_terms
from iib.metadata.webui_text import SETTINGS_LINE, render_text
from iib.model.geninfo import CharacterPrompt, GenerationInfo, LoraRef, ModelRef
from iib.model.media import MediaKind, TagName


def tags_of(info: GenerationInfo, kind: MediaKind = MediaKind.IMAGE) -> dict[str, list[str]]:
    """Names of the derived tags by kind."""
    found: dict[str, list[str]] = {}
    for tag in derive_tags(info, kind, 64, 32):
        found.setdefault(tag.kind, []).append(tag.name)
    return found


def test_every_kind_of_tag() -> None:
    info = GenerationInfo(
        tool="Forge",
        prompt="a cat, <lora:one:1>",
        models=(ModelRef("sdxl"), ModelRef("xl_refiner", kind="refiner")),
        sampler="Euler a",
        loras=(LoraRef("one", 1.0), LoraRef("no weight"), LoraRef("two", 0.5, kind="lyco")),
        parameters={
            "Sampler": "Euler a Karras", "Size": "1024 * 512", "Postprocess upscale by": "4",
            "Postprocess upscaler": "ESRGAN", "Refiner": "xl_refiner", "hires upscaler": "Latent",
        },
    )  # fmt: skip

    assert tags_of(info) == {
        "Media Type": ["Image"],
        "size": ["64 × 32"],
        "Source Identifier": ["Stable Diffusion web UI"],
        "Model": ["sdxl"],
        "Sampler": ["Euler a Karras"],
        "Size": ["1024 * 512"],
        "Postprocess upscale by": ["4"],
        "Postprocess upscaler": ["ESRGAN"],
        "Refiner": ["xl_refiner", "Refiner All"],
        "Hires upscaler": ["Latent", "Hires All"],
        "lora": ["one", "no weight"],
        "lyco": ["two"],
        "pos": ["a cat"],
    }


def test_an_unknown_size_is_a_tag() -> None:
    assert TagName("size", "Unknown Size") in derive_tags(GenerationInfo(), MediaKind.AUDIO, None, None)


@pytest.mark.parametrize(
    ("tool", "identifier"),
    [
        ("A1111", "Stable Diffusion web UI"), ("SD.Next", "Stable Diffusion web UI"), ("SwarmUI", "StableSwarmUI"),
        ("ComfyUI", "ComfyUI"), ("NovelAI", "NovelAI"), ("InvokeAI", "InvokeAI"), ("Fooocus", "Fooocus"),
    ],
)  # fmt: skip
def test_source_identifiers_are_the_public_names(tool: str, identifier: str) -> None:
    assert tags_of(GenerationInfo(tool=tool))["Source Identifier"] == [identifier]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat, A Cat , dog", ["a cat", "dog"]),
        ("(blue eyes:1.2), [hat], {tree}, a/b\\c", ["blue eyes", "hat", "tree", "abc"]),
        ("long-hair, long_hair", ["long hair"]),
        ("猫，犬", ["猫", "犬"]),
        ("one BREAK two, BREAKFAST", ["one", "break", "two", "breakfast"]),
        ("<lora:my_lora-v1:1> cat, <lora:x:-0.5>dog", ["cat", "dog"]),
        ("a cat\nsitting", ["a cat", "sitting"]),
        (", ,,", []),
        ("この猫はとても長い名前を持っています", []),
        ("x" * 201, []),
    ],
)
def test_terms_of_a_prompt(prompt: str, expected: list[str]) -> None:
    assert split_prompt_terms(prompt) == expected


def test_a_model_name_is_never_too_long_for_a_tag_of_its_kind() -> None:
    name = "この猫はとても長い名前を持っています" * 20

    assert tags_of(GenerationInfo(models=(ModelRef(name),)))["Model"] == [name[:200]]


def test_the_source_is_added_to_a_settings_line(tmp_path: Path) -> None:
    parsed = make.parse(tmp_path / "a.png", make.png_file(make.text("parameters", infotext("a cat"))))

    assert parsed.text == infotext("a cat") + ", Source Identifier: Stable Diffusion web UI"


def test_the_source_is_never_added_to_a_caption(tmp_path: Path) -> None:
    parsed = make.parse(tmp_path / "a.png", make.png_file(make.text("parameters", "only words, and words")))

    assert parsed.text == "only words, and words"
    assert [tag.name for tag in parsed.tags if tag.kind == "pos"] == ["only words", "and words"]


def test_a_text_is_rendered_for_generators_without_infotext() -> None:
    info = GenerationInfo(
        tool="NovelAI", prompt="2girls", negative_prompt="lowres", characters=(CharacterPrompt("girl, red hair"),),
        models=(ModelRef("NAI V4", "4BDE2A90"),), loras=(LoraRef("one", 0.5, hash="a" * 64),), sampler="k_euler",
        scheduler="karras", steps=28, cfg=5.5, seed=2**64 - 1, width=832, height=1216, parameters={"mood": "a, b"},
    )  # fmt: skip

    assert render_text(info) == (
        "2girls\ngirl, red hair\n<lora:one:0.5>\nNegative prompt: lowres\n"
        "Steps: 28, Sampler: k_euler, Schedule type: karras, CFG scale: 5.5, Seed: 18446744073709551615, "
        f'Size: 832x1216, Model hash: 4BDE2A90, Model: NAI V4, Lora hashes: "one: {"a" * 12}", mood: "a, b", '
        "Source Identifier: NovelAI"
    )


def test_a_rendered_text_reads_back_the_same() -> None:
    from iib.metadata.dialects.webui.a1111 import to_geninfo
    from iib.metadata.dialects.webui.infotext import parse_infotext

    info = GenerationInfo(
        tool="Fooocus", prompt='a "cat", sitting: here', negative_prompt="dog\nhat",
        models=(ModelRef("m, v2"),), sampler="x",
        steps=3, cfg=1.5, seed=9, width=64, height=32, loras=(LoraRef("one", 0.5),),
    )  # fmt: skip

    again = to_geninfo(parse_infotext(render_text(info)))

    assert (again.prompt or "").startswith('a "cat", sitting: here')
    assert (again.negative_prompt, again.model, again.sampler) == ("dog\nhat", "m, v2", "x")
    assert (again.steps, again.cfg, again.seed, again.width, again.height) == (3, 1.5, 9, 64, 32)
    assert again.loras == info.loras


def test_tags_of_a_video_come_from_its_sidecar(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("beach, sunset")

    parsed = make.parse(tmp_path / "a.mp4", make.mp4_file(b""))

    assert {("Source Identifier", "Video Tags"), ("pos", "beach"), ("Media Type", "Video")} <= set(parsed.tags)


@pytest.mark.parametrize(
    "text",
    [
        "a cat\nSteps: 20, Seed: 1",
        "a cat\nSteps: 20, Seed: 1\nand more",
        "a cat\nPostprocess crop\nSteps: 20, Seed: 1",
        "Steps: 20\n\nSize: 1x1\nSeed: 5, Model: m, \nno settings",
        "Seed: 7",
    ],
)
def test_the_source_identifier_is_at_the_end_of_the_last_settings_line(text: str):
    last = list(SETTINGS_LINE.finditer(text))[-1].end()
    rendered = render_text(GenerationInfo(tool="A1111", source={"text": text}))
    head = text[:last].rstrip().rstrip(",")
    assert rendered == f"{head}, Source Identifier: Stable Diffusion web UI{text[last:]}"
