"""Tests for models of ComfyUI graphs: checkpoints, LoRAs with their weights, and VAE."""

from __future__ import annotations

import pytest
from unit.metadata.comfyui.graphs import ApiGraph, read_api

from iib.model.geninfo import LoraRef


def with_model(class_type: str, slot: int = 0, **inputs: object) -> ApiGraph:
    graph = ApiGraph()
    graph.save(graph.sample(model=graph.link(class_type, slot, **inputs)))
    return graph


def loras_of(class_type: str, **inputs: object) -> list[tuple[str, float | None]]:
    """Return (name, weight) of the LoRAs of a node with a connected model."""
    graph = ApiGraph()
    graph.save(graph.sample(model=graph.link(class_type, model=graph.checkpoint()[0], **inputs)))
    geninfo = read_api(graph)
    assert geninfo.model == "base"
    return [(lora.name, lora.weight) for lora in geninfo.loras]


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        ("CheckpointLoaderSimple", {"ckpt_name": "SD15\\a.safetensors"}, "a"),
        ("UNETLoader", {"unet_name": "flux1-dev.safetensors", "weight_dtype": "fp8"}, "flux1-dev"),
        ("UnetLoaderGGUF", {"unet_name": "flux1-Q4.gguf"}, "flux1-Q4"),
        ("NunchakuFluxDiTLoader", {"model_path": "svdq-int4-flux.1-dev", "data_type": "bf16"}, "svdq-int4-flux.1-dev"),
        ("DiffusersLoader", {"model_path": "stable-diffusion"}, "stable-diffusion"),
        ("CheckpointLoader|pysssss", {"ckpt_name": {"content": "b.ckpt", "image": None}}, "b"),
        ("DownloadAndLoadCogVideoModel", {"model": "THUDM/CogVideoX-2b", "precision": "fp16"}, "CogVideoX-2b"),
        ("SomeNewCheckpointLoader", {"ckpt_name": "c.safetensors"}, "c"),
    ],
)
def test_a_loader_names_the_model(class_type: str, inputs: dict, expected: str):
    assert read_api(with_model(class_type, **inputs)).model == expected


def test_the_model_of_the_sampler_is_read_and_not_the_first_in_the_file():
    graph = ApiGraph()
    graph.checkpoint("spare.safetensors")
    patched = graph.link("ModelSamplingFlux", max_shift=1.1, base_shift=0.5, model=graph.checkpoint("used.ckpt")[0])
    graph.save(graph.sample(model=patched))

    assert [model.name for model in read_api(graph).models] == ["used"]


def test_a_motion_module_is_not_a_checkpoint():
    graph = ApiGraph()
    animated = graph.link(
        "ADE_AnimateDiffLoaderWithContext", model_name="v3_sd15_mm.ckpt", motion_scale=1, model=graph.checkpoint()[0]
    )
    graph.save(graph.sample(model=animated))

    assert [model.name for model in read_api(graph).models] == ["base"]


def test_both_merged_models_are_listed():
    graph = ApiGraph()
    merged = graph.link(
        "ModelMergeSimple", ratio=0.5, model1=graph.checkpoint("a.ckpt")[0], model2=graph.checkpoint("b.ckpt")[0]
    )
    graph.save(graph.sample(model=merged))

    assert [model.name for model in read_api(graph).models] == ["a", "b"]


def test_a_switch_selects_the_model():
    graph = ApiGraph()
    switch = graph.link(
        "CR Model Input Switch", Input=2, model1=graph.checkpoint("a.ckpt")[0], model2=graph.checkpoint("b.ckpt")[0]
    )
    graph.save(graph.sample(model=switch))

    assert read_api(graph).model == "b"


