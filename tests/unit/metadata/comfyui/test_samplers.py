"""Tests for samplers of ComfyUI graphs: their order and their settings."""

from __future__ import annotations

import pytest
from unit.metadata.comfyui.graphs import ApiGraph, Link, read_api


def test_the_settings_of_a_ksampler_are_read():
    graph = ApiGraph()
    graph.save(graph.sample(seed=2**63 + 5, denoise=1.0))

    geninfo = read_api(graph)

    assert (geninfo.sampler, geninfo.scheduler, geninfo.steps) == ("euler", "karras", 20)
    assert (geninfo.cfg, geninfo.seed, geninfo.denoise) == (6.5, 2**63 + 5, 1.0)


def test_the_last_pass_is_the_first_stage_and_the_earlier_pass_follows():
    graph = ApiGraph()
    first = graph.sample(seed=1, steps=20)
    larger = graph.link("LatentUpscaleBy", upscale_method="nearest", scale_by=1.5, samples=first)
    graph.save(graph.sample(seed=2, steps=10, denoise=0.5, latent_image=larger))

    geninfo = read_api(graph)

    assert [(stage.seed, stage.steps) for stage in geninfo.stages] == [(2, 10), (1, 20)]
    assert (geninfo.seed, geninfo.denoise, geninfo.width, geninfo.height) == (2, 0.5, 512, 768)


def test_a_sampler_without_a_link_to_the_saver_is_ignored():
    graph = ApiGraph()
    graph.sample(seed=1)
    graph.save(graph.sample(seed=2))

    assert [stage.seed for stage in read_api(graph).stages] == [2]


def test_a_pass_without_noise_has_the_seed_of_the_pass_before_it():
    graph = ApiGraph()
    shared = {"steps": 25, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "model": graph.checkpoint()[0]}
    texts = {"positive": graph.encode("a fox"), "negative": graph.encode("bad")}
    base = graph.link(
        "KSamplerAdvanced", add_noise="enable", noise_seed=42, latent_image=graph.empty(), start_at_step=0,
        end_at_step=20, return_with_leftover_noise="enable", **shared, **texts,
    )  # fmt: skip
    refined = graph.link(
        "KSamplerAdvanced", add_noise="disable", noise_seed=0, latent_image=base, start_at_step=20, end_at_step=10000,
        return_with_leftover_noise="disable", **shared, **texts,
    )  # fmt: skip
    graph.save(refined)

    geninfo = read_api(graph)

    assert geninfo.seed == 42
    assert geninfo.confidence["seed"] < 1
    assert geninfo.steps == 25


def custom(graph: ApiGraph, guider: Link, sigmas: Link) -> str:
    sampled = graph.link(
        "SamplerCustomAdvanced", noise=graph.link("RandomNoise", noise_seed=11), guider=guider,
        sampler=graph.link("KSamplerSelect", sampler_name="dpmpp_2m"), sigmas=sigmas, latent_image=graph.empty(),
    )  # fmt: skip
    return graph.save(sampled)


def test_a_custom_sampler_is_read_from_its_input_nodes():
    graph = ApiGraph()
    model = graph.link("UNETLoader", unet_name="flux1.safetensors", weight_dtype="default")
    guider = graph.link("BasicGuider", model=model, conditioning=graph.encode("a fox"))
    custom(graph, guider, graph.link("BasicScheduler", scheduler="simple", steps=12, denoise=0.8, model=model))

    geninfo = read_api(graph)

    assert (geninfo.sampler, geninfo.scheduler, geninfo.steps, geninfo.seed) == ("dpmpp_2m", "simple", 12, 11)
    assert (geninfo.cfg, geninfo.negative_prompt, geninfo.model) == (None, None, "flux1")


def test_a_guider_contains_cfg_and_both_prompts():
    graph = ApiGraph()
    model = graph.checkpoint()[0]
    guider = graph.link("CFGGuider", cfg=4.5, model=model, positive=graph.encode("good"), negative=graph.encode("bad"))
    custom(graph, guider, graph.link("KarrasScheduler", steps=9, sigma_max=14, sigma_min=0.03, rho=7))

    geninfo = read_api(graph)

    assert (geninfo.cfg, geninfo.prompt, geninfo.negative_prompt) == (4.5, "good", "bad")
    assert (geninfo.scheduler, geninfo.steps) == ("karras", 9)


def test_sigmas_are_followed_through_splits():
    graph = ApiGraph()
    model = graph.checkpoint()[0]
    sigmas = graph.link("BasicScheduler", scheduler="beta", steps=30, denoise=1, model=model)
    split = graph.add("SplitSigmas", step=10, sigmas=sigmas)
    custom(graph, graph.link("BasicGuider", model=model, conditioning=graph.encode("x")), [split, 1])

    geninfo = read_api(graph)

    assert (geninfo.scheduler, geninfo.steps) == ("beta", 30)


def test_a_scheduler_node_without_a_scheduler_name_has_none():
    graph = ApiGraph()
    model = graph.checkpoint()[0]
    custom(
        graph,
        graph.link("BasicGuider", model=model, conditioning=graph.encode("x")),
        graph.link("LTXVScheduler", steps=30, max_shift=2.05, base_shift=0.95, stretch=True, terminal=0.1),
    )

    geninfo = read_api(graph)

    assert (geninfo.scheduler, geninfo.steps) == (None, 30)


