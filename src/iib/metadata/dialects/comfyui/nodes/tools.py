"""Describes the nodes for texts, numbers, prompts and saving of large node packs, one entry per class."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.nodes.spec import NodeSpec, Role, node

WAS: dict[str, NodeSpec] = {
    "Text Multiline": node(Role.TEXT, "text", text="text"),
    "Text String": node(Role.TEXT, "text text_b text_c text_d", outputs="text text_b text_c text_d", text="text"),
    "Text Concatenate": node(
        Role.TEXT, "delimiter clean_whitespace", text="text_a text_b text_c text_d", op="concat",
        old=("linebreak_addition delimiter", "linebreak_addition"),
    ),
    "Text Find and Replace": node(Role.TEXT, "text find replace", text="text find replace", op="replace"),
    "Text to Conditioning": node(Role.ENCODER, "text", text="text"),
    "Text Random Line": node(Role.RUNTIME, "text seed", text="text", old=("seed",)),
    "Text Parse Tokens": node(Role.TEXT, "text", text="text"),
    "Text Parse A1111 Embeddings": node(Role.TEXT, "text", text="text"),
    "Text to Console": node(Role.TEXT, "label", outputs="text", text="text"),
    "Text to String": node(Role.TEXT, text="text"),
    "String to Text": node(Role.TEXT, text="string"),
    "Text Multiline (Code Compatible)": node(Role.TEXT, "text", text="text"),
    "Text Find and Replace Input": node(Role.TEXT, text="text find replace", op="replace"),
    "Text Load Line From File": node(
        Role.RUNTIME, "file_path dictionary_name label mode index", outputs="line_text"
    ),
    "Load Text File": node(Role.RUNTIME, "file_path dictionary_name"),
    "Text Dictionary Get": node(Role.RUNTIME, "key default_value"),
    "Text Random Prompt": node(Role.RUNTIME, "search_seed"),
    "Prompt Styles Selector": node(Role.STYLER, "style"),
    "Conditioning Input Switch": node(Role.SWITCH, "boolean"),
    "Number Input Switch": node(Role.SWITCH, "boolean"),
    "Number to Seed": node(Role.NUMBER, text="number"),
    "Number to Int": node(Role.NUMBER, text="number"),
    "Number to Float": node(Role.NUMBER, text="number"),
    "KSampler Cycle": node(
        Role.SAMPLER,
        "seed steps cfg sampler_name scheduler tiled_vae latent_upscale upscale_factor upscale_cycles starting_denoise"
        " cycle_denoise",
    ),
    "Lora Loader": node(Role.LORA, "lora_name strength_model strength_clip", outputs="model clip"),
    "Load Lora": node(Role.LORA, "lora_name strength_model strength_clip", outputs="model clip"),
    "CLIPTextEncode (BlenderNeko Advanced + NSP)": node(
        Role.ENCODER, "mode noodle_key seed token_normalization weight_interpretation text", text="text parsed_text"
    ),
    "Text Parse Noodle Soup Prompts": node(Role.RUNTIME, "mode noodle_key seed text", text="text"),
    "Text Input Switch": node(Role.SWITCH, "boolean"),
    "Prompt Multiple Styles Selector": node(Role.STYLER),
    "Seed": node(Role.NUMBER, "seed", text="seed"),
    "Constant Number": node(Role.NUMBER, "number_type number", text="number"),
    "Checkpoint Loader (Simple)": node(Role.LOADER, "ckpt_name", outputs="model clip vae"),
    "KSampler (WAS)": node(Role.SAMPLER, "steps cfg sampler_name scheduler denoise"),  # the seed is an input
    "Image Save": node(Role.SAVER, "output_path filename_prefix filename_delimiter filename_number_padding"),
    "CLIPTextEncode (NSP)": node(Role.ENCODER, "mode noodle_key seed text", text="text parsed_text"),
}  # fmt: skip

TOOLS: dict[str, NodeSpec] = {
    # pythongosssss, KJNodes, Crystools, essentials, mtb, image savers
    "ShowText|pysssss": node(Role.TEXT, "text", text="text"),
    "StringFunction|pysssss": node(
        Role.TEXT, "action tidy_tags text_a text_b text_c", text="text_a text_b text_c", op="function"
    ),
    "MathExpression|pysssss": node(Role.NUMBER, "expression", op="math"),
    "CheckpointLoader|pysssss": node(Role.LOADER, "ckpt_name prompt", outputs="model clip vae"),
    "LoraLoader|pysssss": node(Role.LORA, "lora_name strength_model strength_clip prompt", outputs="model clip"),
    "PresetText|pysssss": node(Role.TEXT, "text preset", text="text"),
    "ReroutePrimitive|pysssss": node(Role.PASS),
    "SimpleMath+": node(Role.NUMBER, "value", op="math"),
    "SDXLEmptyLatentSizePicker+": node(
        Role.LATENT, "resolution batch_size width_override height_override", outputs="latent width height"
    ),
    "StringConstant": node(Role.TEXT, "string", text="string"),
    "StringConstantMultiline": node(Role.TEXT, "string strip_newlines", text="string"),
    "INTConstant": node(Role.NUMBER, "value", text="value"),
    "FloatConstant": node(Role.NUMBER, "value", text="value"),
    "JoinStrings": node(Role.TEXT, "delimiter", text="string1 string2", op="concat"),
    "JoinStringMulti": node(Role.TEXT, "inputcount delimiter return_list", op="concat"),
    "WidgetToString": node(Role.RUNTIME),
    "EmptyLatentImagePresets": node(Role.LATENT, "dimensions invert batch_size", outputs="latent width height"),
    "ConditioningMultiCombine": node(Role.PASS, "inputcount operation"),
    "LazySwitchKJ": node(Role.SWITCH, "switch"),
    "SetNode": node(Role.PASS, "name"),
    "GetNode": node(Role.PASS, "name"),
    "Primitive string [Crystools]": node(Role.TEXT, "string", text="string"),
    "Primitive string multiline [Crystools]": node(Role.TEXT, "string", text="string"),
    "Primitive integer [Crystools]": node(Role.NUMBER, "int", text="int"),
    "Primitive float [Crystools]": node(Role.NUMBER, "float", text="float"),
    "Switch any [Crystools]": node(Role.SWITCH, "boolean"),
    "Switch string [Crystools]": node(Role.SWITCH, "on_true on_false boolean"),
    "Show any [Crystools]": node(Role.TEXT, text="any_value"),
    "String Replace (mtb)": node(Role.TEXT, "string old new", text="string old new", op="replace"),
    "String Literal": node(Role.TEXT, "string", text="string"),
    "Int Literal": node(Role.NUMBER, "int", text="int"),
    "Float Literal": node(Role.NUMBER, "float", text="float"),
    "Cfg Literal": node(Role.NUMBER, "float", text="float"),
    "Width/Height Literal": node(Role.NUMBER, "int", text="int"),
    "Seed Generator": node(Role.NUMBER, "seed", text="seed"),
    "Sampler Selector": node(Role.TEXT, "sampler_name", text="sampler_name"),
    "Scheduler Selector": node(Role.TEXT, "scheduler", text="scheduler"),
    "Save Image w/Metadata": node(Role.SAVER),
    "Image Saver": node(Role.SAVER, "filename path extension"),
    "Save Image (LoraManager)": node(Role.SAVER, "filename_prefix"),
    "SaveImageWithMetaData": node(Role.SAVER, "filename_prefix"),
    "CM_IntBinaryOperation": node(Role.NUMBER, "op a b", op="binary"),
    "CM_FloatBinaryOperation": node(Role.NUMBER, "op a b", op="binary"),
    "VHS_VideoCombine": node(Role.VIDEO_SAVER),
    "ADE_AnimateDiffLoaderWithContext": node(Role.PASS, follow="model"),
    "ADE_AnimateDiffLoaderGen1": node(Role.PASS, follow="model"),
    "BrushNet": node(Role.PIPE, "scale start_at end_at", outputs="model positive negative latent"),
    "PowerPaint": node(Role.PIPE, outputs="model positive negative latent"),
    "ACN_AdvancedControlNetApply": node(
        Role.PIPE, "strength start_percent end_percent", outputs="positive negative model"
    ),
    "ADE_UseEvolvedSampling": node(Role.PASS, follow="model"),
    "UltimateSDUpscale": node(
        Role.SAMPLER, "upscale_by seed steps cfg sampler_name scheduler denoise mode_type tile_width tile_height"
    ),
    "UltimateSDUpscaleNoUpscale": node(
        Role.SAMPLER, "seed steps cfg sampler_name scheduler denoise mode_type tile_width tile_height"
    ),
}

PROMPTS: dict[str, NodeSpec] = {
    "SDXLPromptStyler": node(
        Role.STYLER, "text_positive text_negative style log_prompt", text="text_positive", negative="text_negative"
    ),
    "SDXLPromptStylerAdvanced": node(
        Role.STYLER,
        "text_positive_g text_positive_l text_negative style",
        outputs="text_positive_g text_positive_l text_positive_g text_negative text_negative text_negative",
        text="text_positive_g text_positive_l",
        negative="text_negative",
    ),
    "SeargeSDXLPromptEncoder": node(
        Role.ENCODER,
        outputs="positive negative positive negative",
        text="pos_g pos_l pos_r",
        negative="neg_g neg_l neg_r",
    ),
    "smZ CLIPTextEncode": node(Role.ENCODER, "text parser", text="text"),
    "BNK_CLIPTextEncodeAdvanced": node(Role.ENCODER, "text token_normalization weight_interpretation", text="text"),
    "BNK_CLIPTextEncodeSDXLAdvanced": node(Role.ENCODER, "text_l text_g", text="text_g text_l"),
    "BNK_CutoffBasePrompt": node(Role.ENCODER, "text", text="text"),
    "BNK_CutoffSetRegions": node(
        Role.PASS, "region_text target_text weight", follow="clip_regions"
    ),
    "BNK_CutoffRegionsToConditioning": node(
        Role.PASS, "mask_token strict_mask start_from_masked", follow="clip_regions"
    ),
    "BNK_CutoffRegionsToConditioning_ADV": node(
        Role.PASS, "mask_token strict_mask start_from_masked", follow="clip_regions"
    ),
    "BatchPromptSchedule": node(
        Role.ENCODER, "text", outputs="positive negative", text="pre_text text", negative="neg_text"
    ),
    "PromptSchedule": node(
        Role.ENCODER, "text", outputs="positive negative", text="pre_text text", negative="neg_text"
    ),
    "DPRandomGenerator": node(Role.RUNTIME, "text seed autorefresh", text="text"),
    "DPCombinatorialGenerator": node(Role.RUNTIME, "text seed autorefresh", text="text"),
    "DPMagicPrompt": node(Role.RUNTIME, "text seed autorefresh", text="text"),
    "DPJinja": node(Role.RUNTIME, "text autorefresh", text="text"),
    "AutoNegativePrompt": node(Role.RUNTIME),
    "PCLazyTextEncode": node(Role.ENCODER, "text", text="text"),
    "PCLazyTextEncodeAdvanced": node(Role.ENCODER, "text", text="text"),
    "PCTextEncode": node(Role.ENCODER, "text", text="text"),
    "PCLazyLoraLoader": node(Role.PASS, "text", outputs="model clip", follow="model", lora_tags="text"),
    "PCLazyLoraLoaderAdvanced": node(Role.PASS, "text", outputs="model clip", follow="model", lora_tags="text"),
    "EditableCLIPEncode": node(Role.ENCODER, "text", text="text"),
    "PromptControlSimple": node(
        Role.ENCODER, "positive negative", outputs="model positive negative", text="positive", negative="negative",
        lora_tags="positive negative",
    ),
    "LoraTagLoader": node(Role.PASS, "text", outputs="model clip text", follow="model", lora_tags="text"),
    "LoRA Tag Loader": node(Role.PASS, "text", outputs="model clip text", follow="model", lora_tags="text"),
    "Lora Loader (LoraManager)": node(Role.LORA, "text", outputs="model clip", lora_tags="text"),
    "Lora Stacker (LoraManager)": node(Role.LORA, "text", lora_tags="text"),
    "Prompt (LoraManager)": node(Role.ENCODER, "text", outputs="positive text", text="text"),
    "WD14Tagger|pysssss": node(Role.RUNTIME),
    "Florence2Run": node(Role.RUNTIME),
}  # fmt: skip

TOOLBOX = {**WAS, **TOOLS, **PROMPTS}
