"""Describes wrappers of models with custom samplers, quantised loaders and API nodes, one entry per class."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.nodes.spec import NodeSpec, Role, node

VIDEO: dict[str, NodeSpec] = {
    "WanVideoSampler": node(Role.SAMPLER, "steps cfg shift seed force_offload scheduler riflex_freq_index"),
    "WanVideoModelLoader": node(Role.LOADER, "model base_precision quantization load_device attention_mode"),
    "WanVideoTextEncode": node(
        Role.ENCODER, "positive_prompt negative_prompt force_offload", text="positive_prompt",
        negative="negative_prompt",
    ),
    "WanVideoTextEncodeCached": node(
        Role.ENCODER, "model_name precision positive_prompt negative_prompt quantization use_disk_cache device",
        text="positive_prompt", negative="negative_prompt",
    ),
    "WanVideoTextEncodeSingle": node(Role.ENCODER, "prompt force_offload", text="prompt"),
    "WanVideoTextEmbedBridge": node(Role.PIPE, text="positive", negative="negative"),
    "WanVideoLoraSelect": node(Role.LORA, "lora strength low_mem_load merge_loras"),
    "WanVideoLoraSelectMulti": node(
        Role.LORA, "lora_0 strength_0 lora_1 strength_1 lora_2 strength_2 lora_3 strength_3 lora_4 strength_4"
    ),
    "WanVideoSetLoRAs": node(Role.PASS, follow="model lora"),
    "WanVideoEmptyEmbeds": node(Role.LATENT, "width height num_frames"),
    "WanVideoImageToVideoEncode": node(Role.LATENT, "width height num_frames"),
    "WanVideoImageClipEncode": node(Role.LATENT),
    "WanVideoDecode": node(Role.PASS, follow="samples"),
    "HyVideoSampler": node(
        Role.SAMPLER, "width height num_frames steps embedded_guidance_scale flow_shift seed force_offload"
        " denoise_strength scheduler"
    ),
    "HyVideoModelLoader": node(Role.LOADER, "model base_precision quantization load_device attention_mode"),
    "HyVideoTextEncode": node(
        Role.ENCODER, "prompt force_offload prompt_template", text="prompt", negative="hyvid_cfg"
    ),
    "HyVideoI2VEncode": node(
        Role.ENCODER, "prompt force_offload prompt_template", text="prompt", negative="hyvid_cfg"
    ),
    "HyVideoCFG": node(Role.TEXT, "negative_prompt cfg start_percent end_percent batched_cfg", text="negative_prompt"),
    "HyVideoLoraSelect": node(Role.LORA, "lora strength"),
    "CogVideoSampler": node(Role.SAMPLER, "num_frames steps cfg seed scheduler denoise_strength"),
    "CogVideoTextEncode": node(Role.ENCODER, "prompt strength force_offload", text="prompt"),
    "CogVideoLoraSelect": node(Role.LORA, "lora strength fuse_lora"),
    "DownloadAndLoadCogVideoModel": node(Role.LOADER, "model precision quantization"),
    "CogVideoXModelLoader": node(Role.LOADER, "model base_precision quantization"),
    "MochiSampler": node(Role.SAMPLER, "width height num_frames steps cfg seed"),
    "MochiTextEncode": node(Role.ENCODER, "prompt strength force_offload", text="prompt"),
    "MochiModelLoader": node(Role.LOADER, "model_name precision attention_mode"),
    "DownloadAndLoadMochiModel": node(Role.LOADER, "model vae precision attention_mode"),
    "KolorsTextEncode": node(
        Role.ENCODER, "prompt negative_prompt num_images_per_prompt", text="prompt", negative="negative_prompt"
    ),
    "KolorsSampler": node(Role.SAMPLER, "width height seed steps cfg scheduler"),
    "DownloadAndLoadKolorsModel": node(Role.LOADER, "model precision"),
    "SUPIR_sample": node(Role.SAMPLER, "seed steps cfg_scale_start cfg_scale_end"),
    "SUPIR_conditioner": node(
        Role.ENCODER, "positive_prompt negative_prompt", outputs="positive negative", text="positive_prompt",
        negative="negative_prompt",
    ),
    "UnetLoaderGGUF": node(Role.LOADER, "unet_name", outputs="model"),
    "UnetLoaderGGUFAdvanced": node(Role.LOADER, "unet_name dequant_dtype patch_dtype patch_on_device"),
    "CLIPLoaderGGUF": node(Role.LOADER, "clip_name type", outputs="clip"),
    "DualCLIPLoaderGGUF": node(Role.LOADER, "clip_name1 clip_name2 type", outputs="clip"),
    "TripleCLIPLoaderGGUF": node(Role.LOADER, "clip_name1 clip_name2 clip_name3", outputs="clip"),
    "NunchakuFluxDiTLoader": node(Role.LOADER, "model_path cache_threshold attention cpu_offload device_id data_type"),
    "NunchakuQwenImageDiTLoader": node(Role.LOADER, "model_name"),
    "NunchakuFluxLoraLoader": node(Role.LORA, "lora_name lora_strength"),
    "NunchakuTextEncoderLoader": node(Role.LOADER, outputs="clip"),
    "PulidFluxModelLoader": node(Role.LOADER, "pulid_file", outputs="pulid"),
    "ApplyPulidFlux": node(Role.PASS, "weight start_at end_at", follow="model"),
    "LTXVBaseSampler": node(
        Role.SAMPLER, "width height num_frames optional_cond_indices strength crop crf blur", outputs="latent"
    ),
    "LTXVLoader": node(Role.LOADER, "ckpt_name dtype", outputs="model vae"),
}  # fmt: skip

API_NODES: dict[str, NodeSpec] = {
    "GeminiNode": node(Role.RUNTIME, "prompt model seed", text="prompt"),
    "OpenAIChatNode": node(Role.RUNTIME, "prompt persist_context model", text="prompt"),
    "OpenAIDalle2": node(Role.API_NODE, "prompt seed size n"),
    "OpenAIDalle3": node(Role.API_NODE, "prompt seed quality style size"),
    "OpenAIGPTImage1": node(Role.API_NODE, "prompt seed quality background size n"),
    "FluxProUltraImageNode": node(Role.API_NODE, "prompt prompt_upsampling seed aspect_ratio raw"),
    "FluxProImageNode": node(Role.API_NODE, "prompt prompt_upsampling width height seed"),
    "FluxKontextProImageNode": node(Role.API_NODE, "prompt aspect_ratio guidance steps seed prompt_upsampling"),
    "FluxKontextMaxImageNode": node(Role.API_NODE, "prompt aspect_ratio guidance steps seed prompt_upsampling"),
    "FluxProFillNode": node(Role.API_NODE, "prompt prompt_upsampling guidance steps seed"),
    "FluxProExpandNode": node(Role.API_NODE, "prompt prompt_upsampling top bottom left right guidance steps seed"),
    "IdeogramV1": node(Role.API_NODE, "prompt turbo aspect_ratio magic_prompt_option seed negative_prompt num_images"),
    "IdeogramV2": node(
        Role.API_NODE,
        "prompt turbo aspect_ratio resolution magic_prompt_option seed style_type negative_prompt num_images",
    ),
    "IdeogramV3": node(
        Role.API_NODE, "prompt aspect_ratio resolution magic_prompt_option seed num_images rendering_speed"
    ),
    "StabilityStableImageUltraNode": node(
        Role.API_NODE, "prompt aspect_ratio style_preset seed negative_prompt image_denoise"
    ),
    "StabilityStableImageSD_3_5Node": node(
        Role.API_NODE, "prompt model aspect_ratio style_preset cfg_scale seed negative_prompt image_denoise"
    ),
    "RecraftTextToImageNode": node(Role.API_NODE, "prompt size n seed negative_prompt"),
    "RecraftTextToVectorNode": node(Role.API_NODE, "prompt substyle size n seed negative_prompt"),
    "RecraftImageToImageNode": node(Role.API_NODE, "prompt n strength seed negative_prompt"),
    "LumaImageNode": node(Role.API_NODE, "prompt model aspect_ratio seed style_image_weight"),
    "LumaImageModifyNode": node(Role.API_NODE, "prompt image_weight model seed"),
    "LumaVideoNode": node(Role.API_NODE, "prompt model aspect_ratio resolution duration loop seed"),
    "LumaImageToVideoNode": node(Role.API_NODE, "prompt model resolution duration loop seed"),
    "RunwayTextToImageNode": node(Role.API_NODE, "prompt ratio"),
    "KlingTextToVideoNode": node(Role.API_NODE, "prompt negative_prompt cfg_scale aspect_ratio mode"),
    "KlingImage2VideoNode": node(
        Role.API_NODE, "prompt negative_prompt model_name cfg_scale mode aspect_ratio duration"
    ),
    "KlingImageGenerationNode": node(
        Role.API_NODE, "prompt negative_prompt image_type image_fidelity human_fidelity model_name aspect_ratio n"
    ),
    "VeoVideoGenerationNode": node(
        Role.API_NODE, "prompt aspect_ratio negative_prompt duration_seconds enhance_prompt person_generation seed"
    ),
    "MinimaxTextToVideoNode": node(Role.API_NODE, "prompt_text model seed"),
    "MinimaxImageToVideoNode": node(Role.API_NODE, "prompt_text model seed"),
    "PixverseTextToVideoNode": node(
        Role.API_NODE, "prompt aspect_ratio quality duration_seconds motion_mode seed negative_prompt"
    ),
    "PixverseImageToVideoNode": node(Role.API_NODE, "prompt quality duration_seconds motion_mode seed negative_prompt"),
    "PikaTextToVideoNode2_2": node(Role.API_NODE, "prompt_text negative_prompt seed resolution duration aspect_ratio"),
    "PikaImageToVideoNode2_2": node(Role.API_NODE, "prompt_text negative_prompt seed resolution duration"),
    "MoonvalleyTxt2VideoNode": node(Role.API_NODE, "prompt negative_prompt resolution prompt_adherence seed steps"),
    "GeminiImageNode": node(Role.API_NODE, "prompt model seed"),
    "ByteDanceImageNode": node(Role.API_NODE, "model prompt size_preset width height seed guidance_scale watermark"),
    "ByteDanceSeedreamNode": node(Role.API_NODE, "model prompt size_preset width height"),
    "WanTextToImageApi": node(Role.API_NODE, "model prompt negative_prompt width height seed"),
    "WanTextToVideoApi": node(Role.API_NODE, "model prompt negative_prompt size duration seed"),
    "OpenAIVideoSora2": node(Role.API_NODE, "model prompt size duration seed"),
    "BriaImageEditNode": node(Role.API_NODE, "model prompt negative_prompt"),
}

WRAPPERS = {**VIDEO, **API_NODES}