def test_settings_that_are_links_are_resolved():
    graph = ApiGraph()
    steps = graph.link("MathExpression|pysssss", expression="a*3", a=graph.link("PrimitiveInt", value=15))
    config = graph.add(
        "KSampler Config (rgthree)", steps_total=30, refiner_step=24, cfg=8, sampler_name="heun", scheduler="normal"
    )
    graph.save(
        graph.sample(
            seed=graph.link("Seed (rgthree)", seed=77),
            steps=steps,
            cfg=[config, 2],
            sampler_name=[config, 3],
            scheduler=[config, 4],
        )
    )

    geninfo = read_api(graph)

    assert (geninfo.seed, geninfo.steps, geninfo.cfg) == (77, 45, 8.0)
    assert (geninfo.sampler, geninfo.scheduler) == ("heun", "normal")


def test_a_setting_computed_at_run_time_is_missing():
    graph = ApiGraph()
    graph.save(graph.sample(steps=graph.link("StepsFromNowhere"), seed=["99", 0]))

    geninfo = read_api(graph)

    assert (geninfo.steps, geninfo.seed) == (None, None)


def test_values_of_shifted_widgets_are_ignored():
    graph = ApiGraph()
    graph.save(graph.sample(seed="randomize", cfg="euler", sampler_name="normal", scheduler=1.0))

    geninfo = read_api(graph)

    assert (geninfo.seed, geninfo.cfg, geninfo.scheduler) == (None, None, None)


def test_a_detailer_is_a_stage_but_not_the_first():
    graph = ApiGraph()
    model, clip, vae = graph.checkpoint()
    positive, negative = graph.encode("a fox"), graph.encode("bad")
    sampled = graph.sample(seed=5, model=model, positive=positive, negative=negative)
    image = graph.link("VAEDecode", samples=sampled, vae=vae)
    fixed = graph.link(
        "FaceDetailer", image=image, model=model, clip=clip, vae=vae, positive=positive, negative=negative, seed=6,
        steps=12, cfg=7, sampler_name="dpmpp_2m", scheduler="normal", denoise=0.4, wildcard="",
    )  # fmt: skip
    graph.add("SaveImage", filename_prefix="x", images=fixed)

    geninfo = read_api(graph)

    assert [stage.seed for stage in geninfo.stages] == [5, 6]
    assert (geninfo.prompt, geninfo.width) == ("a fox", 512)


def test_an_unknown_sampler_is_recognised_by_its_inputs():
    graph = ApiGraph()
    sampled = graph.link(
        "FancySamplingThing", seed=5, steps=8, cfg=3, sampler_name="lcm", scheduler="simple",
        model=graph.checkpoint()[0], positive=graph.encode("good"), negative=graph.encode("bad"),
        latent_image=graph.empty(),
    )  # fmt: skip
    graph.save(sampled)

    geninfo = read_api(graph)

    assert (geninfo.sampler, geninfo.steps, geninfo.prompt, geninfo.negative_prompt) == ("lcm", 8, "good", "bad")


def test_a_pass_without_text_has_the_prompt_of_the_pass_before_it():
    graph = ApiGraph()
    picture = graph.link("VAEDecode", samples=graph.sample(seed=1), vae=["0", 2])
    video = graph.link("ImageOnlyCheckpointLoader", ckpt_name="svd.safetensors")
    conditioning = graph.add(
        "SVD_img2vid_Conditioning", width=1024, height=576, video_frames=14, fps=6, clip_vision=[video[0], 1],
        init_image=picture, vae=[video[0], 2],
    )  # fmt: skip
    graph.save(
        graph.sample(
            seed=2, model=video, positive=[conditioning, 0], negative=[conditioning, 1], latent_image=[conditioning, 2]
        )
    )

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "blurry", "svd")
    assert (geninfo.seed, geninfo.width, geninfo.height) == (2, 1024, 576)


@pytest.mark.parametrize("prefix", ["sample_dpmpp_2m", "dpmpp_2m"])
def test_old_sampler_names_lose_their_prefix(prefix: str):
    graph = ApiGraph()
    graph.save(graph.sample(sampler_name=prefix))

    assert read_api(graph).sampler == "dpmpp_2m"


def test_the_prompt_of_stable_cascade_is_read_from_stage_c():
    graph = ApiGraph()
    latent = graph.add("StableCascade_EmptyLatentImage", width=1024, height=768, compression=42, batch_size=1)
    stage_c = graph.sample(seed=1, latent_image=[latent, 0])
    zero = graph.link("ConditioningZeroOut", conditioning=graph.encode("x"))
    stage_b = graph.link("StableCascade_StageB_Conditioning", conditioning=zero, stage_c=stage_c)
    graph.save(graph.sample(seed=2, positive=stage_b, negative=zero, latent_image=[latent, 1]))

    geninfo = read_api(graph)

    assert [stage.seed for stage in geninfo.stages] == [2, 1]
    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox", "blurry")
    assert (geninfo.width, geninfo.height) == (1024, 768)
