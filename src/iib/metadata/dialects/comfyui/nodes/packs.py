"""Describes the nodes of widely used node packs, one entry per class.

An entry contains only what the names of inputs do not reveal: the order of widgets (for files that contain the editor
form alone), the meaning of output slots, and names that mislead.
"""

from __future__ import annotations

from iib.metadata.dialects.comfyui.nodes.spec import NodeSpec, Role, node

_DETAIL = (
    "guide_size guide_size_for max_size seed steps cfg sampler_name scheduler denoise feather noise_mask force_inpaint"
)
_LOADER_SIZE = "empty_latent_width empty_latent_height"
_ADVANCED = "add_noise noise_seed steps cfg sampler_name scheduler start_at_step end_at_step return_with_leftover_noise"
_EFF_SDXL = "noise_seed steps cfg sampler_name scheduler start_at_step refine_at_step preview_method vae_decode"


def _slots(pattern: str, count: int) -> str:
    """Return the widget names of all slots of a stack, numbered from 1."""
    return " ".join(pattern.format(number) for number in range(1, count + 1))


_STACK = _slots("lora_name_{0} lora_wt_{0} model_str_{0} clip_str_{0}", 50)
_EASY_STACK = _slots("lora_{0}_name lora_{0}_strength lora_{0}_model_strength lora_{0}_clip_strength", 10)

