"""Tests for prompts, which are read from the sampler through conditioning and text nodes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from unit.metadata.comfyui.graphs import ApiGraph, Link, read_api, read_texts


def positive_of(build: Callable[[ApiGraph], Link]) -> str | None:
    """Return the prompt of a graph whose positive conditioning `build` creates."""
    graph = ApiGraph()
    graph.save(graph.sample(positive=build(graph)))
    return read_api(graph).prompt


def test_a_plain_graph_has_both_prompts():
    graph = ApiGraph()
    graph.save(graph.sample())

    geninfo = read_api(graph)

    assert (geninfo.tool, geninfo.prompt, geninfo.negative_prompt) == ("ComfyUI", "a fox", "blurry")


def test_each_text_of_combined_conditionings_is_a_part_once():
    graph = ApiGraph()
    first, second = graph.encode("sky"), graph.encode("sea")
    area = graph.link("ConditioningSetArea", width=64, height=64, x=0, y=0, strength=1.0, conditioning=second)
    joined = graph.link("ConditioningCombine", conditioning_1=first, conditioning_2=area)
    again = graph.link("ConditioningConcat", conditioning_to=joined, conditioning_from=first)
    graph.save(graph.sample(positive=again))

    geninfo = read_api(graph)

    assert geninfo.prompt_parts == ("sky", "sea")
    assert geninfo.prompt == "sky\nsea"


def test_zeroed_conditioning_has_no_text():
    graph = ApiGraph()
    positive = graph.encode("a fox")
    graph.save(graph.sample(positive=positive, negative=graph.link("ConditioningZeroOut", conditioning=positive)))

    assert read_api(graph).negative_prompt is None


def test_a_node_with_two_conditionings_returns_each_at_its_output_slot():
    graph = ApiGraph()
    applied = graph.add(
        "ControlNetApplyAdvanced", strength=1, start_percent=0, end_percent=1, positive=graph.encode("good"),
        negative=graph.encode("bad"), control_net=["0", 0], image=["0", 0],
    )  # fmt: skip
    graph.save(graph.sample(positive=[applied, 0], negative=[applied, 1]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("good", "bad")


def test_the_output_slot_selects_the_conditioning_of_an_unknown_node_too():
    graph = ApiGraph()
    applied = graph.add("MyControlThing", positive=graph.encode("good"), negative=graph.encode("bad"), strength=1)
    graph.save(graph.sample(positive=[applied, 0], negative=[applied, 1]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("good", "bad")


def test_different_texts_of_a_dual_encoder_are_two_parts():
    def build(graph: ApiGraph) -> Link:
        return graph.link("CLIPTextEncodeSDXL", width=1024, height=1024, text_g="a fox", text_l="photo", clip=["0", 0])

    assert positive_of(build) == "a fox\nphoto"


def test_equal_texts_of_a_dual_encoder_are_one_part():
    def build(graph: ApiGraph) -> Link:
        return graph.link("CLIPTextEncodeSDXL", text_g="a fox", text_l="a fox", clip=["0", 0])

    assert positive_of(build) == "a fox"


def test_flux_guidance_is_not_cfg():
    graph = ApiGraph()
    guided = graph.link("FluxGuidance", guidance=3.5, conditioning=graph.encode("a fox"))
    graph.save(graph.sample(positive=guided, cfg=1.0))

    geninfo = read_api(graph)

    assert (geninfo.guidance, geninfo.cfg) == (3.5, 1.0)


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        ("PrimitiveStringMultiline", {"value": "a fox"}, "a fox"),
        ("String Literal", {"string": "a fox"}, "a fox"),
        ("CR Prompt Text", {"prompt": "a fox"}, "a fox"),
        ("ttN text", {"text": "a fox"}, "a fox"),
        ("easy positive", {"positive": "a fox"}, "a fox"),
        ("StringConstantMultiline", {"string": "a fox", "strip_newlines": True}, "a fox"),
        ("StringConcatenate", {"string_a": "a", "string_b": "fox", "delimiter": " "}, "a fox"),
        ("Text Concatenate", {"delimiter": ", ", "clean_whitespace": "true", "text_a": "a", "text_c": "fox"}, "a, fox"),
        ("JoinStringMulti", {"inputcount": 2, "delimiter": " ", "string_1": "a", "string_2": "fox"}, "a fox"),
        ("StringReplace", {"string": "a cat", "find": "cat", "replace": "fox"}, "a fox"),
        ("Text Find and Replace", {"text": "a cat", "find": "cat", "replace": "fox"}, "a fox"),
        (
            "StringFunction|pysssss",
            {"action": "append", "tidy_tags": "yes", "text_a": "a", "text_b": "fox", "text_c": ""},
            "a, fox",
        ),
        (
            "StringFunction|pysssss",
            {"action": "replace", "tidy_tags": "yes", "text_a": "a cat", "text_b": "cat", "text_c": "fox"},
            "a fox",
        ),
        ("ImpactWildcardProcessor", {"wildcard_text": "__x__", "populated_text": "a fox", "mode": "populate"}, "a fox"),
        ("SDXLPromptStyler", {"text_positive": "a fox", "text_negative": "bad", "style": "base"}, "a fox"),
        ("DPRandomGenerator", {"text": "a {fox|cat}", "seed": 1, "autorefresh": "No"}, "a {fox|cat}"),
        ("SomeUnknownTextBox", {"content": "a fox"}, "a fox"),
        ("CaseConverter", {"string": "A FOX", "mode": "lowercase"}, "a fox"),
    ],
)
def test_a_text_node_is_evaluated(class_type: str, inputs: dict, expected: str):
    assert positive_of(lambda graph: graph.encode(graph.link(class_type, **inputs))) == expected


def test_the_second_slot_of_a_styler_is_the_negative():
    graph = ApiGraph()
    styler = graph.add("SDXLPromptStyler", text_positive="a fox", text_negative="bad", style="base")
    graph.save(graph.sample(positive=graph.encode([styler, 0]), negative=graph.encode([styler, 1])))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox", "bad")


def test_a_text_generated_at_run_time_has_a_lower_confidence():
    graph = ApiGraph()
    written = graph.link("OllamaGenerateAdvance", prompt="describe a fox", model="x")
    graph.save(graph.sample(positive=graph.encode(written)))

    geninfo = read_api(graph)

    assert geninfo.prompt == "describe a fox"
    assert geninfo.confidence["prompt"] < 1
    assert geninfo.notes


def test_a_caption_of_a_picture_is_not_in_the_file():
    def build(graph: ApiGraph) -> Link:
        picture = graph.link("LoadImage", image="x.png")
        return graph.encode(graph.link("Florence2Run", 2, image=picture, task="caption", text_input=""))

    assert positive_of(build) is None


def test_the_text_of_a_display_node_is_used_for_text_generated_at_run_time():
    def build(graph: ApiGraph) -> Link:
        caption = graph.link("WD14Tagger|pysssss", image=["0", 0], threshold=0.35)
        return graph.encode(graph.link("ShowText|pysssss", text=caption, text_0="1girl, fox ears"))

    assert positive_of(build) == "1girl, fox ears"


@pytest.mark.parametrize(
    ("class_type", "inputs"),
    [
        ("CR Text Input Switch", {"Input": 2, "text1": "a cat", "text2": "a fox"}),
        ("ImpactSwitch", {"select": 2, "sel_mode": False, "input1": "a cat", "input2": "a fox"}),
        ("easy ifElse", {"boolean": True, "on_true": "a fox", "on_false": "a cat"}),
        ("Text Input Switch", {"boolean": False, "text_a": "a cat", "text_b": "a fox"}),
        ("ComfySwitchNode", {"switch": False, "on_false": "a fox", "on_true": "a cat"}),
        ("ImpactConditionalBranch", {"cond": True, "tt_value": "a fox", "ff_value": "a cat"}),
        ("easy anythingIndexSwitch", {"index": 1, "value0": "a cat", "value1": "a fox"}),
        ("Any Switch (rgthree)", {"any_02": "a fox"}),
    ],
)
def test_a_switch_returns_its_selected_input(class_type: str, inputs: dict):
    def build(graph: ApiGraph) -> Link:
        linked = {
            name: graph.link("String Literal", string=value)
            if isinstance(value, str) and value.startswith("a ")
            else value
            for name, value in inputs.items()
        }
        return graph.encode(graph.link(class_type, **linked))

    assert positive_of(build) == "a fox"


def test_a_switch_of_conditionings_returns_the_active_one():
    def build(graph: ApiGraph) -> Link:
        return graph.link(
            "CR Conditioning Input Switch", Input=1, conditioning1=graph.encode("a fox"),
            conditioning2=graph.encode("a cat"),
        )  # fmt: skip

    assert positive_of(build) == "a fox"


def test_pipes_carry_both_prompts():
    graph = ApiGraph()
    model, clip, vae = graph.checkpoint()
    pipe = graph.link(
        "ToBasicPipe", model=model, clip=clip, vae=vae, positive=graph.encode("good"), negative=graph.encode("bad")
    )
    out = graph.add("FromBasicPipe", basic_pipe=pipe)
    graph.save(graph.sample(model=[out, 0], positive=[out, 3], negative=[out, 4]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("good", "bad", "base")


def test_an_edited_pipe_contains_the_new_text_and_all_other_values():
    graph = ApiGraph()
    model, clip, vae = graph.checkpoint()
    pipe = graph.link(
        "ToBasicPipe", model=model, clip=clip, vae=vae, positive=graph.encode("old"), negative=graph.encode("bad")
    )
    edited = graph.link("EditBasicPipe", basic_pipe=pipe, positive=graph.encode("new"))
    sampled = graph.link(
        "ImpactKSamplerBasicPipe", seed=7, steps=20, cfg=6, sampler_name="euler", scheduler="karras", denoise=1,
        basic_pipe=edited, latent_image=graph.empty(),
    )  # fmt: skip
    graph.save(sampled)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("new", "bad", "base")


def test_an_efficient_loader_contains_prompts_model_and_size():
    graph = ApiGraph()
    loader = graph.add(
        "Efficient Loader", ckpt_name="sub/base.safetensors", vae_name="Baked VAE", clip_skip=-2, lora_name="None",
        lora_model_strength=1, lora_clip_strength=1, positive="a fox", negative="bad", empty_latent_width=640,
        empty_latent_height=960, batch_size=1,
    )  # fmt: skip
    sampled = graph.add(
        "KSampler (Efficient)", seed=7, steps=20, cfg=6, sampler_name="euler", scheduler="karras", denoise=1,
        model=[loader, 0], positive=[loader, 1], negative=[loader, 2], latent_image=[loader, 3],
        optional_vae=[loader, 4],
    )  # fmt: skip
    graph.add("SaveImage", filename_prefix="x", images=[sampled, 5])

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "base")
    assert (geninfo.width, geninfo.height, geninfo.loras) == (640, 960, ())


def test_easy_nodes_are_followed_through_their_pipe():
    graph = ApiGraph()
    loader = graph.link(
        "easy fullLoader", ckpt_name="base.safetensors", lora_name="None", resolution="832 x 1216",
        empty_latent_width=512, empty_latent_height=512, positive="a fox", negative="bad",
    )  # fmt: skip
    settings = graph.link(
        "easy preSampling", steps=25, cfg=5, sampler_name="euler", scheduler="karras", denoise=1, seed=99, pipe=loader
    )
    sampled = graph.add("easy kSampler", pipe=settings, image_output="Preview", link_id=0, save_prefix="x")
    graph.add("SaveImage", filename_prefix="x", images=[sampled, 1])

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "base")
    assert (geninfo.steps, geninfo.cfg, geninfo.seed, geninfo.sampler) == (25, 5.0, 99, "euler")
    assert (geninfo.width, geninfo.height) == (832, 1216)


def test_both_prompts_are_read_from_one_encoder_of_a_wrapper():
    graph = ApiGraph()
    texts = graph.link("WanVideoTextEncode", positive_prompt="a fox runs", negative_prompt="static", t5=["0", 0])
    model = graph.link("WanVideoModelLoader", model="Wan/wan2_1.safetensors", base_precision="bf16")
    empty = graph.link("WanVideoEmptyEmbeds", width=832, height=480, num_frames=81)
    sampled = graph.link(
        "WanVideoSampler", steps=30, cfg=6.0, shift=5.0, seed=3, scheduler="unipc", model=model, image_embeds=empty,
        text_embeds=texts,
    )  # fmt: skip
    frames = graph.link("WanVideoDecode", samples=sampled, vae=["0", 0])
    graph.add("VHS_VideoCombine", frame_rate=16, filename_prefix="wan", images=frames)

    geninfo = read_api(graph, name="wan_00001.mp4", container="mp4")

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox runs", "static", "wan2_1")
    assert (geninfo.width, geninfo.height, geninfo.steps, geninfo.seed) == (832, 480, 30, 3)
    assert geninfo.parameters["Frames"] == "81"


def test_embeddings_are_listed():
    graph = ApiGraph()
    graph.save(graph.sample(negative=graph.encode("embedding:sub\\EasyNegative.pt, (embedding:hands:1.2)")))

    assert read_api(graph).embeddings == ("EasyNegative", "hands")


def test_the_infotext_of_a_saver_overrides_the_graph():
    graph = ApiGraph()
    graph.save(graph.sample(positive=graph.encode("__wildcard__")))
    text = "a red fox\nNegative prompt: bad\nSteps: 20, Sampler: euler, CFG scale: 6.5, Seed: 7, Size: 512x768"

    geninfo = read_texts(("parameters", text), ("prompt", json.dumps(graph.nodes)))

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a red fox", "bad", "base")
    assert geninfo.source["text"] == text


def test_the_default_infotext_of_an_unconnected_saver_is_ignored():
    graph = ApiGraph()
    graph.save(graph.sample())
    text = "unknown\nNegative prompt: unknown\nSteps: 20, Sampler: euler_normal, CFG scale: 7.0, Seed: 0, Size: 512x512"

    geninfo = read_texts(("parameters", text), ("prompt", json.dumps(graph.nodes)))

    assert (geninfo.prompt, geninfo.seed) == ("a fox", 7)


def test_all_prompts_are_joined_if_the_option_is_set():
    graph = ApiGraph()
    graph.save(graph.sample(positive=graph.encode("a fox"), negative=graph.encode("bad")))
    graph.encode("not connected")

    geninfo = read_api(graph, extract_all_prompts=True)

    assert geninfo.prompt == "a fox\nBREAK\nbad\nBREAK\nnot connected"
    assert geninfo.negative_prompt is None


@pytest.mark.parametrize("inputs", [{"index": 3, "file": "lines.csv"}, {"style": "Photographic"}, {"list": "a.txt"}])
def test_a_file_name_or_choice_is_not_a_prompt(inputs: dict):
    assert positive_of(lambda graph: graph.encode(graph.link("SomePromptPicker", **inputs))) is None


def test_the_text_of_a_node_that_only_passes_conditioning_is_not_a_prompt():
    assert (
        positive_of(
            lambda graph: graph.link(
                "MyGuideNode", positive=graph.encode("a fox"), negative=graph.encode("x"), text="left_to_right"
            )
        )
        == "a fox"
    )


def test_an_encoder_with_two_outputs_and_one_text_has_no_negative_prompt():
    graph = ApiGraph()
    both = graph.add("MyEditEncoder", prompt="change the sky", clip=["0", 1])
    graph.save(graph.sample(positive=[both, 0], negative=[both, 1]))
    slots = [{"name": "positive", "type": "CONDITIONING"}, {"name": "negative", "type": "CONDITIONING"}]
    workflow = {"nodes": [{"id": int(both), "type": "MyEditEncoder", "outputs": slots}], "links": []}

    geninfo = read_texts(("prompt", json.dumps(graph.nodes)), ("workflow", json.dumps(workflow)))

    assert (geninfo.prompt, geninfo.negative_prompt) == ("change the sky", None)


def test_an_encoder_with_a_local_text_encoder_is_not_an_api_node():
    graph = ApiGraph()
    encoded = graph.link("RecraftStyledImageNode", prompt="a fox", clip=["0", 1])
    graph.save(graph.sample(positive=encoded, negative=graph.link("ConditioningZeroOut", conditioning=encoded)))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.steps) == ("a fox", None, 20)


def test_a_linked_text_overrides_the_stored_text_of_a_display_node():
    assert (
        positive_of(
            lambda graph: graph.encode(
                graph.link("easy showAnything", text="old", anything=graph.link("CR Text", text="a fox"))
            )
        )
        == "a fox"
    )


def test_a_condition_of_an_unknown_pack_selects_its_branch():
    def build(graph: ApiGraph) -> Link:
        yes, no = graph.link("CR Text", text="a fox"), graph.link("CR Text", text="a cat")
        flag = graph.link("PrimitiveBoolean", value=True)
        return graph.encode(graph.link("If ANY return A else B", ANY=flag, IF_TRUE=yes, IF_FALSE=no))

    assert positive_of(build) == "a fox"


def test_an_encoder_with_one_text_and_unnamed_outputs_has_no_negative_prompt():
    graph = ApiGraph()
    both = graph.add("MyEditEncoder", prompt="change the sky", clip=["0", 1], image=["0", 0])
    graph.save(graph.sample(positive=[both, 0], negative=[both, 1]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("change the sky", None)
