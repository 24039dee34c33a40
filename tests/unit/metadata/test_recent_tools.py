"""Tests for what tools of 2025 and 2026 write, and for texts whose lines were joined on their way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import metadata_files as make
from support.metadata_files import core
from support.shared_files import SHARED

from iib.metadata import parse_infotext
from iib.metadata.describe import describe_file
from iib.model.geninfo import LoraRef

CASES = SHARED / "cases" / "metadata"
FIELDS = (
    "prompt", "negative_prompt", "model", "sampler", "scheduler", "steps", "cfg", "guidance", "seed", "width", "height",
)  # fmt: skip
SETTINGS = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x768, Model: m"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MADE = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE + "trainedAlgorithmicMedia"}


# Texts on one line


@pytest.mark.parametrize(
    ("text", "prompt", "negative"),
    [
        (f"a cat. Negative prompt: dog. {SETTINGS}", "a cat", "dog"),
        (f"a cat, sitting Negative prompt: dog, fog {SETTINGS}", "a cat, sitting", "dog, fog"),
        (f"a cat, Negative prompt: dog, {SETTINGS}", "a cat", "dog"),
        (f"a cat.. Negative prompt: dog.. {SETTINGS}", "a cat..", "dog.."),
        (f"It sits. It waits. Negative prompt: dog {SETTINGS}", "It sits. It waits.", "dog"),
        (f"a cat {SETTINGS}", "a cat", None),
        (f"a cat. {SETTINGS}", "a cat", None),
        (f"a cat\nNegative prompt: dog {SETTINGS}", "a cat", "dog"),
        (f"a cat\nNegative prompt: dog,\nfog, {SETTINGS}", "a cat", "dog,\nfog"),
        (f"a cat\\nNegative prompt: dog\\n{SETTINGS}", "a cat", "dog"),
        (f"a cat, Negative prompt: dog\n{SETTINGS}", "a cat", "dog"),
        (f"a cat; Negative prompt: dog | {SETTINGS}", "a cat", "dog"),
        (f"a catNegative prompt: dog{SETTINGS}", "a cat", "dog"),
        (f"a cat Negative prompt: dog {SETTINGS}, Hires steps: 9, Clip skip: 2, ENSD: 1, Version: v1", "a cat", "dog"),
        (f"a cat with a negative prompt: dog\n{SETTINGS}", "a cat with a negative prompt: dog", None),
        (f"Negative prompt: dog {SETTINGS}", None, "dog"),
        (f"a sign: Steps: 5 of them, Negative prompt: dog {SETTINGS}", "a sign: Steps: 5 of them", "dog"),
    ],
)
def test_texts_whose_line_breaks_were_lost(read, text: str, prompt: str | None, negative: str | None) -> None:
    info = read({"parameters": text})

    assert core(info) == ("A1111", prompt, negative, "m", "Euler a", 20, 7.0, 5)


@given(
    prompt=st.from_regex(r"[a-z]{1,8}(, [a-z (){}<>\[\]]{1,12}){0,5}", fullmatch=True),
    negative=st.from_regex(r"[a-z]{1,8}(, [a-z]{1,12}){0,3}", fullmatch=True),
    joint=st.sampled_from([" ", ", ", "\n", ". ", "; "]),
)
def test_the_parts_of_joined_texts_return(prompt: str, negative: str, joint: str) -> None:
    info = parse_infotext(f"{prompt}{joint}Negative prompt: {negative}{joint}{SETTINGS}")

    assert (info.prompt, info.negative) == (prompt.strip(), negative)
    assert (info.get("Steps"), info.get("Model")) == ("20", "m")


@pytest.mark.parametrize("joint", ["a. Steps: 1 ", "Steps: 1, ", "a, b: c, ", "\\nSteps: "])
def test_long_texts_on_one_line_cost_little(joint: str) -> None:
    info = parse_infotext(joint * 20_000 + SETTINGS)

    assert info.has_settings


def test_a_byte_order_mark_is_no_part_of_the_prompt(tmp_path: Path, read) -> None:
    text = f"\ufeffa cät\n{SETTINGS}"
    wide = make.user_comment(text, encoding="utf-8")
    narrow = make.user_comment(text, b"ASCII\0\0\0", "utf-8")
    bare = make.user_comment(text, b"", "utf-8")
    swapped = make.user_comment(text, encoding="utf-16-le")
    for block in (wide, narrow, bare, swapped):
        info = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block))).geninfo
        assert (info.prompt, info.steps) == ("a cät", 20)

    assert read({"parameters": text}).prompt == "a cät"
    assert read({"parameters": "\ufeff" + json.dumps({"prompt": "a cat", "steps": 4, "seed": 1})}).prompt == "a cat"


# Relatives of WebUI


@pytest.mark.parametrize("prompt", ["a cat <lora:x:0.5>", "纯白的背景"])
def test_stable_diffusion_cpp_names_parts_of_a_model(read, prompt: str) -> None:
    info = read(
        {
            "parameters": f"{prompt}\nSteps: 20, CFG scale: 1.000000, Skip layers: [7, 8, ], Guidance: 3.500000, "
            "Eta: 0.000000, Seed: 42, Size: 1024x768, Model: , RNG: cuda, Sampler: dpm++2m sgm_uniform, "
            "TE: qwen_3_4b.safetensors, Unet: z_image_turbo.safetensors, VAE: ae.sft, "
            'Version: stable-diffusion.cpp, SDCPP: {"seed": 1, "prompt": "x, Steps: 3"}'
        }
    )

    assert core(info) == ("stable-diffusion.cpp", prompt, None, "z_image_turbo", "dpm++2m", 20, 1.0, 42)
    assert (info.scheduler, info.guidance, info.vae, info.width) == ("sgm_uniform", 3.5, "ae", 1024)


def test_stable_diffusion_cpp_lists_loras_in_json(read) -> None:
    values = {"seed": 1, "loras": [{"name": "two.safetensors", "multiplier": 0.5, "is_high_noise": False}]}
    line = f"Steps: 8, Seed: 5, Size: 64x32, Version: stable-diffusion.cpp, SDCPP: {json.dumps(values)}"

    info = read({"parameters": f"a cat <lora:one:0.7>\n{line}"})

    assert info.loras == (LoraRef("one", 0.7), LoraRef("two", 0.5))


def test_templates_of_sdnext_are_no_part_of_the_prompts(read) -> None:
    settings = "Steps: 64, Size: 1024x1024, Seed: 48, CFG scale: 4, App: SD.Next, Version: 49ab7cc, Model: m"
    info = read({"parameters": f"a cat\nNegative prompt: \nTemplate: a {{cat|dog}}\nin 2 lines\n{settings}"})
    both = read({"parameters": f"a\nNegative prompt: b\nTemplate: c\nNegative template: d\n{settings}"})
    elsewhere = read({"parameters": f"a cat\nTemplate: on a wall\n{SETTINGS}"})

    assert (info.prompt, info.negative_prompt) == ("a cat", None)
    assert info.parameters["Template"] == "a {cat|dog}\nin 2 lines"
    assert (both.prompt, both.negative_prompt, both.parameters["Negative template"]) == ("a", "b", "d")
    assert elsewhere.prompt == "a cat\nTemplate: on a wall"


@pytest.mark.parametrize("prompt", ['{\n  "scene": "a cat",\n  "boxes": [1, 2]\n}', '[{"a": 1}]', '{"a": "b"}'])
def test_a_prompt_may_be_json(read, prompt: str) -> None:
    settings = "Steps: 48, Size: 64x64, Scheduler: FlowMatchEulerDiscreteScheduler, Seed: 8, CFG scale: 7, App: SD.Next"
    info = read({"parameters": f"{prompt}\n{settings}, Model: m"})
    with_negative = read({"parameters": f"{prompt}\nNegative prompt: dog\n{settings}, Model: m"})

    assert core(info) == ("SD.Next", prompt, None, "m", None, 48, 7.0, 8)
    assert info.scheduler == "FlowMatchEulerDiscreteScheduler"
    assert (with_negative.prompt, with_negative.negative_prompt) == (prompt, "dog")


def test_json_that_quotes_a_settings_line_is_no_infotext(read) -> None:
    info = read({"parameters": '{"prompt": "a cat\n' + SETTINGS + '", "steps": 4}'})

    assert info.prompt != '{"prompt": "a cat'


def test_sdnext_of_2023_divides_settings_by_bars(read) -> None:
    info = read(
        {
            "parameters": "prompt: a cat\nNegative prompt: dog\nVersion: aa62f6d, Pipeline: Original,\n"
            "Steps: 25 | Seed: 5 | Sampler: Euler a | CFG scale: 7 | Size: 768x512 | Parser: Full parser | Model: m | "
            "Model hash: 4199bcdd14 | Operations: | Hires upscale: 2"
        }
    )

    assert core(info) == ("SD.Next", "a cat", "dog", "m", "Euler a", 25, 7.0, 5)
    assert (info.width, info.height, info.models[0].hash) == (768, 512, "4199bcdd14")


def test_a_model_may_stand_in_the_hashes_only(read) -> None:
    hashes = '{"Model:my-flux": "0123456789", "LORA:one": "abcdefabcd", "embed:bad": "1111111111", "vae": "22"}'
    info = read({"parameters": f"a cat\nSteps: 20, Sampler: Euler, Seed: 7, Hashes: {hashes}, Version: ComfyUI"})
    named = read({"parameters": f"a cat\nSteps: 20, Sampler: Euler, Seed: 7, Model: m, Hashes: {hashes}"})

    assert (info.model, info.models[0].hash, info.embeddings) == ("my-flux", "0123456789", ("bad",))
    assert info.loras == (LoraRef("one", hash="abcdefabcd"),)
    assert named.model == "m"


@pytest.mark.parametrize(
    "fields",
    [
        "width: 832, height: 1216",
        'Civitai metadata: {"width": 832, "height": 1216, "a": []}',
        'Civitai metadata: {"aspectRatio": {"value": "2:3", "width": 832, "height": 1216}}',
    ],
)
def test_a_size_without_its_usual_field(read, fields: str) -> None:
    info = read({"parameters": f"a cat\nSteps: 20, Sampler: Euler, Seed: 7, {fields}, Created Date: 2026-01-01"})

    assert (info.tool, info.width, info.height) == ("Civitai", 832, 1216)


def test_types_of_civitai_resources_in_any_case(read) -> None:
    resources = '[{"type": "Checkpoint", "modelName": "m"}, {"type": "LORA", "weight": 0.5, "modelName": "one"}]'
    line = f"Steps: 31, Sampler: dpmpp_2m, CFG scale: 3, Seed: 5, Civitai resources: {resources}"

    info = read({"parameters": f"a cat\n{line}"})

    assert (info.model, info.loras) == ("m", (LoraRef("one", 0.5),))


# Programs


def test_draw_things_numbers_several_loras(tmp_path: Path) -> None:
    line = (
        "Steps: 28, Sampler: DPM++ 2M Karras, Guidance Scale: 7.5, Seed: 4, Size: 64x32, Model: a_f16.ckpt, "
        "Refiner: b_f16.ckpt, LoRA 1 Model: one_f16.ckpt, LoRA 1 Weight: 0.6, "
        "LoRA 2 Model: two.ckpt, LoRA 2 Weight: -0.25"
    )
    packet = make.xmp_packet({"xmp:CreatorTool": "Draw Things", "dc:description": f"a cat\n-dog,\nfog\n{line}"})

    info = make.parse(tmp_path / "a.png", make.png_file(make.itext("XML:com.adobe.xmp", packet))).geninfo

    assert (info.prompt, info.negative_prompt) == ("a cat", "dog,\nfog")
    assert info.loras == (LoraRef("one_f16", 0.6), LoraRef("two", -0.25))
    assert [model.name for model in info.models] == ["a_f16", "b_f16"]


def test_ruined_fooocus_wrote_loras_as_a_text(read) -> None:
    loras = "Loras:<Objects\\x_style.safetensors \U0001f5d2\ufe0f:1>,<De\\grit-XL (b).safetensors:-0.7>,<None:0.5>"
    info = read(
        {"parameters": json.dumps({"Prompt": "a cat", "steps": 4, "loras": loras, "software": "RuinedFooocus"})}
    )

    assert info.loras == (LoraRef("x_style", 1.0), LoraRef("grit-XL (b)", -0.7))


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("Nmkdiffusers", {"promptNeg": "dog", "w": "1024", "h": "768", "scaleTxt": "7.5", "steps": "30", "seed": "9"}),
        (
            "GenerationInfo",
            {"promptNeg": "dog", "w": "1024", "h": "768", "scaleTxt": "7.5", "steps": "30", "seed": "9"},
        ),
        (
            "GenerationInfoJson",
            {"NegativePrompt": "dog", "BaseResolution": "1024, 768", "Scale": 7.5, "Steps": 30, "Seed": 9},
        ),
        (
            "GenerationInfoJson",
            {"negative_prompt": "dog", "base_resolution": "1024, 768", "scale": 7.5, "steps": 30, "seed": 9},
        ),
    ],
)
def test_nmkd_in_all_its_spellings(read, key: str, values: dict[str, object]) -> None:
    upper = "NegativePrompt" in values
    names = ("Prompt", "Model", "Sampler") if upper else ("prompt", "model", "sampler")
    info = read(
        {key: json.dumps({**dict(zip(names, ("a cat", "x/sd_xl.safetensors", "dpmpp_2m"), strict=True)), **values})}
    )

    assert core(info) == ("NMKD Stable Diffusion GUI", "a cat", "dog", "sd_xl", "dpmpp_2m", 30, 7.5, 9)
    assert (info.width, info.height) == (1024, 768)


def test_nmkd_loras_and_source_image(read) -> None:
    values = {
        "Prompt": "a cat", "Loras": [{"Key": "one.safetensors", "Value": 0.8}], "InitImg": "a.png",
        "InitStrength": 0.25, "ModelRefiner": "r.safetensors", "Model": "m.safetensors", "Seed": -1, "Steps": 0,
    }  # fmt: skip

    info = read({"GenerationInfoJson": json.dumps(values)})

    assert (info.loras, info.denoise, info.seed, info.steps) == ((LoraRef("one", 0.8),), 0.75, None, None)
    assert [model.kind for model in info.models] == ["checkpoint", "refiner"]


def test_dgenerate_scripts(read) -> None:
    script = (
        "#! /usr/bin/env dgenerate --file\n#! dgenerate 5.0.0\n\n# Image 1\n\nstabilityai/some-model \\\n"
        "--model-type torch-sdxl \\\n--inference-steps 25 \\\n--guidance-scales 7.5 \\\n--seeds 1234 \\\n"
        "--prompts 'a cat, it'\"'\"'s \\\n          red; dog, \\#1' \\\n--loras 'x/one.safetensors;scale=0.5' "
        "'user/repo;weight-name=two.safetensors' \\\n--vae 'AutoencoderKL;model=x' \\\n"
        "--scheduler EulerDiscreteScheduler \\\n--output-size 512x768\n"
    )
    info = read({"DgenerateConfig": script})
    square = read({"DgenerateConfig": script.replace("512x768", "640")})

    assert core(info) == ("dgenerate", "a cat, it's red", "dog, #1", "some-model", None, 25, 7.5, 1234)
    assert info.loras == (LoraRef("one", 0.5), LoraRef("two", 1.0))
    assert (info.tool_version, info.width, info.height, square.width, square.height) == ("5.0.0", 512, 768, 640, 640)
    assert info.scheduler == "EulerDiscreteScheduler"


@pytest.mark.parametrize(
    "script", ["#! /usr/bin/env dgenerate\nmodel --prompts 'open", "#! dgenerate", "--prompts", ""]
)
def test_damaged_scripts_are_no_error(read, script: str) -> None:
    info = read({"DgenerateConfig": script, "Title": "t"})

    assert info.prompt in (None, script)


def test_long_scripts_cost_little(read) -> None:
    blanks = " " * 90_000

    assert read({"DgenerateConfig": f"model {blanks}x --prompts 'a cat'"}).prompt == "a cat"


METAHUB = {
    "generator": "ComfyUI", "prompt": "a cat", "negativePrompt": "dog", "seed": 5, "steps": 20, "cfg": 7.0,
    "sampler_name": "euler", "scheduler": "karras", "model": "m.safetensors", "width": 512, "height": 768,
    "loras": [{"name": "one.safetensors", "weight": 0.8}], "imh_pro": {"user_tags": ""}, "workflow": {},
}  # fmt: skip


def test_metahub_knows_the_weights_that_the_text_lacks(tmp_path: Path, read) -> None:
    text = f'a cat\nNegative prompt: dog\n{SETTINGS.replace("Euler a", "euler")}, Lora hashes: "one: def9876543"'
    both = read({"parameters": text, "imagemetahub_data": json.dumps(METAHUB)})
    alone = read({"imagemetahub_data": json.dumps(METAHUB)})
    guessed = read({"imagemetahub_data": json.dumps({**METAHUB, "metadata_sources": {"steps": "default"}})})
    block = make.tiff([(make.IMAGE_DESCRIPTION, make.ASCII, json.dumps(METAHUB).encode() + b"\0")])
    photo = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(block))).geninfo

    for info in (both, alone, photo):
        assert core(info) == ("ComfyUI", "a cat", "dog", "m", "euler", 20, 7.0, 5)
        assert (info.scheduler, info.loras[0].name, info.loras[0].weight) == ("karras", "one", 0.8)
    assert (both.loras[0].hash, both.source["text"]) == ("def9876543", text)
    assert guessed.steps is None


def test_fields_of_fooocus_forks(tmp_path: Path, read) -> None:
    values = {
        "Prompt": "a cat", "Negative Prompt": "dog", "Base Model": "m", "Sampler": "euler", "Seed": "5", "Steps": 20,
        "Guidance Scale": 7, "Resolution": "(512, 768)", "Metadata Scheme": "simple", "Version": "SimpleSDXL2_1",
        "LoRA 1": "one : 0.5", "LoRA [Two_b] weight": 0.25,
    }  # fmt: skip
    comment = make.tiff(
        exif=[
            (make.USER_COMMENT, make.UNDEFINED, json.dumps({**values, "Metadata Scheme": False}).encode()),
            (make.MAKER_NOTE, make.UNDEFINED, b"simple"),
        ]
    )
    photo = make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(comment))).geninfo

    for info in (read({"parameters": json.dumps(values)}), read({"Comment": json.dumps(values)}), photo):
        assert core(info) == ("Fooocus", "a cat", "dog", "m", "euler", 20, 7.0, 5)
        assert info.loras == (LoraRef("one", 0.5), LoraRef("Two_b", 0.25))


def test_ruined_fooocus_names_its_videos_otherwise(read) -> None:
    values = {"Prompt": "a cat", "steps": 4, "seed": 1, "software": "RuinedFooocus"}

    assert read({"metadata": json.dumps(values)}).tool == "RuinedFooocus"


def test_an_unknown_hash_is_no_hash(read) -> None:
    line = "Steps: 20, Sampler: Default, CFG scale: 7, Seed: 5, Size: 64x32, Model hash: unknown, Model: m"
    info = read({"parameters": f"a cat <lora:one:0.5>\nNegative prompt: \n{line}"})

    assert [(model.name, model.hash) for model in info.models] == [("m", None)]


# Provenance


def test_properties_of_iptc_for_generated_images(tmp_path: Path) -> None:
    packet = make.xmp_packet(
        {
            "Iptc4xmpExt:AISystemUsed": "Bing Image Creator",
            "Iptc4xmpExt:AISystemVersionUsed": "3",
            "Iptc4xmpExt:AIPromptInformation": "a cat",
        }
    )
    other = make.xmp_packet({"Iptc4xmpExt:AISystemUsed": "Own Engine"})

    info = make.parse(tmp_path / "a.png", make.png_file(make.itext("XML:com.adobe.xmp", packet))).geninfo
    own = make.parse(tmp_path / "b.png", make.png_file(make.itext("XML:com.adobe.xmp", other))).geninfo

    assert (info.tool, info.tool_version, info.prompt, info.is_generated) == ("Bing Image Creator", "3", "a cat", True)
    assert (own.tool, own.prompt) == ("Own Engine", None)


def test_a_signature_of_grok_names_it(tmp_path: Path) -> None:
    def written(description: str, artist: str) -> str | None:
        tags = [
            (make.IMAGE_DESCRIPTION, make.ASCII, description.encode() + b"\0"),
            (0x013B, make.ASCII, artist.encode() + b"\0"),
        ]
        return make.parse(tmp_path / "a.jpg", make.jpeg_file(make.exif_segment(make.tiff(tags)))).geninfo.tool

    identifier, signature = "0f0e0d0c-1111-4222-8333-444455556666", "Signature: " + "QUJD" * 16 + "QQ=="
    assert written(signature, identifier) == "Grok"
    assert written(signature, "Ann") is None
    assert written("Signature: see the back", identifier) is None


GOOGLE = {"claim_generator_info": {"name": "Google C2PA Core Generator Library"}}
CHATGPT = {"claim_generator_info": {"name": "ChatGPT"}}
FIREFLY, PHOTOSHOP = {"claim_generator": "Adobe_Firefly"}, {"claim_generator": "Adobe_Photoshop/26"}
COMPOSED = {"action": "c2pa.edited", "digitalSourceType": SOURCE_TYPE + "composite"}
EDITED = {"action": "c2pa.edited", "softwareAgent": "Adobe Photoshop"}
OPENED, TAKEN = (
    {"action": "c2pa.opened"},
    {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE + "digitalCapture"},
)


@pytest.mark.parametrize(
    ("manifests", "tool"),
    [
        ([(GOOGLE, [MADE], ""), (GOOGLE, [COMPOSED], "")], "Google Gemini"),
        ([(CHATGPT, [{**MADE, "softwareAgent": {"name": "GPT-4o"}}], "OpenAI"), (CHATGPT, [OPENED], "x")], "OpenAI"),
        ([(FIREFLY, [MADE], "Adobe"), (PHOTOSHOP, [EDITED], "")], "Adobe Firefly"),
        ([(FIREFLY, [MADE], "Adobe"), (PHOTOSHOP, [EDITED], ""), (PHOTOSHOP, [OPENED], "")], "Adobe Firefly"),
        ([({"claim_generator": "SomeCamera/1.0"}, [TAKEN], ""), (PHOTOSHOP, [EDITED], "")], None),
    ],
    ids=["watermark", "download", "edit", "two edits", "photograph"],
)
@pytest.mark.parametrize("label", ["urn:c2pa:{}", "adobe:urn:uuid:{}"])
def test_any_manifest_of_the_store_names_the_generator(tmp_path: Path, manifests, tool: str | None, label: str) -> None:
    store = make.c2pa_store(*manifests, label=label)

    info = make.parse(tmp_path / "a.png", make.png_file(make.chunk(b"caBX", store))).geninfo

    assert (info.tool, info.is_generated) == (tool, True if tool else None)


def test_the_source_type_may_stand_in_the_metadata_assertion(tmp_path: Path) -> None:
    body = json.dumps({"Iptc4xmpExt:DigitalSourceType": SOURCE_TYPE + "trainedAlgorithmicMedia"}).encode()
    claim = make.cbor({"claim_generator": "Recraft/1.0"})
    store = make.superbox(
        "c2pa",
        make.superbox(
            "urn:uuid:0",
            make.superbox("c2pa.assertions", make.superbox("c2pa.metadata", make.box(b"json", body))),
            make.superbox("c2pa.claim", make.box(b"cbor", claim)),
            kind=b"c2ma",
        ),
    )

    info = make.parse(tmp_path / "a.png", make.png_file(make.chunk(b"caBX", store))).geninfo

    assert (info.tool, info.is_generated) == ("Recraft", True)


# Real files


def _cases() -> list[dict[str, object]]:
    expected = CASES / "expected.jsonl"
    lines = expected.read_text(encoding="utf-8").splitlines() if expected.is_file() else []
    return [case for case in map(json.loads, lines) if case["tool"] != "ComfyUI" or case["format"] in ("f23", "f29")]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["path"])
def test_real_files_of_recent_tools(case: dict[str, object]) -> None:
    found = describe_file(str(case["path"]), make.parse(CASES / str(case["path"])))
    accepted = case["accept"]
    if found["scheduler"] is None and str(found["sampler"]).endswith(f" {case['scheduler']}"):
        found["scheduler"] = case["scheduler"]  # one field holds both names

    assert found["tool"] in (case["tool"], *accepted.get("tool", ()))
    assert {name: found[name] for name in FIELDS} == {name: case[name] for name in FIELDS}
    assert [(lora["name"], lora["weight"]) for lora in found["loras"]] == [
        (lora["name"], lora["weight"]) for lora in case["loras"]
    ]