IMPACT: dict[str, NodeSpec] = {
    "ToBasicPipe": node(Role.PIPE, outputs="pipe"),
    "FromBasicPipe": node(Role.PIPE, outputs="model clip vae positive negative"),
    "FromBasicPipe_v2": node(Role.PIPE, outputs="pipe model clip vae positive negative"),
    "EditBasicPipe": node(Role.PIPE, outputs="pipe"),
    "ToDetailerPipe": node(Role.PIPE, outputs="pipe"),
    "FromDetailerPipe": node(Role.PIPE, outputs="model clip vae positive negative"),
    "BasicPipeToDetailerPipe": node(Role.PIPE, outputs="pipe"),
    "DetailerPipeToBasicPipe": node(Role.PIPE, outputs="pipe pipe"),
    "ImpactWildcardEncode": node(
        Role.ENCODER,
        "wildcard_text, populated_text, mode, Select to add LoRA, Select to add Wildcard, seed",
        outputs="model clip positive populated_text",
        text="populated_text",
        lora_tags="populated_text",
    ),
    "ImpactWildcardProcessor": node(
        Role.TEXT, "wildcard_text, populated_text, mode, seed, Select to add Wildcard", text="populated_text"
    ),
    "ImpactSwitch": node(Role.SWITCH, "select sel_mode"),
    "ImpactInversedSwitch": node(Role.PASS, "select sel_mode", follow="input"),
    "ImpactConditionalBranch": node(Role.SWITCH),
    "FaceDetailer": node(Role.DETAILER, f"{_DETAIL} bbox_threshold bbox_dilation bbox_crop_factor"),
    "FaceDetailerPipe": node(Role.DETAILER, f"{_DETAIL} bbox_threshold bbox_dilation bbox_crop_factor"),
    "DetailerForEach": node(Role.DETAILER, f"{_DETAIL} wildcard cycle"),
    "DetailerForEachDebug": node(Role.DETAILER, f"{_DETAIL} wildcard cycle"),
    "DetailerForEachPipe": node(Role.DETAILER, f"{_DETAIL} wildcard cycle"),
    "DetailerForEachDebugPipe": node(Role.DETAILER, f"{_DETAIL} wildcard cycle"),
    "MaskDetailerPipe": node(Role.DETAILER),
    "SEGSDetailer": node(Role.DETAILER),
    "KSamplerProvider": node(Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise"),
    "KSamplerAdvancedProvider": node(Role.SAMPLER, "cfg sampler_name scheduler"),
    "PixelKSampleUpscalerProvider": node(
        Role.SAMPLER, "scale_method seed steps cfg sampler_name scheduler denoise use_tiled_vae tile_size"
    ),
    "PixelKSampleUpscalerProviderPipe": node(
        Role.SAMPLER, "scale_method seed steps cfg sampler_name scheduler denoise use_tiled_vae tile_size"
    ),
    "ImpactKSamplerBasicPipe": node(Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise"),
    "ImpactKSamplerAdvancedBasicPipe": node(
        Role.SAMPLER, "add_noise noise_seed steps cfg sampler_name scheduler start_at_step end_at_step"
    ),
    "IterativeLatentUpscale": node(Role.PASS, "upscale_factor steps temp_prefix", follow="upscaler samples"),
    "IterativeImageUpscale": node(Role.PASS, "upscale_factor steps temp_prefix", follow="upscaler pixels"),
    "RegionalSampler": node(Role.SAMPLER, "seed seed_2nd seed_2nd_mode steps base_only_steps denoise"),
    "TiledKSamplerProvider": node(
        Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise tile_width tile_height tiling_strategy"
    ),
    "TwoSamplersForMask": node(Role.PASS, follow="base_sampler mask_sampler latent_image"),
    "ImpactStringSelector": node(Role.TEXT, "strings multiline select", text="strings", op="line"),
    "LoraLoaderBlockWeight //Inspire": node(
        Role.LORA, "category_filter lora_name strength_model strength_clip inverse seed", outputs="model clip"
    ),
    "KSampler //Inspire": node(Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise"),
    "KSamplerPipe //Inspire": node(Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise"),
    "WildcardEncode //Inspire": node(
        Role.ENCODER,
        outputs="model clip positive populated_text",
        text="populated_text",
        lora_tags="populated_text",
    ),
    "MakeBasicPipe //Inspire": node(
        Role.LOADER,
        outputs="pipe",
        text="positive_populated_text",
        negative="negative_populated_text",
        lora_tags="positive_populated_text negative_populated_text",
    ),
    "GlobalSeed //Inspire": node(Role.NUMBER, "value mode action last_seed", text="value"),
}

EFFICIENCY: dict[str, NodeSpec] = {
    "Efficient Loader": node(
        Role.LOADER,
        "ckpt_name vae_name clip_skip lora_name lora_model_strength lora_clip_strength positive negative"
        f" token_normalization weight_interpretation {_LOADER_SIZE} batch_size",
        outputs="model positive negative latent vae clip",
        text="positive",
        negative="negative",
        old=(
            (
                "ckpt_name vae_name clip_skip lora_name lora_model_strength lora_clip_strength positive negative"
                f" {_LOADER_SIZE} batch_size"
            ),
            f"ckpt_name vae_name clip_skip positive negative {_LOADER_SIZE} batch_size",
            "ckpt_name vae_name clip_skip positive negative",
        ),
    ),
    "Eff. Loader SDXL": node(
        Role.LOADER,
        "base_ckpt_name base_clip_skip refiner_ckpt_name refiner_clip_skip positive_ascore negative_ascore vae_name"
        f" positive negative token_normalization weight_interpretation {_LOADER_SIZE} batch_size",
        outputs="pipe latent vae",
        text="positive",
        negative="negative",
        old=(
            (
                "base_ckpt_name base_clip_skip refiner_ckpt_name refiner_clip_skip positive_ascore negative_ascore"
                f" vae_name positive negative {_LOADER_SIZE} batch_size"
            ),
        ),
    ),
    "KSampler (Efficient)": node(
        Role.SAMPLER,
        "seed steps cfg sampler_name scheduler denoise preview_method vae_decode",
        outputs="model positive negative latent vae image",
        old=(
            "sampler_state seed steps cfg sampler_name scheduler denoise preview_method vae_decode",
            "sampler_state my_unique_id seed steps cfg sampler_name scheduler denoise preview_image",
        ),
    ),
    "KSampler Adv. (Efficient)": node(
        Role.SAMPLER,
        _ADVANCED,
        outputs="model positive negative latent vae image",
        old=(f"sampler_state {_ADVANCED}",),
    ),
    "KSampler SDXL (Eff.)": node(
        Role.SAMPLER,
        _EFF_SDXL,
        outputs="pipe latent vae image",
        old=(f"sampler_state {_EFF_SDXL}",),
    ),
    "LoRA Stacker": node(Role.LORA, f"input_mode lora_count {_STACK}"),
    "Apply ControlNet Stack": node(Role.PIPE, outputs="positive negative"),
    "Unpack SDXL Tuple": node(Role.PIPE, outputs="model clip positive negative model clip positive negative"),
    "Pack SDXL Tuple": node(Role.PIPE, outputs="pipe"),
}

RGTHREE: dict[str, NodeSpec] = {
    "Power Lora Loader (rgthree)": node(Role.LORA, outputs="model clip"),
    "Lora Loader Stack (rgthree)": node(
        Role.LORA, "lora_01 strength_01 lora_02 strength_02 lora_03 strength_03 lora_04 strength_04"
    ),
    "Seed (rgthree)": node(Role.NUMBER, "seed", text="seed"),
    "KSampler Config (rgthree)": node(
        Role.NOT_SAMPLER,
        "steps_total refiner_step cfg sampler_name scheduler",
        outputs="steps_total refiner_step cfg sampler_name scheduler",
    ),
    "SDXL Empty Latent Image (rgthree)": node(Role.LATENT, "dimensions clip_scale batch_size"),
    "Any Switch (rgthree)": node(Role.SWITCH),
    "Context (rgthree)": node(Role.PIPE, outputs="pipe model clip vae positive negative latent image seed"),
    "Context Big (rgthree)": node(
        Role.PIPE,
        outputs="pipe model clip vae positive negative latent image seed steps step_refiner cfg ckpt_name sampler"
        " scheduler clip_width clip_height text_pos_g text_pos_l text_neg_g text_neg_l mask control_net",
    ),
    "Context Switch (rgthree)": node(Role.SWITCH, outputs="pipe model clip vae positive negative latent image seed"),
    "Power Prompt (rgthree)": node(
        Role.ENCODER,
        "prompt insert_lora insert_embedding insert_saved",
        outputs="positive model clip prompt text",
        text="prompt",
        lora_tags="prompt",
    ),
    "Power Prompt - Simple (rgthree)": node(Role.ENCODER, "prompt", outputs="positive prompt", text="prompt"),
    "Display Any (rgthree)": node(Role.TEXT, text="source"),
    "Label (rgthree)": node(Role.DISPLAY),
    "Bookmark (rgthree)": node(Role.DISPLAY),
    "Image Comparer (rgthree)": node(Role.UNKNOWN),
    "Fast Groups Bypasser (rgthree)": node(Role.DISPLAY),
    "Fast Groups Muter (rgthree)": node(Role.DISPLAY),
    "Fast Muter (rgthree)": node(Role.DISPLAY),
    "Fast Bypasser (rgthree)": node(Role.DISPLAY),
}

_EASY_LOADER = (
    "ckpt_name vae_name clip_skip lora_name lora_model_strength lora_clip_strength resolution"
    f" {_LOADER_SIZE} positive negative batch_size"
)
_TTN_UPSCALE = (
    "lora_name lora_strength upscale_method upscale_model_name factor rescale percent width height longer_side crop"
)
_TTN_LORA = "lora{0}_name lora{0}_model_strength lora{0}_clip_strength"

EASY: dict[str, NodeSpec] = {
    "easy a1111Loader": node(
        Role.LOADER, _EASY_LOADER, outputs="pipe model vae", text="positive", negative="negative",
        lora_tags="positive negative",
    ),
    "easy comfyLoader": node(
        Role.LOADER, _EASY_LOADER, outputs="pipe model vae", text="positive", negative="negative",
        lora_tags="positive negative",
    ),
    "easy fullLoader": node(
        Role.LOADER,
        "ckpt_name config_name vae_name clip_skip lora_name lora_model_strength lora_clip_strength resolution"
        f" {_LOADER_SIZE} positive positive_token_normalization positive_weight_interpretation negative"
        " negative_token_normalization negative_weight_interpretation batch_size",
        outputs="pipe model vae clip positive negative latent",
        text="positive",
        negative="negative",
        lora_tags="positive negative",
    ),
    "easy fluxLoader": node(
        Role.LOADER,
        "ckpt_name vae_name lora_name lora_model_strength lora_clip_strength resolution"
        f" {_LOADER_SIZE} positive batch_size",
        outputs="pipe model vae",
        text="positive",
        lora_tags="positive",
    ),
    "easy preSampling": node(Role.PIPE, "steps cfg sampler_name scheduler denoise seed", outputs="pipe"),
    "easy preSamplingAdvanced": node(
        Role.PIPE,
        "steps cfg sampler_name scheduler start_at_step end_at_step add_noise seed return_with_leftover_noise",
        outputs="pipe",
    ),
    "easy preSamplingCustom": node(Role.PIPE, outputs="pipe"),
    "easy kSampler": node(Role.SAMPLER, "image_output link_id save_prefix", outputs="pipe image"),
    "easy kSamplerTiled": node(Role.SAMPLER, "tile_size image_output link_id save_prefix", outputs="pipe image"),
    "easy kSamplerCustom": node(Role.SAMPLER, "image_output link_id save_prefix", outputs="pipe image"),
    "easy fullkSampler": node(
        Role.SAMPLER, "steps cfg sampler_name scheduler denoise image_output link_id save_prefix seed"
    ),
    "easy pipeOut": node(Role.PIPE, outputs="pipe model positive negative latent vae clip image seed"),
    "easy pipeIn": node(Role.PIPE, outputs="pipe"),
    "easy pipeEdit": node(Role.PIPE, outputs="pipe model positive negative latent vae clip image"),
    "easy loraStack": node(Role.LORA, f"toggle mode num_loras {_EASY_STACK}"),
    "easy positive": node(Role.TEXT, "positive", text="positive"),
    "easy negative": node(Role.TEXT, "negative", text="negative"),
    "easy wildcards": node(Role.TEXT, "text, Select to add LoRA, Select to add Wildcard, seed", text="text"),
    "easy prompt": node(Role.TEXT, text="prompt text main"),
    "easy promptConcat": node(Role.TEXT, "prompt1 prompt2 separator", text="prompt1 prompt2", op="concat"),
    "easy promptReplace": node(
        Role.TEXT, "prompt find1 replace1 find2 replace2 find3 replace3",
        text="prompt find1 replace1 find2 replace2 find3 replace3", op="replace",
    ),
    "easy stylesSelector": node(Role.STYLER, "styles", text="positive", negative="negative"),
    "easy seed": node(Role.NUMBER, "seed", text="seed"),
    "easy globalSeed": node(Role.NUMBER, "value mode action last_seed", text="value"),
    "easy int": node(Role.NUMBER, "value", text="value"),
    "easy float": node(Role.NUMBER, "value", text="value"),
    "easy string": node(Role.TEXT, "value", text="value"),
    "easy showAnything": node(Role.TEXT, text="anything"),
    "easy ifElse": node(Role.SWITCH, "boolean"),
    "easy anythingIndexSwitch": node(Role.SWITCH, "index"),
    "easy cascadeLoader": node(Role.LOADER, text="positive", negative="negative"),
}  # fmt: skip

TINY_TERRA: dict[str, NodeSpec] = {
    "ttN pipeLoader": node(
        Role.LOADER,
        f"ckpt_name config_name vae_name clip_skip {_TTN_LORA.format(1)} {_TTN_LORA.format(2)} {_TTN_LORA.format(3)}"
        " positive positive_token_normalization positive_weight_interpretation negative"
        f" negative_token_normalization negative_weight_interpretation {_LOADER_SIZE} batch_size seed",
        outputs="pipe model positive negative latent vae clip seed",
        text="positive",
        negative="negative",
        lora_tags="positive negative",
    ),
    "ttN pipeLoader_v2": node(
        Role.LOADER,
        "ckpt_name config_name vae_name clip_skip loras positive positive_token_normalization"
        " positive_weight_interpretation negative negative_token_normalization negative_weight_interpretation"
        f" {_LOADER_SIZE} seed",
        outputs="pipe model positive negative latent vae clip seed",
        text="positive",
        negative="negative",
        lora_tags="loras positive negative",
    ),
    "ttN pipeLoaderSDXL": node(
        Role.LOADER,
        "ckpt_name vae_name lora1_name lora1_model_strength lora1_clip_strength lora2_name lora2_model_strength"
        " lora2_clip_strength refiner_ckpt_name refiner_vae_name refiner_lora1_name refiner_lora1_model_strength"
        " refiner_lora1_clip_strength refiner_lora2_name refiner_lora2_model_strength refiner_lora2_clip_strength"
        " clip_skip positive positive_token_normalization positive_weight_interpretation negative"
        f" negative_token_normalization negative_weight_interpretation {_LOADER_SIZE} batch_size seed",
        outputs="pipe model positive negative vae clip",
        text="positive positive_g positive_l",
        negative="negative negative_g negative_l",
    ),
    "ttN pipeLoaderSDXL_v2": node(
        Role.LOADER,
        "ckpt_name config_name vae_name clip_skip loras refiner_ckpt_name refiner_config_name positive_g positive_l"
        " negative_g negative_l conditioning_aspect conditioning_width conditioning_height crop_width crop_height"
        " target_aspect target_width target_height positive_ascore negative_ascore empty_latent_aspect"
        f" {_LOADER_SIZE} batch_size seed",
        outputs="pipe model positive negative vae clip model positive negative clip latent seed",
        text="positive_g positive_l",
        negative="negative_g negative_l",
        lora_tags="loras positive_g positive_l",
    ),
    "ttN conditioning": node(
        Role.ENCODER,
        "loras positive positive_token_normalization positive_weight_interpretation negative"
        " negative_token_normalization negative_weight_interpretation zero_out_empty",
        outputs="model positive negative clip",
        text="positive",
        negative="negative",
        lora_tags="loras positive",
    ),
    "ttN tinyLoader": node(
        Role.LOADER,
        "ckpt_name config_name sampling zsnr cfg_rescale_mult vae_name clip_skip empty_latent_aspect"
        f" {_LOADER_SIZE} batch_size",
        outputs="model latent vae clip",
    ),
    "ttN pipeKSamplerSDXL_v2": node(
        Role.SAMPLER,  # an unconnected seed is the seed of the pipe
        f"{_TTN_UPSCALE} base_steps cfg denoise refiner_steps refiner_cfg refiner_denoise sampler_name scheduler"
        " image_output save_prefix file_type embed_workflow",
        outputs="pipe pipe model positive negative model positive negative latent vae clip image seed",
    ),
    "ttN pipeKSamplerSDXL": node(
        Role.SAMPLER,
        "upscale_method factor crop sampler_state base_steps refiner_steps cfg sampler_name scheduler image_output"
        " save_prefix seed",
        outputs="pipe model positive negative vae model positive negative vae latent clip image seed",
    ),
    "ttN pipeKSamplerAdvanced_v2": node(
        Role.SAMPLER,
        f"{_TTN_UPSCALE} add_noise noise steps start_at_step end_at_step cfg sampler_name scheduler"
        " return_with_leftover_noise image_output save_prefix file_type embed_workflow noise_seed",
        outputs="pipe model positive negative latent vae clip image seed",
    ),
    "ttN KSampler_v2": node(
        Role.SAMPLER,
        f"{_TTN_UPSCALE} steps cfg sampler_name scheduler denoise image_output save_prefix file_type embed_workflow"
        " seed",
        outputs="model positive negative latent vae clip image seed",
    ),
    "ttN pipe2BASIC": node(Role.PIPE, outputs="pipe pipe"),
    "ttN pipe2DETAILER": node(Role.PIPE, "wildcard", outputs="pipe pipe"),
    "ttN pipeLoraStack": node(Role.LORA, f"toggle mode num_loras {_EASY_STACK}", outputs="pipe"),
    "ttN pipeKSampler": node(
        Role.SAMPLER,
        "lora_name lora_model_strength lora_clip_strength upscale_method factor sampler_state steps cfg sampler_name"
        " scheduler denoise image_output save_prefix seed",
        outputs="pipe model positive negative latent vae clip image seed",
    ),
    "ttN pipeKSampler_v2": node(
        Role.SAMPLER,
        "lora_name lora_strength upscale_method upscale_model_name factor rescale percent width height longer_side crop"
        " steps cfg sampler_name scheduler denoise image_output save_prefix file_type embed_workflow seed",
        outputs="pipe model positive negative latent vae clip image seed",
    ),
    "ttN pipeKSamplerAdvanced": node(Role.SAMPLER, outputs="pipe model positive negative latent vae clip image seed"),
    "ttN pipeIN": node(Role.PIPE, outputs="pipe"),
    "ttN pipeOUT": node(Role.PIPE, outputs="model positive negative latent vae clip image seed pipe"),
    "ttN pipeEDIT": node(Role.PIPE, outputs="pipe"),
    "ttN text": node(Role.TEXT, "text", text="text"),
    "ttN concat": node(Role.TEXT, "text1 text2 text3 delimiter", text="text1 text2 text3", op="concat"),
    "ttN text7BOX_concat": node(
        Role.TEXT, "text1 text2 text3 text4 text5 text6 text7 delimiter",
        outputs="text1 text2 text3 text4 text5 text6 text7",
        text="text1 text2 text3 text4 text5 text6 text7", op="concat",
    ),
    "ttN textDebug": node(Role.TEXT, "print_to_console console_title execute text", text="text"),
    "ttN seed": node(Role.NUMBER, "seed", text="seed"),
    "ttN int": node(Role.NUMBER, "int", text="int"),
}  # fmt: skip

COMFYROLL: dict[str, NodeSpec] = {
    "CR LoRA Stack": node(
        Role.LORA,
        "switch_1 lora_name_1 model_weight_1 clip_weight_1 switch_2 lora_name_2 model_weight_2 clip_weight_2"
        " switch_3 lora_name_3 model_weight_3 clip_weight_3",
    ),
    "CR Apply LoRA Stack": node(Role.PASS, outputs="model clip", follow="model lora_stack"),
    "CR Load LoRA": node(Role.LORA, "switch lora_name strength_model strength_clip", outputs="model clip"),
    "CR Prompt Text": node(Role.TEXT, "prompt", text="prompt"),
    "CR Text": node(Role.TEXT, "text", text="text"),
    "CR Text Concatenate": node(Role.TEXT, "text1 text2 separator", text="text1 text2", op="concat"),
    "CR Combine Prompt": node(
        Role.TEXT, "part1 part2 part3 part4 separator", text="part1 part2 part3 part4", op="concat"
    ),
    "CR Text Replace": node(
        Role.TEXT, "text find1 replace1 find2 replace2 find3 replace3",
        text="text find1 replace1 find2 replace2 find3 replace3", op="replace",
    ),
    "CR SDXL Aspect Ratio": node(
        Role.LATENT, "width height aspect_ratio swap_dimensions upscale_factor batch_size",
        outputs="width height upscale_factor batch_size latent",
    ),
    "CR SD1.5 Aspect Ratio": node(
        Role.LATENT, "width height aspect_ratio swap_dimensions upscale_factor batch_size",
        outputs="width height upscale_factor batch_size latent",
    ),
    "CR Aspect Ratio": node(
        Role.LATENT, "width height aspect_ratio swap_dimensions upscale_factor prescale_factor batch_size",
        outputs="width height upscale_factor prescale_factor batch_size latent",
    ),
    "CR Seed": node(Role.NUMBER, "seed", text="seed"),
    "CR Text Input Switch": node(Role.SWITCH, "Input"),
    "CR Model Input Switch": node(Role.SWITCH, "Input"),
    "CR Conditioning Input Switch": node(Role.SWITCH, "Input"),
    "CR Image Input Switch": node(Role.SWITCH, "Input"),
    "CR Latent Input Switch": node(Role.SWITCH, "Input"),
    "CR Module Pipe Loader": node(Role.PIPE, outputs="pipe"),
    "CR Apply Multi-ControlNet": node(Role.PIPE, "switch", outputs="positive negative"),
}  # fmt: skip

PACKS = {**IMPACT, **EFFICIENCY, **RGTHREE, **EASY, **TINY_TERRA, **COMFYROLL}
