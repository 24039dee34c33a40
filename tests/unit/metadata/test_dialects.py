"""Tests for the dialects of the WebUI and its family, SwarmUI and NovelAI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import metadata_files as make
from support.metadata_files import core
from support.pictures import comfy_graph

from iib.model.geninfo import CharacterPrompt, GenerationInfo, LoraRef, ModelRef
from iib.model.media import TagName

UUID = "ce230fb8-1f1f-45cd-b7dd-6e4295cfd913"


# The Web UI and its family


def test_quoted_values_hold_commas_colons_and_lines(read) -> None:
    line = (
        "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 18446744073709551615, Size: 512x768, "
        'Model hash: abcdef12, Model: my model, v2, ControlNet 0: "Module: canny, Weight: 1, Size: 3x4", '
        'Lora hashes: "a: 0123456789ab, b-c: fedcba987654", TI hashes: "easyneg: 11223344", '
        'Template: "a {cat|dog},\\nSteps: 3", Version: v1.8.0'
    )

    info = read({"parameters": f"a cat\nwith Steps: 3, yes\nNegative prompt: dog,\nblurry\n{line}"})

    assert core(info) == (
        "A1111", "a cat\nwith Steps: 3, yes", "dog,\nblurry", "my model, v2", "DPM++ 2M", 20, 7.0, 2**64 - 1
    )  # fmt: skip
    assert (info.scheduler, info.width, info.height) == ("Karras", 512, 768)
    assert info.models[0].hash == "abcdef12"
    assert info.parameters["ControlNet 0"] == "Module: canny, Weight: 1, Size: 3x4"
    assert info.parameters["Template"] == "a {cat|dog},\nSteps: 3"
    assert info.loras == (LoraRef("a", hash="0123456789ab"), LoraRef("b-c", hash="fedcba987654"))
    assert info.embeddings == ("easyneg",)


def test_hires_refiner_and_detailer_keys_are_kept(read) -> None:
    text = (
        "a cat\nSteps: 30, Sampler: Euler a, Schedule type: Automatic, CFG scale: 5, Seed: 1, Size: 8x8, Model: base, "
        "Denoising strength: 0.35, Hires upscale: 2, Hires upscaler: 4x-UltraSharp, Refiner: xl_refiner [7440042bbd], "
        "Refiner switch at: 0.8, ADetailer model: face_yolov8n.pt, ADetailer confidence: 0.3, VAE: ae.safetensors"
    )

    info = read({"parameters": text})

    assert info.models == (ModelRef("base"), ModelRef("xl_refiner", kind="refiner"))
    assert (info.denoise, info.vae, info.scheduler) == (0.35, "ae", "Automatic")
    assert info.hires == {"Hires upscale": "2", "Hires upscaler": "4x-UltraSharp"}
    assert info.parameters["ADetailer confidence"] == "0.3"


@pytest.mark.parametrize(
    ("settings", "tool"),
    [
        ("Version: v1.9.4", "A1111"),
        ("Version: 1.10.1", "A1111"),
        ("Version: f2.0.1v1.10.1-previous-650-g1", "Forge"),
        ("Version: neo", "Forge"),
        ("Diffusion in Low Bits: Automatic", "Forge"),
        ("Version: f1.0.0v2-v1.10.1RC-latest", "reForge"),
        ("App: SD.Next, Version: 56a8aea, Pipeline: StableDiffusionXLPipeline", "SD.Next"),
        ("Version: ComfyUI", "ComfyUI"),
        (
            'Created Date: 2025-01-01T10:00:00Z, Civitai resources: [{"type":"checkpoint","modelVersionId":5}]',
            "Civitai",
        ),
        ("Clip skip: 2", "A1111"),
    ],
)
def test_forks_are_recognised(read, settings: str, tool: str) -> None:
    info = read({"parameters": f"a cat\nSteps: 20, Sampler: Euler a, Seed: 1, {settings}"})

    assert (info.tool, info.prompt, info.steps) == (tool, "a cat", 20)


def test_the_other_order_of_sd_next_is_read(read) -> None:
    line = "Steps: 20, Size: 64x32, Seed: 5, CFG scale: 6, App: SD.Next, Model: m, Sampler sigma: karras"
    text = f"a cat\nNegative prompt: dog\n{line}"

    info = read({"parameters": text})

    assert core(info) == ("SD.Next", "a cat", "dog", "m", None, 20, 6.0, 5)
    assert info.scheduler == "karras"


def test_a_scheduler_that_is_a_class_names_the_sampler_again(read) -> None:
    line = "Steps: 30, Size: 64x32, Sampler: DPM++ SDE, Scheduler: DPMSolverMultistepScheduler, Seed: 5, App: SD.Next"

    info = read({"parameters": f"a cat\nNegative prompt: dog\n{line}"})

    assert (info.sampler, info.scheduler, info.steps) == ("DPM++ SDE", None, 30)


def test_civitai_resources_name_what_the_line_leaves_out(read) -> None:
    resources = [
        {"type": "checkpoint", "modelVersionId": 11, "modelName": "Pony", "modelVersionName": "V6"},
        {"type": "lora", "weight": 0.7, "modelVersionId": 22},
    ]
    text = (
        "a cat\nSteps: 25, Sampler: DPM++ 2M, CFG scale: 4, Seed: 9, Size: 832x1216, Created Date: 2025-01-01, "
        f'Civitai resources: {json.dumps(resources)}, Civitai metadata: {{"a": [1, {{"b": "x, y: z"}}]}}'
    )

    info = read({"parameters": text})

    assert (info.model, info.loras) == ("Pony", (LoraRef("22", 0.7),))
    assert json.loads(info.parameters["Civitai metadata"])["a"][1] == {"b": "x, y: z"}


def test_placeholders_are_ignored(read) -> None:
    text = "a cat\nSteps: 0, Sampler: Undefined, CFG scale: 0, Seed: -1, Size: 64x64, Model: unknown, Created Date: x"

    info = read({"parameters": text})

    assert core(info) == ("Civitai", "a cat", None, None, None, None, None, None)


@pytest.mark.parametrize(
    ("tag", "lora"),
    [
        ("<lora:my_lora-v1:0.8>", LoraRef("my_lora-v1", 0.8)),
        ("<lora:name>", LoraRef("name", 1.0)),
        ("<lora:name:0.8:1.0>", LoraRef("name", 0.8, 1.0)),
        ("<lora:name:-0.5>", LoraRef("name", -0.5)),
        ("<lora:folder/name.safetensors:1.0>", LoraRef("name", 1.0)),
        ("<lora:名前 (v2) [x]:0.6>", LoraRef("名前 (v2) [x]", 0.6)),
        ("<lora:a: b:0.6>", LoraRef("a: b", 0.6)),
        ("<lora:name:1:lbw=OUTALL:stop=20>", LoraRef("name", 1.0)),
        ("<lora:name:te=0.5:unet=0.7>", LoraRef("name", 0.7, 0.5)),
        ("<lyco:style:0.9>", LoraRef("style", 0.9, kind="lyco")),
    ],
)
def test_networks_in_prompts(read, tag: str, lora: LoraRef) -> None:
    info = read({"parameters": f"a cat {tag}, tree\nSteps: 20, Sampler: Euler, Seed: 1"})

    assert info.loras == (lora,)


def test_additional_networks_and_numbered_fields(read) -> None:
    line = (
        "Steps: 20, Sampler: Euler, Seed: 1, AddNet Enabled: True, AddNet Module 1: LoRA, "
        "AddNet Model 1: style_v1(0123abcd), AddNet Weight A 1: 0.6"
    )
    saver = "Steps: 20, Seed: 1, Lora_0 Model name: b.safetensors, Lora_0 Strength model: 0.4, Version: ComfyUI"

    assert read({"parameters": f"a cat\n{line}"}).loras == (LoraRef("style_v1", 0.6),)
    assert read({"parameters": f"a cat\n{saver}"}).loras == (LoraRef("b", 0.4),)


def test_a_text_without_settings_is_a_caption(read, tmp_path: Path) -> None:
    info = read({"parameters": "only words, no settings: none"})

    assert core(info) == (None, "only words, no settings: none", None, None, None, None, None, None)


def test_line_ends_of_windows_and_nuls_at_the_end(read) -> None:
    info = read({"parameters": "a cat\r\nNegative prompt: dog\r\nSteps: 20, Sampler: Euler, Seed: 3\r\n\0\0"})

    assert core(info)[:3] == ("A1111", "a cat", "dog")


def test_all_in_one_line(read) -> None:
    info = read({"parameters": "a cat, sitting, Steps: 20, Sampler: Euler a, CFG scale: 7.0, Seed: 5, Size: 512x768"})

    assert core(info) == ("A1111", "a cat, sitting", None, None, "Euler a", 20, 7.0, 5)


def test_the_one_line_of_the_extras_tab_is_read(read) -> None:
    info = read({"extras": "Postprocess upscale by: 4, Postprocess upscaler: R-ESRGAN 4x+"})

    assert (info.prompt, info.parameters["Postprocess upscaler"]) == (None, "R-ESRGAN 4x+")


def test_a_graph_beside_the_text_stays_readable(read) -> None:
    graph = comfy_graph("from the graph")

    info = read({"prompt": graph, "parameters": "from the text\nSteps: 20, Sampler: Euler, Seed: 3, Version: ComfyUI"})

    assert (info.tool, info.prompt) == ("ComfyUI", "from the text")
    assert {entry.key for entry in info.raw} == {"prompt", "parameters"}


# SwarmUI

SWARM = {
    "sui_image_params": {
        "prompt": "a cat", "negativeprompt": "dog", "model": "Flux/flux1-dev.safetensors", "seed": 5, "steps": "20",
        "cfgscale": 1.0, "fluxguidancescale": 3.5, "width": 64, "height": 32, "sampler": "euler", "scheduler": "simple",
        "loras": ["a/one", "two"], "loraweights": ["0.5", "1"], "swarm_version": "0.9.5.0",
    },
    "sui_extra_data": {"date": "2025-01-01", "original_prompt": "a <random:cat>"},
    "sui_models": [{"name": "Flux/flux1-dev.safetensors", "param": "model", "hash": "0xabc"}],
}  # fmt: skip


def test_swarmui_wins_over_the_graph_of_its_back_end(read) -> None:
    info = read({"parameters": json.dumps(SWARM), "prompt": comfy_graph("from the back end")})

    assert core(info) == ("SwarmUI", "a cat", "dog", "flux1-dev", "euler", 20, 1.0, 5)
    assert (info.scheduler, info.guidance, info.tool_version) == ("simple", 3.5, "0.9.5.0")
    assert info.loras == (LoraRef("one", 0.5), LoraRef("two", 1.0))
    assert info.models[0].hash == "abc"


def test_swarmui_in_a_jpeg_comment(tmp_path: Path) -> None:
    block = make.user_comment(json.dumps(SWARM), encoding="utf-16-le")

    parsed = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block)))

    assert parsed.geninfo.prompt == "a cat"
    assert TagName("Source Identifier", "StableSwarmUI") in parsed.tags


# NovelAI

NOVELAI = {
    "prompt": "2girls, park", "uc": "lowres", "steps": 28, "scale": 5.0, "seed": 4294967295,
    "sampler": "k_euler_ancestral", "noise_schedule": "karras", "width": 832, "height": 1216,
    "v4_prompt": {"caption": {"base_caption": "2girls, park", "char_captions": [
        {"char_caption": "girl, red hair", "centers": [{"x": 0.3, "y": 0.5}]},
        {"char_caption": "girl, blue hair", "centers": []}]}},
    "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": [
        {"char_caption": "hat"}, {"char_caption": ""}]}},
}  # fmt: skip
CHUNKS = {
    "Title": "NovelAI generated image", "Description": "2girls, park", "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4.5 4BDE2A90", "Comment": json.dumps(NOVELAI),
}  # fmt: skip


def assert_is_novelai(info: GenerationInfo) -> None:
    """Assert all fields of the NovelAI sample with characters."""
    assert core(info)[:3] == ("NovelAI", "2girls, park", "lowres")
    assert core(info)[4:] == ("k_euler_ancestral", 28, 5.0, 4294967295)
    assert info.models == (ModelRef("NovelAI Diffusion V4.5", "4BDE2A90"),)
    assert info.characters == (CharacterPrompt("girl, red hair", "hat"), CharacterPrompt("girl, blue hair"))
    assert (info.scheduler, info.width, info.height) == ("karras", 832, 1216)


def test_novelai_with_characters_in_chunks(read) -> None:
    assert_is_novelai(read(CHUNKS))


def test_novelai_in_webp(tmp_path: Path) -> None:
    block = make.tiff(
        [(make.SOFTWARE, make.ASCII, b"NovelAI\0"), (make.IMAGE_DESCRIPTION, make.ASCII, b"2girls, park\0")],
        [(make.USER_COMMENT, make.UNDEFINED, b"ASCII\0\0\0" + json.dumps(CHUNKS).encode())],
    )

    assert_is_novelai(make.parse(tmp_path / "a.webp", make.webp_file((b"EXIF", block))).geninfo)


def test_novelai_in_stealth_text(tmp_path: Path) -> None:
    data = make.stealth_png(json.dumps(CHUNKS).encode(), packed=True, size=(128, 128))

    assert_is_novelai(make.parse(tmp_path / "a.png", data).geninfo)


def test_novelai_of_the_first_year_has_its_prompt_in_the_description(read) -> None:
    comment = {
        "steps": 28,
        "sampler": "k_euler",
        "seed": 3,
        "strength": 0.69,
        "noise": 0.667,
        "scale": 11.0,
        "uc": "low",
    }

    info = read(
        {
            "Description": "a cat",
            "Software": "NovelAI",
            "Source": "Stable Diffusion 1D44365E",
            "Comment": json.dumps(comment),
        }
    )

    assert core(info) == ("NovelAI", "a cat", "low", "Stable Diffusion", "k_euler", 28, 11.0, 3)


def test_characters_are_searched_and_tagged(tmp_path: Path) -> None:
    chunks = b"".join(make.itext(key, value) for key, value in CHUNKS.items())

    parsed = make.parse(tmp_path / "a.png", make.png_file(chunks))

    assert TagName("pos", "blue hair") in parsed.tags
    assert "girl, red hair" in parsed.text
