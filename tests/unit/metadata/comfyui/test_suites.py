"""Tests with small graphs of node suites, and of the ways in which they store prompts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.metadata.comfyui.graphs import ApiGraph, Workflow, read_api, read_texts, read_workflow

from iib.metadata.dialects.comfyui.wording import is_instruction, likely_words, may_be_words

SEARGE_SETTINGS: dict[str, Any] = {
    "seed": 42, "image_size_preset": "832x1216 (2:3)", "image_width": 1024, "image_height": 1024, "steps": 30, "cfg": 4,
    "sampler_preset": "4 - DPM++ 3M SDE Exp", "sampler_name": "dpmpp_2m", "scheduler": "karras",
}  # fmt: skip


def encoded(text: Any) -> ApiGraph:
    """Return a graph whose positive text is this value."""
    graph = ApiGraph()
    graph.save(graph.sample(positive=graph.encode(text)))
    return graph


def sampled(graph: ApiGraph, text: Any) -> Any:
    graph.save(graph.sample(positive=graph.encode(text)))
    return read_api(graph)


def searge(mode: str = "default - all prompts", **settings: Any) -> ApiGraph:
    graph = ApiGraph()
    texts = {"main_prompt": "a dragon", "secondary_prompt": "fire", "negative_main_prompt": "blurry"}
    data = graph.link(
        "SeargePromptAdapterV2",
        **{name: graph.link("SeargeTextInputV2", prompt=text) for name, text in texts.items()},
    )
    data = graph.link(
        "SeargeLoras", lora_1="offset.safetensors", lora_1_strength=0.2, lora_2="none", lora_2_strength=1, data=data
    )
    data = graph.link(
        "SeargeModelSelector", base_checkpoint="base.safetensors", refiner_checkpoint="refiner.safetensors",
        vae_checkpoint="vae.safetensors", data=data,
    )  # fmt: skip
    data = graph.link("SeargeOperatingMode", workflow_mode="text-to-image", prompting_mode=mode, data=data)
    data = graph.link("SeargeGenerationParameters", **{**SEARGE_SETTINGS, **settings}, data=data)
    data = graph.link("SeargePipelineStart", wf_version="4.3", data=data)
    for stage in ("load checkpoints", "sampling", "image saving"):
        data = graph.link("SeargeMagicBox", stage=stage, data=data)
    graph.add("SeargePipelineTerminator", data=data)
    return graph


def test_searge_settings_are_read_from_the_data_stream():
    geninfo = read_api(searge())

    assert (geninfo.prompt, geninfo.negative_prompt) == ("a dragon", "blurry")
    assert (geninfo.sampler, geninfo.scheduler, geninfo.steps, geninfo.cfg) == ("dpmpp_3m_sde", "exponential", 30, 4.0)
    assert (geninfo.seed, geninfo.width, geninfo.height) == (42, 832, 1216)
    assert [model.name for model in geninfo.models] == ["base", "refiner"]
    assert [(lora.name, lora.weight) for lora in geninfo.loras] == [("offset", 0.2)]
    assert geninfo.parameters["Secondary prompt"] == "fire"


def test_searge_settings_without_presets_are_those_of_the_fields():
    geninfo = read_api(searge(sampler_preset="use settings", image_size_preset="use settings"))

    assert (geninfo.sampler, geninfo.scheduler, geninfo.width) == ("dpmpp_2m", "karras", 1024)


def test_searge_prompts_that_the_mode_ignores_are_not_read():
    assert "Secondary prompt" not in read_api(searge("main and neg. only")).parameters
    assert read_api(searge("ignore all")).prompt is None


@pytest.mark.parametrize(("index", "expected"), [(0, "a cat"), (1, "a fox\nin the snow"), (9, "a fox\nin the snow")])
def test_a_zipped_prompt_is_the_entry_of_its_index(index: int, expected: str):
    graph = ApiGraph()
    text = "positive: a cat\nnegative: blur\n---\nname: second\npositive: a fox\nin the snow\nnegative: grain"
    zipped = graph.link(
        "LoadSinglePromptFromFile //Inspire", prompt_file="example/prompt2.txt", index=index, text_data_opt=text
    )
    pair = graph.add("UnzipPrompt //Inspire", zipped_prompt=zipped)
    graph.save(graph.sample(positive=graph.encode([pair, 0]), negative=graph.encode([pair, 1])))

    geninfo = read_api(graph)

    assert geninfo.prompt == expected
    assert geninfo.negative_prompt == ("blur" if index == 0 else "grain")


def test_a_zipped_prompt_from_a_file_is_unknown():
    graph = ApiGraph()
    zipped = graph.link("LoadSinglePromptFromFile //Inspire", prompt_file="example/prompt2.txt", index=3)

    assert sampled(graph, graph.link("UnzipPrompt //Inspire", zipped_prompt=zipped)).prompt is None


def test_two_zipped_texts_are_unzipped_by_slot():
    graph = ApiGraph()
    zipped = graph.link("ZipPrompt //Inspire", positive="a fox", negative="grain")
    pair = graph.add("UnzipPrompt //Inspire", zipped_prompt=zipped)
    graph.save(graph.sample(positive=graph.encode([pair, 0]), negative=graph.encode([pair, 1])))

    assert (read_api(graph).prompt, read_api(graph).negative_prompt) == ("a fox", "grain")


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        ("JWStringConcat", {"a": "a red fox", "b": " in the snow"}, "a red fox in the snow"),
        ("My Text Joiner", {"a": "a fox", "b": "snow", "separator": ", "}, "a fox, snow"),
        ("Concat Strings", {"first": "a fox", "second": "snow", "separator": "comma"}, "a fox,snow"),
        ("StringAppend", {"left": "a fox", "right": " runs", "clean_whitespace": "true"}, "a fox runs"),
    ],
)
def test_joiners_join_all_their_texts(class_type: str, inputs: dict[str, Any], expected: str):
    graph = ApiGraph()

    assert sampled(graph, graph.link(class_type, **inputs)).prompt == expected


def test_instructions_to_a_language_model_are_not_the_prompt():
    graph = ApiGraph()
    system = graph.link("PrimitiveStringMultiline", value="Expand what follows into a rich scene.")
    user = graph.link("PrimitiveStringMultiline", value="a fox in the snow")
    joined = graph.link("StringConcatenate", string_a=system, string_b=user, delimiter="")
    written = graph.link("TextGenerate", prompt=joined, max_length=512)
    text = graph.link("ComfySwitchNode", on_false=user, on_true=written, switch=True)

    geninfo = sampled(graph, text)

    assert geninfo.prompt == "a fox in the snow"
    assert geninfo.confidence["prompt"] < 1


def test_an_instruction_is_known_by_its_words_or_by_its_title():
    graph = ApiGraph()
    system = graph.add("PrimitiveStringMultiline", value="Long sentences, no lists.")
    graph.nodes[system]["_meta"] = {"title": "System Prompt"}
    joined = graph.link("StringConcatenate", string_a=[system, 0], string_b="a fox", delimiter="\n")

    assert sampled(graph, graph.link("TextGenerate", prompt=joined)).prompt == "a fox"


@pytest.mark.parametrize("text", ["Describe this image in detail.", "You are an expert prompt engineer. Rewrite it."])
def test_an_instruction_alone_is_no_prompt(text: str):
    graph = ApiGraph()

    assert sampled(graph, graph.link("TextGenerate", prompt=text, image=["0", 0])).prompt is None


def test_what_the_user_wrote_for_a_language_model_is_the_prompt():
    graph = ApiGraph()

    assert sampled(graph, graph.link("TextGenerate", prompt="a fox, snow")).prompt == "a fox, snow"


def test_the_task_of_a_captioner_is_no_prompt():
    graph = ApiGraph()
    caption = graph.link("LayerUtility: Florence2Image2Prompt", task="more detailed caption", text_input="", beams=3)

    assert sampled(graph, caption).prompt is None


def test_a_random_prompt_is_its_fixed_text():
    graph = ApiGraph()
    text = graph.link("RandomPrompt", max_count=4, mutable_prompt="zoo\nbeach", immutable_prompt="a drawing of a ``")

    assert sampled(graph, text).prompt == "a drawing of a ``"


def test_values_from_the_memory_of_the_server_are_unknown():
    graph = ApiGraph()
    pipe = graph.link("RetrieveBackendData //Inspire", key="pipe1")
    latent = graph.link(
        "ImpactKSamplerBasicPipe", basic_pipe=pipe, latent_image=graph.empty(), seed=3, steps=9, cfg=8,
        sampler_name="euler", scheduler="normal", denoise=1,
    )  # fmt: skip
    graph.save(latent)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.steps) == (None, None, 9)


def test_a_pass_with_a_negative_only_has_the_prompt_of_the_pass_before_it():
    graph = ApiGraph()
    first = graph.sample(positive=graph.encode("a rocket"), negative=graph.encode("forest"))
    graph.save(graph.sample(positive=graph.encode(""), negative=graph.encode("horror"), latent_image=first, steps=3))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.steps) == ("a rocket", "horror", 3)


def test_a_file_of_the_size_of_a_preview_was_saved_from_it():
    graph = ApiGraph()
    first = graph.sample(steps=20)
    graph.save(first)
    larger = graph.link("LatentUpscaleBy", samples=first, upscale_method="nearest-exact", scale_by=2.0)
    image = graph.link("VAEDecode", samples=graph.sample(latent_image=larger, steps=12), vae=["0", 2])
    graph.add("PreviewImage", images=image)

    assert read_api(graph, name="fox.png", width_px=1024, height_px=1536).steps == 12
    assert read_api(graph, name="fox.png", width_px=512, height_px=768).steps == 20
    assert read_api(graph, name="ComfyUI_00001_.png", width_px=1024, height_px=1536).steps == 20


def test_a_saver_without_a_picture_did_not_write_the_file():
    graph = ApiGraph()
    image = graph.link("VAEDecode", samples=graph.sample(), vae=["0", 2])
    graph.add("PreviewImage", images=image)
    model = graph.link("MakeBlocks", model=graph.checkpoint()[0])
    graph.add("SaveBlocks", lbw_model=model, filename_prefix="ComfyUI")

    assert (read_api(graph).prompt, read_api(graph).steps) == ("a fox", 20)


def test_a_workflow_used_as_a_node_is_read_by_the_names_of_its_inputs():
    graph = ApiGraph()
    pipe = graph.link(
        "## make-basic_pipe [2c8c61]", ckpt_name="model_a", positive="a fox in the snow", negative="blurry"
    )
    made = graph.add(
        "## empty-to-image [b84d19]", denoise=1.0, width=512, height=768, batch_size=1, steps=20, cfg=8.0, seed=5,
        sampler_name="euler", scheduler="normal", BASIC_PIPE=pipe,
    )  # fmt: skip
    edited = graph.link(
        "## edit-basic_pipe [336d3e]", lora_name="x.safetensors", positive="a face", negative="", BASIC_PIPE=pipe
    )
    face = graph.add(
        "## face-detailer [d058fa]", guide_size=256, steps=9, cfg=7.0, denoise=0.5, BASIC_PIPE=edited, IMAGE=[made, 1]
    )
    graph.add("PreviewImage", images=[face, 1])

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox in the snow", "blurry")
    assert (geninfo.sampler, geninfo.steps, geninfo.seed, geninfo.width) == ("euler", 20, 5, 512)


def test_an_api_node_has_a_cfg():
    graph = ApiGraph()
    image = graph.link("StabilityStableImageSD_3_5Node", prompt="a fox", model="sd3.5-large", cfg_scale=4.5, seed=7)
    graph.add("SaveImage", images=image)

    assert read_api(graph).cfg == 4.5


@pytest.mark.parametrize(("megapixels", "expected"), [(1.0, (1368, 768)), (0.5, (968, 544))])
def test_the_size_of_an_aspect_ratio_is_calculated(megapixels: float, expected: tuple[int, int]):
    graph = ApiGraph()
    size = graph.add("ResolutionSelector", aspect_ratio="16:9 (Widescreen)", megapixels=megapixels, multiple=8)
    graph.save(graph.sample(latent_image=graph.empty([size, 0], [size, 1])))

    geninfo = read_api(graph)

    assert (geninfo.width, geninfo.height) == expected


def test_d2_sampler_has_texts_of_its_own():
    graph = ApiGraph()
    loader = graph.add("D2 Checkpoint Loader", ckpt_name="model_a.safetensors", sampling="normal")
    prompt = graph.link("D2 Prompt", prompt="a fox <lora:style:0.5>", comment_type="# + // + /**/")
    image = graph.link(
        "D2 KSampler", model=[loader, 0], clip=[loader, 1], vae=[loader, 2], seed=4, steps=11, cfg=7.0,
        sampler_name="euler", scheduler="normal", latent_image=graph.empty(), denoise=1.0, preview_method="auto",
        positive=prompt, negative="blurry",
    )  # fmt: skip
    graph.add("D2 Save Image", images=image, filename_prefix="x", preview_only=False, format="png")

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox <lora:style:0.5>", "blurry", "model_a")
    assert (geninfo.steps, [lora.name for lora in geninfo.loras]) == (11, ["style"])


def flow_with(class_type: str, widgets: list[Any], outputs: str = "CONDITIONING", inputs: Any = None) -> Workflow:
    """Return a workflow whose positive conditioning comes from this node."""
    flow = Workflow()
    flow.add("CheckpointLoaderSimple", ["a.safetensors"], outputs="MODEL CLIP VAE", id=1)
    flow.add(class_type, widgets, {"clip": (1, 1), **(inputs or {})}, outputs, id=2)
    flow.add("CLIPTextEncode", ["blurry"], {"clip": (1, 1)}, "CONDITIONING", id=3)
    flow.add("EmptyLatentImage", [512, 768, 1], outputs="LATENT", id=4)
    sources = {"model": (1, 0), "positive": (2, 0), "negative": (3, 0), "latent_image": (4, 0)}
    flow.add("KSampler", [7, "fixed", 20, 6.5, "euler", "karras", 1], sources, "LATENT", id=5)
    flow.add("VAEDecode", [], {"samples": (5, 0), "vae": (1, 2)}, "IMAGE", id=6)
    flow.add("SaveImage", ["x"], {"images": (6, 0)}, id=7)
    return flow


@pytest.mark.parametrize("class_type", ["RegionalConditioningColorMask //Inspire", "SomeColorRegionEncode"])
def test_colours_and_choices_of_regions_are_no_words(class_type: str):
    assert read_workflow(flow_with(class_type, ["#FF0000", 1, "default", "a starry night"])).prompt == "a starry night"


def test_one_word_of_a_known_region_is_its_prompt():
    flow = flow_with("RegionalConditioningColorMask //Inspire", ["#00FF00", 1, "default", "fire"])

    assert read_workflow(flow).prompt == "fire"


def test_choices_of_a_node_of_unknown_class_are_no_words():
    values = [True, 0, "bbox/face_yolov8n.pt", "sam_vit_b.pth", "AUTO", "person", "vest_dress", "eye", "BaseModel_1024"]

    assert read_workflow(flow_with("SomeSegmentNode", values)).prompt is None


def test_a_guessed_text_states_its_confidence():
    geninfo = read_workflow(flow_with("SomeRegionNode", ["#FF0000", 1, "default", "a starry night"]))

    assert (geninfo.prompt, geninfo.confidence["prompt"]) == ("a starry night", 0.7)


def test_texts_of_a_reader_of_pictures_are_those_that_it_shows():
    flow = flow_with("CLIPTextEncode", [""])
    settings = "Steps: 35, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 1, Size: 640x512, Model: m"
    flow.add(
        "SDPromptReader", ["0001.png", "image", 0, "a fox", "blurry", settings],
        outputs="IMAGE MASK POSITIVE NEGATIVE SEED STEPS CFG WIDTH HEIGHT MODEL_NAME FILENAME SETTINGS", id=9,
    )  # fmt: skip
    graph = flow.as_json()
    graph["links"].extend([[90, 9, 2, 2, 1, "STRING"], [91, 9, 5, 5, 4, "INT"], [92, 9, 6, 5, 5, "FLOAT"]])
    by_id = {node["id"]: node for node in graph["nodes"]}
    by_id[2]["inputs"].append({"name": "text", "type": "STRING", "link": 90, "widget": {"name": "text"}})
    for name, link in (("steps", 91), ("cfg", 92)):
        by_id[5]["inputs"].append({"name": name, "type": "INT", "link": link, "widget": {"name": name}})

    geninfo = read_texts(("workflow", json.dumps(graph)))

    assert (geninfo.prompt, geninfo.steps, geninfo.cfg) == ("a fox", 35, 7.5)


@pytest.mark.parametrize(
    "values",
    [
        ["Sample", 13, 77, True, 12, 8, "uni_pc_bh2", "ddim_uniform", 1, "Disabled"],
        ["Sample", 77, "fixed", 12, 8, "uni_pc_bh2", "ddim_uniform", 1, "Enabled"],
        ["Sample", 77, None, 12, 8, "uni_pc_bh2", "ddim_uniform", 1, "auto", "true"],
        [77, None, 12, 8, "uni_pc_bh2", "ddim_uniform", 1, "auto", "true"],
    ],
)
def test_all_versions_of_the_efficient_sampler_are_read(values: list[Any]):
    flow = flow_with("CLIPTextEncode", ["a fox"])
    flow.nodes[4].update(type="KSampler (Efficient)", widgets_values=values)

    geninfo = read_workflow(flow)

    assert (geninfo.seed, geninfo.steps, geninfo.cfg, geninfo.sampler) == (77, 12, 8.0, "uni_pc_bh2")
    assert geninfo.prompt == "a fox"


@pytest.mark.parametrize(
    "values",
    [
        ["a.safetensors", "Baked VAE", -1, "a fox", "blurry", 512, 640, 1],
        ["a.safetensors", "Baked VAE", -1, "None", 1, 1, "a fox", "blurry", 512, 640, 1],
        ["a.safetensors", "Baked VAE", -1, "None", 1, 1, "a fox", "blurry", "none", "comfy", 512, 640, 1],
    ],
)
def test_all_versions_of_the_efficient_loader_are_read(values: list[Any]):
    flow = Workflow()
    flow.add("Efficient Loader", values, outputs="MODEL CONDITIONING CONDITIONING LATENT VAE CLIP", id=1)
    sources = {"model": (1, 0), "positive": (1, 1), "negative": (1, 2), "latent_image": (1, 3)}
    flow.add("KSampler", [7, "fixed", 20, 6.5, "euler", "karras", 1], sources, "LATENT", id=2)
    flow.add("VAEDecode", [], {"samples": (2, 0), "vae": (1, 4)}, "IMAGE", id=3)
    flow.add("SaveImage", ["x"], {"images": (3, 0)}, id=4)

    geninfo = read_workflow(flow)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "blurry", "a")
    assert (geninfo.width, geninfo.height) == (512, 640)


def test_the_seed_of_the_was_sampler_is_an_input():
    flow = flow_with("CLIPTextEncode", ["a fox"])
    flow.nodes[4].update(type="KSampler (WAS)", widgets_values=[12, 8, "uni_pc_bh2", "ddim_uniform", 1])

    assert (read_workflow(flow).steps, read_workflow(flow).cfg) == (12, 8.0)


def test_texts_of_the_type_ascii_are_texts():
    flow = flow_with("Text to Conditioning", [], inputs={"text": (8, 0)})
    flow.add("Text Parse Tokens", None, {"text": (9, 0)}, "ASCII", id=8)
    flow.add("Text Concatenate", ["false"], {"text_a": (10, 0), "text_b": (11, 0)}, "ASCII", id=9)
    flow.add("Text Multiline", ["a [type] fox"], outputs="ASCII", id=10)
    flow.add("Text Multiline", [", snow"], outputs="ASCII", id=11)

    assert read_workflow(flow).prompt == "a [type] fox, snow"


def test_the_pipe_of_the_sdxl_loader_carries_prompt_size_and_seed():
    flow = Workflow()
    loader = [
        "sdxl/base.safetensors", "Default", "Baked VAE", -2, "", "refiner.safetensors", "Default", "a fox", "",
        "blurry", "", "2x Empty Latent Aspect", 2048, 2048, 0, 0, "1x Empty Latent Aspect", 1024, 1024, 6, 2,
        "1024 x 1024 [S] 1:1", 1024, 1024, 1, 42, "fixed",
    ]  # fmt: skip
    sampler = [
        "None", 1, "None", "x.pth", 2, "by percentage", 50, 2048, 2048, 1024, "disabled", 24, 6.5, 1, 5, 8, 1,
        "dpmpp_2m", "karras", "Save", "ComfyUI", "png", True, 0, "randomize",
    ]  # fmt: skip
    flow.add("ttN pipeLoaderSDXL_v2", loader, outputs="sdxl_pipe", id=1)
    flow.add("ttN pipeKSamplerSDXL_v2", sampler, {"sdxl_pipe": (1, 0)}, id=2)

    geninfo = read_workflow(flow)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.seed) == ("a fox", "blurry", 42)
    assert (geninfo.steps, geninfo.cfg, geninfo.sampler, geninfo.width) == (24, 6.5, "dpmpp_2m", 1024)
    assert [model.name for model in geninfo.models] == ["base", "refiner"]


def test_links_of_use_everywhere_7_are_stored_beside_the_links():
    flow = flow_with("CLIPTextEncode", ["a fox"])
    removed = flow.nodes[4]["inputs"]
    stale = removed[0]["link"]
    flow.links = [link for link in flow.links if link[3] != 5 or link[4] == 3]
    removed[1]["link"] = removed[2]["link"] = None  # the model keeps the id of a link that exists at run time only
    flow.more["extra"] = {
        "ue_links": [
            {"downstream": 5, "downstream_slot": slot, "upstream": source, "upstream_slot": 0, "type": "*"}
            for slot, source in ((0, "1"), (1, "2"), (2, "3"))
        ]
    }

    geninfo = read_workflow(flow)

    assert stale not in [link[0] for link in flow.links]
    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "blurry", "a")


def test_the_two_inputs_of_prompts_everywhere_may_have_one_name():
    flow = flow_with("CLIPTextEncode", ["a fox"])
    sampler = flow.nodes[4]["inputs"]
    flow.links = [link for link in flow.links if link[3] != 5 or link[4] in (0, 3)]
    for slot in (1, 2):
        sampler[slot].update(link=None, type="CONDITIONING")
    flow.add("Prompts Everywhere", [], id=8)
    flow.links += [[80, 2, 0, 8, 0, "*"], [81, 3, 0, 8, 1, "*"]]
    flow.nodes[-1]["inputs"] = [{"name": "CONDITIONING", "type": "*", "link": link} for link in (80, 81)]

    assert (read_workflow(flow).prompt, read_workflow(flow).negative_prompt) == ("a fox", "blurry")


@pytest.mark.parametrize(
    "text",
    [
        "#FF0000", "rgb(1, 2, 3)", "face_yolov8n.pt", "00067-2302238556.png", "my folder/a b.safetensors", "C:\\x\\y",
        "$13-0", "[IMAGE DATA]", "%date%", "1024x768", "16:9", "AUTO", "None", "BaseModel_1024", "euler_ancestral",
        "https://example.org/x", "0123456789abcdef0123",
    ],
)  # fmt: skip
def test_what_is_no_word(text: str):
    assert not may_be_words(text)


@pytest.mark.parametrize("text", ["fire", "a fox", "1girl, solo", "[cat|dog] on a mat", "score_9, score_8_up", "狐"])
def test_what_may_be_words(text: str):
    assert may_be_words(text)
    assert not is_instruction(text)


def test_long_texts_are_judged_quickly():
    assert likely_words(["a." * 100_000, "/" * 100_000, "a_" * 999, "x" * 1999]) is not None
