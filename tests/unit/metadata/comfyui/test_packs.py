"""Tests with small complete graphs that are linked as in the examples of node packs."""

from __future__ import annotations

import json

from unit.metadata.comfyui.graphs import ApiGraph, Workflow, read_api, read_texts, read_workflow


def test_a_context_carries_all_values():
    graph = ApiGraph()
    model, clip, vae = graph.checkpoint()
    base = graph.link(
        "Context (rgthree)", model=model, clip=clip, vae=vae, positive=graph.encode("old"),
        negative=graph.encode("bad"), latent=graph.empty(640, 640), seed=31,
    )  # fmt: skip
    context = graph.add("Context (rgthree)", base_ctx=base, positive=graph.encode("a fox"))
    graph.save(
        graph.sample(
            model=[context, 1],
            positive=[context, 4],
            negative=[context, 5],
            latent_image=[context, 6],
            seed=[context, 8],
        )
    )

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "base")
    assert (geninfo.width, geninfo.seed) == (640, 31)


def test_the_settings_of_an_iterative_upscale_are_read_from_its_provider():
    graph = ApiGraph()
    model, _clip, vae = graph.checkpoint()
    texts = {"positive": graph.encode("a fox"), "negative": graph.encode("bad")}
    provider = graph.link(
        "PixelKSampleUpscalerProvider", scale_method="nearest", seed=2, steps=9, cfg=7, sampler_name="heun",
        scheduler="normal", denoise=0.4, model=model, vae=vae, **texts,
    )  # fmt: skip
    larger = graph.link(
        "IterativeLatentUpscale", upscale_factor=2, steps=3, temp_prefix="", samples=graph.sample(seed=1),
        upscaler=provider,
    )  # fmt: skip
    graph.save(larger)

    assert [(stage.seed, stage.sampler) for stage in read_api(graph).stages] == [(2, "heun"), (1, "euler")]


def test_a_passed_model_shifts_the_output_slots_of_conditionings():
    graph = ApiGraph()
    model = graph.checkpoint()[0]
    patched = graph.add(
        "SomeInpaintPatch", model=model, positive=graph.encode("good"), negative=graph.encode("bad"), mask=["0", 0]
    )
    graph.save(graph.sample(model=[patched, 0], positive=[patched, 1], negative=[patched, 2]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("good", "bad", "base")


def test_both_prompts_are_read_from_one_embedding():
    graph = ApiGraph()
    embeds = graph.link("KolorsTextEncode", prompt="a fox", negative_prompt="bad", chatglm3_model=["0", 0])
    model = graph.link("DownloadAndLoadKolorsModel", model="Kwai-Kolors/Kolors", precision="fp16")
    latent = graph.link(
        "KolorsSampler", width=1024, height=768, seed=4, steps=25, cfg=5, scheduler="EulerDiscreteScheduler",
        kolors_model=model, kolors_embeds=embeds,
    )  # fmt: skip
    graph.save(latent)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "Kolors")
    assert (geninfo.width, geninfo.height, geninfo.seed) == (1024, 768, 4)


def test_the_seed_of_two_expert_models_is_read_from_the_first_pass():
    graph = ApiGraph()
    texts = {"positive": graph.encode("a fox"), "negative": graph.encode("bad")}
    video = graph.add("WanImageToVideo", width=832, height=480, length=81, batch_size=1, **texts)
    links = {"positive": [video, 0], "negative": [video, 1], "steps": 20, "cfg": 3.5}
    more = {"sampler_name": "euler", "scheduler": "simple", **links}
    high = graph.link(
        "KSamplerAdvanced", add_noise="enable", noise_seed=8, latent_image=[video, 2],
        model=graph.link("UNETLoader", unet_name="high.safetensors"), **more,
    )  # fmt: skip
    low = graph.link(
        "KSamplerAdvanced", add_noise="disable", noise_seed=0, latent_image=high,
        model=graph.link("UNETLoader", unet_name="low.safetensors"), **more,
    )  # fmt: skip
    frames = graph.link("VAEDecode", samples=low, vae=["0", 0])
    graph.add("SaveVideo", video=graph.link("CreateVideo", images=frames, fps=16), filename_prefix="video/x")

    geninfo = read_api(graph, name="x_00001_.mp4", container="mp4")

    assert (geninfo.seed, geninfo.model, geninfo.width, geninfo.height) == (8, "low", 832, 480)
    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox", "bad")
    assert (geninfo.parameters["Frames"], geninfo.parameters["FPS"]) == ("81", "16")


def test_a_loader_with_a_refiner_has_two_models():
    graph = ApiGraph()
    loader = graph.add(
        "Eff. Loader SDXL", base_ckpt_name="base.safetensors", refiner_ckpt_name="refiner.safetensors",
        vae_name="Baked VAE", positive="a fox", negative="bad", empty_latent_width=896, empty_latent_height=1152,
    )  # fmt: skip
    sampled = graph.add(
        "KSampler SDXL (Eff.)", noise_seed=3, steps=30, cfg=7, sampler_name="euler", scheduler="normal",
        sdxl_tuple=[loader, 0], latent_image=[loader, 1],
    )  # fmt: skip
    graph.add("SaveImage", images=[sampled, 3])

    geninfo = read_api(graph)

    assert [(model.name, model.kind) for model in geninfo.models] == [("base", "checkpoint"), ("refiner", "refiner")]
    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.seed) == ("a fox", "bad", 3)
    assert (geninfo.width, geninfo.height) == (896, 1152)


