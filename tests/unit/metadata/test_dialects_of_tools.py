"""Tests for the dialects of InvokeAI, Fooocus, desktop programs and sites."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import metadata_files as make
from support.metadata_files import core
from support.pictures import comfy_graph

from iib.model.geninfo import GenerationInfo, LoraRef
from iib.model.media import TagName

UUID = "ce230fb8-1f1f-45cd-b7dd-6e4295cfd913"


# InvokeAI


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('"a cat [dog]" -s 50 -S 42 -W 512 -H 256 -C 7.5 -A k_euler', ("a cat", "dog", "k_euler", 50, 7.5, 42)),
        ('"a cat" -s50 -S42 -C7.5 -Ak_euler_a', ("a cat", None, "k_euler_a", 50, 7.5, 42)),
        ("a cat -s 20 -S 1", ("a cat", None, "k_lms", 20, None, 1)),
        ('"a -cat \\"x" -s 20 -S 1', ('a -cat \\"x', None, "k_lms", 20, None, 1)),
    ],
)
def test_invokeai_command_lines(read, line: str, expected: tuple[object, ...]) -> None:
    info = read({"Dream": line})

    assert (info.prompt, info.negative_prompt, info.sampler, info.steps, info.cfg, info.seed) == expected


@pytest.mark.parametrize("line", ["!mask /tmp/a.png -tm dog", '"<too lazy to implement>"', "!fix x.png -G 0.5"])
def test_invokeai_commands_have_no_prompt(read, line: str) -> None:
    info = read({"Dream": line})

    assert (info.tool, info.prompt, info.sampler) == ("InvokeAI", None, None)


def test_invokeai_second_generation(read) -> None:
    values = {
        "model": "stable diffusion", "model_weights": "sd-1.5", "app_version": "2.3.0",
        "image": {
            "prompt": [{"prompt": "a cat [dog]", "weight": 1.0}], "steps": 30, "cfg_scale": 7.5, "sampler": "k_dpm_2",
            "seed": 8, "width": 64, "height": 32, "type": "txt2img",
        },
    }  # fmt: skip

    info = read({"sd-metadata": json.dumps(values), "Dream": "something else -s 1"})

    assert core(info) == ("InvokeAI", "a cat", "dog", "sd-1.5", "k_dpm_2", 30, 7.5, 8)


@pytest.mark.parametrize(
    ("model", "lora"),
    [
        ({"model_name": "sdxl", "base_model": "sdxl"}, {"lora": {"model_name": "one"}, "weight": 0.7}),
        ({"key": "k", "hash": "blake3:ab", "name": "sdxl", "base": "sdxl"}, {"model": {"name": "one"}, "weight": 0.7}),
    ],
    ids=["version 3", "version 4"],
)
def test_invokeai_third_generation(read, model: dict[str, str], lora: dict[str, object]) -> None:
    values = {
        "app_version": "4.2.0", "positive_prompt": "un café", "negative_prompt": "dog", "width": 64, "height": 32,
        "seed": 8, "cfg_scale": 6, "steps": 25, "scheduler": "dpmpp_2m_k", "model": model, "loras": [lora],
    }  # fmt: skip

    info = read({"invokeai_metadata": json.dumps(values)})

    assert core(info) == ("InvokeAI", "un café", "dog", "sdxl", "dpmpp_2m_k", 25, 6.0, 8)
    assert (info.scheduler, info.loras) == ("karras", (LoraRef("one", 0.7),))


def test_invokeai_graph_alone(read) -> None:
    graph = {
        "nodes": {
            "core_metadata:1": {"type": "core_metadata", "positive_prompt": "a cat", "steps": 9, "seed": None},
            "rand": {"type": "integer", "value": 77},
        },
        "edges": [
            {
                "source": {"node_id": "rand", "field": "value"},
                "destination": {"node_id": "core_metadata:1", "field": "seed"},
            }
        ],
    }

    info = read({"invokeai_graph": json.dumps(graph)})

    assert (info.tool, info.prompt, info.steps, info.seed) == ("InvokeAI", "a cat", 9, 77)


# Fooocus and its forks

FOOOCUS = {
    "prompt": "a cat", "negative_prompt": "dog", "full_prompt": ["cinematic a cat"], "styles": "['Fooocus V2']",
    "steps": 30, "guidance_scale": 4.0, "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "12",
    "resolution": "(768, 1280)", "base_model": "juggernaut", "refiner_model": "None",
    "loras": [["offset", 0.1, "abcdef"]], "lora_combined_1": "offset : 0.1", "version": "Fooocus v2.5.0",
}  # fmt: skip


def test_fooocus_json_scheme(read) -> None:
    info = read({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"})

    assert core(info) == ("Fooocus", "a cat", "dog", "juggernaut", "dpmpp_2m_sde_gpu", 30, 4.0, 12)
    assert (info.width, info.height, info.loras) == (768, 1280, (LoraRef("offset", 0.1, hash="abcdef"),))


def test_fooocus_webui_scheme_in_a_jpeg(tmp_path: Path) -> None:
    text = (
        "a cat, cinematic\nNegative prompt: dog, blurry\nSteps: 30, Sampler: dpmpp_2m_sde_gpu, Scheduler: karras, "
        "Seed: 12, Resolution: (768, 1280), Guidance Scale: 4.0, Sharpness: 2.0, Base Model: juggernaut, "
        "Base Model Hash: aabbccddee, Raw prompt: a cat, Raw negative prompt: dog, Performance: Speed, "
        'Lora hashes: "offset: 4852686128", Version: Fooocus v2.5.0'
    )
    block = make.tiff(
        [(make.SOFTWARE, make.ASCII, b"Fooocus v2.5.0\0")],
        [(make.USER_COMMENT, make.UNDEFINED, text.encode()), (make.MAKER_NOTE, make.UNDEFINED, b"a1111\0\0\0")],
    )

    info = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block))).geninfo

    assert core(info) == ("Fooocus", "a cat", "dog", "juggernaut", "dpmpp_2m_sde_gpu", 30, 4.0, 12)
    assert (info.width, info.height, info.loras[0].name) == (768, 1280, "offset")


def test_ruined_fooocus(read) -> None:
    values = {
        "Prompt": "a cat", "Negative": "dog", "steps": 30, "cfg": 8, "width": 64, "height": 32, "seed": 9,
        "sampler_name": "dpmpp_2m", "scheduler": "karras", "base_model_name": "x.safetensors",
        "loras": [["abc", "0.5 - style.safetensors"], ["style2", 0.25]], "software": "RuinedFooocus",
    }  # fmt: skip

    info = read({"parameters": json.dumps(values)})

    assert core(info) == ("RuinedFooocus", "a cat", "dog", "x", "dpmpp_2m", 30, 8.0, 9)
    assert info.loras == (LoraRef("style", 0.5), LoraRef("style2", 0.25))


def test_fooocus_scheme_with_keys_spelt_as_labels(read) -> None:
    values = {key.replace("_", " ").title(): value for key, value in FOOOCUS.items()}
    values |= {"LoRAs": FOOOCUS["loras"], "Metadata Scheme": "Fooocus", "Version": "1.0"}

    info = read({"parameters": json.dumps(values)})

    assert core(info) == ("Fooocus", "a cat", "dog", "juggernaut", "dpmpp_2m_sde_gpu", 30, 4.0, 12)
    assert (info.width, info.height, info.loras) == (768, 1280, (LoraRef("offset", 0.1, hash="abcdef"),))


LOG = """<html><body><div id="other_png"></div>
<div id="2024-01-01_00-00-00_1_png" class="image-container"><hr><table><tr><td><a href="x.png"><img src="x.png"></a>
<div>x.png</div></td><td><table class='metadata'>
<tr><td class='label'>Prompt</td><td class='value'>a cat, &quot;sitting&quot;</td></tr>
<tr><td class='label'>Negative Prompt</td><td class='value'>dog</td></tr>
<tr><td class='label'>Styles</td><td class='value'>['Fooocus V2', 'Sharp']</td></tr>
<tr><td class='label'>Resolution</td><td class='value'>(1024, 512)</td></tr>
<tr><td class='label'>Guidance Scale</td><td class='value'>4.0</td></tr>
<tr><td class='label'>Base Model</td><td class='value'>juggernaut.safetensors</td></tr>
<tr><td class='label'>LoRA 1</td><td class='value'>offset.safetensors : 0.1</td></tr>
<tr><td class='label'>Seed</td><td class='value'>77</td></tr></table></td></tr></table></div></body></html>"""


def test_fooocus_log_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "log.html").write_text(LOG, encoding="utf-8")

    parsed = make.parse(tmp_path / "2024-01-01_00-00-00_1.png", make.png_file())

    assert core(parsed.geninfo) == ("Fooocus", 'a cat, "sitting"', "dog", "juggernaut", None, None, 4.0, 77)
    assert parsed.geninfo.loras == (LoraRef("offset", 0.1),)
    assert TagName("Size", "1024 * 512") in parsed.tags
    assert parsed.geninfo.parameters["Styles"] == "['Fooocus V2'， 'Sharp']"
    assert parsed.text.splitlines()[-1].startswith("Steps: Unknown")
    assert make.parse(tmp_path / "b.png", make.png_file()).geninfo.is_empty


def test_a_changed_log_is_read_again(tmp_path: Path) -> None:
    from iib.metadata.registry import default_registry

    registry = default_registry()
    name = tmp_path / "2024-01-01_00-00-00_1.png"
    (tmp_path / "log.html").write_text(LOG, encoding="utf-8")
    assert make.parse(name, make.png_file(), registry).geninfo.seed == 77

    (tmp_path / "log.html").write_text(LOG.replace("77", "780"), encoding="utf-8")

    assert make.parse(name, None, registry).geninfo.seed == 780


# Easy Diffusion

EASY = {
    "prompt": "a cat", "negative_prompt": "dog", "seed": 11, "use_stable_diffusion_model": "sd/model.safetensors",
    "sampler_name": "euler_a", "num_inference_steps": 22, "guidance_scale": 7.5, "width": 512, "height": 640,
    "use_lora_model": ["one", "two"], "lora_alpha": [0.5, 1],
}  # fmt: skip
LABELS = {
    "Prompt": "a cat", "Negative Prompt": "dog", "Seed": "11", "Stable Diffusion model": "sd/model.safetensors",
    "Sampler": "euler_a", "Steps": "22", "Guidance Scale": "7.5", "Width": "512", "Height": "640",
    "LoRA model": "['one', 'two']", "LoRA Strength": "[0.5, 1]",
}  # fmt: skip


def assert_is_easy(info: GenerationInfo) -> None:
    """Assert all fields of the Easy Diffusion sample."""
    assert core(info) == ("Easy Diffusion", "a cat", "dog", "model", "euler_a", 22, 7.5, 11)
    assert (info.width, info.height) == (512, 640)
    assert info.loras == (LoraRef("one", 0.5), LoraRef("two", 1.0))


def test_easy_diffusion_in_chunks(read) -> None:
    assert_is_easy(read({key: str(value) for key, value in EASY.items()}))
    assert_is_easy(read(LABELS))


def test_easy_diffusion_in_a_comment_and_in_sidecars(tmp_path: Path) -> None:
    block = make.user_comment(json.dumps(EASY))
    assert_is_easy(make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block))).geninfo)

    (tmp_path / "b.txt").write_text("\n".join(f"{key}: {value}" for key, value in LABELS.items()))
    assert_is_easy(make.parse(tmp_path / "b.png", make.png_file()).geninfo)

    (tmp_path / "c.json").write_text(json.dumps(EASY))
    assert_is_easy(make.parse(tmp_path / "c.png", make.png_file()).geninfo)


# Sites and desktop programs


def test_draw_things(tmp_path: Path) -> None:
    values = {
        "c": "a cat", "uc": "dog", "model": "sdxl_base.ckpt", "sampler": "DPM++ 2M Karras", "scale": 6.5, "steps": 20,
        "seed": 4, "size": "1024x768", "strength": 1, "lora": [{"model": "one.ckpt", "weight": 0.8}],
        "v2": {"sampler": 1},
    }  # fmt: skip
    packet = make.xmp_packet(
        {"dc:description": "a cat\nSteps: 20", "xmp:CreatorTool": "Draw Things", "exif:UserComment": json.dumps(values)}
    )

    info = make.parse(tmp_path / "a.png", make.png_file(make.itext("XML:com.adobe.xmp", packet))).geninfo

    assert core(info)[:4] == ("Draw Things", "a cat", "dog", "sdxl_base")
    assert (info.steps, info.cfg, info.seed, info.width, info.height) == (20, 6.5, 4, 1024, 768)
    assert info.loras == (LoraRef("one", 0.8),)


def test_draw_things_line_alone(tmp_path: Path) -> None:
    line = "Steps: 20, Sampler: Euler A, Guidance Scale: 6.5, Seed: 4, Size: 1024x768, Model: sdxl_base.ckpt"
    packet = make.xmp_packet({"dc:description": f"a cat\n-dog\n{line}", "xmp:CreatorTool": "Draw Things"})

    info = make.parse(tmp_path / "a.png", make.png_file(make.itext("XML:com.adobe.xmp", packet))).geninfo

    assert core(info) == ("Draw Things", "a cat", "dog", "sdxl_base", "Euler A", 20, 6.5, 4)


MOCHI = (
    "Include in Image: a cat; sitting: still", "Exclude from Image: dog", "Model: sd_v2", "Steps: 20",
    "Guidance Scale: 7.5", "Seed: 4294967296", "Size: 512x768", "Scheduler: DPM-Solver++",
    "Generator: Mochi Diffusion 4.1",
)  # fmt: skip


@pytest.mark.parametrize(
    "caption", ["; ".join(MOCHI), "\n".join(("Metadata Version: 2", *MOCHI))], ids=["one line", "a field a line"]
)
def test_mochi_diffusion(tmp_path: Path, caption: str) -> None:
    packet = make.xmp_packet({"dc:description": caption})

    info = make.parse(tmp_path / "a.png", make.png_file(make.itext("XML:com.adobe.xmp", packet))).geninfo

    expected = ("Mochi Diffusion", "a cat; sitting: still", "dog", "sd_v2", "DPM-Solver++", 20, 7.5, 4294967296)
    assert core(info) == expected
    assert (info.width, info.height, info.parameters["Generator"][:15]) == (512, 768, "Mochi Diffusion")


def test_mochi_diffusion_escapes(tmp_path: Path) -> None:
    caption = (
        "Metadata Version: 2\nInclude in Image: a \\\\ b\\nc\nExclude from Image: \nGenerator: Mochi Diffusion 6.1"
    )
    packet = make.xmp_packet({"dc:description": caption})

    info = make.parse(tmp_path / "a.png", make.png_file(make.itext("XML:com.adobe.xmp", packet))).geninfo

    assert (info.prompt, info.negative_prompt) == ("a \\ b\nc", None)


def test_stability_matrix(read) -> None:
    values = {
        "PositivePrompt": "a cat", "NegativePrompt": "dog", "ModelName": "m.safetensors",
        "Sampler": "Euler Ancestral Karras",
        "CfgScale": 5, "Steps": 20, "Seed": 6, "Width": 64, "Height": 32,
    }  # fmt: skip

    info = read({"parameters": "a cat\n\nSteps: 20", "parameters-json": json.dumps(values), "smproj": "{}"})

    assert core(info) == ("Stability Matrix", "a cat", "dog", "m", "Euler Ancestral", 20, 5.0, 6)


def test_tensor_art_takes_an_unknown_seed_from_the_graph(read) -> None:
    values = {
        "prompt": "a cat", "negativePrompt": "dog", "baseModel": {"modelFileName": "m.safetensors"}, "steps": 25,
        "ksamplerName": "euler_ancestral", "schedule": "normal", "cfgScale": 7, "seed": "-1", "width": 64, "height": 32,
        "models": [{"type": "LORA", "modelFileName": "one", "weight": 0.6}],
    }  # fmt: skip

    info = read({"generation_data": json.dumps(values) + "\0", "prompt": comfy_graph(seed=99)})

    assert core(info) == ("Tensor.Art", "a cat", "dog", "m", "euler_ancestral", 25, 7.0, 99)
    assert info.loras == (LoraRef("one", 0.6),)


def test_hugging_face_spaces(read) -> None:
    values = {
        "prompt": "a cat", "negative_prompt": "dog", "resolution": "1024 x 768", "guidance_scale": 6,
        "num_inference_steps": 28, "seed": 3, "sampler": "Euler a", "use_upscaler": None, "Model": "Animagine XL",
        "Model hash": "e3c47aedb0",
    }  # fmt: skip

    info = read({"parameters": json.dumps(values)})

    assert core(info) == ("Hugging Face Space", "a cat", "dog", "Animagine XL", "Euler a", 28, 6.0, 3)
    assert (info.width, info.height) == (1024, 768)


def test_midjourney(read) -> None:
    info = read(
        {"Description": f"a cat, sitting --v 6.1 --ar 16:9 --no dog, hat --seed 5 Job ID: {UUID}", "Author": "me"}
    )

    assert core(info)[:4] == ("Midjourney", "a cat, sitting", "dog, hat", "Midjourney v6.1")
    assert (info.seed, info.parameters["--ar"], info.parameters["Job ID"]) == (5, "16:9", UUID)


@pytest.mark.parametrize(
    ("claim", "tool"),
    [
        ({"claim_generator": "Adobe_Firefly"}, "Adobe Firefly"),
        ({"claim_generator_info": [{"name": "Microsoft Designer"}]}, "Microsoft Designer"),
        ({"claim_generator_info": {"name": "Bing Image Creator"}}, "Bing Image Creator"),
        ({"claim_generator": "SomeCamera/1.0 c2pa-rs/0.3"}, "SomeCamera"),
    ],
)
def test_the_producer_of_a_claim(tmp_path: Path, claim: dict[str, object], tool: str) -> None:
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    manifest = make.c2pa_manifest(claim, [{"action": "c2pa.created", "digitalSourceType": source}])

    info = make.parse(tmp_path / "a.png", make.png_file(make.chunk(b"caBX", manifest))).geninfo

    assert (info.tool, info.is_generated, info.prompt) == (tool, True, None)


def test_the_claim_of_a_camera_is_not_a_generator(tmp_path: Path) -> None:
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    manifest = make.c2pa_manifest(
        {"claim_generator": "Leica M11"}, [{"action": "c2pa.created", "digitalSourceType": source}]
    )

    info = make.parse(tmp_path / "a.png", make.png_file(make.chunk(b"caBX", manifest))).geninfo

    assert (info.tool, info.is_generated, info.parameters["Claim generator"]) == (None, None, "Leica M11")


def test_labels_and_source_types_mark_a_generated_image(tmp_path: Path) -> None:
    label = make.user_comment(
        '{"aigc_info": {"aigc_label_type": 0, "source_info": "dreamina"}}', b"ASCII\0\0\0", "ascii"
    )
    packet = make.xmp_packet(
        {
            "photoshop:Credit": "Made with Google AI",
            "Iptc4xmpExt:DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        }
    )

    labelled = make.parse(tmp_path / "a.webp", make.webp_file((b"EXIF", label))).geninfo
    credited = make.parse(tmp_path / "b.webp", make.webp_file((b"XMP ", packet.encode()))).geninfo

    assert (labelled.tool, labelled.is_generated) == ("Dreamina", True)
    assert (credited.tool, credited.is_generated) == ("Google Gemini", True)


def test_the_camera_tags_of_flux_scripts_are_read(tmp_path: Path) -> None:
    block = make.tiff(
        [
            (make.IMAGE_DESCRIPTION, make.ASCII, b"a cat\0"),
            (make.MAKE, make.ASCII, b"Black Forest Labs\0"),
            (make.MODEL, make.ASCII, b"flux-dev\0"),
            (make.SOFTWARE, make.ASCII, b"AI generated;txt2img;flux\0"),
        ]
    )

    info = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block))).geninfo

    assert core(info)[:4] == ("FLUX", "a cat", None, "flux-dev")


# What has no dialect of its own


def test_unknown_generators_are_read_by_common_names_of_settings(read) -> None:
    values = {
        "app": "Some Tool", "positivePrompt": "a cat", "negative_prompt": "dog", "modelName": "x.safetensors",
        "cfg_scale": 5, "num_steps": 12, "seed": 3, "size": "64x32", "sampler": "ddim", "mood": "happy",
    }  # fmt: skip

    info = read({"metadata": json.dumps(values)})

    assert core(info) == ("Some Tool", "a cat", "dog", "x", "ddim", 12, 5.0, 3)
    assert info.parameters["mood"] == "happy"


def test_one_setting_per_chunk_is_read(read) -> None:
    info = read({"prompt": "a cat", "negative_prompt": "dog", "seed": "7", "steps": "20"})

    assert (info.prompt, info.negative_prompt, info.seed, info.steps) == ("a cat", "dog", 7, 20)


@pytest.mark.parametrize(
    "texts",
    [
        {"Comment": "Created with GIMP"},
        {"Software": "Adobe Photoshop 25.0 (Windows)", "date:create": "2024-01-01T00:00:00+00:00"},
        {"Title": "holiday", "Description": "on the beach", "Author": "me"},
        {"prompt": "{broken", "comment": "seed"},
        {"parameters": ""},
    ],
)
def test_other_data_has_no_prompt(read, texts: dict[str, str]) -> None:
    info = read(texts)

    assert core(info) == (None,) * 8
    assert [entry.key for entry in info.raw] == list(texts)


def test_a_photograph_has_no_generation_info(tmp_path: Path) -> None:
    block = make.tiff(
        [
            (make.MAKE, make.ASCII, b"Canon\0"),
            (make.MODEL, make.ASCII, b"EOS R5\0"),
            (make.SOFTWARE, make.ASCII, b"1.0\0"),
        ],
        [(make.MAKER_NOTE, make.UNDEFINED, bytes(range(256)))],
    )

    info = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block))).geninfo

    assert core(info) == (None,) * 8
    assert "MakerNote" not in [entry.key for entry in info.raw]