def test_chained_loras_are_listed_in_order_of_application_with_both_weights():
    graph = ApiGraph()
    model, clip, _vae = graph.checkpoint()
    first = graph.add(
        "LoraLoader", lora_name="x/a.safetensors", strength_model=0.8, strength_clip=0.5, model=model, clip=clip
    )
    second = graph.link("LoraLoaderModelOnly", lora_name="b.safetensors", strength_model=1.2, model=[first, 0])
    graph.save(graph.sample(model=second))

    assert read_api(graph).loras == (LoraRef("a", 0.8, 0.5), LoraRef("b", 1.2))


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        ("LoraLoader", {"lora_name": "a.safetensors", "strength_model": 0, "strength_clip": 1}, []),
        ("LoraLoader", {"lora_name": "None", "strength_model": 1, "strength_clip": 1}, []),
        ("My Lora Loader", {"lora_name": "a.safetensors", "strength_model": 1, "bypass": True}, []),
        ("My Lora Loader", {"lora_name": "a.safetensors", "strength_model": 1, "enabled": False}, []),
        ("My Lora Loader", {"lora_name": "a.safetensors", "strength_model": 1, "bypass": False}, [("a", 1.0)]),
        ("LoraLoader|pysssss", {"lora_name": {"content": "a.pt", "image": None}, "strength_model": 0.7}, [("a", 0.7)]),
        (
            "Power Lora Loader (rgthree)",
            {
                "PowerLoraLoaderHeaderWidget": {"type": "PowerLoraLoaderHeaderWidget"},
                "lora_1": {"on": True, "lora": "a.safetensors", "strength": 0.6},
                "lora_2": {"on": False, "lora": "b.safetensors", "strength": 1},
                "lora_3": {"on": True, "lora": "None", "strength": 1},
                "lora_4": {"enabled": False, "lora": "c.safetensors", "strength": 1},
                "➕ Add Lora": "",
            },
            [("a", 0.6)],
        ),
        (
            "Lora Loader Stack (rgthree)",
            {"lora_01": "a.safetensors", "strength_01": 0.5, "lora_02": "None", "strength_02": 1},
            [("a", 0.5)],
        ),
        (
            "Lora Loader (LoraManager)",
            {
                "text": "<lora:a:0.9> <lora:b:1>",
                "loras": {
                    "__value__": [
                        {"name": "a", "strength": "0.9", "active": True},
                        {"name": "b", "strength": 1, "active": False},
                    ]
                },
            },
            [("a", 0.9)],
        ),
        ("LoraTagLoader", {"text": "a fox <lora:sub/a:0.4>"}, [("a", 0.4)]),
        ("NunchakuFluxLoraLoader", {"lora_name": "a.safetensors", "lora_strength": 0.3}, [("a", 0.3)]),
        ("SwarmLoraLoader", {"lora_names": "a,b", "lora_weights": "0.5,1"}, [("a", 0.5), ("b", 1.0)]),
    ],
)
def test_loras_of_a_loader(class_type: str, inputs: dict, expected: list):
    assert loras_of(class_type, **inputs) == expected


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        (
            "CR LoRA Stack",
            {
                "switch_1": "On", "lora_name_1": "a.safetensors", "model_weight_1": 0.5, "clip_weight_1": 1,
                "switch_2": "Off", "lora_name_2": "b.safetensors", "model_weight_2": 1, "clip_weight_2": 1,
            },
            [("a", 0.5)],
        ),
        (
            "LoRA Stacker",
            {
                "input_mode": "simple", "lora_count": 1, "lora_name_1": "a.safetensors", "lora_wt_1": 0.7,
                "model_str_1": 1, "clip_str_1": 1, "lora_name_2": "b.safetensors", "lora_wt_2": 1,
            },
            [("a", 0.7)],
        ),
        (
            "LoRA Stacker",
            {
                "input_mode": "advanced", "lora_count": 1, "lora_name_1": "a.safetensors", "lora_wt_1": 0.7,
                "model_str_1": 0.2, "clip_str_1": 1,
            },
            [("a", 0.2)],
        ),
        (
            "easy loraStack",
            {
                "toggle": True, "mode": "simple", "num_loras": 1, "lora_1_name": "a.safetensors",
                "lora_1_strength": 0.4, "lora_1_model_strength": 1, "lora_1_clip_strength": 1,
            },
            [("a", 0.4)],
        ),
        (
            "easy loraStack",
            {"toggle": False, "num_loras": 1, "lora_1_name": "a.safetensors", "lora_1_strength": 0.4},
            [],
        ),
    ],
)  # fmt: skip
def test_the_loras_of_an_applied_stack_are_listed(class_type: str, inputs: dict, expected: list):
    graph = ApiGraph()
    stack = graph.link(class_type, **inputs)
    model, clip, _vae = graph.checkpoint()
    graph.save(graph.sample(model=graph.link("CR Apply LoRA Stack", model=model, clip=clip, lora_stack=stack)))

    geninfo = read_api(graph)

    assert [(lora.name, lora.weight) for lora in geninfo.loras] == expected
    assert geninfo.model == "base"