def test_gligen_phrases_are_a_parameter():
    graph = ApiGraph()
    boxed = graph.link(
        "GLIGENTextBoxApply",
        text="a red bottle",
        width=64,
        height=64,
        x=0,
        y=0,
        conditioning_to=graph.encode("a table"),
    )
    graph.save(graph.sample(positive=boxed))

    geninfo = read_api(graph)

    assert geninfo.prompt == "a table"
    assert geninfo.parameters["GLIGEN phrases"] == "a red bottle"


def test_control_nets_and_upscalers_are_parameters():
    graph = ApiGraph()
    control = graph.link("ControlNetLoader", control_net_name="canny.safetensors")
    positive = graph.link(
        "ControlNetApply", strength=1, conditioning=graph.encode("x"), control_net=control, image=["0", 0]
    )
    image = graph.link("VAEDecode", samples=graph.sample(positive=positive), vae=["0", 0])
    model = graph.link("UpscaleModelLoader", model_name="4x-UltraSharp.pth")
    graph.add("SaveImage", images=graph.link("ImageUpscaleWithModel", upscale_model=model, image=image))

    parameters = read_api(graph).parameters

    assert (parameters["ControlNet"], parameters["Upscaler"]) == ("canny", "4x-UltraSharp.pth")


def test_civitai_fields_fill_the_gaps_of_a_graph():
    graph = ApiGraph()
    image = graph.link("LoadImage", image="x.png")
    graph.add("SaveImage", images=graph.link("ImageUpscaleWithModel", upscale_model=["0", 0], image=image))
    fields = {"prompt": "a fox", "negativePrompt": "bad", "steps": 25, "cfgScale": 4, "sampler": "Euler a", "seed": 6}
    text = json.dumps({**graph.nodes, "extra": {}, "extraMetadata": json.dumps(fields)})

    geninfo = read_texts(("UserComment", text), container="jpeg")

    assert (geninfo.tool, geninfo.prompt, geninfo.negative_prompt) == ("Civitai", "a fox", "bad")
    assert (geninfo.steps, geninfo.cfg, geninfo.sampler, geninfo.seed) == (25, 4.0, "Euler a", 6)


def test_both_forms_in_one_comment_of_a_video_are_read():
    graph = ApiGraph()
    frames = graph.link("VAEDecode", samples=graph.sample(), vae=["0", 0])
    graph.add("VHS_VideoCombine", images=frames, frame_rate=8)
    text = json.dumps({"prompt": json.dumps(graph.nodes), "workflow": {"nodes": [], "links": []}, "CreationTime": "x"})

    assert read_texts(("comment", text), container="mp4", name="x.mp4").seed == 7


