"""Describes nodes of suites that bring their own prompts, pipes and savers, one entry per class."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.nodes.spec import NodeSpec, Role, node

_MORE_INSPIRE = "noise_mode batch_seed_mode variation_seed variation_strength variation_method"
_PRIMERE_TEXTS = "positive_prompt negative_prompt"

INSPIRE: dict[str, NodeSpec] = {
    "UnzipPrompt //Inspire": node(Role.TEXT, outputs="positive negative name", op="unzip"),
    "LoadSinglePromptFromFile //Inspire": node(Role.RUNTIME, "prompt_file index", op="nothing"),
    "LoadPromptsFromFile //Inspire": node(Role.RUNTIME, "prompt_file reload load_cap start_index", op="nothing"),
    "LoadPromptsFromDir //Inspire": node(Role.RUNTIME, "prompt_dir reload load_cap start_index", op="nothing"),
    "PromptExtractor //Inspire": node(Role.RUNTIME, "image positive_id negative_id info", op="nothing"),
    "PromptBuilder //Inspire": node(Role.TEXT, "category preset text", text="text"),
    "CLIPTextEncodeWithWeight //Inspire": node(Role.ENCODER, "text strength add_weight", text="text"),
    "RegionalConditioningSimple //Inspire": node(Role.ENCODER, "strength set_cond_area prompt", text="prompt"),
    "RegionalConditioningColorMask //Inspire": node(
        Role.ENCODER, "mask_color strength set_cond_area prompt dilation", text="prompt"
    ),
    "RegionalPromptSimple //Inspire": node(
        Role.PIPE, "cfg sampler_name scheduler wildcard_prompt controlnet_in_pipe sigma_factor", outputs="pipe"
    ),
    "RegionalPromptColorMask //Inspire": node(
        Role.PIPE, "mask_color cfg sampler_name scheduler wildcard_prompt controlnet_in_pipe sigma_factor",
        outputs="pipe",
    ),
    "ConcatConditioningsWithMultiplier //Inspire": node(Role.PASS, "multiplier1"),
    "RemoveControlNet //Inspire": node(Role.PASS, follow="conditioning"),
    # The run takes these values from the memory of the server, by key.
    "RetrieveBackendData //Inspire": node(Role.NO_TEXT, "key"),
    "RetrieveBackendDataNumberKey //Inspire": node(Role.NO_TEXT, "key"),
    "CacheBackendData //Inspire": node(Role.PASS, "key tag", follow="data"),
    "CacheBackendDataNumberKey //Inspire": node(Role.PASS, "key tag", follow="data"),
    "CheckpointLoaderSimpleShared //Inspire": node(
        Role.LOADER, "ckpt_name key_opt mode", outputs="model clip vae"
    ),
    "LoadDiffusionModelShared //Inspire": node(Role.LOADER, "model_name weight_dtype key_opt mode", outputs="model"),
    "KSamplerAdvanced //Inspire": node(
        Role.SAMPLER,
        "add_noise noise_seed steps cfg sampler_name scheduler start_at_step end_at_step noise_mode"
        " return_with_leftover_noise batch_seed_mode variation_seed variation_strength",
    ),
    "KSamplerAdvancedPipe //Inspire": node(
        Role.SAMPLER,
        "add_noise noise_seed steps cfg sampler_name scheduler start_at_step end_at_step noise_mode"
        " return_with_leftover_noise batch_seed_mode variation_seed variation_strength",
    ),
    "RandomNoise //Inspire": node(Role.NOT_SAMPLER, f"noise_seed {_MORE_INSPIRE}"),
    "ScheduledCFGGuider //Inspire": node(Role.NOT_SAMPLER, "from_cfg to_cfg schedule"),
    "MakeLBW //Inspire": node(
        Role.LORA, "category_filter lora_name inverse seed A B preset block_vector bypass", outputs="lora"
    ),
    "ApplyLBW //Inspire": node(Role.PASS, "strength_model strength_clip", outputs="model clip", follow="model"),
    "SaveLBW //Inspire": node(Role.UNKNOWN, "filename_prefix"),
    "ImpactCombineConditionings": node(Role.PASS),
    "ImpactConcatConditionings": node(Role.PASS),
}  # fmt: skip

SEARGE: dict[str, NodeSpec] = {
    "SeargePipelineTerminator": node(Role.SAVER),
    "SeargePreviewImage": node(Role.UNKNOWN, "enabled"),
    "SeargeMagicBox": node(Role.PASS, "stage input_from output_to", follow="data"),
    "SeargePipelineStart": node(Role.PASS, "wf_version", follow="data additional_data"),
    "SeargeTextInputV2": node(Role.TEXT, "prompt", text="prompt"),
    "SeargePromptAdapterV2": node(Role.NOT_SAMPLER),
    "SeargeGenerationParameters": node(
        Role.NOT_SAMPLER,
        "seed image_size_preset image_width image_height steps cfg sampler_preset sampler_name scheduler"
        " base_vs_refiner_ratio",
    ),
    "SeargeOperatingMode": node(Role.NOT_SAMPLER, "workflow_mode prompting_mode batch_size"),
    "SeargeModelSelector": node(Role.NOT_SAMPLER, "base_checkpoint refiner_checkpoint vae_checkpoint"),
    "SeargeLoras": node(
        Role.LORA,
        "lora_1 lora_1_strength lora_2 lora_2_strength lora_3 lora_3_strength lora_4 lora_4_strength lora_5"
        " lora_5_strength",
    ),
    "SeargeImage2ImageAndInpainting": node(Role.NOT_SAMPLER, "denoise inpaint_mask_blur inpaint_mask_mode"),
    "SeargePromptText": node(Role.TEXT, "prompt", text="prompt"),
    "SeargePromptCombiner": node(Role.TEXT, "prompt1 separator prompt2", text="prompt1 prompt2", op="concat"),
    "SeargeInput1": node(
        Role.PIPE, "main_prompt secondary_prompt style_prompt negative_prompt negative_style", outputs="pipe",
        follow="inputs",
    ),
    "SeargeInput2": node(
        Role.PIPE, "seed image_width image_height steps cfg sampler_name scheduler save_image save_directory",
        outputs="pipe", follow="inputs",
    ),
    "SeargeInput3": node(
        Role.PIPE,
        "base_ratio refiner_strength refiner_intensity precondition_steps batch_size upscale_resolution_factor"
        " save_upscaled_image denoise",
        outputs="pipe", follow="inputs",
    ),
    "SeargeInput4": node(
        Role.PIPE, "base_model refiner_model vae_model main_upscale_model support_upscale_model lora_model",
        outputs="pipe", follow="model_settings",
    ),
    "SeargeInput5": node(Role.PIPE, outputs="pipe", follow="inputs"),
    "SeargeInput6": node(Role.PIPE, outputs="pipe", follow="inputs"),
    "SeargeInput7": node(Role.PIPE, "lora_strength operation_mode prompt_style", outputs="pipe", follow="inputs"),
    "SeargeStylePreprocessor": node(Role.PIPE, outputs="pipe", follow="inputs"),
    "SeargeParameterProcessor": node(Role.PIPE, outputs="pipe", follow="inputs"),
    "SeargeOutput1": node(
        Role.PIPE, outputs="pipe main_prompt secondary_prompt style_prompt negative_prompt negative_style image mask",
        follow="parameters",
    ),
    "SeargeOutput2": node(
        Role.PIPE, outputs="pipe seed image_width image_height steps cfg sampler_name scheduler", follow="parameters"
    ),
    "SeargeOutput4": node(Role.PIPE, outputs="pipe base_model refiner_model vae_model", follow="model_names"),
    "SeargeSamplerInputs": node(Role.TEXT, "sampler_name scheduler", outputs="sampler_name scheduler"),
    "SeargeSDXLSampler2": node(Role.SAMPLER, "noise_seed steps cfg sampler_name scheduler base_ratio denoise"),
    "SeargeSDXLSamplerV3": node(Role.SAMPLER, "noise_seed steps cfg base_ratio denoise refiner_prep_steps"),
    "SeargeSDXLSampler": node(Role.SAMPLER, "noise_seed steps cfg sampler_name scheduler base_ratio denoise"),
    "SeargeCheckpointLoader": node(Role.LOADER, outputs="model clip vae"),
    "SeargeLoraLoader": node(Role.LORA, "strength_model strength_clip", outputs="model clip"),
}  # fmt: skip

PRIMERE: dict[str, NodeSpec] = {
    "PrimerePrompt": node(
        Role.TEXT, f"{_PRIMERE_TEXTS} subpath model orientation", outputs=_PRIMERE_TEXTS,
        text="positive_prompt", negative="negative_prompt",
    ),
    "PrimereRefinerPrompt": node(
        Role.ENCODER,
        "positive_refiner negative_refiner positive_refiner_strength negative_refiner_strength"
        " positive_original_strength negative_original_strength seed token_normalization weight_interpretation",
        outputs="positive_refiner negative_refiner positive negative data",
        text="positive_refiner positive_original",
        negative="negative_refiner negative_original",
    ),
    "PrimereImageSegments": node(Role.PASS, follow="segment_prompt_data"),
    "PrimereCLIPEncoder": node(
        Role.ENCODER, outputs="positive negative positive_prompt negative_prompt", text="positive_prompt",
        negative="negative_prompt",
    ),
    "PrimereClearNetworkTagsPrompt": node(
        Role.TEXT, outputs=_PRIMERE_TEXTS, text="positive_prompt", negative="negative_prompt"
    ),
    "PrimereDiTPurifyPrompt": node(
        Role.TEXT, outputs=_PRIMERE_TEXTS, text="positive_prompt", negative="negative_prompt"
    ),
    "PrimereVisualCKPT": node(Role.LOADER, "base_model"),
    "PrimereCKPT": node(Role.LOADER, "base_model"),
    "PrimereSeed": node(Role.NUMBER, "seed", text="seed"),
    "PrimereSamplersSteps": node(
        Role.NOT_SAMPLER, "sampler_name scheduler_name steps cfg", outputs="sampler_name scheduler_name steps cfg"
    ),
    "PrimereImgToPrompt": node(Role.RUNTIME, op="nothing"),
    "PrimereMetaSave": node(Role.SAVER),
}  # fmt: skip

D2: dict[str, NodeSpec] = {
    "D2 KSampler": node(
        Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise preview_method positive negative",
        outputs="image latent model clip positive negative", text="positive", negative="negative",
        lora_tags="positive",
    ),
    "D2 KSampler(Advanced)": node(
        Role.SAMPLER,
        "add_noise noise_seed steps cfg sampler_name scheduler start_at_step end_at_step return_with_leftover_noise"
        " token_normalization weight_interpretation preview_method positive negative",
        outputs="image latent model clip positive negative", text="positive", negative="negative",
        lora_tags="positive",
    ),
    "D2 Prompt": node(Role.TEXT, "prompt comment_type insert_lora token_count", text="prompt"),
    "D2 Prompt Sanitizer": node(Role.TEXT, "prompt", text="prompt"),
    "D2 Load Lora": node(
        Role.PASS, "prompt mode insert_lora", outputs="model clip prompt prompt", text="prompt", follow="model",
        lora_tags="prompt",
    ),
    "D2 Regex Replace": node(Role.RUNTIME, "text mode regex_replace", text="text"),
    "D2 Token Counter": node(Role.TEXT, "text clip_name", outputs="count text", text="text"),
    "D2 Checkpoint Loader": node(
        Role.LOADER, "ckpt_name auto_vpred sampling zsnr multiplier", outputs="model clip vae ckpt_name"
    ),
    "D2 Load Diffusion Model": node(Role.LOADER, "unet_name weight_dtype", outputs="model"),
    "D2 Load Diffusion Model Set": node(
        Role.LOADER, "unet_name weight_dtype vae_name clip_name clip_type", outputs="model clip vae"
    ),
    "D2 Size Selector": node(
        Role.LATENT, "preset width height swap_dimensions upscale_factor prescale_factor round_method batch_size",
        outputs="width height upscale_factor prescale_factor batch_size latent",
    ),
    "D2 Pipe": node(
        Role.PIPE,
        outputs="pipe ckpt_name positive negative seed steps cfg sampler_name scheduler denoise width height model clip"
        " vae positive negative",
        follow="d2_pipe",
    ),
    "D2 Save Image": node(Role.SAVER, "filename_prefix preview_only format lossless quality"),
    "D2 Save Image Eagle": node(Role.SAVER, "filename_prefix preview_only format lossless quality"),
    "D2 Preview Image": node(Role.PREVIEW),
}  # fmt: skip

READERS: dict[str, NodeSpec] = {
    # Nodes that read the settings of another picture and show them.
    "SDPromptReader": node(
        Role.TEXT, "image upload parameter_index positive negative setting",
        outputs="image mask positive negative seed steps cfg width height model_name filename settings", op="reader",
    ),
    "SDParameterGenerator": node(
        Role.LOADER,
        "ckpt_name vae_name model_version config_name seed steps refiner_start cfg sampler_name scheduler"
        " positive_ascore negative_ascore aspect_ratio width height batch_size",
        outputs="ckpt_name vae_name model clip vae seed steps refiner_start cfg sampler_name scheduler positive_ascore"
        " negative_ascore width height batch_size",
    ),
    "SDPromptMerger": node(Role.TEXT, text="text_g text_l", op="concat"),
    "SDPromptSaver": node(Role.SAVER, "filename path"),
    "SDLoraLoader": node(Role.LORA, "lora_name strength_model strength_clip", outputs="model clip"),
    "SDTypeConverter": node(
        Role.TEXT, outputs="model_name sampler_name scheduler"
    ),
}  # fmt: skip

OTHERS: dict[str, NodeSpec] = {
    # Mixlab: `` in the fixed prompt is filled with a line of the other text.
    "RandomPrompt": node(
        Role.RUNTIME, "max_count mutable_prompt immutable_prompt random_sample seed", text="immutable_prompt"
    ),
    "PromptSlide": node(Role.TEXT, "prompt_keyword weight", text="prompt_keyword"),
    "TextInput_": node(Role.TEXT, "text", text="text"),
    "ChinesePrompt_Mix": node(Role.RUNTIME, "text generation seed", text="text"),
    "Seed_": node(Role.NUMBER, "seed", text="seed"),
    "Seed Everywhere": node(Role.NUMBER, "seed", text="seed"),
    "JWStringConcat": node(Role.TEXT, "a b", text="a b", op="concat"),
    "JWStringGetLine": node(Role.TEXT, "source line_index", text="source"),
    "JWStringReplace": node(Role.TEXT, "source to_replace replace_with", text="source to_replace replace_with",
                            op="replace"),
    "JWString": node(Role.TEXT, "text", text="text"),
    "JWStringMultiline": node(Role.TEXT, "text", text="text"),
    "JWInteger": node(Role.NUMBER, "value", text="value"),
    "JWFloat": node(Role.NUMBER, "value", text="value"),
}  # fmt: skip

SUITES = {**INSPIRE, **SEARGE, **PRIMERE, **D2, **READERS, **OTHERS}