def test_the_loras_of_a_stack_in_an_efficient_loader_are_listed():
    graph = ApiGraph()
    stack = graph.link("LoRA Stacker", input_mode="simple", lora_count=1, lora_name_1="a.safetensors", lora_wt_1=0.5)
    loader = graph.link(
        "Efficient Loader", ckpt_name="base.ckpt", lora_name="b.safetensors", lora_model_strength=0.3,
        lora_clip_strength=1, positive="x", negative="", lora_stack=stack,
    )  # fmt: skip
    graph.save(graph.sample(model=loader))

    geninfo = read_api(graph)

    assert {(lora.name, lora.weight) for lora in geninfo.loras} == {("a", 0.5), ("b", 0.3)}


def test_a_lora_without_a_link_to_the_sampler_is_ignored():
    graph = ApiGraph()
    model, clip, _vae = graph.checkpoint()
    graph.add("LoraLoader", lora_name="a.safetensors", strength_model=1, strength_clip=1, model=model, clip=clip)
    graph.save(graph.sample(model=model))

    assert read_api(graph).loras == ()


def test_lora_tags_in_a_prompt_count_only_if_the_node_applies_them():
    graph = ApiGraph()
    model, clip, _vae = graph.checkpoint()
    encoded = graph.add(
        "ImpactWildcardEncode", wildcard_text="__x__", populated_text="a fox <lora:a:0.5>", mode="populate", seed=1,
        model=model, clip=clip,
    )  # fmt: skip
    graph.save(graph.sample(model=[encoded, 0], positive=[encoded, 2], negative=graph.encode("bad <lora:plain:1>")))

    geninfo = read_api(graph)

    assert [(lora.name, lora.weight) for lora in geninfo.loras] == [("a", 0.5)]
    assert geninfo.prompt == "a fox <lora:a:0.5>"


def test_the_loras_of_a_video_wrapper_are_read_from_the_model_loader():
    graph = ApiGraph()
    inner = graph.link("WanVideoLoraSelect", lora="a.safetensors", strength=0.5)
    outer = graph.link("WanVideoLoraSelect", lora="b.safetensors", strength=1.0, prev_lora=inner)
    graph.save(graph.sample(model=graph.link("WanVideoModelLoader", model="wan.safetensors", lora=outer)))

    geninfo = read_api(graph)

    assert geninfo.model == "wan"
    assert {(lora.name, lora.weight) for lora in geninfo.loras} == {("a", 0.5), ("b", 1.0)}


def test_a_separate_vae_is_listed():
    graph = ApiGraph()
    vae = graph.link("VAELoader", vae_name="kl-f8.safetensors")
    graph.add("SaveImage", filename_prefix="x", images=graph.link("VAEDecode", samples=graph.sample(), vae=vae))

    assert read_api(graph).vae == "kl-f8"


def test_the_vae_of_the_checkpoint_is_not_listed():
    graph = ApiGraph()
    graph.link("VAELoader", vae_name="spare.safetensors")
    model, _clip, vae = graph.checkpoint()
    graph.add("SaveImage", images=graph.link("VAEDecode", samples=graph.sample(model=model), vae=vae))

    assert read_api(graph).vae is None