def test_graphs_with_a_prefix_in_exif_tags_are_read():
    graph = ApiGraph()
    graph.save(graph.sample())
    text = json.dumps(graph.nodes)

    assert read_texts(("Model", f"prompt:{text}"), container="webp").seed == 7
    assert read_texts(("Make", f"Prompt: {text}"), container="webp").seed == 7


def test_bytes_after_the_graph_are_ignored():
    graph = ApiGraph()
    graph.save(graph.sample())

    assert read_texts(("prompt", json.dumps(graph.nodes) + "\x00\x12garbage}")).seed == 7


def test_populated_wildcards_of_an_editor_form_are_read_with_their_lora_tags():
    flow = Workflow()
    flow.add("CheckpointLoaderSimple", ["base.safetensors"], outputs="MODEL CLIP VAE")
    flow.add(
        "ImpactWildcardEncode", ["__a__", "a fox <lora:x:0.7>", "populate", "Select the LoRA", "", 3, "fixed"],
        {"model": (1, 0), "clip": (1, 1)}, "MODEL CLIP CONDITIONING STRING",
    )  # fmt: skip
    flow.add("EmptyLatentImage", [512, 512, 1], outputs="LATENT")
    flow.add(
        "KSampler", [9, "fixed", 12, 7, "euler", "normal", 1],
        {"model": (2, 0), "positive": (2, 2), "negative": None, "latent_image": (3, 0)}, "LATENT",
    )  # fmt: skip
    flow.add("PreviewImage", [], {"images": (4, 0)})

    geninfo = read_workflow(flow)

    assert geninfo.prompt == "a fox <lora:x:0.7>"
    assert [(lora.name, lora.weight) for lora in geninfo.loras] == [("x", 0.7)]


def test_the_size_in_a_pipe_is_read_from_its_loader():
    graph = ApiGraph()
    loader = graph.link(
        "ttN pipeLoader_v2", ckpt_name="base.safetensors", loras="", positive="a fox", negative="bad",
        empty_latent_width=640, empty_latent_height=960, seed=3,
    )  # fmt: skip
    graph.add(
        "ttN pipeKSampler_v2", pipe=loader, width=1024, height=1024, steps=9, cfg=5.0, sampler_name="heun",
        scheduler="normal", image_output="Save", save_prefix="x", seed=3,
    )  # fmt: skip

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.width, geninfo.height, geninfo.steps) == ("a fox", 640, 960, 9)


def test_the_negative_prompt_of_a_video_encoder_is_read_from_its_cfg_node():
    graph = ApiGraph()
    cfg_node = graph.link("HyVideoCFG", negative_prompt="bad", cfg=6.0, start_percent=0, end_percent=0.5)
    encoded = graph.link("HyVideoTextEncode", prompt="a fox", text_encoders=["0", 0], hyvid_cfg=cfg_node)
    model = graph.link("HyVideoModelLoader", model="hy.safetensors")
    sampled = graph.link(
        "HyVideoSampler", model=model, hyvid_embeds=encoded, width=512, height=320, steps=9, seed=4,
        embedded_guidance_scale=6.0,
    )  # fmt: skip
    graph.add("VHS_VideoCombine", images=graph.link("HyVideoDecode", samples=sampled), filename_prefix="x")

    geninfo = read_api(graph, name="x_00001.mp4", container="mp4")

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "hy")
    assert (geninfo.width, geninfo.height) == (512, 320)


