"""Tests for the node that wrote the file, the size of the picture, and API nodes."""

from __future__ import annotations

import pytest
from unit.metadata.comfyui.graphs import ApiGraph, Link, read_api


def two_passes() -> ApiGraph:
    graph = ApiGraph()
    first = graph.sample(seed=1, latent_image=graph.empty(512, 512))
    graph.save(first, "base")
    larger = graph.link(
        "LatentUpscale", upscale_method="nearest", width=1024, height=1024, crop="disabled", samples=first
    )
    graph.save(graph.sample(seed=2, latent_image=larger), "final")
    return graph


def test_the_pixel_size_selects_the_saved_pass():
    first = read_api(two_passes(), width_px=512, height_px=512)
    second = read_api(two_passes(), width_px=1024, height_px=1024)

    assert (first.seed, second.seed) == (1, 2)


def test_the_file_name_selects_the_saver():
    assert read_api(two_passes(), name="base_00007_.png", width_px=None).seed == 1


def test_of_equal_savers_the_one_with_most_passes_is_read_with_a_lower_confidence():
    geninfo = read_api(two_passes(), name="renamed.png", width_px=None)

    assert geninfo.seed == 2
    assert geninfo.confidence["stages"] < 1


def test_a_temporary_file_is_read_from_a_preview():
    graph = ApiGraph()
    graph.save(graph.sample(seed=1))
    graph.add("PreviewImage", images=graph.link("VAEDecode", samples=graph.sample(seed=2), vae=["0", 0]))

    assert read_api(graph, name="ComfyUI_temp_abcde_00001_.png").seed == 2
    assert read_api(graph, name="ComfyUI_00001_.png").seed == 1


def test_a_video_is_read_from_a_video_saver():
    graph = ApiGraph()
    graph.save(graph.sample(seed=1))
    frames = graph.link("VAEDecode", samples=graph.sample(seed=2), vae=["0", 0])
    graph.add("VHS_VideoCombine", images=frames, frame_rate=8, filename_prefix="x")

    assert read_api(graph, name="a.mp4", container="mp4").seed == 2
    assert read_api(graph, name="a.png").seed == 1


def test_a_graph_without_a_saver_is_read_from_its_end():
    graph = ApiGraph()
    graph.sample(seed=3)

    assert read_api(graph).seed == 3


def test_the_size_is_read_from_the_initial_latent():
    graph = ApiGraph()
    graph.save(graph.sample(latent_image=graph.empty(640, 832)))

    geninfo = read_api(graph, width_px=1280, height_px=1664)

    assert (geninfo.width, geninfo.height) == (640, 832)


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        ("EmptySD3LatentImage", {"width": 1024, "height": 512}, (1024, 512)),
        ("SDXL Empty Latent Image (rgthree)", {"dimensions": " 832 x 1216  (portrait)", "clip_scale": 2}, (832, 1216)),
        ("EmptyLatentImagePresets", {"dimensions": "512 x 768", "invert": True}, (768, 512)),
        ("SDXLEmptyLatentSizePicker+", {"resolution": "896x1152 (0.78)", "width_override": 0}, (896, 1152)),
        (
            "CR SDXL Aspect Ratio",
            {"width": 1, "height": 1, "aspect_ratio": "4:3 landscape 1152x896", "swap_dimensions": "On"},
            (896, 1152),
        ),
        ("CR SDXL Aspect Ratio", {"width": 640, "height": 480, "aspect_ratio": "custom"}, (640, 480)),
        ("EmptyLatentImageFromPresetsSDXL", {"preset": " 768 x 1344", "batch_size": 1}, (768, 1344)),
    ],
)
def test_a_size_is_read_from_numbers_and_presets(class_type: str, inputs: dict, expected: tuple[int, int]):
    graph = ApiGraph()
    graph.save(graph.sample(latent_image=graph.link(class_type, **inputs)))

    geninfo = read_api(graph)

    assert (geninfo.width, geninfo.height) == expected


def test_width_and_height_are_read_through_a_node_for_aspect_ratios():
    graph = ApiGraph()
    ratio = graph.add("CR SDXL Aspect Ratio", width=1, height=1, aspect_ratio="1:1 square 1024x1024")
    graph.save(graph.sample(latent_image=graph.empty([ratio, 0], [ratio, 1])))

    geninfo = read_api(graph, width_px=64, height_px=64)

    assert (geninfo.width, geninfo.height) == (1024, 1024)


def test_an_initial_picture_leads_to_the_pixel_size_with_a_lower_confidence():
    graph = ApiGraph()
    latent = graph.link("VAEEncode", pixels=graph.link("LoadImage", image="x.png"), vae=["0", 2])
    graph.save(graph.sample(latent_image=latent, denoise=0.6))

    geninfo = read_api(graph, width_px=777, height_px=555)

    assert (geninfo.width, geninfo.height, geninfo.denoise) == (777, 555, 0.6)
    assert geninfo.confidence["size"] < 1


def save_image_of(class_type: str, **inputs: object) -> ApiGraph:
    graph = ApiGraph()
    image: Link = graph.link(class_type, **inputs)
    graph.add("SaveImage", filename_prefix="x", images=image)
    return graph


