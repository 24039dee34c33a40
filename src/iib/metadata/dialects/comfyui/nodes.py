"""What is known of single node classes. A new node is a line."""

from __future__ import annotations

import re

SEED_CONTROLS = frozenset(("fixed", "randomize", "increment", "decrement", "increment-wrap"))
DISPLAY_ONLY = frozenset(("Note", "MarkdownNote", "Label (rgthree)", "Fast Groups Bypasser (rgthree)"))

SAVERS = re.compile(r"save|videocombine|saveimage|image saver|export", re.IGNORECASE)
VIDEO_SAVERS = re.compile(r"video|webm|animated|gif|webp|apng", re.IGNORECASE)
PREVIEWS = re.compile(r"preview", re.IGNORECASE)

DETAILERS = re.compile(r"detailer|inpaintcrop|faceswap|ultimatesdupscale", re.IGNORECASE)
NO_SAMPLER = re.compile(r"schedul|config|loader|noise$|seed|sigmas|guider|info|string|primitive", re.IGNORECASE)

# Inputs that do not lead to the picture itself.
SIDE_INPUTS = re.compile(
    r"^(model|clip|vae|positive|negative|conditioning|control_net|clip_vision|guider|sigmas|noise|sampler|upscale_model"
    r"|seed|steps|cfg|text|prompt|style_model|ipadapter|lora_stack|audio|mask|width|height)",
    re.IGNORECASE,
)

# Text inputs in the order in which they are read; every one that is filled is a part.
TEXT_INPUTS = (
    "populated_text", "text", "text_g", "text_l", "t5xxl", "clip_l", "clip_g", "llama", "bert", "mt5xl", "prompt",
    "user_prompt", "string", "positive_prompt", "text_positive", "value", "positive",
)  # fmt: skip
NEGATIVE_TEXT_INPUTS = ("negative_prompt", "text_negative", "negative")
STRING_PARTS = re.compile(
    r"^(string|text|str|prompt|input)[ _-]?([a-z]|\d+)$|^(string_a|string_b|prefix|suffix)$", re.IGNORECASE
)
LITERAL_INPUTS = (
    "value", "Value", "int", "float", "number", "seed", "noise_seed", "string", "text", "String", "STRING", "Text", "a",
    "positive", "prompt", "boolean", "any",
)  # fmt: skip
ZERO_OUT = frozenset(("ConditioningZeroOut",))

LOADER_INPUTS = (
    "ckpt_name", "unet_name", "gguf_name", "model_name", "base_ckpt_name", "model_path", "diffusion_model",
    "checkpoint", "model",
)  # fmt: skip
MODEL_FILE = re.compile(r"\.(safetensors|ckpt|gguf|pt|pth|sft|bin)$", re.IGNORECASE)
NOT_A_MODEL = re.compile(
    r"upscale|controlnet|control_net|clip ?vision|vae|detector|sam|ipadapter|style|clip", re.IGNORECASE
)

SCHEDULER_CLASSES = {
    "KarrasScheduler": "karras",
    "ExponentialScheduler": "exponential",
    "PolyexponentialScheduler": "polyexponential",
    "SDTurboScheduler": "sd_turbo",
    "AlignYourStepsScheduler": "align_your_steps",
    "BetaSamplingScheduler": "beta",
    "VPScheduler": "vp",
    "LTXVScheduler": "ltxv",
    "Flux2Scheduler": "flux2",
    "GITSScheduler": "gits",
    "LaplaceScheduler": "laplace",
}
SAMPLER_CLASS = re.compile(r"^Sampler(?=[A-Z])(.+)$")

# Widget order of classes whose old files do not name their widgets.
WIDGETS: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        "add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler", "start_at_step", "end_at_step",
        "return_with_leftover_noise",
    ),
    "KSampler (Efficient)": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise", "preview_method"),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "RandomNoise": ("noise_seed",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "unCLIPCheckpointLoader": ("ckpt_name",),
    "ImageOnlyCheckpointLoader": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "VAELoader": ("vae_name",),
    "CLIPLoader": ("clip_name", "type"),
    "DualCLIPLoader": ("clip_name1", "clip_name2", "type"),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSDXL": ("width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"),
    "CLIPTextEncodeSDXLRefiner": ("ascore", "width", "height", "text"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl", "empty_padding"),
    "FluxGuidance": ("guidance",),
    "CFGGuider": ("cfg",),
    "DualCFGGuider": ("cfg_conds", "cfg_cond2_negative"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "EmptyHunyuanLatentVideo": ("width", "height", "length", "batch_size"),
    "WanImageToVideo": ("width", "height", "length", "batch_size"),
    "LatentUpscale": ("upscale_method", "width", "height", "crop"),
    "LatentUpscaleBy": ("upscale_method", "scale_by"),
    "SaveImage": ("filename_prefix",),
    "SaveAnimatedWEBP": ("filename_prefix", "fps", "lossless", "quality", "method"),
    "SaveVideo": ("filename_prefix", "format", "codec"),
    "LoadImage": ("image", "upload"),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveFloat": ("value",),
    "ControlNetApply": ("strength",),
    "ControlNetApplyAdvanced": ("strength", "start_percent", "end_percent"),
    "ControlNetLoader": ("control_net_name",),
    "ConditioningSetArea": ("width", "height", "x", "y", "strength"),
    "SDTurboScheduler": ("steps", "denoise"),
    "ShowText|pysssss": ("text",),
    "Seed (rgthree)": ("seed",),
}  # fmt: skip