def test_a_stack_of_control_nets_passes_both_prompts():
    graph = ApiGraph()
    both = graph.add(
        "CR Apply Multi-ControlNet", switch="On", base_positive=graph.encode("a fox"), base_negative=graph.encode("bad")
    )
    graph.save(graph.sample(positive=[both, 0], negative=[both, 1]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox", "bad")


def test_picture_inputs_of_a_sampler_are_not_conditioning():
    graph = ApiGraph()
    model = graph.checkpoint()[0]
    guider = graph.link("STGGuider", model=model, positive=graph.encode("a fox"), negative=graph.encode("bad"), cfg=3.0)
    sampled = graph.link(
        "LTXVBaseSampler", model=model, guider=guider, noise=graph.link("RandomNoise", noise_seed=8), width=768,
        height=512, num_frames=9, sampler=graph.link("KSamplerSelect", sampler_name="euler"),
        sigmas=graph.link("LTXVScheduler", steps=30), optional_cond_images=graph.link("LoadImage", image="x.png"),
    )  # fmt: skip
    graph.save(sampled)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.seed) == ("a fox", "bad", 8)
    assert (geninfo.steps, geninfo.width, geninfo.height) == (30, 768, 512)


def test_a_styler_returns_each_prompt_at_its_output_slots():
    graph = ApiGraph()
    styled = graph.add(
        "SDXLPromptStylerAdvanced", text_positive_g="a fox", text_positive_l="a fox", text_negative="bad", style="base"
    )
    graph.save(graph.sample(positive=graph.encode([styled, 2]), negative=graph.encode([styled, 5])))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox", "bad")


def test_the_size_of_a_sampler_provider_is_read_from_the_node_that_uses_it():
    graph = ApiGraph()
    model, clip, vae = graph.checkpoint()
    pipe = graph.link(
        "ToBasicPipe", model=model, clip=clip, vae=vae, positive=graph.encode("a fox"), negative=graph.encode("bad")
    )
    settings = {"seed": 2, "steps": 9, "cfg": 7, "sampler_name": "heun", "scheduler": "normal", "denoise": 1.0}
    base = graph.link("KSamplerProvider", basic_pipe=pipe, **settings)
    graph.save(graph.link("TwoSamplersForMask", latent_image=graph.empty(640, 960), base_sampler=base, mask=["0", 0]))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.steps, geninfo.width, geninfo.height) == ("a fox", 9, 640, 960)


def test_populated_wildcards_have_priority():
    graph = ApiGraph()
    pipe = graph.link(
        "MakeBasicPipe //Inspire", ckpt_name="base.safetensors", positive_wildcard_text="a {fox|cat}",
        negative_wildcard_text="{bad|worse}", positive_populated_text="a fox", negative_populated_text="bad",
    )  # fmt: skip
    settings = {"seed": 2, "steps": 9, "cfg": 7, "sampler_name": "heun", "scheduler": "normal", "denoise": 1.0}
    graph.save(graph.link("ImpactKSamplerBasicPipe", 1, basic_pipe=pipe, latent_image=graph.empty(), **settings))

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "base")


def test_a_bridge_returns_both_prompts_in_one_output():
    graph = ApiGraph()
    encoded = graph.link("WanVideoTextEmbedBridge", positive=graph.encode("a fox"), negative=graph.encode("bad"))
    size = graph.link("WanVideoEmptyEmbeds", width=832, height=480, num_frames=81)
    model = graph.link("WanVideoModelLoader", model="wan.safetensors")
    sampled = graph.link(
        "WanVideoSampler", model=model, text_embeds=encoded, image_embeds=size, steps=9, cfg=5.0, seed=4, shift=5.0,
        scheduler="unipc",
    )  # fmt: skip
    graph.add("VHS_VideoCombine", images=graph.link("WanVideoDecode", samples=sampled), filename_prefix="x")

    geninfo = read_api(graph, name="x_00001.mp4", container="mp4")

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "wan")
    assert (geninfo.width, geninfo.height, geninfo.steps) == (832, 480, 9)


def test_the_size_of_a_pipeline_sampler_is_read_from_the_sampler():
    graph = ApiGraph()
    pipeline = graph.link("SomePipelineLoader", ckpt_name="sd15.safetensors")
    encoded = graph.add("SomePipelineTextEncode", pipeline=pipeline, positive="a fox", negative="bad")
    image = graph.link(
        "SomePipelineSampler", pipeline=pipeline, positive_embeds=[encoded, 0], negative_embeds=[encoded, 1], width=512,
        height=640, steps=9, cfg=5.0, seed=4,
    )  # fmt: skip
    graph.add("SaveImage", filename_prefix="x", images=image)

    geninfo = read_api(graph)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "sd15")
    assert (geninfo.width, geninfo.height, geninfo.steps) == (512, 640, 9)