@pytest.mark.parametrize(
    ("class_type", "inputs"),
    [
        ("OpenAIDalle3", {"prompt": "a fox", "seed": 5, "size": "1024x1024", "quality": "hd"}),
        ("FluxKontextProImageNode", {"prompt": "a fox", "seed": 5, "aspect_ratio": "1:1", "guidance": 3, "steps": 50}),
        ("IdeogramV3", {"prompt": "a fox", "seed": 5, "aspect_ratio": "1:1"}),
        ("MinimaxTextToVideoNode", {"prompt_text": "a fox", "seed": 5, "model": "T2V-01"}),
        ("BrandNewServiceNode", {"model": "x-1", "model.prompt": "a fox", "model.seed": 5}),
    ],
)
def test_the_request_of_an_api_node_is_read(class_type: str, inputs: dict):
    geninfo = read_api(save_image_of(class_type, **inputs))

    assert (geninfo.prompt, geninfo.seed, geninfo.sampler) == ("a fox", 5, None)
    assert geninfo.parameters["Provider node"] == class_type


def test_the_class_is_the_model_of_an_api_node_without_a_model():
    assert read_api(save_image_of("OpenAIDalle2", prompt="a fox", seed=1)).model == "OpenAIDalle2"
    assert read_api(save_image_of("LumaImageNode", prompt="a fox", model="photon-1")).model == "photon-1"


def test_a_sampler_without_a_link_to_the_api_node_is_ignored():
    graph = save_image_of("OpenAIDalle3", prompt="a fox", seed=5, size="1024x1024")
    graph.sample(seed=9)

    geninfo = read_api(graph)

    assert (geninfo.seed, geninfo.steps, geninfo.width) == (5, None, 1024)


def test_an_api_node_that_only_upscales_is_not_the_generator():
    graph = ApiGraph()
    image = graph.link("VAEDecode", samples=graph.sample(seed=9), vae=["0", 2])
    larger = graph.link("StabilityUpscaleNode", image=image, prompt="", seed=5)
    graph.add("SaveImage", filename_prefix="x", images=larger)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.seed, geninfo.steps) == ("a fox", 9, 20)


def test_the_prompt_of_an_api_node_may_be_linked():
    graph = ApiGraph()
    prompt = graph.link("PrimitiveStringMultiline", value="a fox")
    graph.add("SaveImage", images=graph.link("OpenAIGPTImage1", prompt=prompt, seed=5, size="1024x1536"))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.width, geninfo.height) == ("a fox", 1024, 1536)


def test_the_inputs_of_the_saver_fill_gaps():
    graph = ApiGraph()
    image = graph.link("LoadImage", image="x.png")
    graph.add(
        "Image Saver", images=image, positive="a fox", negative="bad", modelname="m.safetensors", steps=20, cfg=7.0,
        sampler_name="euler", scheduler="normal", seed_value=4,
    )  # fmt: skip

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model, geninfo.seed) == ("a fox", "bad", "m", 4)


def test_a_segmenter_with_a_prompt_is_not_an_api_node():
    graph = ApiGraph()
    image = graph.link("VAEDecode", samples=graph.sample(seed=3), vae=["0", 2])
    cut = graph.link("GroundingSegment", image=image, prompt="face", threshold=0.3)
    graph.add("SaveImage", filename_prefix="x", images=cut)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.seed) == ("a fox", 3)


def test_an_api_node_that_animates_a_sampled_picture_is_the_generator():
    graph = ApiGraph()
    image = graph.link("VAEDecode", samples=graph.sample(seed=3), vae=["0", 2])
    video = graph.link(
        "KlingImage2VideoNode", start_frame=image, prompt="it runs", negative_prompt="", model_name="kling-v2"
    )
    graph.add("SaveVideo", filename_prefix="x", video=video)

    geninfo = read_api(graph, name="x_00001_.mp4", container="mp4")

    assert (geninfo.prompt, geninfo.model, geninfo.sampler) == ("it runs", "kling-v2", None)


def test_a_prefix_inside_the_file_name_selects_the_saver():
    graph = ApiGraph()
    graph.save(graph.sample(seed=1), "original")
    graph.save(graph.sample(seed=2), "refined")

    assert read_api(graph, name="tutorial-original.png", width_px=None).seed == 1


@pytest.mark.parametrize("operation", ["Mul", "multiply", "multiplication", "*"])
def test_a_size_may_be_calculated(operation: str):
    graph = ApiGraph()
    width = graph.link("Some Calculator", a=320, b=2, operation=operation)
    graph.save(graph.sample(latent_image=graph.empty(width, 960)))

    geninfo = read_api(graph)

    assert (geninfo.width, geninfo.height) == (640, 960)


def test_the_size_of_a_resized_picture_is_not_read_from_its_inputs():
    graph = ApiGraph()
    resized = graph.add(
        "SomeResizer", width=512, height=512, keep_proportion=True, image=graph.link("LoadImage", image="x.png")
    )
    graph.save(graph.sample(latent_image=graph.empty([resized, 1], [resized, 2])))

    geninfo = read_api(graph, width_px=832, height_px=512)

    assert (geninfo.width, geninfo.height) == (832, 512)
